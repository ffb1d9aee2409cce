//! `answerlet quantize`

use std::path::PathBuf;

use answerlet::{NoAnswer, QuantizeOptions};
use clap::Args;

use crate::{failure, Failure};

#[derive(Args)]
pub(crate) struct Quantize {
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

pub(crate) fn quantize(arguments: Quantize) -> Result<(), Failure> {
    let options = QuantizeOptions {
        language: arguments.language,
        no_answer: arguments.no_answer,
        threshold: arguments.threshold,
    };
    for (file, bytes) in answerlet::quantize(&arguments.model, &arguments.out, &options).map_err(failure)? {
        println!("{bytes:>12}  {}", arguments.out.join(file).display());
    }
    Ok(())
}
