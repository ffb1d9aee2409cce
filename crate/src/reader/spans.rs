//! Where the span is chosen.
//!
//! Each window gives start and end logits. A span's margin is how far its two logits lie above the
//! null's (`[CLS]`) in the same window (Devlin et al. 2018, section 4.3), and margins, unlike
//! probabilities within a window, can be compared across windows.

use std::collections::HashSet;
use std::ops::Range;

use super::context::Source;
use super::options::Settings;
use super::result::Answer;
use super::text::{whole_words, Words};
use crate::tokenizer::Token;

/// The logits of one window.
pub(crate) struct WindowLogits {
    /// Which tokens of the context it read.
    pub range: Range<usize>,
    /// One logit for each token of `range`.
    pub start: Vec<f32>,
    pub end: Vec<f32>,
    /// Those of `[CLS]`.
    pub null_start: f32,
    pub null_end: f32,
    /// Logarithms of the softmax's denominators, over `range` and `[CLS]`.
    log_total_start: f32,
    log_total_end: f32,
}

impl WindowLogits {
    pub fn new(range: Range<usize>, start: Vec<f32>, end: Vec<f32>, null_start: f32, null_end: f32) -> Self {
        let log_total = |logits: &[f32], null: f32| {
            let mut total = LogTotal::default();
            logits.iter().chain([&null]).for_each(|&logit| total.add(f64::from(logit)));
            total.value() as f32
        };
        Self {
            log_total_start: log_total(&start, null_start),
            log_total_end: log_total(&end, null_end),
            range,
            start,
            end,
            null_start,
            null_end,
        }
    }

    pub fn start_probability(&self, logit: f32) -> f32 {
        (logit - self.log_total_start).exp()
    }

    pub fn end_probability(&self, logit: f32) -> f32 {
        (logit - self.log_total_end).exp()
    }

    /// The probability that the answer starts and ends at `[CLS]`.
    pub fn null_score(&self) -> f32 {
        self.start_probability(self.null_start) * self.end_probability(self.null_end)
    }

    fn contains(&self, first: usize, last: usize) -> bool {
        self.range.start <= first && last < self.range.end
    }

    /// How far the logits of the span from token `first` to token `last` of the context lie above the null's.
    pub fn margin(&self, first: usize, last: usize) -> f32 {
        self.start[first - self.range.start] + self.end[last - self.range.start] - (self.null_start + self.null_end)
    }

    fn score(&self, first: usize, last: usize) -> f64 {
        let start = self.start_probability(self.start[first - self.range.start]);
        let end = self.end_probability(self.end[last - self.range.start]);
        f64::from(start * end)
    }
}

/// The logarithm of a sum of exponentials, term by term.
#[derive(Default)]
pub(crate) struct LogTotal {
    largest: Option<f64>,
    sum: f64,
}

impl LogTotal {
    pub fn add(&mut self, logarithm: f64) {
        match self.largest {
            Some(largest) if logarithm <= largest => self.sum += (logarithm - largest).exp(),
            Some(largest) => {
                self.sum = self.sum * (largest - logarithm).exp() + 1.0;
                self.largest = Some(logarithm);
            }
            None => (self.largest, self.sum) = (Some(logarithm), 1.0),
        }
    }

    pub fn value(&self) -> f64 {
        self.largest.map_or(f64::NEG_INFINITY, |largest| largest + self.sum.ln())
    }
}

/// A text, and what was read of it.
pub(crate) struct ReadText<'a> {
    pub source: &'a Source,
    pub tokens: &'a [Token],
    pub words: Words,
    pub windows: &'a [WindowLogits],
}

impl<'a> ReadText<'a> {
    pub fn new(source: &'a Source, tokens: &'a [Token], windows: &'a [WindowLogits]) -> Self {
        Self { source, tokens, words: Words::new(source.text(), tokens), windows }
    }

    pub fn answer(&self, range: Range<usize>, score: f64, confidence: f64) -> Answer {
        let document = self.source.document();
        Answer {
            text: self.source.text().get(range.clone()).unwrap_or_default().into(),
            score,
            confidence,
            start: range.start,
            end: range.end,
            document_id: document.map(|document| document.id.clone()),
            title: document.and_then(|document| document.title.clone()),
            url: document.and_then(|document| document.url.clone()),
        }
    }
}

