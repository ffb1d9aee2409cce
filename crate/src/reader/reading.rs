//! One question being answered, resumable between any two layers.

use std::ops::Range;
use std::sync::Arc;

use candle_core::Tensor;
use serde::Serialize;

use super::hf;
use super::options::{AskOptions, Compat, Settings};
use super::result::{AskResult, Timing, Window};
use super::spans::{self, WindowLogits};
use super::text::Words;
use super::windows;
use super::Model;
use crate::clock::now_ms;
use crate::error::{Error, Result};
use crate::tokenizer::{Pair, Token};

/// How far a reading is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "ReadingProgress"))]
#[serde(rename_all = "camelCase")]
pub struct Progress {
    /// Windows that have been read whole.
    #[cfg_attr(test, ts(type = "number"))]
    pub windows_done: usize,
    /// Windows that the context is cut into.
    #[cfg_attr(test, ts(type = "number"))]
    pub windows_total: usize,
    /// Whether there is nothing left to do but to finish.
    pub done: bool,
}

/// Made by [`Reader::begin`](super::Reader::begin): call [`step`](Self::step) until it says done, then [`finish`](Self::finish).
pub struct Reading {
    model: Arc<Model>,
    context: String,
    settings: Settings,
    pair: Pair,
    windows: Vec<Range<usize>>,
    /// The hidden states of the window at work, and how many layers they went through.
    hidden: Option<(Tensor, usize)>,
    read: Vec<WindowLogits>,
    seen: Vec<Window>,
    begun_ms: f64,
    timing: Timing,
}

impl std::fmt::Debug for Reading {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Reading").field(&self.progress()).finish()
    }
}

impl Reading {
    pub(super) fn new(model: Arc<Model>, question: &str, context: &str, options: &AskOptions) -> Result<Self> {
        let begun_ms = now_ms();
        let settings = Settings::new(options, &model)?;
        if question.trim().is_empty() {
            return Err(Error::QuestionEmpty);
        }
        if context.trim().is_empty() {
            return Err(Error::ContextEmpty);
        }
        let pair = model.tokenizer.encode(question, context)?;
        let (beside, window) = (pair.head.len() + pair.tail.len(), settings.max_sequence_length);
        let room = window.saturating_sub(beside);
        let doc_stride = settings.doc_stride.within(room);
        // One window may be filled to the brim; several need more room than their overlap.
        if room < pair.body.len() && room <= doc_stride || room == 0 {
            let tokens = pair.head.iter().filter(|token| !token.special).count();
            return Err(Error::QuestionTooLong {
                tokens,
                limit: window.saturating_sub(doc_stride + 1 + beside.saturating_sub(tokens)),
                window,
                doc_stride,
            });
        }
        let type_rows = model.config.type_vocab_size.max(1) as u32;
        let parts = [&pair.head, &pair.body, &pair.tail];
        if model.config.architecture.traits().segments && parts.into_iter().flatten().any(|token| token.type_id >= type_rows) {
            return Err(Error::TokenizerInvalid {
                file: "tokenizer.json".into(),
                reason: format!("it gives token types that the model's {type_rows} don't have"),
            });
        }
        Ok(Self {
            windows: windows::cut(pair.body.len(), room, doc_stride),
            timing: Timing { tokenize_ms: now_ms() - begun_ms, ..Timing::default() },
            model,
            context: context.into(),
            settings,
            pair,
            hidden: None,
            read: Vec::new(),
            seen: Vec::new(),
            begun_ms,
        })
    }

    fn progress(&self) -> Progress {
        let out_of_time = self
            .settings
            .max_milliseconds
            .is_some_and(|limit| now_ms() - self.begun_ms >= limit);
        Progress {
            windows_done: self.read.len(),
            windows_total: self.windows.len(),
            done: out_of_time || self.read.len() == self.windows.len(),
        }
    }

    /// One layer of one window; the embeddings come with the first, the span head with the last.
    pub fn step(&mut self) -> Result<Progress> {
        let progress = self.progress();
        let Some(range) = self.windows.get(self.read.len()).cloned().filter(|_| !progress.done) else {
            return Ok(Progress { done: true, ..progress });
        };
        let begun_ms = now_ms();
        let model = Arc::clone(&self.model);
        let (hidden, layer) = match self.hidden.take() {
            Some(hidden) => hidden,
            None => {
                let (ids, type_ids) = self.inputs(&range);
                (model.encoder.embed(&ids, &type_ids)?, 0)
            }
        };
        let hidden = model.encoder.layer(layer, &hidden)?;
        if layer + 1 < model.encoder.layers() {
            self.hidden = Some((hidden, layer + 1));
        } else {
            let (start, end) = model.encoder.span_logits(&hidden)?;
            self.take_logits(range, &start, &end)?;
        }
        self.timing.encode_ms += now_ms() - begun_ms;
        Ok(self.progress())
    }

