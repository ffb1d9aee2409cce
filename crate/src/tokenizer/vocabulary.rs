//! Folders without `tokenizer.json`: what transformers' converters make of `vocab.txt`, or of
//! `vocab.json` and `merges.txt`.

use serde_json::{Map, Value};

use crate::config::Architecture;
use crate::error::{Error, Result};
use crate::text_file;

fn invalid(file: &str, reason: impl Into<String>) -> Error {
    Error::TokenizerInvalid { file: file.into(), reason: reason.into() }
}

struct Settings(Map<String, Value>);

impl Settings {
    fn new(bytes: Option<&[u8]>) -> Result<Self> {
        const FILE: &str = "tokenizer_config.json";
        let Some(bytes) = bytes else { return Ok(Self(Map::new())) };
        let text = text_file(bytes, FILE, |reason| invalid(FILE, reason))?;
        serde_json::from_str(text)
            .map(Self)
            .map_err(|error| invalid(FILE, format!("it isn't a JSON object ({error})")))
    }

    fn flag(&self, name: &str, default: bool) -> bool {
        self.0.get(name).and_then(Value::as_bool).unwrap_or(default)
    }

    /// A special token is a string or an object with `content`.
    fn token(&self, name: &str, default: &str) -> String {
        let value = self.0.get(name);
        let content = value.and_then(|value| value.as_str().or(value.get("content")?.as_str()));
        content.unwrap_or(default).to_string()
    }
}

fn id(vocab: &Map<String, Value>, token: &str, file: &str) -> Result<Value> {
    vocab
        .get(token)
        .cloned()
        .ok_or_else(|| invalid(file, format!("it hasn't the special token {token:?}")))
}

/// A part of a `tokenizer.json`, to be completed. As text it is a fraction of the code that `json!` makes.
fn template(json: &str) -> Result<Value> {
    serde_json::from_str(json).map_err(|error| Error::Internal(error.to_string()))
}

/// The special tokens as `added_tokens`; `lstrip` is what RoBERTa's mask has.
fn added_tokens(vocab: &Map<String, Value>, tokens: &[(String, bool)]) -> Result<Value> {
    let mut list: Vec<Value> = Vec::new();
    for (content, lstrip) in tokens {
        let Some(id) = vocab.get(content) else { continue };
        if list.iter().all(|known| known["content"] != content.as_str()) {
            let mut token = template(r#"{"single_word": false, "rstrip": false, "normalized": false, "special": true}"#)?;
            token["id"] = id.clone();
            token["content"] = content.as_str().into();
            token["lstrip"] = (*lstrip).into();
            list.push(token);
        }
    }
    Ok(list.into())
}

/// A special token with its id, as BERT's and RoBERTa's post-processors name them.
fn with_id(vocab: &Map<String, Value>, token: String, file: &str) -> Result<Value> {
    let id = id(vocab, &token, file)?;
    Ok(vec![token.into(), id].into())
}

/// What stands in for the `tokenizer.json` that a folder hasn't got.
pub(super) fn tokenizer(vocab: &[u8], merges: Option<&[u8]>, config: Option<&[u8]>, architecture: Architecture) -> Result<Value> {
    match (architecture, merges) {
        (Architecture::Roberta, Some(merges)) => byte_level_bpe(vocab, merges, config),
        (Architecture::Roberta, None) => Err(invalid("vocab.json", "a RoBERTa reader needs merges.txt, too")),
        (_, None) => word_piece(vocab, config),
        (_, Some(_)) => Err(invalid("merges.txt", "only a RoBERTa reader has one; the others have vocab.txt")),
    }
}

/// BERT's and DistilBERT's `vocab.txt`: one token a line, its line number is its id.
fn word_piece(vocab: &[u8], config: Option<&[u8]>) -> Result<Value> {
    const FILE: &str = "vocab.txt";
    let settings = Settings::new(config)?;
    let text = text_file(vocab, FILE, |reason| invalid(FILE, reason))?;
    let vocab: Map<String, Value> = text
        .split_terminator('\n')
        .map(|line| line.strip_suffix('\r').unwrap_or(line).to_string())
        .zip((0u32..).map(Value::from))
        .collect();
    let [unk, cls, sep] = [("unk_token", "[UNK]"), ("cls_token", "[CLS]"), ("sep_token", "[SEP]")]
        .map(|(name, default)| settings.token(name, default));
    let [pad, mask] = [("pad_token", "[PAD]"), ("mask_token", "[MASK]")].map(|(name, default)| settings.token(name, default));
    let added = [&pad, &unk, &cls, &sep, &mask].map(|token| (token.clone(), false));
    let mut json = template(
        r#"{"version": "1.0",
            "normalizer": {"type": "BertNormalizer", "clean_text": true},
            "pre_tokenizer": {"type": "BertPreTokenizer"},
            "post_processor": {"type": "BertProcessing"},
            "model": {"type": "WordPiece", "max_input_chars_per_word": 100}}"#,
    )?;
    json["added_tokens"] = added_tokens(&vocab, &added)?;
    let normalizer = &mut json["normalizer"];
    normalizer["handle_chinese_chars"] = settings.flag("tokenize_chinese_chars", true).into();
    normalizer["strip_accents"] = settings.0.get("strip_accents").and_then(Value::as_bool).into();
    normalizer["lowercase"] = settings.flag("do_lower_case", true).into();
    json["post_processor"]["sep"] = with_id(&vocab, sep, FILE)?;
    json["post_processor"]["cls"] = with_id(&vocab, cls, FILE)?;
    json["model"]["unk_token"] = unk.into();
    json["model"]["continuing_subword_prefix"] = "##".into();
    json["model"]["vocab"] = vocab.into();
    Ok(json)
}