/// A span of a text's tokens, both ends included, as one window read it.
#[derive(Debug, Clone, Copy)]
struct Span {
    text: usize,
    window: usize,
    first: usize,
    last: usize,
    margin: f32,
}

/// All places of the texts where an answer could be, each read by the window that read it best.
pub(crate) struct Survey {
    best: Vec<Span>,
    /// log(Σ over places of e^margin + 1), the 1 being the null's.
    log_total: f64,
}

impl Survey {
    /// `keep`: how many of the best places are remembered.
    pub fn new(texts: &[ReadText], max_answer_length: usize, keep: usize) -> Self {
        let mut log_total = LogTotal::default();
        log_total.add(0.0);
        let mut best = Best { spans: Vec::new(), texts, keep: keep.max(1), least: f32::NEG_INFINITY };
        let windows = texts.iter().enumerate().flat_map(|(text, read)| (0..read.windows.len()).map(move |window| (text, window)));
        for (text, window) in windows {
            let read = &texts[text];
            let logits = &read.windows[window];
            for first in logits.range.clone() {
                for last in first..logits.range.end.min(first.saturating_add(max_answer_length)) {
                    let span = Span { text, window, first, last, margin: logits.margin(first, last) };
                    if is_read_better_elsewhere(span, read) {
                        continue;
                    }
                    log_total.add(f64::from(span.margin));
                    if !read.words.are_blank(first, last) {
                        best.offer(span);
                    }
                }
            }
        }
        Self { best: best.sorted(), log_total: log_total.value() }
    }

    /// A margin's share in the softmax over all places and the null, whose margin is 0.
    pub fn confidence(&self, margin: f32) -> f64 {
        (f64::from(margin) - self.log_total).exp()
    }
}

/// Whether an inner edge of the window cuts the span off, or may: there could be more of it outside.
fn is_cut(span: Span, window: &WindowLogits, text: &ReadText) -> bool {
    let Range { start, end } = window.range;
    let words = &text.words;
    (start > 0 && words.first(span.first) <= start) || (end < text.tokens.len() && words.last(span.last) + 1 >= end)
}

/// The same place is often in two windows: the one that read it whole counts, then the one with the larger margin.
fn is_read_better_elsewhere(span: Span, text: &ReadText) -> bool {
    let windows = text.windows;
    let cut = is_cut(span, &windows[span.window], text);
    let before = (0..span.window).rev().take_while(|&other| windows[other].range.end > span.first);
    let after = (span.window + 1..windows.len()).take_while(|&other| windows[other].range.start <= span.first);
    before.chain(after).any(|other| {
        let logits = &windows[other];
        logits.contains(span.first, span.last) && {
            let margin = logits.margin(span.first, span.last);
            match (cut, is_cut(span, logits, text)) {
                (true, false) => true,
                (false, true) => false,
                _ => margin > span.margin || (margin == span.margin && other < span.window),
            }
        }
    })
}

/// The best spans so far, one for each place that they widen to; sorted out now and then, not at every offer.
struct Best<'a> {
    spans: Vec<Span>,
    texts: &'a [ReadText<'a>],
    keep: usize,
    least: f32,
}

impl Best<'_> {
    fn offer(&mut self, span: Span) {
        if span.margin < self.least {
            return;
        }
        self.spans.push(span);
        if self.spans.len() >= self.keep.saturating_mul(2).max(64) {
            self.sort_out();
        }
    }

    fn sort_out(&mut self) {
        self.spans.sort_by(|a, b| {
            b.margin
                .total_cmp(&a.margin)
                .then(a.text.cmp(&b.text))
                .then(a.first.cmp(&b.first))
                .then(a.last.cmp(&b.last))
        });
        let mut places = HashSet::new();
        self.spans.retain(|span| {
            let words = &self.texts[span.text].words;
            places.insert((span.text, words.first(span.first), words.last(span.last)))
        });
        self.spans.truncate(self.keep);
        if self.spans.len() == self.keep {
            self.least = self.spans[self.keep - 1].margin;
        }
    }

    fn sorted(mut self) -> Vec<Span> {
        self.sort_out();
        self.spans
    }
}

