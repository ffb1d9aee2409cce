//! Whatever is wrong with a model or a question is a typed error, never a panic, and a good model loads afterwards.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use answerlet::{AskOptions, Error, Reader};
use serde_json::{json, Value};
use tempfile::TempDir;

fn checkpoints() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/checkpoints")
}

fn bert() -> Reader {
    Reader::from_folder(checkpoints().join("bert")).expect("the fixture is a good model")
}

/// A copy of the tiny BERT, to be damaged.
struct Copy {
    folder: TempDir,
}

impl Copy {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        for entry in fs::read_dir(checkpoints().join("bert")).unwrap() {
            let entry = entry.unwrap();
            fs::copy(entry.path(), folder.path().join(entry.file_name())).unwrap();
        }
        Self { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        fs::write(self.path(name), bytes).unwrap();
    }

    fn remove(&self, name: &str) {
        fs::remove_file(self.path(name)).unwrap();
    }

    fn edit_json(&self, name: &str, edit: impl FnOnce(&mut Value)) {
        let mut json: Value = serde_json::from_slice(&fs::read(self.path(name)).unwrap()).unwrap();
        edit(&mut json);
        self.write(name, json.to_string());
    }

    fn weights(&self) -> Vec<u8> {
        fs::read(self.path("model.safetensors")).unwrap()
    }

    /// Rewrites the safetensors file's header; the data stays.
    fn edit_header(&self, edit: impl FnOnce(&mut Value)) {
        let bytes = self.weights();
        let (length, rest) = bytes.split_at(8);
        let (header, data) = rest.split_at(u64::from_le_bytes(length.try_into().unwrap()) as usize);
        let mut header: Value = serde_json::from_slice(header).unwrap();
        edit(&mut header);
        let header = header.to_string().into_bytes();
        let file = [&(header.len() as u64).to_le_bytes()[..], &header, data].concat();
        self.write("model.safetensors", file);
    }

    /// Loading must fail with this code, and after it a good model must load and answer.
    fn fails_with(&self, code: &str) -> Error {
        let error = Reader::from_folder(self.folder.path()).expect_err(code);
        assert_eq!(error.code(), code, "{error}");
        assert!(bert().ask("What?", "Something.", &AskOptions::default()).is_ok());
        error
    }
}

const HTML: &str = "<!DOCTYPE html>\n<html><head><title>App</title></head><body></body></html>";

#[test]
fn the_copy_itself_is_good() {
    assert!(Reader::from_folder(Copy::new().folder.path()).is_ok());
}

#[test]
fn a_missing_file_is_named() {
    for name in ["config.json", "tokenizer.json", "model.safetensors"] {
        let copy = Copy::new();
        copy.remove(name);
        assert_eq!(copy.fails_with("file_missing").file().as_deref(), Some(name));
    }
    let nowhere = Reader::from_folder(checkpoints().join("nowhere"));
    assert_eq!(nowhere.err().map(|error| error.code()), Some("file_missing"));
}

#[test]
fn html_in_place_of_a_file_is_recognised() {
    for name in ["config.json", "tokenizer.json", "model.safetensors"] {
        let copy = Copy::new();
        copy.write(name, HTML);
        assert_eq!(copy.fails_with("file_html").file().as_deref(), Some(name));
    }
    let copy = Copy::new();
    copy.write("answerlet.json", HTML);
    assert!(Reader::from_folder(copy.folder.path()).is_ok(), "an HTML manifest means that there is none");
}

#[test]
fn weights_cut_off_anywhere_are_refused() {
    let copy = Copy::new();
    let bytes = copy.weights();
    let header = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
    for length in [0, 1, 7, 8, 9, 8 + header - 1, 8 + header, 8 + header + 1, bytes.len() / 2, bytes.len() - 1] {
        copy.write("model.safetensors", &bytes[..length]);
        copy.fails_with("weights_invalid");
    }
    copy.write("model.safetensors", [&bytes[..], b"more"].concat());
    copy.fails_with("weights_invalid");
}

