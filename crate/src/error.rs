//! What can go wrong, each with a stable [`code`](Error::code) that the JS API passes on.

use std::path::PathBuf;

/// The crate's result.
pub type Result<T> = std::result::Result<T, Error>;

/// What was wrong, with which file or argument, and what to do about it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[allow(missing_docs)] // The messages say what each is.
pub enum Error {
    #[error("{file} is missing: {hint}")]
    FileMissing { file: String, hint: String },
    #[error("{file} is an HTML page, not the file: the server most likely answers unknown addresses with its start page; check the model's address")]
    FileHtml { file: String },
    #[error("config.json can't be used: {reason}")]
    ConfigInvalid { reason: String },
    #[error("{found} can't be read: only BertForQuestionAnswering, RobertaForQuestionAnswering and DistilBertForQuestionAnswering can (config.json, \"architectures\")")]
    ArchitectureUnsupported { found: String },
    #[error("{file} can't be used: {reason}")]
    TokenizerInvalid { file: String, reason: String },
    #[error("the tokenizer knows token id {largest_id}, but the word embeddings have only {rows} rows: tokenizer and weights belong to different models")]
    VocabularyMismatch { largest_id: u32, rows: usize },
    #[error("model.safetensors can't be used: {reason}")]
    WeightsInvalid { reason: String },
    #[error("{file} can't be read, only one model.safetensors can: convert it with `AutoModelForQuestionAnswering.from_pretrained(DIR).save_pretrained(OUT, max_shard_size=\"100GB\")` (Python, transformers)")]
    WeightsFormat { file: String },
    #[error("model.safetensors has no tensor {name:?}: {hint}")]
    TensorMissing { name: String, hint: String },
    #[error("tensor {name:?} in model.safetensors has shape {found:?}, where config.json asks for {expected:?}")]
    TensorShape {
        name: String,
        expected: Vec<usize>,
        found: Vec<usize>,
    },
    #[error("tensor {name:?} in model.safetensors has dtype {found}, which can't be read here: {hint}")]
    TensorDtype {
        name: String,
        found: String,
        hint: String,
    },
    #[error("tensor {name:?} in model.safetensors holds NaN or infinite values: the checkpoint is damaged")]
    WeightsNotFinite { name: String },
    #[error("answerlet.json can't be used: {reason}")]
    ManifestInvalid { reason: String },
    #[error("the question is empty")]
    QuestionEmpty,
    #[error("the context is empty")]
    ContextEmpty,
    #[error("the question is too long: it takes {tokens} tokens, and a window of {window} has room for {limit} beside the overlap of {doc_stride}")]
    QuestionTooLong {
        tokens: usize,
        limit: usize,
        window: usize,
        doc_stride: usize,
    },
    #[error("{argument} {reason}")]
    ArgumentInvalid {
        argument: &'static str,
        reason: String,
    },
    #[error("{}: {source}", file.display())]
    Io {
        file: PathBuf,
        source: std::io::Error,
    },
    /// A fault of ours or of a library below us.
    #[error("internal error: {0}")]
    Internal(String),
}

impl Error {
    /// A stable name for this kind of error; the JS API's `AnswerletError.code`.
    pub fn code(&self) -> &'static str {
        match self {
            Error::FileMissing { .. } => "file_missing",
            Error::FileHtml { .. } => "file_html",
            Error::ConfigInvalid { .. } => "config_invalid",
            Error::ArchitectureUnsupported { .. } => "architecture_unsupported",
            Error::TokenizerInvalid { .. } => "tokenizer_invalid",
            Error::VocabularyMismatch { .. } => "vocabulary_mismatch",
            Error::WeightsInvalid { .. } => "weights_invalid",
            Error::WeightsFormat { .. } => "weights_format",
            Error::TensorMissing { .. } => "tensor_missing",
            Error::TensorShape { .. } => "tensor_shape",
            Error::TensorDtype { .. } => "tensor_dtype",
            Error::WeightsNotFinite { .. } => "weights_not_finite",
            Error::ManifestInvalid { .. } => "manifest_invalid",
            Error::QuestionEmpty => "question_empty",
            Error::ContextEmpty => "context_empty",
            Error::QuestionTooLong { .. } => "question_too_long",
            Error::ArgumentInvalid { .. } => "argument_invalid",
            Error::Io { .. } => "io",
            Error::Internal(_) => "internal",
        }
    }

    /// The file that the error is about, where it is about one.
    pub fn file(&self) -> Option<String> {
        match self {
            Error::FileMissing { file, .. }
            | Error::FileHtml { file }
            | Error::TokenizerInvalid { file, .. }
            | Error::WeightsFormat { file } => Some(file.clone()),
            Error::ConfigInvalid { .. } | Error::ArchitectureUnsupported { .. } => {
                Some("config.json".into())
            }
            Error::VocabularyMismatch { .. } => Some("tokenizer.json".into()),
            Error::WeightsInvalid { .. }
            | Error::TensorMissing { .. }
            | Error::TensorShape { .. }
            | Error::TensorDtype { .. }
            | Error::WeightsNotFinite { .. } => Some("model.safetensors".into()),
            Error::ManifestInvalid { .. } => Some("answerlet.json".into()),
            Error::Io { file, .. } => Some(file.display().to_string()),
            _ => None,
        }
    }

    /// The argument or option that the error is about, where it is about one.
    pub fn argument(&self) -> Option<&'static str> {
        match self {
            Error::QuestionEmpty | Error::QuestionTooLong { .. } => Some("question"),
            Error::ContextEmpty => Some("context"),
            Error::ArgumentInvalid { argument, .. } => Some(argument),
            _ => None,
        }
    }

    pub(crate) fn argument_invalid(argument: &'static str, reason: impl Into<String>) -> Self {
        Error::ArgumentInvalid {
            argument,
            reason: reason.into(),
        }
    }
}

impl From<candle_core::Error> for Error {
    fn from(error: candle_core::Error) -> Self {
        Error::Internal(error.to_string())
    }
}
