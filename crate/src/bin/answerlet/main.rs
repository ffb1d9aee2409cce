//! The command line: ask, eval, inspect, quantize. Exit code 2 for bad input; a refusal is no error.

mod ask;
mod eval;
mod inspect;
mod progress;
mod quantize;

use std::process::ExitCode;

use answerlet::Error;
use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "answerlet", version, about = "Extractive question answering with BERT, RoBERTa and DistilBERT readers")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Answer a question about a text
    Ask(ask::Ask),
    /// Measure how good a model's answers are
    Eval(eval::Eval),
    /// Say what a model is, and check it
    Inspect(inspect::Inspect),
    /// Write a model as int8, with its manifest answerlet.json
    Quantize(quantize::Quantize),
}

/// What is the matter, in one line for the user.
type Failure = String;

fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Ask(arguments) => ask::ask(arguments),
        Command::Eval(arguments) => eval::eval(&arguments),
        Command::Inspect(arguments) => inspect::inspect(&arguments),
        Command::Quantize(arguments) => quantize::quantize(arguments),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("answerlet: {failure}");
            ExitCode::from(2)
        }
    }
}

fn failure(error: Error) -> Failure {
    format!("{error} [{}]", error.code())
}

fn print_json(value: &impl serde::Serialize) -> Result<(), Failure> {
    let json = serde_json::to_string_pretty(value).map_err(|error| error.to_string())?;
    println!("{json}");
    Ok(())
}
