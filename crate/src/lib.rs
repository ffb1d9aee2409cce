//! Extractive question answering with BERT, RoBERTa and DistilBERT readers, native and in the browser.
//!
//! A *reader* marks the piece of a *context* that answers a *question* (Devlin et al. 2018, section 4.2):
//! nothing is generated, the answer is a verbatim slice with exact offsets, and where the context holds
//! no answer, a reader that has learned to say so refuses.
//!
//! ```no_run
//! use answerlet::{AskOptions, Reader};
//!
//! let reader = Reader::from_folder("www/model")?;
//! let context = "Robert Anderson founded the dealership in 1978.";
//! let result = reader.ask("Who founded it?", context, &AskOptions::default())?;
//! match result.answers.first() {
//!     Some(answer) => println!("{} ({}..{})", answer.text, answer.start, answer.end),
//!     None => println!("{}", result.fallback.unwrap_or_default()),
//! }
//! # Ok::<(), answerlet::Error>(())
//! ```
//!
//! A model is a folder in Hugging Face layout: `config.json`, `tokenizer.json` (or `vocab.txt`, or
//! `vocab.json` and `merges.txt`) and `model.safetensors` in F32, F16, BF16 or the int8 layout that
//! `answerlet quantize` writes. [`Loader`] takes the same from anywhere else, the weights piece by piece.
//!
//! A question can be asked of several documents at once: a slice of [`SourceDocument`] in place of the text. Answers of all
//! are ranked together, and say which document they are in.
//!
//! Long contexts are read in overlapping windows and nothing is ever cut silently. [`Reader::begin`] gives a
//! [`Reading`] that can be stopped between any two layers.
//!
//! # Where the default departs from transformers' pipeline
//!
//! [`Compat::Hf`] reproduces the `question-answering` pipeline of transformers 4.57.6. The default differs
//! where that is plainly wrong:
//!
//! - Spans are ranked by the margin of their logits over the null's in their window, not by probabilities
//!   that each window's softmax makes anew and that can't be compared.
//! - Duplicates are not summed, so no score exceeds 1, and no text is given twice.
//! - A span at the inner edge of a window loses to the same place read whole by a neighbouring window.
//! - A span never splits a word, even one that a window's edge splits, nor a grapheme cluster, and has no white space around it.
//! - A refusal has no answers, rather than an empty one; whether to refuse is decided by the margin and the threshold.
//! - Answers have at most 30 tokens by default, not 15.
//!
//! `compat` departs from the pipeline in two corners: settings of `tokenizer_config.json` are read only where there is
//! no `tokenizer.json` (transformers lets the former win where the two disagree), and a special token that is spelt out in
//! a question can't be part of an answer.
//!
//! A checkpoint without `answerlet.json` counts as one that hasn't learned 'no answer' (see [`LoadOptions`]):
//! then an answer needs a confidence of at least [`LEAST_CONFIDENCE`].

#![warn(missing_debug_implementations, missing_docs)]
#![cfg_attr(not(test), warn(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

#[cfg(all(test, not(target_arch = "wasm32")))]
mod boundary_types;
#[cfg(any(test, target_arch = "wasm32"))]
#[cfg_attr(not(target_arch = "wasm32"), allow(dead_code))]
mod boundary;
mod checkpoint;
mod clock;
mod config;
mod encoder;
mod error;
#[cfg(all(feature = "cli", not(target_arch = "wasm32")))]
pub mod evaluation;
#[cfg(not(target_arch = "wasm32"))]
mod folder;
mod kernels;
mod loader;
mod reader;
mod tokenizer;
#[cfg(target_arch = "wasm32")]
mod wasm;

#[cfg(feature = "bench")]
#[doc(hidden)]
pub use kernels::bench;
pub use checkpoint::manifest::NoAnswer;
pub use checkpoint::Kept;
pub use config::Architecture;
pub use error::{Error, Result};
pub use loader::{LoadOptions, Loader, Precision};
pub use reader::{Answer, AskOptions, AskResult, Compat, Context, ModelInfo, Progress, Reader, Reading, SourceDocument, Timing, Window, LEAST_CONFIDENCE};
pub use tokenizer::TokenizerFiles;

#[cfg(all(feature = "cli", not(target_arch = "wasm32")))]
pub use folder::{quantize, verify, QuantizeOptions};

/// A file that has to be UTF-8 text; a byte order mark is skipped and an HTML page recognised.
pub(crate) fn text_file<'a>(bytes: &'a [u8], file: &str, invalid: impl FnOnce(String) -> Error) -> Result<&'a str> {
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text.trim_start_matches('\u{feff}'),
        Err(error) => return Err(invalid(format!("it isn't UTF-8 text ({error})"))),
    };
    if is_html(bytes) {
        return Err(Error::FileHtml { file: file.into() });
    }
    if text.trim().is_empty() {
        return Err(invalid("it is empty".into()));
    }
    Ok(text)
}

/// Whether a file begins as an HTML page does. `www/src/sources.ts` has the same list.
pub(crate) fn is_html(bytes: &[u8]) -> bool {
    const STARTS: [&str; 7] = ["<!doctype", "<html", "<head", "<body", "<script", "<!--", "<?xml"];
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii_start();
    let begins_with = |start: &str| bytes.get(..start.len()).is_some_and(|bytes| bytes.eq_ignore_ascii_case(start.as_bytes()));
    STARTS.into_iter().any(begins_with)
}
