//! `compat: 'hf'`: the `question-answering` pipeline of transformers 4.57.6 to the letter, summed
//! duplicates and scores that can't be compared across windows included.

use std::collections::hash_map::{Entry, HashMap};
use std::ops::Range;

use super::options::Settings;
use super::result::Answer;
use super::spans::{ReadText, Survey, WindowLogits};
use super::text::Words;
use crate::tokenizer::Token;

pub(crate) fn choose(text: &ReadText, null_score: f32, settings: &Settings) -> Vec<Answer> {
    let survey = Survey::new(std::slice::from_ref(text), settings.max_answer_length, 1);
    // "Some candidates may be deleted if we align to words"
    let per_window = match settings.align_to_words {
        true => settings.top_k.saturating_mul(2).saturating_add(10),
        false => settings.top_k,
    };
    let mut answers: Vec<Answer> = Vec::new();
    let mut known: HashMap<String, usize> = HashMap::new();
    for window in text.windows {
        for (first, last, score) in best_spans(window, per_window, settings.max_answer_length) {
            let range = indices(text.tokens, &text.words, window, first, last, settings.align_to_words);
            let confidence = survey.confidence(window.margin(first, last));
            let answer = text.answer(range, f64::from(score), confidence);
            match known.entry(answer.text.to_lowercase()) {
                Entry::Occupied(entry) => answers[*entry.get()].score += answer.score,
                Entry::Vacant(entry) => {
                    entry.insert(answers.len());
                    answers.push(answer);
                }
            }
        }
    }
    if settings.handle_impossible_answer {
        answers.push(text.answer(0..0, f64::from(null_score), survey.confidence(0.0)));
    }
    // Stable, as Python's sort.
    answers.sort_by(|a, b| b.score.total_cmp(&a.score));
    answers.truncate(settings.top_k);
    answers
}

/// `decode_spans`: the spans with the largest product of probabilities.
fn best_spans(window: &WindowLogits, keep: usize, max_answer_length: usize) -> Vec<(usize, usize, f32)> {
    let offset = window.range.start;
    let starts: Vec<f32> = window.start.iter().map(|&logit| window.start_probability(logit)).collect();
    let ends: Vec<f32> = window.end.iter().map(|&logit| window.end_probability(logit)).collect();
    let mut spans = Vec::new();
    for (first, start) in starts.iter().enumerate() {
        for (length, end) in ends[first..].iter().take(max_answer_length).enumerate() {
            let score = start * end;
            // Products that underflow tie with everything that is masked, and never reach the result.
            if score > 0.0 {
                spans.push((offset + first, offset + first + length, score));
            }
        }
    }
    spans.sort_by(|a, b| b.2.total_cmp(&a.2));
    spans.truncate(keep);
    spans
}

/// `get_indices`: the span's place, widened to the words that its ends are in, as far as the window shows them.
fn indices(tokens: &[Token], words: &Words, window: &WindowLogits, first: usize, last: usize, align_to_words: bool) -> Range<usize> {
    let widened = align_to_words && tokens[first].word.is_some() && tokens[last].word.is_some();
    let (first, last) = match widened {
        true => (words.first(first).max(window.range.start), words.last(last).min(window.range.end - 1)),
        false => (first, last),
    };
    tokens[first].start..tokens[last].end
}