#[test]
fn a_damaged_header_is_refused() {
    let copy = Copy::new();
    let bytes = copy.weights();
    let with_length = |length: u64| [&length.to_le_bytes()[..], &bytes[8..]].concat();
    for length in [0, 1, 3, u64::MAX, 1 << 40] {
        copy.write("model.safetensors", with_length(length));
        copy.fails_with("weights_invalid");
    }
    type Edit = fn(&mut Value);
    let edits: [Edit; 5] = [
        |header| *header = json!([]),
        |header| header["qa_outputs.bias"]["data_offsets"] = json!([0, 1u64 << 60]),
        |header| header["qa_outputs.bias"]["data_offsets"] = json!([8, 0]),
        |header| header["qa_outputs.bias"]["data_offsets"] = json!("x"),
        |header| header["bert.embeddings.word_embeddings.weight"]["shape"] = json!([u64::MAX, u64::MAX]),
    ];
    for edit in edits {
        let copy = Copy::new();
        copy.edit_header(edit);
        copy.fails_with("weights_invalid");
    }
}

#[test]
fn a_tensor_missing_or_of_the_wrong_shape_is_named() {
    let rename = |from: &'static str, to: &'static str| {
        move |header: &mut Value| {
            let entry = header.as_object_mut().unwrap().remove(from).unwrap();
            header[to] = entry;
        }
    };
    let copy = Copy::new();
    copy.edit_header(rename("bert.encoder.layer.1.attention.self.key.weight", "something.else"));
    assert!(copy.fails_with("tensor_missing").to_string().contains("encoder.layer.1.attention.self.key.weight"));

    let copy = Copy::new();
    copy.edit_header(rename("qa_outputs.weight", "classifier.weight"));
    assert!(copy.fails_with("tensor_missing").to_string().contains("no question-answering head"));

    let copy = Copy::new();
    copy.edit_header(|header| {
        let shape = header["qa_outputs.weight"]["shape"].as_array_mut().unwrap();
        shape.reverse();
    });
    assert!(copy.fails_with("tensor_shape").to_string().contains("qa_outputs.weight"));

    let copy = Copy::new();
    copy.edit_json("config.json", |config| config["vocab_size"] = (config["vocab_size"].as_u64().unwrap() + 1).into());
    copy.fails_with("tensor_shape");
}

#[test]
fn a_dtype_that_is_not_read_is_named() {
    for (dtype, code) in [("F64", "tensor_dtype"), ("I32", "tensor_dtype"), ("I8", "weights_invalid")] {
        let copy = Copy::new();
        copy.edit_header(|header| header["qa_outputs.weight"]["dtype"] = dtype.into());
        copy.fails_with(code);
    }
}

#[test]
fn weights_that_are_not_finite_are_refused() {
    for value in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        let copy = Copy::new();
        let mut bytes = copy.weights();
        let last = bytes.len() - 4;
        bytes[last..].copy_from_slice(&value.to_le_bytes());
        copy.write("model.safetensors", bytes);
        copy.fails_with("weights_not_finite");
    }
}

/// A header that fits its config and promises terabytes.
#[test]
fn more_than_there_is_memory_for_is_an_error() {
    const WIDTH: usize = 1 << 17;
    const ROWS: usize = 1 << 24;
    let copy = Copy::new();
    copy.edit_json("config.json", |config| {
        for (field, value) in [("vocab_size", ROWS), ("hidden_size", WIDTH), ("intermediate_size", WIDTH), ("num_hidden_layers", 1)] {
            config[field] = value.into();
        }
    });
    let config: Value = serde_json::from_slice(&fs::read(copy.path("config.json")).unwrap()).unwrap();
    let rows = |field: &str| config[field].as_u64().unwrap() as usize;
    let mut tensors = vec![
        ("embeddings.word_embeddings.weight".to_string(), vec![ROWS, WIDTH]),
        ("embeddings.position_embeddings.weight".into(), vec![rows("max_position_embeddings"), WIDTH]),
        ("embeddings.token_type_embeddings.weight".into(), vec![rows("type_vocab_size"), WIDTH]),
        ("qa_outputs.weight".into(), vec![2, WIDTH]),
        ("qa_outputs.bias".into(), vec![2]),
    ];
    let layer = "encoder.layer.0";
    for name in ["attention.self.query", "attention.self.key", "attention.self.value", "attention.output.dense", "intermediate.dense", "output.dense"] {
        tensors.push((format!("{layer}.{name}.weight"), vec![WIDTH, WIDTH]));
        tensors.push((format!("{layer}.{name}.bias"), vec![WIDTH]));
    }
    for name in ["embeddings.LayerNorm".to_string(), format!("{layer}.attention.output.LayerNorm"), format!("{layer}.output.LayerNorm")] {
        tensors.push((format!("{name}.weight"), vec![WIDTH]));
        tensors.push((format!("{name}.bias"), vec![WIDTH]));
    }
    let (mut header, mut end) = (serde_json::Map::new(), 0);
    for (name, shape) in tensors {
        let from = end;
        end += 4 * shape.iter().product::<usize>();
        header.insert(name, json!({"dtype": "F32", "shape": shape, "data_offsets": [from, end]}));
    }
    let header = serde_json::to_vec(&header).unwrap();
    copy.write("model.safetensors", [&(header.len() as u64).to_le_bytes()[..], &header].concat());
    assert!(copy.fails_with("weights_invalid").to_string().contains("not enough memory"));
}

