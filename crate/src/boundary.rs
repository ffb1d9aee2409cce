//! What crosses the wasm boundary beside the reader's own types. `www/src/boundary.ts` is made from
//! these and those by the test in `boundary_types`.

use serde::{Deserialize, Serialize};

use crate::checkpoint::manifest::NoAnswer;
use crate::error::Error;
use crate::loader::Precision;
use crate::tokenizer::TokenizerFiles;
use crate::{Context, SourceDocument};

/// An error as it is thrown at TypeScript.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(optional_fields))]
#[serde(rename_all = "camelCase")]
pub(crate) struct ErrorData {
    pub code: String,
    pub message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub argument: Option<String>,
}

impl From<&Error> for ErrorData {
    fn from(error: &Error) -> Self {
        Self {
            code: error.code().into(),
            message: error.to_string(),
            file: error.file(),
            argument: error.argument().map(Into::into),
        }
    }
}

/// What is read: a string, or an array of documents.
#[derive(Debug)]
pub(crate) enum ContextInput {
    Text(String),
    Documents(Vec<SourceDocument>),
}

impl<'a> From<&'a ContextInput> for Context<'a> {
    fn from(input: &'a ContextInput) -> Self {
        match input {
            ContextInput::Text(text) => text.into(),
            ContextInput::Documents(documents) => documents.into(),
        }
    }
}

/// The small files of a model.
#[derive(Debug, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub(crate) struct ModelFiles {
    #[serde(with = "serde_bytes")]
    #[cfg_attr(test, ts(type = "Uint8Array"))]
    pub config: Vec<u8>,
    pub tokenizer: TokenizerParts,
    #[serde(default)]
    #[cfg_attr(test, ts(optional, type = "Uint8Array"))]
    pub manifest: Option<serde_bytes::ByteBuf>,
    #[serde(default)]
    #[cfg_attr(test, ts(optional))]
    pub no_answer: Option<NoAnswer>,
    #[serde(default)]
    #[cfg_attr(test, ts(optional))]
    pub precision: Option<Precision>,
}

/// `tokenizer.json`, or `vocab.txt`, or `vocab.json` and `merges.txt`, the latter with `tokenizer_config.json`.
#[derive(Debug, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase", untagged)]
pub(crate) enum TokenizerParts {
    Json {
        #[cfg_attr(test, ts(type = "Uint8Array"))]
        json: serde_bytes::ByteBuf,
    },
    Vocabulary {
        #[cfg_attr(test, ts(type = "Uint8Array"))]
        vocab: serde_bytes::ByteBuf,
        #[serde(default)]
        #[cfg_attr(test, ts(optional, type = "Uint8Array"))]
        merges: Option<serde_bytes::ByteBuf>,
        #[serde(default)]
        #[cfg_attr(test, ts(optional, type = "Uint8Array"))]
        config: Option<serde_bytes::ByteBuf>,
    },
}

impl From<TokenizerParts> for TokenizerFiles {
    fn from(parts: TokenizerParts) -> Self {
        match parts {
            TokenizerParts::Json { json } => TokenizerFiles::Json(json.into_vec()),
            TokenizerParts::Vocabulary { vocab, merges, config } => TokenizerFiles::Vocabulary {
                vocab: vocab.into_vec(),
                merges: merges.map(serde_bytes::ByteBuf::into_vec),
                config: config.map(serde_bytes::ByteBuf::into_vec),
            },
        }
    }
}
