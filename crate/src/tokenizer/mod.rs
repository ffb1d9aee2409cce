//! Text → tokens, by Hugging Face's `tokenizers`, with the file checked first.

mod added;
mod categories;
mod checked;
mod json;
mod model;
mod normalizer;
mod pattern;
mod pipeline;
mod post_processor;
mod pre_tokenizer;
mod regex;
mod vocabulary;

use serde_json::Value;

use crate::config::Architecture;
use crate::error::{Error, Result};
use pipeline::Pipeline;

/// What a model folder has of a tokenizer.
#[derive(Debug, Clone)]
pub enum TokenizerFiles {
    /// The bytes of `tokenizer.json`.
    Json(Vec<u8>),
    /// The bytes of `vocab.txt` (WordPiece), or of `vocab.json` and `merges.txt` (byte-level BPE), and
    /// of `tokenizer_config.json`.
    Vocabulary {
        /// `vocab.txt` or `vocab.json`.
        vocab: Vec<u8>,
        /// `merges.txt`.
        merges: Option<Vec<u8>>,
        /// `tokenizer_config.json`; without it the architecture's usual settings hold.
        config: Option<Vec<u8>>,
    },
}

impl TokenizerFiles {
    /// The JSON of a `tokenizer.json`, checked and without the truncation and padding it may hold.
    pub(crate) fn into_json(self, architecture: Architecture) -> Result<Value> {
        match self {
            TokenizerFiles::Json(bytes) => checked::checked(checked::parse(&bytes)?),
            TokenizerFiles::Vocabulary { vocab, merges, config } => {
                let json = vocabulary::tokenizer(&vocab, merges.as_deref(), config.as_deref(), architecture)?;
                checked::checked(json).map_err(|error| match error {
                    Error::TokenizerInvalid { reason, .. } => Error::TokenizerInvalid {
                        file: if merges.is_some() { "vocab.json" } else { "vocab.txt" }.into(),
                        reason,
                    },
                    other => other,
                })
            }
        }
    }
}

/// One token of a question or context, or a special one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Token {
    pub id: u32,
    pub type_id: u32,
    /// Which word of its text it belongs to, as the pre-tokenizer cuts words.
    pub word: Option<u32>,
    /// Its place in its text, in bytes, always between two characters.
    pub start: usize,
    pub end: usize,
    pub special: bool,
    pub sequence: Option<u8>,
}

/// A question and a context as one untruncated input, in three parts: every window is the head, a
/// piece of the body, and the tail.
#[derive(Debug, Default)]
pub(crate) struct Pair {
    /// `[CLS]`, the question and what separates it from the context.
    pub head: Vec<Token>,
    /// The context.
    pub body: Vec<Token>,
    /// The closing special tokens.
    pub tail: Vec<Token>,
}

pub(crate) struct Tokenizer {
    pipeline: Pipeline,
}

impl Tokenizer {
    /// `json`: from [`TokenizerFiles::into_json`]. `rows`: how many word embeddings there are.
    pub fn new(json: &Value, rows: usize) -> Result<Self> {
        let pipeline = Pipeline::new(json).map_err(|error| invalid(error.to_string()))?;
        let tokenizer = Self { pipeline };
        // Special tokens have ids of their own in the post-processor, which the vocabulary needn't hold.
        let probe = tokenizer.encode("a", "a")?;
        let tokens = [&probe.head, &probe.body, &probe.tail];
        let ids = tokens.into_iter().flatten().map(|token| token.id);
        let largest_id = ids.fold(tokenizer.pipeline.largest_id(), u32::max);
        if largest_id as usize >= rows {
            return Err(Error::VocabularyMismatch { largest_id, rows });
        }
        match probe.head.first() {
            Some(first) if first.special && !probe.body.is_empty() => Ok(tokenizer),
            _ => Err(invalid("its post-processor doesn't put a question and a context behind a [CLS] or <s>")),
        }
    }

    pub fn vocabulary_size(&self) -> usize {
        self.pipeline.size()
    }

    pub fn token(&self, id: u32) -> String {
        self.pipeline.token(id).unwrap_or_default()
    }

    pub fn encode(&self, question: &str, context: &str) -> Result<Pair> {
        let encoding = self.pipeline.encode(question, context).map_err(|error| invalid(error.to_string()))?;
        let (question_bytes, context_bytes) = (byte_places(question), byte_places(context));
        let mut pair = Pair::default();
        let (ids, types, words) = (encoding.get_ids(), encoding.get_type_ids(), encoding.get_word_ids());
        let (offsets, special) = (encoding.get_offsets(), encoding.get_special_tokens_mask());
        for (index, sequence) in encoding.get_sequence_ids().into_iter().enumerate() {
            let places = match sequence {
                Some(1) => &context_bytes,
                _ => &question_bytes,
            };
            // The library gives characters; beyond the end can't be, and would be the end.
            let byte = |place: usize| places.get(place).or(places.last()).copied().unwrap_or(0);
            let token = Token {
                id: ids[index],
                type_id: types[index],
                word: words[index],
                start: if sequence.is_some() { byte(offsets[index].0) } else { 0 },
                end: if sequence.is_some() { byte(offsets[index].1) } else { 0 },
                special: special[index] == 1,
                sequence: sequence.map(|sequence| sequence as u8),
            };
            match sequence {
                Some(1) => pair.body.push(token),
                _ if pair.body.is_empty() => pair.head.push(token),
                _ => pair.tail.push(token),
            }
        }
        Ok(pair)
    }
}

/// The byte where each character starts, and the text's length.
fn byte_places(text: &str) -> Vec<usize> {
    text.char_indices().map(|(byte, _)| byte).chain([text.len()]).collect()
}

fn invalid(reason: impl Into<String>) -> Error {
    Error::TokenizerInvalid {
        file: "tokenizer.json".into(),
        reason: reason.into(),
    }
}
