//! One question of several documents.

use std::path::{Path, PathBuf};

use answerlet::{AskOptions, Compat, Reader, SourceDocument};
use serde_json::Value;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn default_model() -> Reader {
    Reader::from_folder(root().join("www/model")).expect("the default model loads")
}

fn document(id: &str, text: impl Into<String>) -> SourceDocument {
    SourceDocument { id: id.into(), text: text.into(), ..SourceDocument::default() }
}

const RIVER: &str = "The river rose slowly in spring, and the fields beside it lay under water for weeks.";
const MILL: &str = "\u{1F33E} The mill was founded in 1856 by Ana Mari\u{301}a Flores. It grinds wheat and rye.";
const BREAD: &str = "Rye bread is baked with sourdough and keeps for a week in a linen cloth. Wheat bread is best on its first day.";

/// A demo's questions, with its passage as the second of three documents.
#[test]
fn the_passage_is_found_among_others() {
    let reader = default_model();
    let demo: Value = serde_json::from_slice(&std::fs::read(root().join("www/site/sunset-motors.json")).unwrap()).unwrap();
    let passage = demo["passage"].as_str().unwrap();
    let documents = [
        document("river", RIVER),
        SourceDocument { title: Some("Sunset Motors".into()), url: Some("https://example.com/\u{e9}".into()), ..document("cars", passage) },
        document("bread", BREAD),
    ];
    for question in demo["questions"].as_array().unwrap() {
        let (text, expected) = (question["question"].as_str().unwrap(), question["answers"].as_array().unwrap());
        let result = reader.ask(text, &documents, &AskOptions::default()).unwrap();
        assert!(result.complete);
        if expected.is_empty() {
            assert!(!result.answered && result.answers.is_empty() && result.fallback.is_some(), "{text}");
            continue;
        }
        let answer = &result.answers[0];
        assert!(expected.iter().any(|expected| expected == &answer.text), "{text}: {answer:?}");
        assert_eq!((answer.document_id.as_deref(), answer.title.as_deref()), (Some("cars"), Some("Sunset Motors")));
        assert_eq!(answer.url.as_deref(), Some("https://example.com/\u{e9}"));
        assert_eq!(&passage[answer.start..answer.end], answer.text);
    }
}

#[test]
fn offsets_are_of_the_answers_own_document_in_both_units() {
    let reader = default_model();
    let documents = [document("sheaf", format!("\u{1F33E}\u{1F33E} {RIVER}")), document("mill", MILL)];
    let options = AskOptions { top_k: Some(8), threshold: Some(f32::NEG_INFINITY), scores: true, ..AskOptions::default() };
    let result = reader.ask("Who founded the mill?", &documents, &options).unwrap();
    let best = &result.answers[0];
    assert_eq!((best.text.as_str(), best.document_id.as_deref()), ("Ana Mari\u{301}a Flores", Some("mill")));
    assert_eq!((best.title.as_ref(), best.url.as_ref()), (None, None));
    let ids: Vec<_> = result.windows.iter().flatten().map(|window| window.document_id.as_deref().unwrap()).collect();
    assert_eq!(ids, ["sheaf", "mill"]);

    let text_of = |id: &Option<String>| &documents.iter().find(|document| Some(&document.id) == id.as_ref()).unwrap().text;
    assert!(result.answers.iter().all(|answer| text_of(&answer.document_id)[answer.start..answer.end] == answer.text));
    let result = result.into_utf16("Who founded the mill?", &documents);
    let mut moved = 0;
    for answer in &result.answers {
        let units: Vec<u16> = text_of(&answer.document_id).encode_utf16().collect();
        assert_eq!(String::from_utf16(&units[answer.start..answer.end]).unwrap(), answer.text);
        moved += usize::from(text_of(&answer.document_id).find(&answer.text) != Some(answer.start));
    }
    assert!(moved > 0, "no offset differs between bytes and UTF-16: the test tests nothing");
    for window in result.windows.iter().flatten() {
        assert_eq!(window.end, text_of(&window.document_id).encode_utf16().count());
    }
}

