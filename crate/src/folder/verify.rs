//! Whether a model's files are those that its manifest describes.

use std::path::Path;

use super::quantize::sha256;
use super::Folder;
use crate::checkpoint::manifest::{self, Manifest};
use crate::error::{Error, Result};

/// Compares the files in folder `model` with sizes and hashes in its answerlet.json. Gives what differs, a
/// line a file, or none where there is no manifest.
pub fn verify(model: impl AsRef<Path>) -> Result<Option<Vec<String>>> {
    let folder = Folder::open(model.as_ref())?;
    let Some(manifest) = folder.read(manifest::FILE)?.as_deref().map(Manifest::from_json).transpose()?.flatten() else {
        return Ok(None);
    };
    let mut differences = Vec::new();
    for file in manifest.files {
        if Path::new(&file.path).file_name().is_none_or(|name| name != file.path.as_str()) {
            return Err(Error::ManifestInvalid { reason: format!("it names {:?}, which is no file of the folder", file.path) });
        }
        match folder.read(&file.path)? {
            None => differences.push(format!("{} is missing", file.path)),
            Some(bytes) if bytes.len() as u64 != file.bytes => {
                differences.push(format!("{} has {} bytes, not {}", file.path, bytes.len(), file.bytes));
            }
            Some(bytes) if sha256(&bytes) != file.sha256 => differences.push(format!("{} has another SHA-256", file.path)),
            Some(_) => {}
        }
    }
    Ok(Some(differences))
}
