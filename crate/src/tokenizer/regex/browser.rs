use js_sys::{Array, JsString};
use tokenizers::Offsets;
use wasm_bindgen::prelude::*;

use super::javascript;

#[wasm_bindgen]
extern "C" {
    #[derive(Debug)]
    type RegExp;

    #[wasm_bindgen(constructor, catch)]
    fn new(pattern: &str, flags: &str) -> Result<RegExp, JsValue>;

    #[wasm_bindgen(method, catch)]
    fn exec(this: &RegExp, text: &JsString) -> Result<Option<Array>, JsValue>;

    #[wasm_bindgen(method, getter, js_name = lastIndex)]
    fn last_index(this: &RegExp) -> u32;

    #[wasm_bindgen(method, setter, js_name = lastIndex)]
    fn set_last_index(this: &RegExp, index: u32);
}

#[derive(Debug)]
pub(in super::super) struct Regex(RegExp);

impl Regex {
    pub fn new(pattern: &str) -> tokenizers::Result<Self> {
        let refused = |_| format!("the browser can't read its regular expression {pattern:?}");
        let knows_property = |property: &str| RegExp::new(&format!("\\p{{{property}}}"), "u").is_ok();
        let source = javascript::translate(pattern, knows_property)?;
        Ok(Self(RegExp::new(&source, "gu").map_err(refused)?))
    }

    /// The matches from left to right, in bytes.
    pub fn matches(&self, text: &str) -> tokenizers::Result<Vec<Offsets>> {
        let subject = JsString::from(text);
        let mut matches = Vec::new();
        // A place in the text, in JavaScript's units and in bytes.
        let (mut units, mut bytes) = (0, 0);
        let mut advance = |to: u32| {
            let rest = text[bytes..].chars();
            for char in rest {
                if units >= to {
                    break;
                }
                units += char.len_utf16() as u32;
                bytes += char.len_utf8();
            }
            bytes
        };
        self.0.set_last_index(0);
        while let Some(found) = self.0.exec(&subject).map_err(|_| "a regular expression failed")? {
            let length = JsString::from(found.get(0)).length();
            let end = self.0.last_index();
            let place = (advance(end - length), advance(end));
            // Where a match ends, an empty one is none.
            if length > 0 || matches.last().is_none_or(|&(_, last)| last != place.0) {
                matches.push(place);
            }
            if length == 0 {
                let step = text[place.1..].chars().next().map_or(1, char::len_utf16);
                self.0.set_last_index(end + step as u32);
            }
        }
        Ok(matches)
    }
}
