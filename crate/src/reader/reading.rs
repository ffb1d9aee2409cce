//! One question being answered, resumable between any two layers.

use std::ops::Range;
use std::sync::Arc;

use candle_core::Tensor;
use serde::Serialize;

use super::context::{Context, Source};
use super::hf;
use super::options::{AskOptions, Compat, Settings};
use super::result::{AskResult, Timing, Window};
use super::spans::{self, ReadText, WindowLogits};
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
    /// Windows that the context is cut into, all documents together.
    #[cfg_attr(test, ts(type = "number"))]
    pub windows_total: usize,
    /// Whether there is nothing left to do but to finish.
    pub done: bool,
}

/// Made by [`Reader::begin`](super::Reader::begin): call [`step`](Self::step) until it says done, then [`finish`](Self::finish).
pub struct Reading {
    model: Arc<Model>,
    settings: Settings,
    parts: Vec<Part>,
    /// Each of a part, by its index; none spans two.
    windows: Vec<(usize, Range<usize>)>,
    windows_done: usize,
    /// The hidden states of the window at work, and how many layers they went through.
    hidden: Option<(Tensor, usize)>,
    seen: Vec<Window>,
    begun_ms: f64,
    timing: Timing,
}

/// One text of the context.
struct Part {
    source: Source,
    pair: Pair,
    /// What the windows gave that were read by now.
    read: Vec<WindowLogits>,
}

impl Part {
    fn new(source: Source, question: &str, model: &Model) -> Result<Self> {
        let pair = model.tokenizer.encode(question, source.text())?;
        let type_rows = model.config.type_vocab_size.max(1) as u32;
        let parts = [&pair.head, &pair.body, &pair.tail];
        if model.config.architecture.traits().segments && parts.into_iter().flatten().any(|token| token.type_id >= type_rows) {
            return Err(Error::TokenizerInvalid {
                file: "tokenizer.json".into(),
                reason: format!("it gives token types that the model's {type_rows} don't have"),
            });
        }
        Ok(Self { source, pair, read: Vec::new() })
    }

    fn windows(&self, settings: &Settings) -> Result<Vec<Range<usize>>> {
        let Pair { head, body, tail } = &self.pair;
        let (beside, window) = (head.len() + tail.len(), settings.max_sequence_length);
        let room = window.saturating_sub(beside);
        let doc_stride = settings.doc_stride.within(room);
        // One window may be filled to the brim; several need more room than their overlap.
        if room < body.len() && room <= doc_stride || room == 0 {
            let tokens = head.iter().filter(|token| !token.special).count();
            return Err(Error::QuestionTooLong {
                tokens,
                limit: window.saturating_sub(doc_stride + 1 + beside.saturating_sub(tokens)),
                window,
                doc_stride,
            });
        }
        Ok(windows::cut(body.len(), room, doc_stride))
    }

    fn tokens<'a>(&'a self, range: &Range<usize>) -> impl Iterator<Item = &'a Token> {
        let Pair { head, body, tail } = &self.pair;
        head.iter().chain(&body[range.clone()]).chain(tail)
    }

    fn inputs(&self, range: &Range<usize>, model: &Model) -> (Vec<u32>, Vec<u32>) {
        let segments = model.config.architecture.traits().segments;
        self.tokens(range)
            .map(|token| (token.id, if segments { token.type_id } else { 0 }))
            .unzip()
    }

    fn take_logits(&self, range: Range<usize>, start: &[f32], end: &[f32]) -> Result<WindowLogits> {
        // Far below f32's limit, so that sums of a few stay finite.
        let finite = |logits: &[f32]| logits.iter().all(|logit| logit.abs() < 1e30);
        let (Some(&null_start), Some(&null_end), true, true) = (start.first(), end.first(), finite(start), finite(end)) else {
            return Err(Error::Internal("the model gave logits that are no finite numbers".into()));
        };
        let head = self.pair.head.len();
        let body = head..head + range.len();
        Ok(WindowLogits::new(range, start[body.clone()].to_vec(), end[body].to_vec(), null_start, null_end))
    }

    fn seen(&self, logits: &WindowLogits, start: &[f32], end: &[f32], model: &Model) -> Window {
        let tokens: Vec<&Token> = self.tokens(&logits.range).collect();
        let body = &self.pair.body[logits.range.clone()];
        let (input_ids, token_type_ids) = self.inputs(&logits.range, model);
        let may_answer = |index: usize, token: &Token| index == 0 || token.sequence == Some(1);
        let probabilities = |logits: &[f32], probability: &dyn Fn(f32) -> f32| {
            let each = tokens.iter().zip(logits).enumerate();
            each.map(|(index, (token, &logit))| if may_answer(index, token) { probability(logit) } else { 0.0 })
                .collect()
        };
        Window {
            document_id: self.source.document().map(|document| document.id.clone()),
            start: body.first().map_or(0, |token| token.start),
            end: body.last().map_or(0, |token| token.end),
            null_score: logits.null_score(),
            tokens: input_ids.iter().map(|&id| model.tokenizer.token(id)).collect(),
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
}

impl std::fmt::Debug for Reading {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Reading").field(&self.progress()).finish()
    }
}

