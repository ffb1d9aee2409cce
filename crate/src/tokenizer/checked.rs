//! `tokenizers` trusts its files: a crafted `tokenizer.json` can panic it when it is loaded or used
//! (huggingface/tokenizers#2094, #2151), and in a browser a panic ends the engine. So only the parts
//! that readers of our three architectures use get through, with the promises that the library relies on.

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::invalid;
use crate::error::Result;
use crate::text_file;

const NORMALIZERS: [&str; 12] = [
    "BertNormalizer", "Lowercase", "Strip", "StripAccents", "NFC", "NFD", "NFKC", "NFKD", "Nmt", "Replace", "Prepend", "Sequence",
];
const PRE_TOKENIZERS: [&str; 8] = [
    "BertPreTokenizer", "ByteLevel", "Whitespace", "WhitespaceSplit", "Punctuation", "Digits", "Split", "Sequence",
];
const POST_PROCESSORS: [&str; 5] = ["BertProcessing", "RobertaProcessing", "TemplateProcessing", "ByteLevel", "Sequence"];

pub(super) fn parse(bytes: &[u8]) -> Result<Value> {
    let text = text_file(bytes, "tokenizer.json", invalid)?;
    serde_json::from_str(text).map_err(|error| invalid(format!("it isn't JSON ({error})")))
}

/// Refuses what the library could panic on, and clears what we do ourselves or never use.
pub(super) fn checked(mut json: Value) -> Result<Value> {
    let file = json.as_object_mut().ok_or_else(|| invalid("it isn't a JSON object"))?;
    // Windows are cut by us, from one untruncated encoding, and never padded; answers are never decoded.
    for part in ["truncation", "padding", "decoder"] {
        file.insert(part.into(), Value::Null);
    }
    check_types(file.get("normalizer"), "normalizer", &NORMALIZERS, &["normalizers"])?;
    check_types(file.get("pre_tokenizer"), "pre-tokenizer", &PRE_TOKENIZERS, &["pretokenizers"])?;
    check_types(file.get("post_processor"), "post-processor", &POST_PROCESSORS, &["processors"])?;
    check_templates(file.get("post_processor"))?;
    check_added_tokens(file.get("added_tokens"))?;
    let model = file
        .get("model")
        .and_then(Value::as_object)
        .ok_or_else(|| invalid("it has no model"))?;
    check_model(model)?;
    Ok(json)
}

fn check_types(part: Option<&Value>, what: &str, allowed: &[&str], nested: &[&str]) -> Result<()> {
    let Some(part) = part.filter(|part| !part.is_null()) else {
        return Ok(());
    };
    match part.get("type").and_then(Value::as_str) {
        Some(kind) if allowed.contains(&kind) => {}
        kind => {
            return Err(invalid(format!(
                "the {what} {} isn't one that readers use ({})",
                kind.unwrap_or("without a type"),
                allowed.join(", ")
            )))
        }
    }
    for list in nested.iter().filter_map(|name| part.get(name)?.as_array()) {
        for inner in list {
            check_types(Some(inner), what, allowed, nested)?;
        }
    }
    Ok(())
}

/// A template may only name special tokens that it defines.
fn check_templates(part: Option<&Value>) -> Result<()> {
    let Some(part) = part else { return Ok(()) };
    if let Some(list) = part.get("processors").and_then(Value::as_array) {
        return list.iter().try_for_each(|inner| check_templates(Some(inner)));
    }
    let defined = part.get("special_tokens").and_then(Value::as_object);
    for piece in ["single", "pair"].iter().filter_map(|name| part.get(name)?.as_array()).flatten() {
        let Some(id) = piece.pointer("/SpecialToken/id").and_then(Value::as_str) else { continue };
        let lengths = ["ids", "tokens"].map(|field| {
            let list = defined.and_then(|defined| defined.get(id)?.get(field)?.as_array());
            list.map(Vec::len)
        });
        if lengths[0].is_none() || lengths[0] != lengths[1] {
            return Err(invalid(format!("its template uses the special token {id:?} without defining it")));
        }
    }
    Ok(())
}

fn check_added_tokens(tokens: Option<&Value>) -> Result<()> {
    let mut seen = HashSet::new();
    for token in tokens.and_then(Value::as_array).into_iter().flatten() {
        let content = token.get("content").and_then(Value::as_str).unwrap_or_default();
        if content.is_empty() || !seen.insert(content) {
            return Err(invalid(format!("its added token {content:?} is empty or there twice")));
        }
    }
    Ok(())
}

