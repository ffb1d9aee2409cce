//! The promises of the default mode, on the default model and the small fixtures.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use answerlet::{AskOptions, AskResult, LoadOptions, NoAnswer, Reader, LEAST_CONFIDENCE};
use unicode_segmentation::{GraphemeCursor, UnicodeSegmentation};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn default_model() -> Reader {
    Reader::from_folder(root().join("www/model")).expect("the default model loads")
}

/// xorshift: random enough for tests, the same every time.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % limit
    }
}

const PIECES: [&str; 28] = [
    "the", "car", "Robert", "founded", "it", "in", "1978", ".", ",", "don't", "\r\n", "\n\n", "\t", "\u{a0}", "cafe\u{301}", "e\u{301}\u{323}",
    "\u{1F468}\u{200D}\u{1F469}\u{200D}\u{1F467}", "\u{1F1E9}\u{1F1EA}", "\u{1F44D}\u{1F3FD}", "漢字", "日本語です", "مرحبا", "נִקּוּד", "\u{200B}", "\u{FFFD}",
    "ﬁn", "ǅ", "x\u{20DD}",
];

fn random_text(random: &mut Random, pieces: usize) -> String {
    let mut text = String::new();
    for _ in 0..pieces {
        text.push_str(PIECES[random.below(PIECES.len())]);
        if random.below(4) > 0 {
            text.push(' ');
        }
    }
    text
}

/// What must hold of every result.
fn check(context: &str, result: &AskResult, top_k: usize) {
    assert!(result.answers.len() <= top_k);
    assert_eq!(result.answered, !result.answers.is_empty());
    assert_eq!(result.answered, result.fallback.is_none());
    let mut texts = HashSet::new();
    for answer in &result.answers {
        assert_eq!(&context[answer.start..answer.end], answer.text);
        assert!(!answer.text.is_empty() && answer.text.trim() == answer.text, "{:?}", answer.text);
        for edge in [answer.start, answer.end] {
            let mut cursor = GraphemeCursor::new(edge, context.len(), true);
            assert_eq!(cursor.is_boundary(context, 0), Ok(true), "{:?} splits a grapheme cluster", answer.text);
        }
        assert!((0.0..=1.0).contains(&answer.score) && (0.0..=1.0).contains(&answer.confidence));
        assert!(texts.insert(answer.text.to_lowercase()), "{:?} twice", answer.text);
    }
    assert!(result.answers.windows(2).all(|pair| pair[0].confidence >= pair[1].confidence));
    assert!(result.answers.iter().map(|answer| answer.confidence).sum::<f64>() < 1.0 + 1e-9);
}

#[test]
fn answers_are_whole_slices_of_any_text() {
    let names = ["bert", "roberta", "distilbert", "roberta-vocab-merges", "bert-vocab-txt"];
    // Random weights are never sure: 'learned' turns the floor of confidence off.
    let load = LoadOptions { no_answer: Some(NoAnswer::Learned), ..LoadOptions::default() };
    let readers = names.map(|name| Reader::from_folder_with(root().join("tests/fixtures/checkpoints").join(name), &load).unwrap());
    let options = AskOptions {
        top_k: Some(8),
        threshold: Some(f32::NEG_INFINITY),
        max_sequence_length: Some(48),
        doc_stride: Some(20),
        ..AskOptions::default()
    };
    let mut random = Random(20_261_125);
    let mut answers = 0;
    for round in 0..120 {
        let pieces = 1 + random.below(90);
        let context = random_text(&mut random, pieces);
        if context.trim().is_empty() {
            continue;
        }
        let reader = &readers[round % readers.len()];
        let result = reader.ask("who founded it?", &context, &options).unwrap();
        check(&context, &result, 8);
        answers += result.answers.len();
        // The same place in UTF-16.
        let units: Vec<u16> = context.encode_utf16().collect();
        for answer in result.into_utf16("who founded it?", &context).answers {
            assert_eq!(String::from_utf16(&units[answer.start..answer.end]).unwrap(), answer.text);
        }
    }
    assert!(answers > 500, "only {answers}: the test would test nothing");
}