#[test]
fn other_weight_formats_get_a_word_on_conversion() {
    for name in ["pytorch_model.bin", "model.safetensors.index.json"] {
        let copy = Copy::new();
        copy.remove("model.safetensors");
        copy.write(name, "{}");
        assert!(copy.fails_with("weights_format").to_string().contains("save_pretrained"));
    }
    let copy = Copy::new();
    copy.write("model.safetensors", b"PK\x03\x04 and so on, a PyTorch file under another name");
    copy.fails_with("weights_format");
}

#[test]
fn a_config_that_cannot_be_is_refused() {
    let edits: BTreeMap<&str, Value> = BTreeMap::from([
        ("num_attention_heads", json!(0)),
        ("hidden_size", json!(0)),
        ("num_hidden_layers", json!(0)),
        ("vocab_size", json!(0)),
        ("intermediate_size", json!("wide")),
        ("max_position_embeddings", json!(-1)),
    ]);
    for (field, value) in edits {
        let copy = Copy::new();
        copy.edit_json("config.json", |config| config[field] = value);
        assert!(copy.fails_with("config_invalid").to_string().contains(field));
    }
    let copy = Copy::new();
    copy.edit_json("config.json", |config| config["num_attention_heads"] = json!(7));
    assert!(copy.fails_with("config_invalid").to_string().contains("don't divide"));
    let copy = Copy::new();
    copy.edit_json("config.json", |config| config["num_hidden_layers"] = json!(1 << 24));
    assert!(copy.fails_with("config_invalid").to_string().contains("layers"));
    let copy = Copy::new();
    copy.write("config.json", "{");
    copy.fails_with("config_invalid");
    for class in ["BertForMaskedLM", "BertModel", "GPT2LMHeadModel"] {
        let copy = Copy::new();
        copy.edit_json("config.json", |config| config["architectures"] = json!([class]));
        assert!(copy.fails_with("architecture_unsupported").to_string().contains(class));
    }
}

#[test]
fn a_tokenizer_of_another_model_is_refused() {
    let copy = Copy::new();
    copy.edit_json("tokenizer.json", |tokenizer| tokenizer["model"]["vocab"]["beyond"] = json!(1_000_000));
    copy.fails_with("vocabulary_mismatch");
    let copy = Copy::new();
    copy.edit_json("tokenizer.json", |tokenizer| {
        for token in tokenizer["post_processor"]["special_tokens"].as_object_mut().unwrap().values_mut() {
            token["ids"] = json!([1_000_000]);
        }
    });
    copy.fails_with("vocabulary_mismatch");
    let copy = Copy::new();
    copy.edit_json("tokenizer.json", |tokenizer| tokenizer["post_processor"] = Value::Null);
    assert!(copy.fails_with("tokenizer_invalid").to_string().contains("[CLS]"));
    let copy = Copy::new();
    copy.write("tokenizer.json", "{}");
    copy.fails_with("tokenizer_invalid");
    let copy = Copy::new();
    copy.write("answerlet.json", "{}");
    copy.fails_with("manifest_invalid");
}

