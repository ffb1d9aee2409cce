//! The wasm boundary: everything that JavaScript can call. It is small and resumable, so that the worker
//! can always take a message between two steps.

use serde::Serialize;
use serde_wasm_bindgen::Serializer;
use wasm_bindgen::prelude::*;

use crate::boundary::{ErrorData, ModelFiles};
use crate::error::Error;
use crate::{AskOptions, Kept, LoadOptions, Loader};

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = r#"
import type { AskOptions, AskResult, ModelFiles, ModelInfo, ReadingProgress } from '../boundary.js';
"#;

#[wasm_bindgen(start)]
fn start() {
    // A panic's message and place go to the console before the trap ends the engine.
    console_error_panic_hook::set_once();
}

fn to_js(value: &impl Serialize) -> std::result::Result<JsValue, JsValue> {
    value
        .serialize(&Serializer::json_compatible())
        .map_err(|error| thrown(Error::Internal(error.to_string())))
}

/// An `Error` as the plain object that TypeScript expects.
fn thrown(error: Error) -> JsValue {
    ErrorData::from(&error)
        .serialize(&Serializer::json_compatible())
        .unwrap_or_else(|_| JsValue::from_str(&error.to_string()))
}

/// Which build this is: `relaxed` with relaxed SIMD, else `simd128`.
#[wasm_bindgen(unchecked_return_type = "'simd128' | 'relaxed'")]
pub fn variant() -> String {
    if cfg!(target_feature = "relaxed-simd") { "relaxed" } else { "simd128" }.into()
}

/// A model that is coming in: `push()` the weights piece by piece, then `finish()`.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Loading {
    loader: Option<Loader>,
}

#[wasm_bindgen]
impl Loading {
    /// `keep`: whether `push` gives a file to keep.
    #[wasm_bindgen(constructor)]
    pub fn new(
        #[wasm_bindgen(unchecked_param_type = "ModelFiles")] files: JsValue,
        keep: bool,
    ) -> std::result::Result<Loading, JsValue> {
        let files: ModelFiles = serde_wasm_bindgen::from_value(files)
            .map_err(|error| thrown(Error::argument_invalid("model", error.to_string())))?;
        let options = LoadOptions { no_answer: files.no_answer, precision: files.precision.unwrap_or_default() };
        let manifest = files.manifest.as_ref().map(|bytes| bytes.as_slice());
        let mut loader = Loader::new(&files.config, files.tokenizer.into(), manifest, &options).map_err(thrown)?;
        if keep {
            loader.keep();
        }
        Ok(Loading { loader: Some(loader) })
    }

    /// The next bytes of `model.safetensors`. Gives what they add to the file to keep; undefined: themselves.
    pub fn push(&mut self, bytes: &[u8]) -> std::result::Result<Option<Vec<u8>>, JsValue> {
        let loader = self.loader.as_mut().ok_or_else(finished)?;
        loader.push_weights(bytes).map_err(thrown)?;
        Ok(match loader.take_kept() {
            Kept::Bytes(bytes) => Some(bytes),
            Kept::Pushed => None,
        })
    }

    /// The model, once all bytes are in. Ends the loading.
    pub fn finish(&mut self) -> std::result::Result<Engine, JsValue> {
        let loader = self.loader.take().ok_or_else(finished)?;
        Ok(Engine { reader: loader.finish().map_err(thrown)? })
    }
}

/// A loaded model.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Engine {
    reader: crate::Reader,
}

#[wasm_bindgen]
impl Engine {
    #[wasm_bindgen(unchecked_return_type = "ModelInfo")]
    pub fn info(&self) -> std::result::Result<JsValue, JsValue> {
        to_js(&self.reader.info())
    }

    pub fn begin(
        &self,
        question: String,
        context: String,
        #[wasm_bindgen(unchecked_param_type = "AskOptions")] options: JsValue,
    ) -> std::result::Result<Reading, JsValue> {
        let options: AskOptions = serde_wasm_bindgen::from_value(options)
            .map_err(|error| thrown(Error::argument_invalid("options", error.to_string())))?;
        let inner = self.reader.begin(&question, &context, &options).map_err(thrown)?;
        Ok(Reading { inner: Some(inner), question, context })
    }
}

/// One question being answered: `step()` until it says done, then `finish()`.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Reading {
    inner: Option<crate::Reading>,
    question: String,
    context: String,
}

#[wasm_bindgen]
impl Reading {
    /// One layer of one window.
    #[wasm_bindgen(unchecked_return_type = "ReadingProgress")]
    pub fn step(&mut self) -> std::result::Result<JsValue, JsValue> {
        let reading = self.inner.as_mut().ok_or_else(finished)?;
        to_js(&reading.step().map_err(thrown)?)
    }

    /// The result, of what was read by now. Ends the reading.
    #[wasm_bindgen(unchecked_return_type = "AskResult")]
    pub fn finish(&mut self) -> std::result::Result<JsValue, JsValue> {
        let reading = self.inner.take().ok_or_else(finished)?;
        let result = reading.finish().map_err(thrown)?;
        to_js(&result.into_utf16(&self.question, &self.context))
    }
}

fn finished() -> JsValue {
    thrown(Error::Internal("this has been finished".into()))
}
