//! The normalizers that readers have.

use serde_json::Value;
use tokenizers::normalizers::{BertNormalizer, Lowercase, Nmt, Prepend, Strip, StripAccents, NFC, NFD, NFKC, NFKD};
use tokenizers::NormalizedString;

use super::json::{field, kind, list};
use super::pattern::Pattern;

#[derive(Debug)]
pub(super) enum Normalizer {
    Bert(BertNormalizer),
    Lowercase,
    Strip(Strip),
    StripAccents,
    Nfc,
    Nfd,
    Nfkc,
    Nfkd,
    Nmt,
    Replace { pattern: Pattern, content: String },
    Prepend(Prepend),
    Sequence(Vec<Normalizer>),
}

impl Normalizer {
    pub fn new(json: &Value) -> tokenizers::Result<Self> {
        Ok(match kind(json) {
            "BertNormalizer" => Self::Bert(BertNormalizer::new(
                field(json, "clean_text")?,
                field(json, "handle_chinese_chars")?,
                field(json, "strip_accents")?,
                field(json, "lowercase")?,
            )),
            "Lowercase" => Self::Lowercase,
            "Strip" => Self::Strip(Strip::new(field(json, "strip_left")?, field(json, "strip_right")?)),
            "StripAccents" => Self::StripAccents,
            "NFC" => Self::Nfc,
            "NFD" => Self::Nfd,
            "NFKC" => Self::Nfkc,
            "NFKD" => Self::Nfkd,
            "Nmt" => Self::Nmt,
            "Replace" => Self::Replace { pattern: Pattern::new(&json["pattern"])?, content: field(json, "content")? },
            "Prepend" => Self::Prepend(Prepend::new(field(json, "prepend")?)),
            "Sequence" => Self::Sequence(list(json, "normalizers", Self::new)?),
            other => return Err(format!("there is no normalizer {other:?}").into()),
        })
    }

}

impl tokenizers::Normalizer for Normalizer {
    fn normalize(&self, text: &mut NormalizedString) -> tokenizers::Result<()> {
        match self {
            Self::Bert(bert) => bert.normalize(text),
            Self::Lowercase => Lowercase.normalize(text),
            Self::Strip(strip) => strip.normalize(text),
            Self::StripAccents => StripAccents.normalize(text),
            Self::Nfc => NFC.normalize(text),
            Self::Nfd => NFD.normalize(text),
            Self::Nfkc => NFKC.normalize(text),
            Self::Nfkd => NFKD.normalize(text),
            Self::Nmt => Nmt.normalize(text),
            Self::Replace { pattern, content } => text.replace(pattern, content),
            Self::Prepend(prepend) => prepend.normalize(text),
            Self::Sequence(all) => all.iter().try_for_each(|each| each.normalize(text)),
        }
    }
}