fn check_model(model: &Map<String, Value>) -> Result<()> {
    let vocab = model.get("vocab").and_then(Value::as_object);
    let kind = model.get("type").and_then(Value::as_str);
    // Old files leave the type out; merges tell.
    let kind = kind.unwrap_or(if model.contains_key("merges") { "BPE" } else { "WordPiece" });
    let Some(vocab) = vocab.filter(|_| matches!(kind, "WordPiece" | "BPE")) else {
        return Err(invalid(format!("its model is {kind}, and only WordPiece and BPE vocabularies can be read")));
    };
    if let Some((token, id)) = vocab.iter().find(|(_, id)| id.as_u64().is_none_or(|id| id > u64::from(u32::MAX))) {
        return Err(invalid(format!("the token {token:?} has the id {id}")));
    }
    if kind == "WordPiece" {
        let unknown = model.get("unk_token").and_then(Value::as_str).unwrap_or("[UNK]");
        return match vocab.contains_key(unknown) {
            true => Ok(()),
            false => Err(invalid(format!("its unknown token {unknown:?} isn't in its vocabulary"))),
        };
    }
    for option in ["continuing_subword_prefix", "end_of_word_suffix"] {
        if model.get(option).and_then(Value::as_str).is_some_and(|value| !value.is_empty()) {
            return Err(invalid(format!("its BPE has a {option}, which no RoBERTa has")));
        }
    }
    if model.get("dropout").and_then(Value::as_f64).is_some_and(|dropout| dropout != 0.0) {
        return Err(invalid("its BPE has dropout, which makes answers random"));
    }
    for merge in model.get("merges").and_then(Value::as_array).into_iter().flatten() {
        let pair = match merge {
            Value::String(pair) => pair.split_once(' '),
            Value::Array(pair) => match pair.as_slice() {
                [Value::String(left), Value::String(right)] => Some((left.as_str(), right.as_str())),
                _ => None,
            },
            _ => None,
        };
        let known = pair.is_some_and(|(left, right)| {
            vocab.contains_key(left) && vocab.contains_key(right) && vocab.contains_key(&format!("{left}{right}"))
        });
        if !known {
            return Err(invalid(format!("its merge {merge} names tokens that its vocabulary hasn't")));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::Tokenizer;
    use super::*;

    fn word_piece() -> Value {
        json!({"version": "1.0", "added_tokens": [], "normalizer": {"type": "BertNormalizer", "clean_text": true,
               "handle_chinese_chars": true, "strip_accents": null, "lowercase": true},
               "pre_tokenizer": {"type": "BertPreTokenizer"},
               "post_processor": {"type": "TemplateProcessing",
                   "single": [{"Sequence": {"id": "A", "type_id": 0}}],
                   "pair": [{"SpecialToken": {"id": "[CLS]", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}],
                   "special_tokens": {"[CLS]": {"id": "[CLS]", "ids": [1], "tokens": ["[CLS]"]}}},
               "decoder": {"type": "Strip", "content": "a", "start": 9, "stop": 9},
               "truncation": {"max_length": 4, "stride": 9, "strategy": "LongestFirst", "direction": "Right"},
               "padding": null,
               "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
                         "max_input_chars_per_word": 100, "vocab": {"[UNK]": 0, "[CLS]": 1, "a": 2, "b": 3, "##b": 4}}})
    }

    #[test]
    fn clears_truncation_and_encodes_in_three_parts() {
        let pair = Tokenizer::new(&checked(word_piece()).unwrap(), 5).unwrap().encode("a", "a ab é a b a").unwrap();
        assert_eq!(pair.head.iter().map(|token| token.id).collect::<Vec<_>>(), [1, 2]);
        assert_eq!(pair.body.iter().map(|token| token.id).collect::<Vec<_>>(), [2, 2, 4, 0, 2, 3, 2]);
        assert_eq!((pair.body[4].start, pair.body[4].end), (8, 9), "bytes, not characters");
    }

    #[test]
    fn refuses_what_would_panic() {
        type Change = fn(&mut Value);
        let changes: [(&str, Change); 8] = [
            ("template", |json| json["post_processor"]["special_tokens"] = json!({})),
            ("fixed length", |json| json["pre_tokenizer"] = json!({"type": "FixedLength", "length": 0})),
            ("precompiled", |json| json["normalizer"] = json!({"type": "Sequence", "normalizers": [{"type": "Precompiled", "precompiled_charsmap": "AA=="}]})),
            ("merge", |json| json["model"] = json!({"type": "BPE", "vocab": {"aa": 0, "bb": 1}, "merges": ["aa bb"]})),
            ("unknown token", |json| json["model"]["unk_token"] = json!("?")),
            ("unigram", |json| json["model"] = json!({"type": "Unigram", "vocab": [["a", 0.0]]})),
            ("empty added token", |json| json["added_tokens"] = json!([{"id": 9, "content": "", "special": true}])),
            ("negative id", |json| json["model"]["vocab"]["c"] = json!(-1)),
        ];
        for (what, change) in changes {
            let mut json = word_piece();
            change(&mut json);
            assert_eq!(checked(json).expect_err(what).code(), "tokenizer_invalid", "{what}");
        }
        assert_eq!(checked(json!([])).unwrap_err().code(), "tokenizer_invalid");
        assert_eq!(parse(b"<html>").unwrap_err().code(), "file_html");
    }
}
