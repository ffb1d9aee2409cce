//! `answerlet eval` on the default model and a few invented questions.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::{json, Value};

const CONTEXT: &str = "\u{1F697} Sunset Motors is a car dealership in Crestwood. Robert Anderson founded it in 1978. It sells used cars and vans.";

fn root(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

fn eval(arguments: &[&str]) -> Output {
    let model = root("www/model");
    Command::new(env!("CARGO_BIN_EXE_answerlet")).args(["eval", "--model"]).arg(model).args(arguments).output().unwrap()
}

fn report(arguments: &[&str]) -> Value {
    let output = eval(&[arguments, &["--json"]].concat());
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn question(id: &str, question: &str, answers: &[&str]) -> Value {
    let answers: Vec<Value> = answers.iter().map(|text| json!({"text": text, "answer_start": 0})).collect();
    json!({"id": id, "question": question, "answers": answers})
}

fn squad(version: &str, questions: &[Value]) -> String {
    json!({"version": version, "data": [{"title": "Sunset Motors", "paragraphs": [{"context": CONTEXT, "qas": questions}]}]}).to_string()
}

fn write(folder: &tempfile::TempDir, name: &str, content: &str) -> String {
    let file = folder.path().join(name);
    fs::write(&file, content).unwrap();
    file.to_str().unwrap().into()
}

fn close(value: &Value, expected: f64) {
    let value = value.as_f64().unwrap();
    assert!((value - expected).abs() < 1e-9, "{value} is not {expected}");
}

#[test]
fn v1_answers_everything_and_scores_as_the_official_script() {
    let folder = tempfile::TempDir::new().unwrap();
    let data = squad("1.1", &[
        question("who", "Who founded Sunset Motors?", &["Anderson", "the Robert Anderson"]),
        question("when", "When was Sunset Motors founded?", &["in 1978"]),
        // The default model refuses this one if it may.
        question("phone", "What is the phone number?", &["0123"]),
    ]);
    let file = write(&folder, "squad.json", &data);
    let predictions = folder.path().join("predictions.json");
    let report = report(&["--squad", &file, "--predictions", predictions.to_str().unwrap()]);
    let given: Value = serde_json::from_slice(&fs::read(&predictions).unwrap()).unwrap();
    assert_eq!((&given["who"], &given["when"]), (&"Robert Anderson".into(), &"1978".into()));
    assert!(given["phone"].as_str().is_some_and(|text| !text.is_empty() && CONTEXT.contains(text)), "{given}");
    close(&report["exact"], 100.0 / 3.0);
    close(&report["f1"], 100.0 * (1.0 + 2.0 / 3.0) / 3.0);
    assert_eq!((&report["total"], &report["data"], &report["unreadable"]), (&3.into(), &"squad-v1.1".into(), &0.into()));
    assert!(report.get("refused_when_not").is_none() && report.get("answered_when_answerable").is_none());
}

#[test]
fn v2_and_faq_tell_answers_from_refusals() {
    let folder = tempfile::TempDir::new().unwrap();
    let asked = [
        ("who", "Who founded Sunset Motors?", &["Robert Anderson"][..]),
        ("when", "When was Sunset Motors founded?", &[]),
        ("phone", "What is the phone number?", &[]),
        ("empty", " ", &["1978"]),
    ];
    let squad = write(&folder, "squad.json", &squad("v2.0", &asked.map(|(id, text, answers)| question(id, text, answers))));
    let qas: Vec<Value> = asked.iter().map(|(_, text, answers)| json!({"question": text, "answers": answers})).collect();
    let faq = write(&folder, "faq.jsonl", &format!("{}\n", json!({"title": "t", "context": CONTEXT, "qas": qas})));
    for (flag, file, data) in [("--squad", &squad, "squad-v2.0"), ("--faq", &faq, "faq")] {
        let report = report(&[flag, file]);
        assert_eq!((&report["data"], &report["total"], &report["unreadable"]), (&data.into(), &4.into(), &1.into()));
        // "who" is right and "phone" refused; "when" should have been refused, and "empty" can't be read.
        for (key, expected) in [("exact", 50.0), ("f1", 50.0), ("answered_when_answerable", 50.0), ("refused_when_not", 50.0)] {
            close(&report[key], expected);
        }
        assert_eq!((&report["answerable"]["total"], &report["unanswerable"]["total"]), (&2.into(), &2.into()));
        let output = eval(&[flag, file]);
        let (text, notes) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(text.contains("refused when not") && notes.contains("question is empty") && !notes.contains('\r'), "{text}{notes}");
    }
    let eager = report(&["--faq", &faq, "--threshold", "-1000"]);
    close(&eager["refused_when_not"], 0.0);
    let shy = report(&["--faq", &faq, "--threshold", "1000"]);
    close(&shy["refused_when_not"], 100.0);
    close(&shy["answered_when_answerable"], 0.0);
}

#[test]
fn logits_are_those_of_ask_whatever_the_threads() {
    let folder = tempfile::TempDir::new().unwrap();
    let context = write(&folder, "context.txt", CONTEXT);
    let asked = "Who founded Sunset Motors?";
    let data = squad("1.1", &[question("who", asked, &["x"]), question("when", "When?", &["1978"]), question("what", "What does it sell?", &["x"])]);
    let file = write(&folder, "squad.json", &data);
    let run = |threads: &str| {
        let (logits, predictions) = (folder.path().join("logits"), folder.path().join("predictions"));
        report(&["--squad", &file, "--threads", threads, "--logits", logits.to_str().unwrap(), "--predictions", predictions.to_str().unwrap()]);
        (fs::read_to_string(logits).unwrap(), fs::read_to_string(predictions).unwrap())
    };
    let (logits, predictions) = run("1");
    assert_eq!(run("3"), (logits.clone(), predictions));

    let lines: Vec<Value> = logits.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((lines.len(), &lines[0]["noAnswer"], &lines[1]["id"]), (4, &"learned".into(), &"who".into()));
    let arguments = ["ask", "--model", "www/model", "--question", asked, "--context", &context, "--scores", "--json"];
    let output = Command::new(env!("CARGO_BIN_EXE_answerlet")).args(arguments).current_dir(root("")).output().unwrap();
    let alone: Value = serde_json::from_slice(&output.stdout).unwrap();
    for list in ["startLogits", "endLogits"] {
        let floats = |value: &Value| value.as_array().unwrap().iter().map(|logit| logit.as_f64().unwrap() as f32).collect::<Vec<_>>();
        assert_eq!(floats(&lines[1]["windows"][0][list]), floats(&alone["windows"][0][list]));
    }
    for key in ["text", "start", "end", "score", "confidence"] {
        assert_eq!(lines[1]["answer"][key], alone["answers"][0][key], "{key}");
    }
}

#[test]
fn a_limit_takes_questions_from_the_whole_file() {
    let folder = tempfile::TempDir::new().unwrap();
    let questions: Vec<Value> = (0..9).map(|index| question(&index.to_string(), "When?", &["1978"])).collect();
    let file = write(&folder, "squad.json", &squad("1.1", &questions));
    let predictions = folder.path().join("predictions.json");
    let report = report(&["--squad", &file, "--limit", "3", "--predictions", predictions.to_str().unwrap()]);
    let given: Value = serde_json::from_slice(&fs::read(&predictions).unwrap()).unwrap();
    assert_eq!((report["total"].as_u64(), given.as_object().unwrap().keys().map(String::as_str).collect()), (Some(3), vec!["2", "5", "8"]));
}

#[test]
fn bad_input_is_exit_code_2_with_a_word() {
    let folder = tempfile::TempDir::new().unwrap();
    let v1 = write(&folder, "v1.json", &squad("1.1", &[question("a", "When?", &["1978"])]));
    let faq = write(&folder, "faq.jsonl", "{\"context\": \"c\", \"qas\": []}\n");
    let other = write(&folder, "package.json", "{\"name\": \"x\"}");
    let cases: [(&[&str], &str); 10] = [
        (&[], "--squad <FILE>"),
        (&["--squad", &v1, "--faq", &faq], "cannot be used with"),
        (&["--squad", "no such file"], "no such file: No such file"),
        (&["--squad", &other], "isn't SQuAD JSON"),
        (&["--squad", &faq], "missing field `data`"),
        (&["--faq", &v1], "line 1, isn't a site of a FAQ set"),
        (&["--faq", &faq], "no question in it"),
        (&["--squad", &v1, "--limit", "0"], "--limit"),
        (&["--squad", &v1, "--threshold", "1"], "mean nothing with SQuAD v1.1"),
        (&["--squad", &v1, "--predictions", "no/such/folder/file"], "no/such/folder/file: No such file"),
    ];
    for (arguments, word) in cases {
        let output = eval(arguments);
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {error}");
        assert!(error.contains(word) && output.stdout.is_empty(), "{arguments:?}: {error}");
    }
}