#[test]
fn a_word_is_never_split_even_by_a_window() {
    let reader = default_model();
    // Long words of many pieces, so that windows' edges fall into them.
    let context = "Unquestionably Crestwoodshire's antidisestablishmentarianism predates hydroxychloroquine manufacturing. ".repeat(8);
    for max_sequence_length in (20..60).step_by(3) {
        let options = AskOptions {
            top_k: Some(10),
            threshold: Some(f32::NEG_INFINITY),
            max_sequence_length: Some(max_sequence_length),
            doc_stride: Some(5),
            ..AskOptions::default()
        };
        let result = reader.ask("What predates it?", &context, &options).unwrap();
        check(&context, &result, 10);
        let edges: HashSet<usize> = context.split_word_bound_indices().map(|(start, _)| start).chain([context.len()]).collect();
        // Here BERT's words are UAX #29's, but that an apostrophe ends one.
        for answer in &result.answers {
            assert!([answer.start, answer.end].iter().all(|edge| edges.contains(edge) || context[*edge..].starts_with("'s") || context[..*edge].ends_with('\'')), "{:?}", answer.text);
        }
    }
}

const SENTENCE: &str = "Robert Anderson founded the dealership in 1978.";

/// Text that answers no question about dealerships.
fn filler(words: usize) -> String {
    let sentence = "The river rose slowly in spring and the fields beside it lay under water for weeks. ";
    sentence.repeat(words / 16)
}

#[test]
fn an_answer_anywhere_in_a_long_text_is_found() {
    let reader = default_model();
    for before in [0, 100, 230, 260, 290, 700] {
        let context = format!("{}{SENTENCE} {}", filler(before), filler(800 - before));
        let result = reader.ask("Who founded the dealership?", &context, &AskOptions::default()).unwrap();
        check(&context, &result, 1);
        assert_eq!(result.answers[0].text, "Robert Anderson", "after {before} words");
        assert!(result.complete);
    }
}

#[test]
fn a_long_question_does_not_make_the_steps_tiny() {
    let reader = default_model();
    let question = "Who founded the dealership ".to_string() + &"in the town by the river ".repeat(50);
    let context = format!("{} {SENTENCE} {}", filler(400), filler(400));
    let reading = reader.begin(&question, &context, &AskOptions::default()).unwrap();
    // 300 tokens of question leave some 70 for the context, which then overlaps by 35, not by 128.
    let windows = format!("{reading:?}");
    let total: usize = windows.split("windows_total: ").nth(1).unwrap().split(',').next().unwrap().parse().unwrap();
    assert!((20..60).contains(&total), "{windows}");
    let explicit = AskOptions { doc_stride: Some(128), ..AskOptions::default() };
    assert_eq!(reader.begin(&question, &context, &explicit).expect_err("128 of 70").code(), "question_too_long");
}

#[test]
fn a_number_is_never_split() {
    let reader = default_model();
    let context = "The lot holds 1,250 cars and the tower is 31.75 metres high.";
    for (question, number) in [("How many cars does the lot hold?", "1,250"), ("How high is the tower?", "31.75")] {
        let options = AskOptions { top_k: Some(5), threshold: Some(f32::NEG_INFINITY), ..AskOptions::default() };
        let answers = reader.ask(question, context, &options).unwrap().answers;
        assert!(answers[0].text.contains(number), "{answers:?}");
        for text in answers.iter().map(|answer| answer.text.as_str()) {
            let digits: String = text.chars().filter(|character| character.is_ascii_digit()).collect();
            assert!(["", "1250", "3175", "12503175"].contains(&digits.as_str()), "{text:?}");
        }
    }
}

#[test]
fn steps_are_one_layer_of_one_window() {
    let reader = default_model();
    let context = filler(900);
    let mut reading = reader.begin("Who founded it?", &context, &AskOptions::default()).unwrap();
    let mut steps = 0;
    let progress = loop {
        let progress = reading.step().unwrap();
        steps += 1;
        assert_eq!(progress.windows_done, steps / reader.info().layers);
        if progress.done {
            break progress;
        }
    };
    assert!(progress.windows_total > 2);
    assert_eq!(steps, progress.windows_total * reader.info().layers);
    assert!(reading.step().unwrap().done, "a step too many does nothing");
    assert!(reading.finish().unwrap().complete);
}

