//! The command line: ask, inspect, quantize. Exit code 2 for bad input; a refusal is no error.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use answerlet::{quantize, verify, AskOptions, Compat, Error, LoadOptions, NoAnswer, QuantizeOptions, Reader, Window};
use clap::{Args, Parser, Subcommand};
use serde_json::json;

#[derive(Parser)]
#[command(name = "answerlet", version, about = "Extractive question answering with BERT, RoBERTa and DistilBERT readers")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Answer a question about a text
    Ask(Ask),
    /// Say what a model is, and check it
    Inspect(Inspect),
    /// Write a model as int8, with its manifest answerlet.json
    Quantize(Quantize),
}

#[derive(Args)]
struct Ask {
    /// Folder in Hugging Face layout
    #[arg(long, value_name = "DIR")]
    model: PathBuf,
    #[arg(long)]
    question: String,
    /// The text, a UTF-8 file; - for standard input
    #[arg(long, value_name = "FILE")]
    context: PathBuf,
    /// At most how many answers [default: 1]
    #[arg(long, value_name = "N")]
    top_k: Option<usize>,
    /// Reproduce another library: hf is transformers' question-answering pipeline
    #[arg(long, value_name = "LIBRARY")]
    compat: Option<Compat>,
    /// With --compat: 'no answer' may be the answer
    #[arg(long, requires = "compat")]
    handle_impossible_answer: bool,
    /// With --compat: leave answers as the tokens cut them
    #[arg(long, requires = "compat")]
    no_align_to_words: bool,
    /// Tokens of a window [default: 384]
    #[arg(long, value_name = "N")]
    max_seq_len: Option<usize>,
    /// Tokens by which windows overlap [default: 128]
    #[arg(long, value_name = "N")]
    doc_stride: Option<usize>,
    /// Tokens of the longest answer [default: 30; 15 with --compat]
    #[arg(long, value_name = "N")]
    max_answer_length: Option<usize>,
    /// Least margin of an answer's logits over the null's [default: the model's]
    #[arg(long, value_name = "X", allow_negative_numbers = true)]
    threshold: Option<f32>,
    /// Whether the model has learned 'no answer' [default: what answerlet.json says, else none]
    #[arg(long)]
    no_answer: Option<NoAnswer>,
    /// The sentence to say when there is no answer
    #[arg(long, value_name = "SENTENCE")]
    fallback: Option<String>,
    /// Say what the reader saw: tokens, logits, probabilities
    #[arg(long)]
    scores: bool,
    /// Print the result as the JS API gives it; offsets are UTF-16 code units
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
struct Inspect {
    /// Folder in Hugging Face layout
    #[arg(long, value_name = "DIR")]
    model: PathBuf,
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
struct Quantize {
    /// Folder in Hugging Face layout
    #[arg(long, value_name = "DIR")]
    model: PathBuf,
    /// Folder to write
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// The language that the model reads, as a BCP 47 tag
    #[arg(long, value_name = "TAG")]
    language: Option<String>,
    /// Whether the model has learned 'no answer'
    #[arg(long, default_value = "none")]
    no_answer: NoAnswer,
    /// Least margin of an answer's logits over the null's
    #[arg(long, value_name = "X", default_value_t = 0.0, allow_negative_numbers = true)]
    threshold: f32,
}

/// What is the matter, in one line for the user.
type Failure = String;

fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Ask(arguments) => ask(arguments),
        Command::Inspect(arguments) => inspect(&arguments),
        Command::Quantize(arguments) => write_quantized(arguments),
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

fn read_context(path: &Path) -> Result<String, Failure> {
    let mut bytes = Vec::new();
    if path == Path::new("-") {
        std::io::stdin().read_to_end(&mut bytes).map_err(|error| format!("standard input: {error}"))?;
    } else {
        bytes = fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
    }
    String::from_utf8(bytes).map_err(|error| format!("{} isn't UTF-8 text: {error}", path.display()))
}

fn ask(arguments: Ask) -> Result<(), Failure> {
    let context = read_context(&arguments.context)?;
    let load = LoadOptions { no_answer: arguments.no_answer, ..LoadOptions::default() };
    let reader = Reader::from_folder_with(&arguments.model, &load).map_err(failure)?;
    let options = AskOptions {
        top_k: arguments.top_k,
        max_sequence_length: arguments.max_seq_len,
        doc_stride: arguments.doc_stride,
        max_answer_length: arguments.max_answer_length,
        threshold: arguments.threshold,
        fallback: arguments.fallback,
        scores: arguments.scores,
        compat: arguments.compat,
        handle_impossible_answer: Some(arguments.handle_impossible_answer),
        align_to_words: Some(!arguments.no_align_to_words),
        ..AskOptions::default()
    };
    let result = reader
        .ask(&arguments.question, &context, &options)
        .map_err(failure)?
        .into_utf16(&arguments.question, &context);
    if arguments.json {
        return print_json(&result);
    }
    for answer in &result.answers {
        let line = if answer.text.is_empty() { "no answer".into() } else { answer.text.replace(['\r', '\n'], " ") };
        println!("{line}  (score {:.4}, confidence {:.4}, {}..{})", answer.score, answer.confidence, answer.start, answer.end);
    }
    if let Some(fallback) = &result.fallback {
        println!("{fallback}");
    }
    for (index, window) in result.windows.iter().flatten().enumerate() {
        print_window(index, window);
    }
    Ok(())
}

fn print_window(index: usize, window: &Window) {
    println!("\nwindow {index}: context {}..{}, null score {:.6}", window.start, window.end, window.null_score);
    println!("{:>5} {:>7} {:>4} {:>13} {:>9} {:>9} {:>8} {:>8}  token", "", "id", "type", "place", "start", "end", "P start", "P end");
    for (position, token) in window.tokens.iter().enumerate() {
        let (from, to) = window.offsets[position];
        println!(
            "{position:>5} {:>7} {:>4} {:>13} {:>9.4} {:>9.4} {:>8.5} {:>8.5}  {token}",
            window.input_ids[position],
            window.token_type_ids[position],
            format!("{from}..{to}"),
            window.start_logits[position],
            window.end_logits[position],
            window.start_probabilities[position],
            window.end_probabilities[position],
        );
    }
}

fn inspect(arguments: &Inspect) -> Result<(), Failure> {
    let reader = Reader::from_folder(&arguments.model).map_err(failure)?;
    let info = reader.info();
    let asked = reader.ask("Who reads?", "The reader reads this sentence.", &AskOptions::default());
    let files = verify(&arguments.model).map_err(failure)?;
    let checks = [
        ("loads: tensors, shapes, finite numbers, tokenizer", Ok("")),
        ("reads a sentence", asked.map(|_| "").map_err(|error| error.to_string())),
        ("files are those of answerlet.json", match files {
            None => Ok("there is none"),
            Some(differences) if differences.is_empty() => Ok(""),
            Some(differences) => Err(differences.join("; ")),
        }),
    ];
    if arguments.json {
        let check = |(check, outcome): &(&str, Result<&str, String>)| {
            let detail = match outcome {
                Ok(detail) => detail,
                Err(detail) => detail.as_str(),
            };
            json!({"check": check, "ok": outcome.is_ok(), "detail": detail})
        };
        let mut report = serde_json::to_value(&info).map_err(|error| error.to_string())?;
        report["checks"] = checks.iter().map(check).collect();
        print_json(&report)?;
        return all_good(&checks);
    }
    println!("architecture   {}", info.architecture.name());
    println!("layers         {} of width {}, {} heads, feed-forward {}", info.layers, info.hidden_size, info.heads, info.intermediate_size);
    println!("parameters     {}", info.parameters);
    let dtypes: Vec<_> = info.dtypes.iter().map(|(dtype, tensors)| format!("{tensors} x {dtype}")).collect();
    println!("tensors        {}", dtypes.join(", "));
    if !info.unused_tensors.is_empty() {
        println!("unused         {}", info.unused_tensors.join(", "));
    }
    println!("vocabulary     {} tokens, {} embeddings", info.tokens, info.vocabulary_size);
    println!("window         at most {} tokens", info.max_positions);
    println!("language       {}", info.language.as_deref().unwrap_or("not stated"));
    println!("no answer      {:?}, threshold {}", info.no_answer, info.threshold);
    for (check, outcome) in &checks {
        match outcome {
            Ok(detail) if detail.is_empty() => println!("ok             {check}"),
            Ok(detail) => println!("ok             {check} ({detail})"),
            Err(detail) => println!("FAILED         {check}: {detail}"),
        }
    }
    all_good(&checks)
}

fn all_good(checks: &[(&str, Result<&str, String>)]) -> Result<(), Failure> {
    match checks.iter().all(|(_, outcome)| outcome.is_ok()) {
        true => Ok(()),
        false => Err("a check failed".into()),
    }
}

fn write_quantized(arguments: Quantize) -> Result<(), Failure> {
    let options = QuantizeOptions {
        language: arguments.language,
        no_answer: arguments.no_answer,
        threshold: arguments.threshold,
    };
    for (file, bytes) in quantize(&arguments.model, &arguments.out, &options).map_err(failure)? {
        println!("{bytes:>12}  {}", arguments.out.join(file).display());
    }
    Ok(())
}

fn print_json(value: &impl serde::Serialize) -> Result<(), Failure> {
    let json = serde_json::to_string_pretty(value).map_err(|error| error.to_string())?;
    println!("{json}");
    Ok(())
}
