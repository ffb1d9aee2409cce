//! Reading the parts of a `tokenizer.json`.

use serde::de::DeserializeOwned;
use serde_json::Value;

/// What a part says that it is.
pub(super) fn kind(part: &Value) -> &str {
    part.get("type").and_then(Value::as_str).unwrap_or_default()
}

pub(super) fn field<T: DeserializeOwned>(part: &Value, name: &str) -> tokenizers::Result<T> {
    T::deserialize(&part[name]).map_err(|error| format!("{name:?} of its {}: {error}", kind(part)).into())
}

pub(super) fn field_or<T: DeserializeOwned>(part: &Value, name: &str, default: T) -> tokenizers::Result<T> {
    match part.get(name) {
        Some(_) => field(part, name),
        None => Ok(default),
    }
}

/// Parts within a part.
pub(super) fn list<T>(
    part: &Value,
    name: &str,
    parse: impl Fn(&Value) -> tokenizers::Result<T>,
) -> tokenizers::Result<Vec<T>> {
    let list = part.get(name).and_then(Value::as_array);
    list.ok_or_else(|| format!("its {} has no {name}", kind(part)))?.iter().map(parse).collect()
}
