//! A question and a context → answers.
//!
//! `context` is one text or several documents, `windows` cuts each, `reading` goes through it step by step, `spans` chooses (`hf` as the
//! pipeline would), `text` finds the words that a span stands for, `result` is what comes out.

mod context;
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
use crate::loader::Precision;
use crate::tokenizer::Tokenizer;

pub use context::{Context, SourceDocument};
pub use options::{AskOptions, Compat, LEAST_CONFIDENCE};
pub use reading::{Progress, Reading};
pub use result::{Answer, AskResult, Timing, Window};

/// A loaded model.
pub(crate) struct Model {
    pub config: Config,
    pub tokenizer: Tokenizer,
    pub encoder: Encoder,
    pub precision: Precision,
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
#[non_exhaustive]
pub struct ModelInfo {
    /// Which of the three it is.
    pub architecture: Architecture,
    /// Layers of the encoder.
    #[cfg_attr(test, ts(type = "number"))]
    pub layers: usize,
    /// The width of the hidden states.
    #[cfg_attr(test, ts(type = "number"))]
    pub hidden_size: usize,
    /// Attention heads of a layer.
    #[cfg_attr(test, ts(type = "number"))]
    pub heads: usize,
    /// The inner width of the feed-forward network.
    #[cfg_attr(test, ts(type = "number"))]
    pub intermediate_size: usize,
    /// Rows of the word embeddings.
    #[cfg_attr(test, ts(type = "number"))]
    pub vocabulary_size: usize,
    /// Tokens that the tokenizer knows: as many, or fewer where the embeddings are padded.
    #[cfg_attr(test, ts(type = "number"))]
    pub tokens: usize,
    /// The longest window, in tokens.
    #[cfg_attr(test, ts(type = "number"))]
    pub max_positions: usize,
    /// Numbers in the tensors that the reader uses.
    #[cfg_attr(test, ts(type = "number"))]
    pub parameters: usize,
    /// How many of the tensors that the reader uses have which dtype in the file.
    #[cfg_attr(test, ts(type = "Record<string, number>"))]
    pub dtypes: std::collections::BTreeMap<String, usize>,
    /// Tensors of the file that it doesn't use: a pooler, another head.
    pub unused_tensors: Vec<String>,
    /// BCP 47 tag of the language that it reads, where `answerlet.json` says so.
    pub language: Option<String>,
    /// How its weights are quantised, where `answerlet.json` says so.
    pub quantisation: Option<String>,
    /// What it computes in: int8 or f32.
    #[cfg_attr(test, ts(type = "\"int8\" | \"f32\""))]
    pub precision: Precision,
    /// Whether it has learned 'no answer'.
    pub no_answer: NoAnswer,
    /// Least margin of an answer, where 'no answer' was learned.
    pub threshold: f32,
}

/// Reads a context and answers questions about it.
///
/// Cloning is cheap: clones share the model.
#[derive(Clone)]
pub struct Reader {
    model: Arc<Model>,
}

impl std::fmt::Debug for Reader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Reader").field(&self.info()).finish()
    }
}

impl Reader {
    pub(crate) fn new(model: Model) -> Self {
        Self { model: Arc::new(model) }
    }

    /// What the model is.
    pub fn info(&self) -> ModelInfo {
        let Model { config, summary, .. } = &*self.model;
        ModelInfo {
            architecture: config.architecture,
            layers: config.num_hidden_layers,
            hidden_size: config.hidden_size,
            heads: config.num_attention_heads,
            intermediate_size: config.intermediate_size,
            vocabulary_size: config.vocab_size,
            tokens: self.model.tokenizer.vocabulary_size(),
            max_positions: config.max_sequence_length(),
            parameters: summary.parameters,
            dtypes: summary.dtypes.clone(),
            unused_tensors: summary.unused.clone(),
            language: self.model.language.clone(),
            quantisation: self.model.quantisation.clone(),
            precision: self.model.precision,
            no_answer: self.model.no_answer,
            threshold: self.model.threshold,
        }
    }

    /// Answers in one go, from a text or from several documents. Offsets in the result are bytes; see [`AskResult::into_utf16`].
    pub fn ask<'a>(&self, question: &str, context: impl Into<Context<'a>>, options: &AskOptions) -> Result<AskResult> {
        let mut reading = self.begin(question, context, options)?;
        while !reading.step()?.done {}
        reading.finish()
    }

    /// Begins to read; the caller makes the steps, one layer of one window each, and can stop between any two.
    pub fn begin<'a>(&self, question: &str, context: impl Into<Context<'a>>, options: &AskOptions) -> Result<Reading> {
        Reading::new(Arc::clone(&self.model), question, context.into(), options)
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
        let Config { vocab_size, type_vocab_size, .. } = self.model.config;
        if input_ids.iter().any(|&id| id as usize >= vocab_size) {
            return Err(Error::argument_invalid("inputIds", format!("must be below {vocab_size}")));
        }
        if type_vocab_size > 0 && token_type_ids.iter().any(|&id| id as usize >= type_vocab_size) {
            return Err(Error::argument_invalid("tokenTypeIds", format!("must be below {type_vocab_size}")));
        }
        let encoder = &self.model.encoder;
        let mut hidden = encoder.embed(input_ids, token_type_ids)?;
        for layer in 0..encoder.layers() {
            hidden = encoder.layer(layer, &hidden)?;
        }
        encoder.span_logits(&hidden)
    }
}