    fn tokens<'a>(&'a self, range: &Range<usize>) -> impl Iterator<Item = &'a Token> {
        let Pair { head, body, tail } = &self.pair;
        head.iter().chain(&body[range.clone()]).chain(tail)
    }

    fn inputs(&self, range: &Range<usize>) -> (Vec<u32>, Vec<u32>) {
        let segments = self.model.config.architecture.traits().segments;
        self.tokens(range)
            .map(|token| (token.id, if segments { token.type_id } else { 0 }))
            .unzip()
    }

    fn take_logits(&mut self, range: Range<usize>, start: &[f32], end: &[f32]) -> Result<()> {
        // Far below f32's limit, so that sums of a few stay finite.
        let finite = |logits: &[f32]| logits.iter().all(|logit| logit.abs() < 1e30);
        let (Some(&null_start), Some(&null_end), true, true) = (start.first(), end.first(), finite(start), finite(end)) else {
            return Err(Error::Internal("the model gave logits that are no finite numbers".into()));
        };
        let head = self.pair.head.len();
        let body = head..head + range.len();
        let logits = WindowLogits::new(range, start[body.clone()].to_vec(), end[body].to_vec(), null_start, null_end);
        if self.settings.scores {
            let window = self.seen(&logits, start, end);
            self.seen.push(window);
        }
        self.read.push(logits);
        Ok(())
    }

    fn seen(&self, logits: &WindowLogits, start: &[f32], end: &[f32]) -> Window {
        let tokens: Vec<&Token> = self.tokens(&logits.range).collect();
        let body = &self.pair.body[logits.range.clone()];
        let (input_ids, token_type_ids) = self.inputs(&logits.range);
        let may_answer = |index: usize, token: &Token| index == 0 || token.sequence == Some(1);
        let probabilities = |logits: &[f32], probability: &dyn Fn(f32) -> f32| {
            let each = tokens.iter().zip(logits).enumerate();
            each.map(|(index, (token, &logit))| if may_answer(index, token) { probability(logit) } else { 0.0 })
                .collect()
        };
        Window {
            start: body.first().map_or(0, |token| token.start),
            end: body.last().map_or(0, |token| token.end),
            null_score: logits.null_score(),
            tokens: input_ids.iter().map(|&id| self.model.tokenizer.token(id)).collect(),
            special_tokens_mask: tokens.iter().map(|token| u8::from(token.special)).collect(),
            attention_mask: vec![1; tokens.len()],
            sequence_ids: tokens.iter().map(|token| token.sequence).collect(),
            offsets: tokens.iter().map(|token| (token.start, token.end)).collect(),
            start_logits: start.to_vec(),
            end_logits: end.to_vec(),
            start_probabilities: probabilities(start, &|logit| logits.start_probability(logit)),
            end_probabilities: probabilities(end, &|logit| logits.end_probability(logit)),
            input_ids,
            token_type_ids,
        }
    }

    /// The result, of what was read by now. Offsets are bytes.
    pub fn finish(self) -> Result<AskResult> {
        let begun_ms = now_ms();
        let words = Words::new(&self.context, &self.pair.body);
        let null_score = self.read.iter().map(WindowLogits::null_score).fold(1.0, f32::min);
        let (context, tokens, settings) = (&self.context, &self.pair.body, &self.settings);
        let answers = match settings.compat {
            Some(Compat::Hf) => hf::choose(context, tokens, &words, &self.read, null_score, settings),
            None => spans::choose(context, tokens, &words, &self.read, settings),
        };
        // The pipeline says 'no answer' by an empty one.
        let answered = answers.first().is_some_and(|best| !best.text.is_empty());
        let now = now_ms();
        Ok(AskResult {
            answered,
            answers,
            null_score,
            fallback: (!answered).then(|| settings.fallback.clone()),
            complete: self.read.len() == self.windows.len(),
            windows: settings.scores.then_some(self.seen),
            timing: Timing {
                decode_ms: now - begun_ms,
                total_ms: now - self.begun_ms,
                ..self.timing
            },
        })
    }
}
