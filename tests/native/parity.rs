//! Against transformers 4.57.6, whose results are in `tests/fixtures` (made by `scripts/reference/make.py`),
//! and against candle-transformers as a second reference.

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};

use answerlet::{AskOptions, LoadOptions, Precision, Reader};
use candle_core::{DType, Device, IndexOp, Tensor};
use candle_nn::{Module, VarBuilder};
use candle_transformers::models::{bert, distilbert};
use serde::de::DeserializeOwned;
use serde::Deserialize;
use serde_json::{json, Value};

/// Absolute, on logits: another order of summing in f32 makes some 1e-5; a wrong scale, mask or GELU makes far more.
const LOGITS: f32 = 1e-4;
/// Relative to the score or to 1, whichever is more: e^Δ of logits that differ by some 1e-6.
const SCORES: f64 = 1e-5;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn fixture<T: DeserializeOwned>(name: &str) -> T {
    read_json(&root().join("tests/fixtures").join(name))
}

fn read_json<T: DeserializeOwned>(path: &Path) -> T {
    let bytes = std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_slice(&bytes).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// A fixture by its folder's name; `default` is the default model.
fn folder(checkpoint: &str) -> PathBuf {
    match checkpoint {
        "default" => root().join("www/model"),
        name => root().join("tests/fixtures/checkpoints").join(name),
    }
}

/// Each checkpoint is loaded once.
#[derive(Default)]
struct Readers(BTreeMap<String, Reader>);

impl Readers {
    fn get(&mut self, checkpoint: &str) -> &Reader {
        self.0.entry(checkpoint.into()).or_insert_with(|| load(&folder(checkpoint)))
    }
}

fn load(folder: &Path) -> Reader {
    // The reference computes in f32.
    let options = LoadOptions { precision: Precision::F32, ..LoadOptions::default() };
    Reader::from_folder_with(folder, &options).unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
}

fn largest_difference(ours: &[f32], theirs: &[f32]) -> f32 {
    assert_eq!(ours.len(), theirs.len());
    // f32::max would pass over a NaN.
    ours.iter().zip(theirs).map(|(a, b)| (a - b).abs()).fold(0.0, |most, next| if next.is_nan() || next > most { next } else { most })
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct LogitsCase {
    checkpoint: String,
    input_ids: Vec<u32>,
    token_type_ids: Vec<u32>,
    start_logits: Vec<f32>,
    end_logits: Vec<f32>,
}

impl LogitsCase {
    fn difference(&self, reader: &Reader) -> f32 {
        let (start, end) = reader.logits(&self.input_ids, &self.token_type_ids).expect("logits");
        let (start, end) = (largest_difference(&start, &self.start_logits), largest_difference(&end, &self.end_logits));
        if start.is_nan() || start > end { start } else { end }
    }
}

/// Prints the largest difference of each checkpoint and fails on any above the tolerance.
fn compare_logits(cases: &[LogitsCase], reader_of: impl Fn(&str) -> Reader) {
    let mut worst: BTreeMap<&str, (Reader, usize, f32)> = BTreeMap::new();
    let mut failures = Vec::new();
    for case in cases {
        let (reader, count, most) = worst.entry(&case.checkpoint).or_insert_with(|| (reader_of(&case.checkpoint), 0, 0.0));
        let difference = case.difference(reader);
        *count += 1;
        *most = most.max(difference);
        if difference.is_nan() || difference > LOGITS {
            failures.push(format!("{}, {} tokens: {difference}", case.checkpoint, case.input_ids.len()));
        }
    }
    for (checkpoint, (_, count, most)) in &worst {
        println!("logits of {checkpoint}: {count} inputs, largest difference {most:.2e}");
    }
    assert!(failures.is_empty(), "more than {LOGITS} apart:\n{}", failures.join("\n"));
}

#[derive(Deserialize)]
struct Logits {
    cases: Vec<LogitsCase>,
}

#[test]
fn logits_are_those_of_transformers() {
    let Logits { cases } = fixture("logits.json");
    assert!(cases.len() >= 40);
    compare_logits(&cases, |checkpoint| load(&folder(checkpoint)));
}

/// `scripts/reference/check.py` writes the file for models that are too big to be fixtures.
#[test]
#[ignore = "needs ANSWERLET_CHECK, the file of scripts/reference/check.py"]
fn logits_of_the_models_that_check_py_names() {
    #[derive(Deserialize)]
    struct Check {
        folders: BTreeMap<String, PathBuf>,
        cases: Vec<LogitsCase>,
    }
    let path = std::env::var_os("ANSWERLET_CHECK").expect("ANSWERLET_CHECK");
    let Check { folders, cases } = read_json(Path::new(&path));
    assert!(!cases.is_empty());
    compare_logits(&cases, |checkpoint| load(&folders[checkpoint]));
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Pipeline {
    contexts: Vec<String>,
    cases: Vec<PipelineCase>,
}

#[derive(Deserialize)]
struct PipelineCase {
    checkpoint: String,
    question: String,
    context: usize,
    options: Value,
    windows: usize,
    answers: Vec<Expected>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Expected {
    text: String,
    score: f64,
    start: usize,
    end: usize,
    code_points: (usize, usize),
}

impl Pipeline {
    /// How many pairs of question and context there are; many are asked of several checkpoints.
    fn distinct_pairs(&self, chosen: impl Fn(&str) -> bool) -> usize {
        let chosen = self.cases.iter().filter(|case| chosen(&case.checkpoint));
        chosen.map(|case| (&case.question, &self.contexts[case.context])).collect::<HashSet<_>>().len()
    }
}

/// Compares text, place and score of every answer; prints the largest difference of scores.
fn compare_answers(pipeline: &Pipeline, chosen: impl Fn(&str) -> bool) {
    let distinct = pipeline.distinct_pairs(&chosen);
    let Pipeline { contexts, cases } = pipeline;
    let cases: Vec<_> = cases.iter().filter(|case| chosen(&case.checkpoint)).collect();
    assert!(cases.len() >= 50);
    let mut readers = Readers::default();
    let (mut failures, mut answers, mut worst) = (Vec::new(), 0, 0.0f64);
    for case in &cases {
        let context = &contexts[case.context];
        let mut options = case.options.clone();
        options["compat"] = "hf".into();
        let options: AskOptions = serde_json::from_value(options).expect("options");
        let result = readers.get(&case.checkpoint).ask(&case.question, context, &options);
        let result = match result {
            Ok(result) => result,
            Err(error) => {
                failures.push(format!("{} {:?} {}: {error}", case.checkpoint, case.question, case.options));
                continue;
            }
        };
        let bytes: Vec<_> = result.answers.iter().map(|answer| answer.start..answer.end).collect();
        let result = result.into_utf16(&case.question, context);
        let same = result.answers.len() == case.answers.len()
            && result.answers.iter().zip(&case.answers).zip(&bytes).all(|((ours, theirs), bytes)| {
                let code_points = (context[..bytes.start].chars().count(), context[..bytes.end].chars().count());
                worst = worst.max((ours.score - theirs.score).abs() / theirs.score.max(1.0));
                (&ours.text, ours.start, ours.end, code_points) == (&theirs.text, theirs.start, theirs.end, theirs.code_points)
                    && (ours.score - theirs.score).abs() <= SCORES * theirs.score.max(1.0)
            });
        answers += case.answers.len();
        let best_is_empty = case.answers.first().is_none_or(|answer| answer.text.is_empty());
        if !same || result.answered == best_is_empty || !result.complete {
            let ours: Vec<_> = result.answers.iter().map(|a| (&a.text, a.score, a.start, a.end)).collect();
            let theirs: Vec<_> = case.answers.iter().map(|a| (&a.text, a.score, a.start, a.end)).collect();
            failures.push(format!("{} {:?} {}\n    ours   {ours:?}\n    theirs {theirs:?}", case.checkpoint, case.question, case.options));
        }
    }
    println!("{} cases, {distinct} distinct pairs, {answers} answers, largest difference of scores {worst:.2e}", cases.len());
    assert!(failures.is_empty(), "{} of {} differ:\n{}", failures.len(), cases.len(), failures.join("\n"));
}

// Two tests, to run side by side: the default model takes most of the time.

#[test]
fn compat_hf_gives_the_answers_of_the_pipeline_on_random_checkpoints() {
    let pipeline: Pipeline = fixture("pipeline.json");
    let distinct = pipeline.distinct_pairs(|_| true);
    println!("{} cases, {distinct} distinct pairs of question and context on all checkpoints", pipeline.cases.len());
    assert!(distinct >= 200);
    assert!(pipeline.cases.iter().filter(|case| case.windows > 1).count() >= 60);
    compare_answers(&pipeline, |checkpoint| checkpoint != "default");
}

#[test]
fn compat_hf_gives_the_answers_of_the_pipeline_on_the_default_model() {
    let pipeline: Pipeline = fixture("pipeline.json");
    assert!(pipeline.distinct_pairs(|checkpoint| checkpoint == "default") >= 100);
    compare_answers(&pipeline, |checkpoint| checkpoint == "default");
}

#[derive(Deserialize)]
struct Tokens {
    cases: Vec<TokensCase>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct TokensCase {
    checkpoint: String,
    question: String,
    context: String,
    max_sequence_length: usize,
    doc_stride: usize,
    windows: Vec<ExpectedWindow>,
}

#[derive(Deserialize, Debug, PartialEq)]
#[serde(rename_all = "camelCase")]
struct ExpectedWindow {
    input_ids: Vec<u32>,
    token_type_ids: Vec<u32>,
    special_tokens_mask: Vec<u8>,
    sequence_ids: Vec<Option<u8>>,
    offsets: Vec<(usize, usize)>,
}

/// All kinds of tokenizer files, truncation and padding baked into one of them.
#[test]
fn windows_are_those_of_the_fast_tokenizers() {
    let Tokens { cases } = fixture("tokens.json");
    assert!(cases.iter().filter(|case| case.windows.len() > 1).count() >= 40);
    let mut readers = Readers::default();
    let mut failures = Vec::new();
    for case in &cases {
        let options = AskOptions {
            max_sequence_length: Some(case.max_sequence_length),
            doc_stride: Some(case.doc_stride),
            scores: true,
            ..AskOptions::default()
        };
        let result = readers.get(&case.checkpoint).ask(&case.question, &case.context, &options).expect("a result");
        let windows = result.into_utf16(&case.question, &case.context).windows.expect("windows");
        let windows: Vec<_> = windows
            .into_iter()
            .map(|window| {
                assert_eq!(window.attention_mask, vec![1; window.input_ids.len()]);
                ExpectedWindow {
                    input_ids: window.input_ids,
                    token_type_ids: window.token_type_ids,
                    special_tokens_mask: window.special_tokens_mask,
                    sequence_ids: window.sequence_ids,
                    offsets: window.offsets,
                }
            })
            .collect();
        if windows != case.windows {
            let at = windows.iter().zip(&case.windows).position(|(ours, theirs)| ours != theirs);
            let (ours, theirs) = at.map(|at| (&windows[at], &case.windows[at])).unzip();
            failures.push(format!(
                "{} {:?} {}/{}: {} windows, not {}; window {at:?}\n    ours   {ours:?}\n    theirs {theirs:?}",
                case.checkpoint, case.context, case.max_sequence_length, case.doc_stride, windows.len(), case.windows.len()
            ));
        }
    }
    assert!(failures.is_empty(), "{} of {} differ:\n{}", failures.len(), cases.len(), failures.join("\n"));
}

/// The span head on candle-transformers' hidden states.
fn candle_logits(folder: &Path, case: &LogitsCase) -> candle_core::Result<(Vec<f32>, Vec<f32>)> {
    let config: Value = read_json(&folder.join("config.json"));
    let weights = std::fs::read(folder.join("model.safetensors")).expect("weights");
    let vb = VarBuilder::from_buffered_safetensors(weights, DType::F32, &Device::Cpu)?;
    let ids = Tensor::new(&case.input_ids[..], &Device::Cpu)?.unsqueeze(0)?;
    let (hidden, width) = match config["model_type"].as_str() {
        Some("bert") => {
            let config: bert::Config = serde_json::from_value(config).expect("config");
            let types = Tensor::new(&case.token_type_ids[..], &Device::Cpu)?.unsqueeze(0)?;
            (bert::BertModel::load(vb.clone(), &config)?.forward(&ids, &types, None)?, config.hidden_size)
        }
        _ => {
            let config: distilbert::Config = serde_json::from_value(config).expect("config");
            // There 1 means masked.
            let mask = Tensor::zeros((1, 1, 1, case.input_ids.len()), DType::U8, &Device::Cpu)?;
            (distilbert::DistilBertModel::load(vb.clone(), &config)?.forward(&ids, &mask)?, config.dim)
        }
    };
    let logits = candle_nn::linear(width, 2, vb.pp("qa_outputs"))?.forward(&hidden)?.i(0)?;
    Ok((logits.i((.., 0))?.to_vec1()?, logits.i((.., 1))?.to_vec1()?))
}

#[test]
fn logits_are_those_of_candle_transformers() {
    let Logits { cases } = fixture("logits.json");
    // candle-transformers' DistilBERT takes the tanh approximation for GELU, where transformers has the
    // error function: with ReLU in both readers everything else is compared all the same.
    let relu = tempfile::tempdir().expect("a folder");
    for entry in std::fs::read_dir(folder("distilbert")).expect("fixture") {
        let entry = entry.expect("entry");
        std::fs::copy(entry.path(), relu.path().join(entry.file_name())).expect("copy");
    }
    let mut config: Value = read_json(&relu.path().join("config.json"));
    config["activation"] = json!("relu");
    std::fs::write(relu.path().join("config.json"), config.to_string()).expect("config");

    for (checkpoint, folder) in [("bert", folder("bert")), ("distilbert", relu.path().to_path_buf())] {
        let reader = load(&folder);
        let cases: Vec<_> = cases.iter().filter(|case| case.checkpoint == checkpoint).collect();
        assert!(cases.len() >= 5);
        for case in cases {
            let (start, end) = reader.logits(&case.input_ids, &case.token_type_ids).expect("logits");
            let (their_start, their_end) = candle_logits(&folder, case).expect("candle");
            for (ours, theirs) in [(start, their_start), (end, their_end)] {
                let difference = largest_difference(&ours, &theirs);
                assert!(difference <= LOGITS, "{checkpoint}, {} tokens: {difference}", case.input_ids.len());
            }
        }
    }
}

#[test]
fn variants_say_what_they_are() {
    for (checkpoint, architecture, dtype, maximum) in [
        ("bert", "bert", "F32", 128),
        ("bert-old-names", "bert", "F32", 128),
        ("bert-vocab-txt", "bert", "BF16", 128),
        ("roberta", "roberta", "F32", 128),
        ("roberta-vocab-merges", "roberta", "F16", 128),
        ("distilbert", "distilbert", "F32", 128),
        ("distilbert-padded", "distilbert", "F16", 128),
    ] {
        let info = serde_json::to_value(load(&folder(checkpoint)).info()).expect("JSON");
        assert_eq!(info["architecture"], architecture, "{checkpoint}");
        assert_eq!(info["maxPositions"], maximum, "{checkpoint}");
        let dtypes: Vec<_> = info["dtypes"].as_object().expect("dtypes").keys().collect();
        assert_eq!(dtypes, [dtype], "{checkpoint}");
    }
    // The embedding table has 48 rows more than the tokenizer has tokens; pooler and heads go unused.
    let padded = load(&folder("distilbert-padded")).info();
    assert_eq!(padded.vocabulary_size, padded.tokens + 48);
    let unused = load(&folder("bert-old-names")).info().unused_tensors.join(" ");
    for name in ["position_ids", "pooler", "cls.predictions", "cls.seq_relationship"] {
        assert!(unused.contains(name), "{name} not among {unused}");
    }
}
