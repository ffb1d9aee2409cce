//! `answerlet.json`, which `answerlet quantize` writes beside a model. It is used when present and never required.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::text_file;

pub(crate) const FILE: &str = "answerlet.json";
pub(crate) const INT8_PER_ROW: &str = "int8-per-row";
#[cfg(any(test, feature = "cli"))]
pub(crate) const CHUNK_BYTES: u64 = 4 << 20;
const VERSION: u32 = 1;

/// Whether a checkpoint has learned to say that a text holds no answer: it was trained on
/// questions without one, with `[CLS]` taking the span's place (SQuAD 2.0).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
#[serde(rename_all = "lowercase")]
pub enum NoAnswer {
    /// It was: a span has to beat the null.
    Learned,
    /// It was not: some span is always preferred, if only weakly.
    None,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Manifest {
    pub version: u32,
    /// BCP 47 tag of the language that the model reads.
    pub language: Option<String>,
    pub quantisation: Option<String>,
    pub no_answer: ManifestNoAnswer,
    pub chunk_bytes: u64,
    pub files: Vec<ManifestFile>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct ManifestNoAnswer {
    pub kind: NoAnswer,
    /// Least margin of a span's logits over the null's.
    #[serde(default)]
    pub threshold: f32,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct ManifestFile {
    pub path: String,
    pub bytes: u64,
    pub sha256: String,
    pub chunks: Vec<String>,
}

impl Manifest {
    #[cfg(any(test, feature = "cli"))]
    pub fn new(language: Option<String>, kind: NoAnswer, threshold: f32, files: Vec<ManifestFile>) -> Self {
        Self {
            version: VERSION,
            language,
            quantisation: Some(INT8_PER_ROW.into()),
            no_answer: ManifestNoAnswer { kind, threshold },
            chunk_bytes: CHUNK_BYTES,
            files,
        }
    }

    /// HTML in its place (a single-page app's answer to any address) means that there is none.
    pub fn from_json(bytes: &[u8]) -> Result<Option<Self>> {
        let invalid = |reason| Error::ManifestInvalid { reason };
        let text = match text_file(bytes, FILE, invalid) {
            Ok(text) => text,
            Err(Error::FileHtml { .. }) => return Ok(None),
            Err(error) => return Err(error),
        };
        let manifest: Self = serde_json::from_str(text).map_err(|error| invalid(error.to_string()))?;
        if manifest.version != VERSION {
            return Err(invalid(format!("its version is {}, and this Answerlet reads version {VERSION}", manifest.version)));
        }
        if !manifest.no_answer.threshold.is_finite() {
            return Err(invalid("its threshold is no finite number".into()));
        }
        Ok(Some(manifest))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn html_is_absence_and_rubbish_is_an_error() {
        assert!(Manifest::from_json(b"<!DOCTYPE html>").unwrap().is_none());
        assert_eq!(Manifest::from_json(b"{}").unwrap_err().code(), "manifest_invalid");
        let manifest = Manifest::new(Some("en".into()), NoAnswer::Learned, 0.5, vec![]);
        let mut json = serde_json::to_value(&manifest).unwrap();
        assert_eq!(json["noAnswer"]["kind"], "learned");
        assert!(Manifest::from_json(json.to_string().as_bytes()).unwrap().is_some());
        json["version"] = 2.into();
        assert_eq!(Manifest::from_json(json.to_string().as_bytes()).unwrap_err().code(), "manifest_invalid");
    }
}