/// The acceptable answers of all texts, best first: whole words, no text twice, none below the threshold.
pub(crate) fn choose(texts: &[ReadText], settings: &Settings) -> Vec<Answer> {
    // The same text can stand in several places, and in every document, so more are kept than are asked for.
    let keep = settings.top_k.saturating_mul(8).saturating_add(64).saturating_mul(texts.len());
    let survey = Survey::new(texts, settings.max_answer_length, keep);
    let mut given = HashSet::new();
    let mut answers = Vec::new();
    for span in &survey.best {
        let confidence = survey.confidence(span.margin);
        // Spans come in falling order of both.
        if answers.len() == settings.top_k || span.margin < settings.threshold || confidence < settings.least_confidence {
            break;
        }
        let read = &texts[span.text];
        let Some(range) = whole_words(read.source.text(), read.tokens, &read.words, span.first, span.last) else { continue };
        let answer = read.answer(range, read.windows[span.window].score(span.first, span.last), confidence);
        if given.insert(answer.text.to_lowercase()) {
            answers.push(answer);
        }
    }
    answers
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Tokens "a b c …", each a word.
    fn letters(count: usize) -> (Source, Vec<Token>) {
        let context: String = (0..count).map(|index| format!("{} ", (b'a' + index as u8) as char)).collect();
        let tokens = (0..count)
            .map(|index| Token { id: 0, type_id: 1, word: Some(index as u32), start: 2 * index, end: 2 * index + 1, special: false, sequence: Some(1) })
            .collect();
        (Source::Text(context), tokens)
    }

    /// A window whose logits are 0 but for the given starts and ends.
    fn window(range: Range<usize>, null: f32, starts: &[(usize, f32)], ends: &[(usize, f32)]) -> WindowLogits {
        let fill = |values: &[(usize, f32)]| {
            let mut logits = vec![0.0; range.len()];
            values.iter().for_each(|&(token, logit)| logits[token - range.start] = logit);
            logits
        };
        WindowLogits::new(range.clone(), fill(starts), fill(ends), null, null)
    }

    fn settings() -> Settings {
        Settings {
            top_k: 3,
            max_sequence_length: 384,
            doc_stride: super::super::options::DocStride::AtMost(128),
            max_answer_length: 30,
            threshold: 0.0,
            least_confidence: 0.0,
            fallback: String::new(),
            max_milliseconds: None,
            scores: false,
            compat: None,
            handle_impossible_answer: false,
            align_to_words: true,
        }
    }

    #[test]
    fn windows_are_ranked_by_margin_not_by_probability() {
        let (context, tokens) = letters(8);
        // The first window is sure of "b" among its spans, yet its null is as likely; the second's margin is larger.
        let windows = [
            window(0..5, 9.0, &[(1, 9.0)], &[(1, 9.0)]),
            window(3..8, 1.0, &[(6, 4.0)], &[(6, 4.0), (7, 3.9)]),
        ];
        let answers = choose(&[ReadText::new(&context, &tokens, &windows)], &settings());
        assert_eq!(answers[0].text, "g");
        assert!(answers.iter().all(|answer| answer.score <= 1.0 && answer.confidence <= 1.0));
        assert!(answers.iter().map(|answer| answer.confidence).sum::<f64>() <= 1.0);
    }

    #[test]
    fn a_span_at_an_inner_edge_loses_to_the_window_that_holds_it_whole() {
        let (context, tokens) = letters(10);
        let windows = [
            window(0..6, 0.0, &[(5, 9.0)], &[(5, 9.0)]),
            window(3..10, 0.0, &[(5, 3.0)], &[(6, 3.0)]),
        ];
        let settings = Settings { max_answer_length: 2, ..settings() };
        let answers = choose(&[ReadText::new(&context, &tokens, &windows)], &settings);
        assert_eq!(answers[0].text, "f g");
        // Where no other window holds it, it stands.
        let answers = choose(&[ReadText::new(&context, &tokens, &windows[..1])], &settings);
        assert_eq!(answers[0].text, "f");
    }

    #[test]
    fn no_place_and_no_text_twice() {
        let (context, tokens) = letters(10);
        let context = Source::Text(context.text().replace('g', "F"));
        let windows = [
            window(0..8, 0.0, &[(5, 9.0)], &[(5, 9.0)]),
            window(3..10, 0.0, &[(5, 8.0), (6, 7.0)], &[(5, 8.0), (6, 7.0)]),
        ];
        let answers = choose(&[ReadText::new(&context, &tokens, &windows)], &settings());
        let texts: HashSet<_> = answers.iter().map(|answer| answer.text.to_lowercase()).collect();
        assert_eq!(texts.len(), answers.len());
        assert_eq!((answers[0].text.as_str(), answers[0].start), ("f", 10));
    }

    fn document(id: &str, text: &Source) -> Source {
        Source::Document(crate::SourceDocument { id: id.into(), text: text.text().into(), ..Default::default() })
    }

    #[test]
    fn documents_are_ranked_together_by_margin() {
        let (context, tokens) = letters(6);
        let sources = [document("low", &context), document("high", &context), document("unread", &context)];
        // The first is sure of "b" by its probability, and the second's "c" has the larger margin; both have an "e".
        let low = [window(0..6, 8.0, &[(1, 9.0), (4, 7.0)], &[(1, 9.0), (4, 7.5)])];
        let high = [window(0..6, 0.0, &[(2, 2.0), (4, 1.5)], &[(2, 2.0), (4, 1.5)])];
        let texts = [ReadText::new(&sources[0], &tokens, &low), ReadText::new(&sources[1], &tokens, &high), ReadText::new(&sources[2], &tokens, &[])];
        let settings = Settings { top_k: 100, threshold: 1.0, max_answer_length: 1, ..settings() };
        let answers = choose(&texts, &settings);
        let found: Vec<_> = answers.iter().map(|answer| (answer.text.as_str(), answer.document_id.as_deref().unwrap())).collect();
        // "e" has a margin of 3 in the one and of -1.5 in the other.
        assert_eq!(found, [("c", "high"), ("e", "high"), ("b", "low")]);

        // Refused by what is best of all: with nothing above the threshold in either, there is no answer.
        assert!(choose(&texts, &Settings { threshold: 4.1, ..settings.clone() }).is_empty());
        // One softmax over all, with one null.
        let survey = Survey::new(&texts, 1, 1000);
        assert_eq!(survey.best.len(), 12);
        let total: f64 = survey.best.iter().map(|span| survey.confidence(span.margin)).sum();
        assert!((total + survey.confidence(0.0) - 1.0).abs() < 1e-9);
    }

    #[test]
    fn a_text_that_is_in_every_document_leaves_room_for_others() {
        let (context, tokens) = letters(3);
        let sources: Vec<_> = (0..200).map(|id| document(&id.to_string(), &context)).collect();
        let windows: Vec<_> = (0..200).map(|id| [window(0..3, 0.0, &[(0, 5.0 + id as f32 / 1000.0), (1, 1.0)], &[(0, 5.0), (1, 1.0)])]).collect();
        let texts: Vec<_> = sources.iter().zip(&windows).map(|(source, windows)| ReadText::new(source, &tokens, windows)).collect();
        let answers = choose(&texts, &Settings { max_answer_length: 1, ..settings() });
        let found: Vec<_> = answers.iter().map(|answer| (answer.text.as_str(), answer.document_id.as_deref().unwrap())).collect();
        // Each once, of the document that gives it the largest margin, or of the first.
        assert_eq!(found, [("a", "199"), ("b", "0"), ("c", "0")]);
    }

    #[test]
    fn the_threshold_refuses() {
        let (context, tokens) = letters(4);
        let windows = [window(0..4, 2.0, &[(1, 3.0)], &[(1, 3.0)])];
        let ask = |threshold| choose(&[ReadText::new(&context, &tokens, &windows)], &Settings { threshold, ..settings() });
        assert_eq!(ask(2.0)[0].text, "b");
        assert!(ask(2.001).is_empty());
    }

    #[test]
    fn confidence_sums_to_one_over_places_and_null() {
        let (context, tokens) = letters(9);
        let windows = [
            window(0..6, 1.0, &[(2, 2.0)], &[(3, 1.5)]),
            window(4..9, -1.0, &[(5, 0.3)], &[(5, 0.1)]),
        ];
        let survey = Survey::new(&[ReadText::new(&context, &tokens, &windows)], 4, 1000);
        let places: HashSet<_> = survey.best.iter().map(|span| (span.first, span.last)).collect();
        assert_eq!(places.len(), survey.best.len(), "each token is a word here, so every place is kept");
        let total: f64 = survey.best.iter().map(|span| survey.confidence(span.margin)).sum();
        assert!((total + survey.confidence(0.0) - 1.0).abs() < 1e-9);
    }
}