/// RoBERTa's `vocab.json` and `merges.txt`.
fn byte_level_bpe(vocab: &[u8], merges: &[u8], config: Option<&[u8]>) -> Result<Value> {
    const FILE: &str = "vocab.json";
    let settings = Settings::new(config)?;
    let text = text_file(vocab, FILE, |reason| invalid(FILE, reason))?;
    let vocab: Map<String, Value> =
        serde_json::from_str(text).map_err(|error| invalid(FILE, format!("it isn't a JSON object ({error})")))?;
    let merges = text_file(merges, "merges.txt", |reason| invalid("merges.txt", reason))?;
    let merges: Vec<&str> = merges
        .lines()
        .enumerate()
        .filter(|(number, line)| !(line.is_empty() || *number == 0 && line.starts_with("#version")))
        .map(|(_, line)| line)
        .collect();
    let [bos, cls, sep, unk] = [("bos_token", "<s>"), ("cls_token", "<s>"), ("sep_token", "</s>"), ("unk_token", "<unk>")]
        .map(|(name, default)| settings.token(name, default));
    let [pad, eos, mask] =
        [("pad_token", "<pad>"), ("eos_token", "</s>"), ("mask_token", "<mask>")].map(|(name, default)| settings.token(name, default));
    let mut added = [&bos, &pad, &eos, &unk, &cls, &sep].map(|token| (token.clone(), false)).to_vec();
    added.push((mask, true));
    let add_prefix_space = settings.flag("add_prefix_space", false);
    let mut json = template(
        r#"{"version": "1.0",
            "pre_tokenizer": {"type": "ByteLevel", "trim_offsets": true, "use_regex": true},
            "post_processor": {"type": "RobertaProcessing"},
            "model": {"type": "BPE", "continuing_subword_prefix": "", "end_of_word_suffix": "", "fuse_unk": false,
                      "byte_fallback": false, "ignore_merges": false}}"#,
    )?;
    json["added_tokens"] = added_tokens(&vocab, &added)?;
    json["pre_tokenizer"]["add_prefix_space"] = add_prefix_space.into();
    let post_processor = &mut json["post_processor"];
    post_processor["sep"] = with_id(&vocab, sep, FILE)?;
    post_processor["cls"] = with_id(&vocab, cls, FILE)?;
    post_processor["trim_offsets"] = settings.flag("trim_offsets", true).into();
    post_processor["add_prefix_space"] = add_prefix_space.into();
    json["model"]["vocab"] = vocab.into();
    json["model"]["merges"] = merges.into();
    Ok(json)
}