#[test]
fn a_read_ends_early_with_what_was_found() {
    let reader = default_model();
    let context = format!("{SENTENCE} {}", filler(900));
    let mut reading = reader.begin("Who founded the dealership?", &context, &AskOptions::default()).unwrap();
    while reading.step().unwrap().windows_done < 1 {}
    let result = reading.finish().unwrap();
    assert!(!result.complete && result.answers[0].text == "Robert Anderson");

    let options = AskOptions { max_milliseconds: Some(0.0), ..AskOptions::default() };
    let result = reader.ask("Who founded the dealership?", &context, &options).unwrap();
    assert!(!result.complete && !result.answered && result.answers.is_empty());
}

#[test]
fn refusals_follow_the_threshold_and_the_fallback_is_ours() {
    let reader = default_model();
    let question = "What is the phone number of the workshop?";
    let ask = |threshold| {
        let options = AskOptions { threshold, fallback: Some("Sorry.".into()), ..AskOptions::default() };
        reader.ask(question, SENTENCE, &options).unwrap()
    };
    let refused = ask(None);
    assert_eq!((refused.answered, refused.fallback.as_deref()), (false, Some("Sorry.")));
    assert!(refused.null_score > 0.5);
    assert!(ask(Some(-1000.0)).answered);
}

#[test]
fn no_answer_is_learned_only_where_somebody_says_so() {
    let folder = root().join("tests/fixtures/checkpoints/bert");
    let none = Reader::from_folder(&folder).unwrap();
    assert_eq!(none.info().no_answer, NoAnswer::None);
    let learned = Reader::from_folder_with(&folder, &LoadOptions { no_answer: Some(NoAnswer::Learned), ..LoadOptions::default() }).unwrap();
    assert_eq!(learned.info().no_answer, NoAnswer::Learned);
    assert_eq!(default_model().info().no_answer, NoAnswer::Learned);

    let context = filler(64);
    // Where nothing was learned, the floor drops just the answers below it.
    let options = AskOptions { top_k: Some(50), threshold: Some(f32::NEG_INFINITY), ..AskOptions::default() };
    let all = learned.ask("who?", &context, &options).unwrap().answers;
    let floored = none.ask("who?", &context, &options).unwrap().answers;
    assert!(all.iter().any(|answer| answer.confidence < LEAST_CONFIDENCE), "{all:?}");
    assert_eq!(floored, all.into_iter().filter(|answer| answer.confidence >= LEAST_CONFIDENCE).collect::<Vec<_>>());
    // A model that is sure answers, said to have learned nothing.
    let load = LoadOptions { no_answer: Some(NoAnswer::None), ..LoadOptions::default() };
    let sure = Reader::from_folder_with(root().join("www/model"), &load).unwrap();
    assert_eq!(sure.ask("Who founded the dealership?", SENTENCE, &AskOptions::default()).unwrap().answers[0].text, "Robert Anderson");
}

#[test]
fn scores_are_of_the_window_as_it_was_read() {
    let reader = default_model();
    let context = format!("\u{1F697} {SENTENCE}");
    let options = AskOptions { scores: true, ..AskOptions::default() };
    let question = "Who founded the dealership\u{2009}?";
    let result = reader.ask(question, &context, &options).unwrap();
    let windows = result.windows.as_ref().unwrap();
    let [window] = windows.as_slice() else { panic!("one window") };
    let (start, end) = reader.logits(&window.input_ids, &window.token_type_ids).unwrap();
    assert_eq!((&start, &end), (&window.start_logits, &window.end_logits));
    assert_eq!((window.start, window.end), (0, context.len()));
    for (index, &(from, to)) in window.offsets.iter().enumerate() {
        let text = if window.sequence_ids[index] == Some(1) { context.as_str() } else { question };
        let token = window.tokens[index].trim_start_matches("##");
        if window.sequence_ids[index].is_some() && token != "[UNK]" {
            assert_eq!(text[from..to].to_lowercase(), token);
        } else if window.sequence_ids[index].is_none() {
            assert!(window.special_tokens_mask[index] == 1 && (from, to) == (0, 0));
        }
    }
    let best = &result.answers[0];
    let at = |offset: usize, end: bool| window.offsets.iter().zip(&window.sequence_ids).position(|(place, sequence)| *sequence == Some(1) && if end { place.1 } else { place.0 } == offset).unwrap();
    let product = window.start_probabilities[at(best.start, false)] * window.end_probabilities[at(best.end, true)];
    assert!((f64::from(product) - best.score).abs() < 1e-6);
}
