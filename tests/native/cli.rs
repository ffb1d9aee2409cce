//! The command line, on the default model.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

const CONTEXT: &str = "\u{1F697} Sunset Motors is a car dealership in Crestwood. Robert Anderson founded it in 1978.";

fn model() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../www/model")
}

fn run(arguments: &[&str], input: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_answerlet"))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A program that fails early closes its input.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    child.wait_with_output().unwrap()
}

fn ask(question: &str, more: &[&str]) -> Output {
    let model = model();
    let arguments = ["ask", "--model", model.to_str().unwrap(), "--question", question, "--context", "-"];
    run(&[&arguments[..], more].concat(), CONTEXT)
}

fn json(output: &Output) -> Value {
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn json_has_utf16_offsets() {
    let result = json(&ask("Who founded Sunset Motors?", &["--json"]));
    let answer = &result["answers"][0];
    assert_eq!((result["answered"].as_bool(), answer["text"].as_str()), (Some(true), Some("Robert Anderson")));
    let units: Vec<u16> = CONTEXT.encode_utf16().collect();
    let (start, end) = (answer["start"].as_u64().unwrap() as usize, answer["end"].as_u64().unwrap() as usize);
    assert_eq!(String::from_utf16(&units[start..end]).unwrap(), "Robert Anderson");
    assert!(result["windows"].is_null() && result["fallback"].is_null() && result["complete"] == true);
    assert!(result["timing"]["totalMs"].as_f64().unwrap() > 0.0);
}

#[test]
fn a_refusal_is_no_error() {
    let result = json(&ask("What is the phone number?", &["--json", "--fallback", "No idea."]));
    assert_eq!((&result["answered"], &result["answers"], &result["fallback"]), (&false.into(), &Value::Array(vec![]), &"No idea.".into()));
    let output = ask("What is the phone number?", &[]);
    assert_eq!(output.status.code(), Some(0));
    assert!(String::from_utf8_lossy(&output.stdout).contains("can't find"));
}

#[test]
fn several_contexts_are_documents_known_by_their_paths() {
    let folder = tempfile::TempDir::new().unwrap();
    let file = folder.path().join("river.txt");
    std::fs::write(&file, "The river rose slowly in spring.").unwrap();
    let file = file.to_str().unwrap();
    let result = json(&ask("Who founded Sunset Motors?", &["--json", "--context", file, "--scores"]));
    let answer = &result["answers"][0];
    assert_eq!((answer["text"].as_str(), answer["documentId"].as_str()), (Some("Robert Anderson"), Some("-")));
    let windows: Vec<_> = result["windows"].as_array().unwrap().iter().map(|window| window["documentId"].as_str().unwrap()).collect();
    assert_eq!(windows, ["-", file]);
    let output = ask("When did the river rise?", &["--context", file]);
    let line = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(line.starts_with("slowly in spring  (") || line.starts_with("spring  (") || line.starts_with("in spring  ("), "{line}");
    assert!(line.contains(&format!(", {file} ")), "{line}");
    // One is a text as ever.
    assert!(json(&ask("Who founded Sunset Motors?", &["--json"]))["answers"][0].get("documentId").is_none());

    for (more, word) in [(["--context", "-"], "two documents with the id \"-\""), (["--context", "nowhere"], "nowhere: ")] {
        let output = ask("Who founded Sunset Motors?", &more);
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.code() == Some(2) && error.contains(word), "{error}");
    }
}

#[test]
fn scores_show_what_the_reader_saw() {
    let result = json(&ask("When was it founded?", &["--json", "--scores", "--max-seq-len", "24", "--doc-stride", "4"]));
    let windows = result["windows"].as_array().unwrap();
    assert!(windows.len() > 1);
    for window in windows {
        let length = window["tokens"].as_array().unwrap().len();
        assert!(length <= 24 && window["tokens"][0] == "[CLS]");
        for list in ["inputIds", "tokenTypeIds", "specialTokensMask", "attentionMask", "sequenceIds", "offsets", "startLogits", "endLogits", "startProbabilities", "endProbabilities"] {
            assert_eq!(window[list].as_array().unwrap().len(), length, "{list}");
        }
        let sum: f64 = window["startProbabilities"].as_array().unwrap().iter().map(|value| value.as_f64().unwrap()).sum();
        assert!((sum - 1.0).abs() < 1e-5);
    }
}

