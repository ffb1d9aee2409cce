//! What a reader says. Offsets are bytes in Rust and UTF-16 code units in JavaScript.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::context::Context;

/// The outcome of one question.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct AskResult {
    /// Whether the context answers the question, as far as the reader can tell.
    pub answered: bool,
    /// The best answers first; empty when there is none.
    pub answers: Vec<Answer>,
    /// The probability that the context holds no answer, as the pipeline gives it: of all windows the
    /// least product of the probabilities that the answer starts and ends at `[CLS]`.
    pub null_score: f32,
    /// The sentence to say when there is no answer; null when there is one.
    pub fallback: Option<String>,
    /// Whether the whole context was read; false when `maxMilliseconds` ended the reading.
    pub complete: bool,
    /// What the reader saw, when `scores` was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub windows: Option<Vec<Window>>,
    /// Where the time went.
    pub timing: Timing,
}

/// A verbatim piece of the context.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Answer {
    /// `context.slice(start, end)`.
    pub text: String,
    /// The product of the probabilities of its start and its end in its window.
    pub score: f64,
    /// Its share in the softmax over all spans of all windows and 'no answer'. Not calibrated.
    pub confidence: f64,
    /// Its first character.
    #[cfg_attr(test, ts(type = "number"))]
    pub start: usize,
    /// Behind its last character.
    #[cfg_attr(test, ts(type = "number"))]
    pub end: usize,
    /// Which document it is in, where documents were given: the offsets are into that one's text.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub document_id: Option<String>,
    /// That document's title, where it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub title: Option<String>,
    /// Its URL, where it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub url: Option<String>,
}

/// One window as the reader saw it; the lists have one entry a token.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Window {
    /// Which document it is of, where documents were given.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub document_id: Option<String>,
    /// The part of the context that it read.
    #[cfg_attr(test, ts(type = "number"))]
    pub start: usize,
    /// Behind it.
    #[cfg_attr(test, ts(type = "number"))]
    pub end: usize,
    /// The product of the probabilities that the answer starts and ends at `[CLS]`.
    pub null_score: f32,
    /// As the vocabulary spells them.
    pub tokens: Vec<String>,
    /// Their ids in the vocabulary.
    pub input_ids: Vec<u32>,
    /// Their segments, as the model was given them.
    pub token_type_ids: Vec<u32>,
    /// 1 for special tokens, else 0.
    pub special_tokens_mask: Vec<u8>,
    /// All 1: windows are not padded.
    pub attention_mask: Vec<u8>,
    /// 0 in the question, 1 in the context, null for special tokens.
    pub sequence_ids: Vec<Option<u8>>,
    /// The place of each token in its text, by `sequenceIds`; [0, 0] for special tokens.
    #[cfg_attr(test, ts(type = "Array<[number, number]>"))]
    pub offsets: Vec<(usize, usize)>,
    /// How well each token opens an answer.
    pub start_logits: Vec<f32>,
    /// How well it closes one.
    pub end_logits: Vec<f32>,
    /// Softmax over the context's tokens and `[CLS]`; 0 elsewhere.
    pub start_probabilities: Vec<f32>,
    /// The same of the end logits.
    pub end_probabilities: Vec<f32>,
}

/// Where the time went, in milliseconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Timing {
    /// Cutting question and context into tokens and windows.
    pub tokenize_ms: f64,
    /// In the encoder, all windows together.
    pub encode_ms: f64,
    /// Choosing the spans.
    pub decode_ms: f64,
    /// From the question to the result, waiting between the steps included.
    pub total_ms: f64,
}

impl AskResult {
    /// The same with offsets in UTF-16 code units: what the JS API and the command line's `--json` give.
    pub fn into_utf16<'a>(mut self, question: &str, context: impl Into<Context<'a>>) -> Self {
        let (question, context) = (Utf16Places::new(question), context.into());
        let ids = self.answers.iter().map(|answer| &answer.document_id);
        let ids = ids.chain(self.windows.iter().flatten().map(|window| &window.document_id));
        let mut texts: HashMap<Option<String>, Utf16Places> = HashMap::new();
        for id in ids {
            if !texts.contains_key(id) {
                texts.insert(id.clone(), Utf16Places::new(context.text(id.as_deref())));
            }
        }
        for answer in &mut self.answers {
            let context = &texts[&answer.document_id];
            answer.start = context.of_byte(answer.start);
            answer.end = context.of_byte(answer.end);
        }
        for window in self.windows.iter_mut().flatten() {
            let context = &texts[&window.document_id];
            window.start = context.of_byte(window.start);
            window.end = context.of_byte(window.end);
            for (offsets, sequence) in window.offsets.iter_mut().zip(&window.sequence_ids) {
                let places = if *sequence == Some(1) { context } else { &question };
                *offsets = (places.of_byte(offsets.0), places.of_byte(offsets.1));
            }
        }
        self
    }
}

/// Byte → UTF-16 code unit.
enum Utf16Places {
    /// Both are the same.
    Ascii,
    /// For each byte; within a character, its start.
    Table(Vec<u32>),
}

impl Utf16Places {
    fn new(text: &str) -> Self {
        if text.is_ascii() {
            return Self::Ascii;
        }
        let mut table = Vec::with_capacity(text.len() + 1);
        let mut unit = 0u32;
        for character in text.chars() {
            table.extend(std::iter::repeat_n(unit, character.len_utf8()));
            unit += character.len_utf16() as u32;
        }
        table.push(unit);
        Self::Table(table)
    }

    fn of_byte(&self, byte: usize) -> usize {
        match self {
            Self::Ascii => byte,
            Self::Table(table) => table.get(byte).or(table.last()).copied().unwrap_or(0) as usize,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn utf16_places_are_where_javascript_counts() {
        let text = "a\u{1F468}\u{200D}\u{1F469} é\r\n漢";
        let places = Utf16Places::new(text);
        for (byte, _) in text.char_indices().chain([(text.len(), ' ')]) {
            assert_eq!(places.of_byte(byte), text[..byte].encode_utf16().count());
        }
    }
}