impl Reading {
    pub(super) fn new(model: Arc<Model>, question: &str, context: Context, options: &AskOptions) -> Result<Self> {
        let begun_ms = now_ms();
        let settings = Settings::new(options, &model)?;
        if question.trim().is_empty() {
            return Err(Error::QuestionEmpty);
        }
        if settings.compat.is_some() && matches!(context, Context::Documents(_)) {
            return Err(Error::argument_invalid("compat", "can't be combined with documents: the pipeline ranks the answers of one text"));
        }
        let sources = context.sources()?.into_iter();
        let parts = sources.map(|source| Part::new(source, question, &model)).collect::<Result<Vec<_>>>()?;
        let mut windows = Vec::new();
        for (index, part) in parts.iter().enumerate() {
            windows.extend(part.windows(&settings)?.into_iter().map(|range| (index, range)));
        }
        Ok(Self {
            timing: Timing { tokenize_ms: now_ms() - begun_ms, ..Timing::default() },
            model,
            settings,
            parts,
            windows,
            windows_done: 0,
            hidden: None,
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
            windows_done: self.windows_done,
            windows_total: self.windows.len(),
            done: out_of_time || self.windows_done == self.windows.len(),
        }
    }

    /// One layer of one window; the embeddings come with the first, the span head with the last.
    pub fn step(&mut self) -> Result<Progress> {
        let progress = self.progress();
        let Some((part, range)) = self.windows.get(self.windows_done).cloned().filter(|_| !progress.done) else {
            return Ok(Progress { done: true, ..progress });
        };
        let begun_ms = now_ms();
        let (model, part) = (Arc::clone(&self.model), &mut self.parts[part]);
        let (hidden, layer) = match self.hidden.take() {
            Some(hidden) => hidden,
            None => {
                let (ids, type_ids) = part.inputs(&range, &model);
                (model.encoder.embed(&ids, &type_ids)?, 0)
            }
        };
        let hidden = model.encoder.layer(layer, &hidden)?;
        if layer + 1 < model.encoder.layers() {
            self.hidden = Some((hidden, layer + 1));
        } else {
            let (start, end) = model.encoder.span_logits(&hidden)?;
            let logits = part.take_logits(range, &start, &end)?;
            if self.settings.scores {
                self.seen.push(part.seen(&logits, &start, &end, &model));
            }
            part.read.push(logits);
            self.windows_done += 1;
        }
        self.timing.encode_ms += now_ms() - begun_ms;
        Ok(self.progress())
    }

    /// The result, of what was read by now. Offsets are bytes.
    pub fn finish(self) -> Result<AskResult> {
        let begun_ms = now_ms();
        let settings = &self.settings;
        let windows = self.parts.iter().flat_map(|part| &part.read);
        let null_score = windows.map(WindowLogits::null_score).fold(1.0, f32::min);
        let texts: Vec<_> = self.parts.iter().map(|part| ReadText::new(&part.source, &part.pair.body, &part.read)).collect();
        let answers = match (settings.compat, texts.as_slice()) {
            (Some(Compat::Hf), [text]) => hf::choose(text, null_score, settings),
            _ => spans::choose(&texts, settings),
        };
        // The pipeline says 'no answer' by an empty one.
        let answered = answers.first().is_some_and(|best| !best.text.is_empty());
        let now = now_ms();
        Ok(AskResult {
            answered,
            answers,
            null_score,
            fallback: (!answered).then(|| settings.fallback.clone()),
            complete: self.windows_done == self.windows.len(),
            windows: settings.scores.then_some(self.seen),
            timing: Timing {
                decode_ms: now - begun_ms,
                total_ms: now - self.begun_ms,
                ..self.timing
            },
        })
    }
}
