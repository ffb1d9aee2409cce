//! The models that readers have: words or bytes → the vocabulary's tokens.

use serde::Deserialize;
use serde_json::Value;
use tokenizers::models::bpe::BPE;
use tokenizers::models::wordpiece::WordPiece;
use tokenizers::{Model as _, Token};

pub(super) enum Model {
    WordPiece(WordPiece),
    Bpe(BPE),
}

impl Model {
    pub fn new(json: &Value) -> tokenizers::Result<Self> {
        // Old files leave the type out; merges tell.
        match json.get("type").and_then(Value::as_str) {
            Some("BPE") => {}
            None if json.get("merges").is_some() => {}
            _ => return Ok(Self::WordPiece(WordPiece::deserialize(json)?)),
        }
        Ok(Self::Bpe(BPE::deserialize(json)?))
    }

    pub fn tokenize(&self, word: &str) -> tokenizers::Result<Vec<Token>> {
        match self {
            Self::WordPiece(model) => model.tokenize(word),
            Self::Bpe(model) => model.tokenize(word),
        }
    }

    pub fn size(&self) -> usize {
        match self {
            Self::WordPiece(model) => model.get_vocab_size(),
            Self::Bpe(model) => model.get_vocab_size(),
        }
    }

    pub fn id(&self, token: &str) -> Option<u32> {
        match self {
            Self::WordPiece(model) => model.token_to_id(token),
            Self::Bpe(model) => model.token_to_id(token),
        }
    }

    pub fn token(&self, id: u32) -> Option<String> {
        match self {
            Self::WordPiece(model) => model.id_to_token(id),
            Self::Bpe(model) => model.id_to_token(id),
        }
    }
}
