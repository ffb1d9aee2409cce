//! Weights that arrive in pieces, whatever they are cut into, and the file that is kept of them.

use std::fs;
use std::path::{Path, PathBuf};

use answerlet::{quantize, Kept, LoadOptions, Loader, NoAnswer, Precision, QuantizeOptions, Reader, TokenizerFiles};
use safetensors::{Dtype, SafeTensors};
use tempfile::TempDir;

const CHECKPOINTS: [&str; 4] = ["bert", "roberta", "distilbert-padded", "bert-old-names"];

fn checkpoint(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/checkpoints").join(name)
}

fn weights(folder: &Path) -> Vec<u8> {
    fs::read(folder.join("model.safetensors")).unwrap()
}

/// Loads a folder's small files with these weights, in pieces of the sizes that `pieces` gives, and what was kept.
fn load(folder: &Path, weights: &[u8], precision: Precision, mut pieces: impl FnMut() -> usize) -> (Reader, Vec<u8>) {
    let tokenizer = TokenizerFiles::Json(fs::read(folder.join("tokenizer.json")).unwrap());
    let options = LoadOptions { precision, ..LoadOptions::default() };
    let mut loader = Loader::new(&fs::read(folder.join("config.json")).unwrap(), tokenizer, None, &options).unwrap();
    loader.keep();
    let mut kept = Vec::new();
    let mut rest = weights;
    while !rest.is_empty() {
        let (piece, after) = rest.split_at(pieces().min(rest.len()));
        loader.push_weights(piece).unwrap();
        match loader.take_kept() {
            Kept::Bytes(bytes) => kept.extend(bytes),
            Kept::Pushed => kept.extend_from_slice(piece),
        }
        rest = after;
    }
    (loader.finish().unwrap(), kept)
}

fn whole() -> usize {
    usize::MAX
}

/// Bits, so that nothing but equality is equal.
fn logits(reader: &Reader) -> Vec<u32> {
    let rows = reader.info().vocabulary_size as u32;
    let ids: Vec<u32> = (0..40).map(|place| (place * 37 + 5) % rows).collect();
    let (start, end) = reader.logits(&ids, &vec![0; ids.len()]).unwrap();
    start.into_iter().chain(end).map(f32::to_bits).collect()
}

fn int8_folder(source: &Path) -> TempDir {
    let out = TempDir::new().unwrap();
    let options = QuantizeOptions { language: None, no_answer: NoAnswer::None, threshold: 0.0 };
    quantize(source, out.path(), &options).unwrap();
    out
}

/// The same file with its F32 tensors first, as Answerlet 0.1 wrote it and the default model still is.
fn scales_first(file: &[u8]) -> Vec<u8> {
    let tensors = SafeTensors::deserialize(file).unwrap();
    let (floats, bytes): (Vec<_>, Vec<_>) = tensors.tensors().into_iter().partition(|(_, tensor)| tensor.dtype() == Dtype::F32);
    let (mut header, mut data) = (serde_json::Map::new(), Vec::new());
    for (name, tensor) in floats.into_iter().chain(bytes) {
        let from = data.len();
        data.extend_from_slice(tensor.data());
        let dtype = if tensor.dtype() == Dtype::F32 { "F32" } else { "I8" };
        header.insert(name, serde_json::json!({"dtype": dtype, "shape": tensor.shape(), "data_offsets": [from, data.len()]}));
    }
    let header = serde_json::to_vec(&header).unwrap();
    [&(header.len() as u64).to_le_bytes()[..], &header, &data].concat()
}

#[test]
fn pieces_of_any_size_make_the_same_model() {
    for name in CHECKPOINTS {
        let folder = checkpoint(name);
        let source = weights(&folder);
        for precision in [Precision::Int8, Precision::F32] {
            let (reader, kept) = load(&folder, &source, precision, whole);
            let expected = logits(&reader);
            let mut state = 1u32;
            let random = move || {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                1 + (state >> 16) as usize % 5000
            };
            let sizes: [Box<dyn FnMut() -> usize>; 4] = [Box::new(|| 1), Box::new(|| 7), Box::new(|| 4096), Box::new(random)];
            for pieces in sizes {
                let (reader, kept_too) = load(&folder, &source, precision, pieces);
                assert!(logits(&reader) == expected && kept_too == kept, "{name}, {precision:?}");
            }
        }
    }
}