/// The margins that rank are of single windows, so a document reads as it does alone.
#[test]
fn a_document_among_others_is_read_as_it_is_alone() {
    let reader = default_model();
    let options = AskOptions { scores: true, max_sequence_length: Some(24), doc_stride: Some(6), ..AskOptions::default() };
    let question = "Who founded the mill?";
    let texts = [RIVER, MILL, "The mill stands by the river."];
    let documents = texts.map(|text| document(text, text));
    let together = reader.ask(question, &documents, &options).unwrap();
    let alone: Vec<_> = texts.iter().flat_map(|text| reader.ask(question, *text, &options).unwrap().windows.unwrap()).collect();
    let windows = together.windows.unwrap();
    assert!(windows.len() > texts.len());
    assert_eq!(windows.len(), alone.len());
    for (together, alone) in windows.iter().zip(&alone) {
        assert_eq!((&together.start_logits, &together.end_logits, &together.offsets), (&alone.start_logits, &alone.end_logits, &alone.offsets));
    }
    assert_eq!(together.null_score, alone.iter().map(|window| window.null_score).fold(1.0, f32::min));
}

#[test]
fn one_document_is_answered_as_its_text_is_and_says_which_it_is() {
    let reader = default_model();
    let question = "When was the mill founded?";
    let options = AskOptions { top_k: Some(5), ..AskOptions::default() };
    let text = reader.ask(question, MILL, &options).unwrap();
    let documents = vec![document("mill", MILL), document("empty", " \n")];
    let mut given = reader.ask(question, &documents, &options).unwrap();
    for answer in &mut given.answers {
        assert_eq!(answer.document_id.take().as_deref(), Some("mill"));
    }
    assert_eq!((&given.answers, given.null_score), (&text.answers, text.null_score));
    // A text's result says nothing of documents, not even that there are none.
    let json = serde_json::to_value(&text).unwrap();
    let fields: Vec<_> = json["answers"][0].as_object().unwrap().keys().collect();
    assert_eq!(fields, ["confidence", "end", "score", "start", "text"]);
}

#[test]
fn a_text_that_two_documents_hold_is_given_once() {
    let reader = default_model();
    let sentence = "The mill was founded in 1856 by Ana Flores.";
    let documents = [document("first", sentence), document("second", sentence), document("third", format!("{RIVER} {sentence}"))];
    let options = AskOptions { top_k: Some(10), threshold: Some(f32::NEG_INFINITY), ..AskOptions::default() };
    let answers = reader.ask("Who founded the mill?", &documents, &options).unwrap().answers;
    let found: Vec<_> = answers.iter().filter(|answer| answer.text == "Ana Flores").map(|answer| answer.document_id.as_deref().unwrap()).collect();
    assert_eq!(found.len(), 1, "{answers:?}");
    assert_ne!(found[0], "second", "of two that are equal, the first");
}

#[test]
fn progress_counts_the_windows_of_all_documents() {
    let reader = default_model();
    let documents = [document("a", MILL), document("", "\t"), document("c", format!("{RIVER} ").repeat(30)), document("d", RIVER)];
    let mut reading = reader.begin("Who founded the mill?", &documents, &AskOptions::default()).unwrap();
    let mut steps = 0;
    let total = loop {
        let progress = reading.step().unwrap();
        steps += 1;
        assert_eq!(progress.windows_done, steps / reader.info().layers);
        if progress.done {
            break progress.windows_total;
        }
    };
    assert!(total > 3);
    assert_eq!(steps, total * reader.info().layers);
    assert!(reading.finish().unwrap().complete);
}

#[test]
fn a_read_ends_early_with_what_was_found_in_the_documents_before() {
    let reader = default_model();
    let documents = [document("mill", MILL), document("river", RIVER)];
    let mut reading = reader.begin("Who founded the mill?", &documents, &AskOptions::default()).unwrap();
    while reading.step().unwrap().windows_done < 1 {}
    let result = reading.finish().unwrap();
    assert!(!result.complete && result.answers[0].document_id.as_deref() == Some("mill"));

    let options = AskOptions { max_milliseconds: Some(0.0), ..AskOptions::default() };
    let result = reader.ask("Who founded the mill?", &documents, &options).unwrap();
    assert!(!result.complete && !result.answered && result.answers.is_empty());
}

#[test]
fn what_cannot_be_asked() {
    let reader = default_model();
    let ask = |documents: &[SourceDocument], options: &AskOptions| {
        let error = reader.ask("Who founded the mill?", documents, options).expect_err("this can't be asked");
        (error.code(), error.argument())
    };
    let options = AskOptions::default();
    assert_eq!(ask(&[], &options), ("context_empty", Some("context")));
    assert_eq!(ask(&[document("a", ""), document("b", " \r\n")], &options), ("context_empty", Some("context")));
    assert_eq!(ask(&[document("a", MILL), document("b", RIVER), document("a", RIVER)], &options), ("argument_invalid", Some("context")));
    let hf = AskOptions { compat: Some(Compat::Hf), ..AskOptions::default() };
    assert_eq!(ask(&[document("a", MILL)], &hf), ("argument_invalid", Some("compat")));
}