#[test]
fn arguments_are_checked() {
    let reader = bert();
    let ask = |question: &str, context: &str, options: AskOptions| {
        let error = reader.ask(question, context, &options).expect_err("accepted");
        (error.code(), error.argument().unwrap_or_default())
    };
    let plain = AskOptions::default;
    assert_eq!(ask("", "text", plain()), ("question_empty", "question"));
    assert_eq!(ask(" \n\t", "text", plain()), ("question_empty", "question"));
    assert_eq!(ask("who?", "", plain()), ("context_empty", "context"));
    assert_eq!(ask("who?", "\r\n\u{a0}", plain()), ("context_empty", "context"));
    let long = "who is it? ".repeat(200);
    assert_eq!(ask(&long, "text", plain()), ("question_too_long", "question"));
    let invalid = [
        ("docStride", AskOptions { doc_stride: Some(64), max_sequence_length: Some(64), ..plain() }),
        ("docStride", AskOptions { doc_stride: Some(usize::MAX), ..plain() }),
        ("topK", AskOptions { top_k: Some(0), ..plain() }),
        ("maxAnswerLength", AskOptions { max_answer_length: Some(0), ..plain() }),
        ("maxSequenceLength", AskOptions { max_sequence_length: Some(0), ..plain() }),
        ("maxSequenceLength", AskOptions { max_sequence_length: Some(1 << 30), ..plain() }),
        ("threshold", AskOptions { threshold: Some(f32::NAN), ..plain() }),
        ("maxMilliseconds", AskOptions { max_milliseconds: Some(-1.0), ..plain() }),
    ];
    for (argument, options) in invalid {
        assert_eq!(ask("who?", "text", options), ("argument_invalid", argument));
    }
}

#[test]
fn vocabulary_files_are_named_when_they_are_at_fault() {
    let folder = TempDir::new().unwrap();
    for entry in fs::read_dir(checkpoints().join("bert-vocab-txt")).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), folder.path().join(entry.file_name())).unwrap();
    }
    assert!(Reader::from_folder(folder.path()).is_ok());
    let fails = |vocab: &str| {
        fs::write(folder.path().join("vocab.txt"), vocab).unwrap();
        let error = Reader::from_folder(folder.path()).expect_err(vocab);
        (error.code(), error.file().unwrap_or_default())
    };
    assert_eq!(fails("a\nb"), ("tokenizer_invalid", "vocab.txt".into()));
    assert_eq!(fails("[CLS]\n[SEP]\na"), ("tokenizer_invalid", "vocab.txt".into()));
    assert_eq!(fails(""), ("tokenizer_invalid", "vocab.txt".into()));
    assert_eq!(fails(HTML), ("file_html", "vocab.txt".into()));
}

#[test]
fn logits_want_ids_that_the_model_has() {
    let reader = bert();
    let rows = reader.info().vocabulary_size as u32;
    let argument = |ids: &[u32], types: &[u32]| reader.logits(ids, types).expect_err("accepted").argument();
    assert_eq!(argument(&[rows], &[0]), Some("inputIds"));
    assert_eq!(argument(&[], &[]), Some("inputIds"));
    assert_eq!(argument(&[1], &[2]), Some("tokenTypeIds"));
    assert_eq!(argument(&[1], &[]), Some("tokenTypeIds"));
}

#[test]
fn huge_values_are_no_trouble() {
    let options = AskOptions {
        top_k: Some(usize::MAX),
        max_answer_length: Some(usize::MAX),
        max_milliseconds: Some(f64::MAX),
        threshold: Some(f32::NEG_INFINITY),
        ..AskOptions::default()
    };
    let context = "one two three four. ".repeat(40);
    let result = bert().ask("which?", &context, &options).unwrap();
    assert!(result.complete);
}

/// Bytes of the small files flipped, one after another: an error or a model, never a panic.
#[test]
fn flipped_bytes_never_panic() {
    for name in ["config.json", "tokenizer.json"] {
        let copy = Copy::new();
        let bytes = fs::read(copy.path(name)).unwrap();
        let step = (bytes.len() / 300).max(1);
        for place in (0..bytes.len()).step_by(step) {
            let mut damaged = bytes.clone();
            damaged[place] ^= 0x15;
            copy.write(name, damaged);
            if let Ok(reader) = Reader::from_folder(copy.folder.path()) {
                let _ = reader.ask("Who sold it?", "A man sold the car in town. [SEP] caf\u{e9}", &AskOptions::default());
            }
        }
    }
}
