//! `answerlet inspect`

use std::path::PathBuf;

use answerlet::{verify, AskOptions, LoadOptions, Precision, Reader};
use clap::Args;
use serde_json::json;

use crate::{failure, print_json, Failure};

#[derive(Args)]
pub(crate) struct Inspect {
    /// Folder in Hugging Face layout
    #[arg(long, value_name = "DIR")]
    model: PathBuf,
    /// What the encoder computes in
    #[arg(long, value_name = "P", default_value = "auto")]
    precision: Precision,
    #[arg(long)]
    json: bool,
}

pub(crate) fn inspect(arguments: &Inspect) -> Result<(), Failure> {
    let load = LoadOptions { precision: arguments.precision, ..LoadOptions::default() };
    let reader = Reader::from_folder_with(&arguments.model, &load).map_err(failure)?;
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
            Ok("") => println!("ok             {check}"),
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