#[test]
fn bad_input_is_exit_code_2_with_a_word() {
    let model = model();
    let model = model.to_str().unwrap();
    let cases: [(&[&str], &str); 7] = [
        (&["ask", "--model", "nowhere", "--question", "q", "--context", "-"], "nowhere is missing"),
        (&["ask", "--model", model, "--question", " ", "--context", "-"], "question is empty"),
        (&["ask", "--model", model, "--question", "q", "--context", "no such file"], "no such file"),
        (&["ask", "--model", model, "--question", "q", "--context", "-", "--top-k", "0"], "topK must be at least 1"),
        (&["ask", "--model", model, "--question", "q", "--context", "-", "--doc-stride", "500"], "docStride"),
        (&["quantize", "--model", model, "--out", model], "own folder"),
        (&["quantize", "--model", model, "--out", "nowhere", "--threshold", "nan"], "finite"),
    ];
    for (arguments, word) in cases {
        let output = run(arguments, CONTEXT);
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {error}");
        assert!(error.contains(word) && output.stdout.is_empty(), "{arguments:?}: {error}");
    }
    assert_eq!(run(&["ask", "--modle", "x"], "").status.code(), Some(2));
}

#[test]
fn inspect_says_what_a_model_is() {
    let model = model();
    let report = json(&run(&["inspect", "--model", model.to_str().unwrap(), "--json"], ""));
    assert_eq!((report["architecture"].as_str(), report["layers"].as_u64()), (Some("bert"), Some(6)));
    assert_eq!(report["noAnswer"], "learned");
    let checks = report["checks"].as_array().unwrap();
    assert!(checks.len() >= 3 && checks.iter().all(|check| check["ok"] == true));
}

#[test]
fn inspect_notices_a_file_that_is_not_the_manifests() {
    let copy = tempfile::TempDir::new().unwrap();
    for name in ["config.json", "tokenizer.json", "model.safetensors", "answerlet.json"] {
        std::fs::copy(model().join(name), copy.path().join(name)).unwrap();
    }
    let weights = copy.path().join("model.safetensors");
    let mut bytes = std::fs::read(&weights).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    std::fs::write(&weights, bytes).unwrap();
    let output = run(&["inspect", "--model", copy.path().to_str().unwrap()], "");
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stdout).contains("model.safetensors has another SHA-256"));
}

#[test]
fn quantize_writes_a_folder_that_answers_alike() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/checkpoints");
    for name in ["bert", "roberta", "distilbert", "bert-vocab-txt", "roberta-vocab-merges"] {
        let out = tempfile::TempDir::new().unwrap();
        let (source, out) = (root.join(name), out.path().join("int8"));
        let (source, out) = (source.to_str().unwrap(), out.to_str().unwrap());
        let arguments = ["quantize", "--model", source, "--out", out, "--language", "en", "--no-answer", "learned", "--threshold", "-1.5"];
        let output = run(&arguments, "");
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        let info = json(&run(&["inspect", "--model", out, "--json"], ""));
        assert_eq!((&info["language"], &info["threshold"], &info["quantisation"]), (&"en".into(), &(-1.5).into(), &"int8-per-row".into()));
        assert!(info["dtypes"]["I8"].as_u64().unwrap() >= 8);

        let manifest: Value = serde_json::from_slice(&std::fs::read(Path::new(out).join("answerlet.json")).unwrap()).unwrap();
        let bytes = std::fs::read(Path::new(out).join("model.safetensors")).unwrap();
        assert_eq!(manifest["files"][2]["bytes"].as_u64(), Some(bytes.len() as u64));
        let file = safetensors::SafeTensors::deserialize(&bytes).expect("any safetensors tool opens it");
        let scales = file.names().iter().filter(|name| name.ends_with(".scale")).count();
        assert_eq!(scales as u64, info["dtypes"]["I8"].as_u64().unwrap());
    }
}
