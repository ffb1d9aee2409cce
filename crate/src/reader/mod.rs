//! A question and a context → answers.
//!
//! `windows` cuts the context, `reading` goes through it step by step, `spans` chooses (`hf` as the
//! pipeline would), `text` finds the words that a span stands for, `result` is what comes out.

mod hf;
mod options;
mod reading;
mod result;
mod spans;
mod text;
mod windows;

use std::sync::Arc;

use serde::Serialize;

use crate::checkpoint::manifest::NoAnswer;
use crate::checkpoint::Summary;
use crate::config::{Architecture, Config};
use crate::encoder::Encoder;
use crate::error::{Error, Result};
use crate::tokenizer::Tokenizer;

pub use options::{AskOptions, Compat, LEAST_CONFIDENCE};
pub use reading::{Progress, Reading};
pub use result::{Answer, AskResult, Timing, Window};

/// A loaded model.
pub(crate) struct Model {
    pub config: Config,
    pub tokenizer: Tokenizer,
    pub encoder: Encoder,
    pub summary: Summary,
    pub language: Option<String>,
    pub quantisation: Option<String>,
    pub no_answer: NoAnswer,
    /// Least margin of an answer, where 'no answer' was learned.
    pub threshold: f32,
}

/// What a model is, for bug reports and for `answerlet inspect`.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct ModelInfo {
    pub architecture: Architecture,
    #[cfg_attr(test, ts(type = "number"))]
    pub layers: usize,
    #[cfg_attr(test, ts(type = "number"))]
    pub hidden_size: usize,
    #[cfg_attr(test, ts(type = "number"))]
    pub heads: usize,
    #[cfg_attr(test, ts(type = "number"))]
    pub intermediate_size: usize,
    #[cfg_attr(test, ts(type = "number"))]
    pub vocabulary_size: usize,
    /// The longest window, in tokens.
    #[cfg_attr(test, ts(type = "number"))]
    pub max_positions: usize,
    #[cfg_attr(test, ts(type = "number"))]
    pub parameters: usize,
    /// How many of the tensors that the reader uses have which dtype in the file.
    #[cfg_attr(test, ts(type = "Record<string, number>"))]
    pub dtypes: std::collections::BTreeMap<String, usize>,
    /// From `answerlet.json`, as is `quantisation`.
    pub language: Option<String>,
    pub quantisation: Option<String>,
    pub no_answer: NoAnswer,
    pub threshold: f32,
}

/// Reads a context and answers questions about it.
///
/// Cloning is cheap: clones share the model.
#[derive(Clone)]
pub struct Reader {
    model: Arc<Model>,
}

impl Reader {
    pub(crate) fn new(model: Model) -> Self {
        Self { model: Arc::new(model) }
    }

    pub fn info(&self) -> ModelInfo {
        let Model { config, summary, .. } = &*self.model;
        ModelInfo {
            architecture: config.architecture,
            layers: config.num_hidden_layers,
            hidden_size: config.hidden_size,
            heads: config.num_attention_heads,
            intermediate_size: config.intermediate_size,
            vocabulary_size: config.vocab_size,
            max_positions: config.max_sequence_length(),
            parameters: summary.parameters,
            dtypes: summary.dtypes.clone(),
            language: self.model.language.clone(),
            quantisation: self.model.quantisation.clone(),
            no_answer: self.model.no_answer,
            threshold: self.model.threshold,
        }
    }

    /// How many tokens the tokenizer knows, and which tensors of the file went unused.
    pub fn tokenizer_size_and_unused_tensors(&self) -> (usize, &[String]) {
        (self.model.tokenizer.vocabulary_size(), &self.model.summary.unused)
    }

    /// Answers in one go. Offsets in the result are bytes; see [`AskResult::into_utf16`].
    pub fn ask(&self, question: &str, context: &str, options: &AskOptions) -> Result<AskResult> {
        let mut reading = self.begin(question, context, options)?;
        while !reading.step()?.done {}
        reading.finish()
    }

    /// Begins to read; the caller makes the steps, one layer of one window each, and can stop between any two.
    pub fn begin(&self, question: &str, context: &str, options: &AskOptions) -> Result<Reading> {
        Reading::new(Arc::clone(&self.model), question, context, options)
    }

    /// Start and end logits of one sequence of token ids, one each a token, nothing masked.
    pub fn logits(&self, input_ids: &[u32], token_type_ids: &[u32]) -> Result<(Vec<f32>, Vec<f32>)> {
        let longest = self.model.config.max_sequence_length();
        if input_ids.is_empty() || input_ids.len() > longest {
            return Err(Error::argument_invalid("inputIds", format!("must be 1 to {longest} ids, and are {}", input_ids.len())));
        }
        if token_type_ids.len() != input_ids.len() {
            return Err(Error::argument_invalid("tokenTypeIds", "must be as many as inputIds"));
        }
        let encoder = &self.model.encoder;
        let mut hidden = encoder.embed(input_ids, token_type_ids)?;
        for layer in 0..encoder.layers() {
            hidden = encoder.layer(layer, &hidden)?;
        }
        encoder.span_logits(&hidden)
    }
}
