//! Models in folders: reading one natively, and writing a compact one.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use crate::checkpoint::manifest;
use crate::error::{Error, Result};
use crate::loader::{LoadOptions, Loader};
use crate::reader::Reader;
use crate::tokenizer::TokenizerFiles;

#[cfg(feature = "cli")]
mod quantize;
#[cfg(feature = "cli")]
mod verify;
#[cfg(feature = "cli")]
pub use quantize::{quantize, QuantizeOptions};
#[cfg(feature = "cli")]
pub use verify::verify;

const WEIGHTS: &str = "model.safetensors";

impl Reader {
    /// Loads a folder in Hugging Face layout.
    pub fn from_folder(path: impl AsRef<Path>) -> Result<Self> {
        Self::from_folder_with(path, &LoadOptions::default())
    }

    /// The same, with what the folder doesn't say.
    pub fn from_folder_with(path: impl AsRef<Path>, options: &LoadOptions) -> Result<Self> {
        let folder = Folder::open(path.as_ref())?;
        let manifest = folder.read(manifest::FILE)?;
        let mut loader = Loader::new(&folder.config()?, folder.tokenizer()?, manifest.as_deref(), options)?;
        folder.read_weights(|bytes| loader.push_weights(bytes))?;
        loader.finish()
    }
}

struct Folder {
    path: PathBuf,
}

impl Folder {
    fn open(path: &Path) -> Result<Self> {
        match path.is_dir() {
            true => Ok(Self { path: path.to_path_buf() }),
            false => Err(Error::FileMissing {
                file: path.display().to_string(),
                hint: "a model is a folder with config.json, tokenizer.json and model.safetensors".into(),
            }),
        }
    }

    /// A file's bytes, or none where there is no such file.
    fn read(&self, name: &str) -> Result<Option<Vec<u8>>> {
        let file = self.path.join(name);
        match fs::read(&file) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(Error::Io { file, source }),
        }
    }

    fn missing(&self, name: &str) -> Error {
        Error::FileMissing {
            file: name.into(),
            hint: format!("{} is no complete model folder", self.path.display()),
        }
    }

    fn config(&self) -> Result<Vec<u8>> {
        self.read("config.json")?.ok_or_else(|| self.missing("config.json"))
    }

    fn tokenizer(&self) -> Result<TokenizerFiles> {
        if let Some(json) = self.read("tokenizer.json")? {
            return Ok(TokenizerFiles::Json(json));
        }
        let config = self.read("tokenizer_config.json")?;
        if let Some(vocab) = self.read("vocab.txt")? {
            return Ok(TokenizerFiles::Vocabulary { vocab, merges: None, config });
        }
        match (self.read("vocab.json")?, self.read("merges.txt")?) {
            (Some(vocab), Some(merges)) => Ok(TokenizerFiles::Vocabulary { vocab, merges: Some(merges), config }),
            (Some(_), None) => Err(self.missing("merges.txt")),
            _ => Err(self.missing("tokenizer.json")),
        }
    }

    fn read_weights(&self, mut take: impl FnMut(&[u8]) -> Result<()>) -> Result<()> {
        let path = self.path.join(WEIGHTS);
        let io = |source| Error::Io { file: path.clone(), source };
        let mut file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Err(self.no_weights()),
            Err(source) => return Err(io(source)),
        };
        let mut buffer = vec![0; 1 << 20];
        loop {
            match file.read(&mut buffer).map_err(io)? {
                0 => return Ok(()),
                read => take(&buffer[..read])?,
            }
        }
    }

    fn no_weights(&self) -> Error {
        ["model.safetensors.index.json", "pytorch_model.bin", "pytorch_model.bin.index.json"]
            .into_iter()
            .find(|name| self.path.join(name).is_file())
            .map_or_else(|| self.missing(WEIGHTS), |name| Error::WeightsFormat { file: name.into() })
    }
}
