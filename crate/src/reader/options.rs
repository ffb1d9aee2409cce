use serde::{Deserialize, Serialize};

use super::Model;
use crate::checkpoint::manifest::NoAnswer;
use crate::error::{Error, Result};

/// Ask as another library does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
#[serde(rename_all = "lowercase")]
pub enum Compat {
    /// The `question-answering` pipeline of Hugging Face's transformers 4.57.6.
    Hf,
}

/// How to read. Everything has a default.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(optional_fields))]
#[serde(rename_all = "camelCase", default)]
pub struct AskOptions {
    /// At most how many answers. Default 1.
    #[cfg_attr(test, ts(as = "Option<u32>"))]
    pub top_k: Option<usize>,
    /// Tokens of a window, question and special tokens included. Default 384, or what the model takes if that is less.
    #[cfg_attr(test, ts(as = "Option<u32>"))]
    pub max_sequence_length: Option<usize>,
    /// Tokens by which neighbouring windows overlap. Default 128, or half of what the question leaves of the
    /// window if that is less; with `compat`, half the window.
    #[cfg_attr(test, ts(as = "Option<u32>"))]
    pub doc_stride: Option<usize>,
    /// Tokens of the longest answer. Default 30; 15 with `compat`, as the pipeline's.
    #[cfg_attr(test, ts(as = "Option<u32>"))]
    pub max_answer_length: Option<usize>,
    /// Least margin of a span's logits over the null's in its window. Default: the model's, else 0; none where
    /// 'no answer' was not learned, since there the margin means little (an answer then needs a confidence of 0.05 in any case).
    /// Not used with `compat`.
    pub threshold: Option<f32>,
    /// The sentence that stands in the result when there is no answer.
    pub fallback: Option<String>,
    /// Ends a long read with what was found by then, in milliseconds.
    pub max_milliseconds: Option<f64>,
    /// Whether the result says what the reader saw: tokens, logits and probabilities of every window.
    #[cfg_attr(test, ts(optional, as = "Option<bool>"))]
    pub scores: bool,
    /// Reproduces another library, faults included. Not with documents.
    pub compat: Option<Compat>,
    /// With `compat`: whether 'no answer' is among the answers, with an empty text. Default false.
    pub handle_impossible_answer: Option<bool>,
    /// With `compat`: whether answers are widened to whole words. Default true.
    pub align_to_words: Option<bool>,
}

/// Options with their defaults filled in and checked against the model.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub top_k: usize,
    pub max_sequence_length: usize,
    pub doc_stride: DocStride,
    pub max_answer_length: usize,
    pub threshold: f32,
    /// With a model that hasn't learned 'no answer': the least confidence of an answer.
    pub least_confidence: f64,
    pub fallback: String,
    pub max_milliseconds: Option<f64>,
    pub scores: bool,
    pub compat: Option<Compat>,
    pub handle_impossible_answer: bool,
    pub align_to_words: bool,
}

/// By how many tokens windows overlap.
#[derive(Debug, Clone, Copy)]
pub(crate) enum DocStride {
    Exactly(usize),
    /// This, or half of the room for the context if that is less: a long question must not make the steps tiny.
    AtMost(usize),
}

impl DocStride {
    /// `room`: how many tokens of the context a window holds.
    pub fn within(self, room: usize) -> usize {
        match self {
            DocStride::Exactly(stride) => stride,
            DocStride::AtMost(stride) => stride.min(room / 2),
        }
    }
}

/// See [`AskOptions::max_sequence_length`].
const MAX_SEQUENCE_LENGTH: usize = 384;
const DOC_STRIDE: usize = 128;
const FALLBACK: &str = "I can't find an answer to that here.";

/// A model that hasn't learned 'no answer' always prefers some span; below this confidence the
/// preference is so weak that it is no answer.
pub const LEAST_CONFIDENCE: f64 = 0.05;

impl Settings {
    pub fn new(options: &AskOptions, model: &Model) -> Result<Self> {
        let at_least_one = |argument, value: Option<usize>, default| match value {
            Some(0) => Err(Error::argument_invalid(argument, "must be at least 1, and is 0")),
            value => Ok(value.unwrap_or(default)),
        };
        let longest = model.config.max_sequence_length();
        let max_sequence_length =
            at_least_one("maxSequenceLength", options.max_sequence_length, MAX_SEQUENCE_LENGTH.min(longest))?;
        if max_sequence_length > longest {
            return Err(Error::argument_invalid(
                "maxSequenceLength",
                format!("is {max_sequence_length}, and this model reads at most {longest} tokens at a time"),
            ));
        }
        let doc_stride = match (options.doc_stride, options.compat) {
            (Some(stride), _) if stride >= max_sequence_length => {
                return Err(Error::argument_invalid(
                    "docStride",
                    format!("is {stride}, and must be less than maxSequenceLength ({max_sequence_length}): it is the windows' overlap"),
                ))
            }
            (Some(stride), _) => DocStride::Exactly(stride),
            (None, Some(Compat::Hf)) => DocStride::Exactly(DOC_STRIDE.min(max_sequence_length / 2)),
            (None, None) => DocStride::AtMost(DOC_STRIDE),
        };
        if options.threshold.is_some_and(f32::is_nan) {
            return Err(Error::argument_invalid("threshold", "is not a number"));
        }
        if options.max_milliseconds.is_some_and(|limit| limit.is_nan() || limit < 0.0) {
            return Err(Error::argument_invalid("maxMilliseconds", "must be 0 or more"));
        }
        // Where nothing was learned, the margin means little: only an explicit threshold is applied to it.
        let (threshold, least_confidence) = match model.no_answer {
            NoAnswer::Learned => (model.threshold, 0.0),
            NoAnswer::None => (f32::NEG_INFINITY, LEAST_CONFIDENCE),
        };
        let default_length = if options.compat.is_some() { 15 } else { 30 };
        Ok(Self {
            top_k: at_least_one("topK", options.top_k, 1)?,
            max_sequence_length,
            doc_stride,
            max_answer_length: at_least_one("maxAnswerLength", options.max_answer_length, default_length)?,
            threshold: options.threshold.unwrap_or(threshold),
            least_confidence,
            fallback: options.fallback.clone().unwrap_or_else(|| FALLBACK.into()),
            max_milliseconds: options.max_milliseconds,
            scores: options.scores,
            compat: options.compat,
            handle_impossible_answer: options.handle_impossible_answer.unwrap_or(false),
            align_to_words: options.align_to_words.unwrap_or(true),
        })
    }
}
