//! `answerlet quantize`: any checkpoint → a folder a quarter of its F32 size, with its manifest.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::{Folder, WEIGHTS};
use crate::checkpoint::manifest::{self, Manifest, ManifestFile, NoAnswer, CHUNK_BYTES};
use crate::checkpoint::{Kept, WeightsStream};
use crate::config::Config;
use crate::error::{Error, Result};
use crate::kernels::Kind;
use crate::tokenizer::Tokenizer;

/// What goes into the manifest and stands in no Hugging Face file.
#[derive(Debug, Clone)]
pub struct QuantizeOptions {
    /// BCP 47 tag of the language that the model reads.
    pub language: Option<String>,
    /// Whether the checkpoint has learned to say that there is no answer.
    pub no_answer: NoAnswer,
    /// Least margin of an answer's logits over the null's.
    pub threshold: f32,
}

/// Writes the model in folder `model` as int8 per row into folder `out`: config.json, tokenizer.json,
/// model.safetensors and answerlet.json. Returns their sizes.
pub fn quantize(model: impl AsRef<Path>, out: impl AsRef<Path>, options: &QuantizeOptions) -> Result<Vec<(String, u64)>> {
    let (folder, out) = (Folder::open(model.as_ref())?, out.as_ref());
    let same = |a: &Path, b: &Path| matches!((a.canonicalize(), b.canonicalize()), (Ok(a), Ok(b)) if a == b);
    if same(&folder.path, out) {
        return Err(Error::argument_invalid("out", "is the model's own folder: name another"));
    }
    if !options.threshold.is_finite() {
        return Err(Error::argument_invalid("threshold", "must be a finite number"));
    }
    let config_json = folder.config()?;
    let config = Config::from_json(&config_json)?;
    let tokenizer_json = folder.tokenizer()?.into_json(config.architecture)?;
    Tokenizer::new(&tokenizer_json, config.vocab_size)?;
    let mut stream = WeightsStream::new(&config, Kind::Int8)?;
    stream.keep();
    let mut weights = Vec::new();
    folder.read_weights(|bytes| {
        stream.push(bytes)?;
        match stream.take_kept() {
            Kept::Bytes(bytes) => weights.extend(bytes),
            Kept::Pushed => weights.extend_from_slice(bytes),
        }
        Ok(())
    })?;
    stream.finish()?;

    fs::create_dir_all(out).map_err(|source| io(out, source))?;
    write(out, "config.json", |file| file.write_all(&config_json))?;
    write(out, "tokenizer.json", |file| Ok(serde_json::to_writer(file, &tokenizer_json)?))?;
    write(out, WEIGHTS, |file| file.write_all(&weights))?;
    let files = ["config.json", "tokenizer.json", WEIGHTS]
        .into_iter()
        .map(|name| describe(out, name))
        .collect::<Result<Vec<_>>>()?;
    let mut sizes: Vec<_> = files.iter().map(|file| (file.path.clone(), file.bytes)).collect();
    let manifest = Manifest::new(options.language.clone(), options.no_answer, options.threshold, files);
    let mut json = serde_json::to_vec_pretty(&manifest).map_err(|error| Error::Internal(error.to_string()))?;
    json.push(b'\n');
    sizes.push((manifest::FILE.into(), json.len() as u64));
    write(out, manifest::FILE, |file| file.write_all(&json))?;
    Ok(sizes)
}

fn io(file: impl Into<PathBuf>, source: std::io::Error) -> Error {
    Error::Io { file: file.into(), source }
}

fn write(folder: &Path, name: &str, content: impl FnOnce(&mut BufWriter<File>) -> std::io::Result<()>) -> Result<()> {
    let path = folder.join(name);
    let mut file = BufWriter::new(File::create(&path).map_err(|source| io(&path, source))?);
    content(&mut file)
        .and_then(|()| file.flush())
        .map_err(|source| io(&path, source))
}

fn describe(folder: &Path, name: &str) -> Result<ManifestFile> {
    let bytes = fs::read(folder.join(name)).map_err(|source| io(folder.join(name), source))?;
    Ok(ManifestFile {
        path: name.into(),
        bytes: bytes.len() as u64,
        sha256: sha256(&bytes),
        chunks: bytes.chunks(CHUNK_BYTES as usize).map(sha256).collect(),
    })
}

pub(super) fn sha256(bytes: &[u8]) -> String {
    format!("{:x}", Sha256::digest(bytes))
}