#[test]
fn what_is_kept_loads_into_the_same_model() {
    for name in CHECKPOINTS {
        let folder = checkpoint(name);
        let source = weights(&folder);
        let (reader, kept) = load(&folder, &source, Precision::Auto, whole);
        assert_eq!(reader.info().precision, Precision::Int8);
        assert!(kept.len() < source.len(), "{name}: {} of {} bytes", kept.len(), source.len());
        let (again, kept_again) = load(&folder, &kept, Precision::Auto, whole);
        assert!(logits(&again) == logits(&reader), "{name}: the kept file gives other logits");
        assert!(kept_again == kept, "{name}: an int8 file is kept as it is");
        assert_eq!(again.info().parameters, reader.info().parameters);

        // The command writes the same bytes.
        assert!(weights(int8_folder(&folder).path()) == kept, "{name}: `quantize` writes another file");
    }
}

#[test]
fn f32_keeps_the_source() {
    let folder = checkpoint("bert");
    let source = weights(&folder);
    let (reader, kept) = load(&folder, &source, Precision::F32, whole);
    assert!(kept == source);
    assert_eq!(reader.info().precision, Precision::F32);
}

#[test]
fn int8_files_load_with_their_scales_before_or_after_their_rows() {
    for name in CHECKPOINTS {
        let folder = checkpoint(name);
        let (_, rows_first) = load(&folder, &weights(&folder), Precision::Int8, whole);
        let scales_first = scales_first(&rows_first);
        assert_ne!(rows_first[..2000], scales_first[..2000]);
        for precision in [Precision::Int8, Precision::F32] {
            let (one, _) = load(&folder, &rows_first, precision, || 1000);
            let (other, kept) = load(&folder, &scales_first, precision, || 1000);
            assert!(logits(&one) == logits(&other), "{name}, {precision:?}");
            assert!(kept == scales_first, "{name}: an int8 file is kept as it is");
        }
    }
}

/// In f32, an int8 file's values are scale x byte exactly.
#[test]
fn int8_files_are_dequantised_for_f32() {
    let folder = checkpoint("bert");
    let (_, int8) = load(&folder, &weights(&folder), Precision::Int8, whole);
    let tensors = SafeTensors::deserialize(&int8).unwrap();
    let floats = |name: &str| -> Vec<f32> {
        let data = tensors.tensor(name).unwrap().data();
        data.chunks_exact(4).map(|four| f32::from_le_bytes(four.try_into().unwrap())).collect()
    };
    let (mut header, mut data) = (serde_json::Map::new(), Vec::<u8>::new());
    for (name, tensor) in tensors.tensors() {
        if name.ends_with(".scale") {
            continue;
        }
        let values = match tensor.dtype() {
            Dtype::I8 => {
                let width = tensor.shape()[1];
                let rows = tensor.data().chunks_exact(width).zip(floats(&format!("{name}.scale")));
                rows.flat_map(|(row, scale)| row.iter().map(move |&byte| f32::from(byte as i8) * scale)).collect()
            }
            _ => floats(&name),
        };
        let from = data.len();
        data.extend(values.iter().flat_map(|value| value.to_le_bytes()));
        header.insert(name, serde_json::json!({"dtype": "F32", "shape": tensor.shape(), "data_offsets": [from, data.len()]}));
    }
    let header = serde_json::to_vec(&header).unwrap();
    let dequantised = [&(header.len() as u64).to_le_bytes()[..], &header, &data].concat();
    let (expected, _) = load(&folder, &dequantised, Precision::F32, whole);
    let (reader, _) = load(&folder, &int8, Precision::F32, whole);
    assert!(logits(&reader) == logits(&expected));
}

#[test]
fn the_default_model_is_kept_as_it_is() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../www/model");
    let source = weights(&folder);
    let (_, kept) = load(&folder, &source, Precision::Auto, || 1 << 16);
    assert!(kept == source);
}

#[test]
fn rows_too_long_for_int8_are_refused_before_their_download() {
    let folder = checkpoint("bert");
    let mut config: serde_json::Value = serde_json::from_slice(&fs::read(folder.join("config.json")).unwrap()).unwrap();
    config["intermediate_size"] = (1 << 18).into();
    let new = |precision| {
        let tokenizer = TokenizerFiles::Json(fs::read(folder.join("tokenizer.json")).unwrap());
        let options = LoadOptions { precision, ..LoadOptions::default() };
        Loader::new(config.to_string().as_bytes(), tokenizer, None, &options)
    };
    let error = new(Precision::Int8).expect_err("the sums would overflow");
    assert_eq!(error.code(), "config_invalid");
    assert!(error.to_string().contains("f32"), "{error}");
    assert!(new(Precision::F32).is_ok());
}
