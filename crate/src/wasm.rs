//! The wasm boundary: everything that JavaScript can call. It is small and resumable, so that the worker
//! can always take a message between two steps.

use js_sys::{Reflect, Uint8Array};
use serde::Serialize;
use serde_wasm_bindgen::Serializer;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{ReadableStream, ReadableStreamDefaultReader};

use crate::boundary::{ErrorData, ModelFiles};
use crate::error::Error;
use crate::{AskOptions, LoadOptions, Loader};

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

/// Loads a model; `weights` is read to its end.
#[wasm_bindgen]
pub async fn load(
    #[wasm_bindgen(unchecked_param_type = "ModelFiles")] files: JsValue,
    weights: ReadableStream,
) -> std::result::Result<Engine, JsValue> {
    let reader: ReadableStreamDefaultReader = weights.get_reader().unchecked_into();
    let loaded = load_from(files, &reader).await;
    if loaded.is_err() {
        // Nobody will read the rest: the download can stop.
        let _ = JsFuture::from(reader.cancel()).await;
    }
    loaded
}

/// Bytes after which other messages of the worker get their turn: a stream from a cache never waits.
const TURN_BYTES: usize = 4 << 20;

async fn load_from(
    files: JsValue,
    stream: &ReadableStreamDefaultReader,
) -> std::result::Result<Engine, JsValue> {
    let files: ModelFiles = serde_wasm_bindgen::from_value(files)
        .map_err(|error| thrown(Error::argument_invalid("model", error.to_string())))?;
    let options = LoadOptions { no_answer: files.no_answer, ..LoadOptions::default() };
    let manifest = files.manifest.as_ref().map(|bytes| bytes.as_slice());
    let mut loader = Loader::new(&files.config, files.tokenizer.into(), manifest, &options).map_err(thrown)?;
    let mut turn = 0;
    loop {
        // A stream's own failure (the network's) is passed on as it is.
        let next = JsFuture::from(stream.read()).await?;
        if Reflect::get(&next, &"done".into())?.is_truthy() {
            break;
        }
        let chunk: Uint8Array = Reflect::get(&next, &"value".into())?
            .dyn_into()
            .map_err(|_| thrown(Error::argument_invalid("weights", "must be a stream of bytes")))?;
        let bytes = chunk.to_vec();
        loader.push_weights(&bytes).map_err(thrown)?;
        turn += bytes.len();
        if turn >= TURN_BYTES {
            turn = 0;
            gloo::timers::future::TimeoutFuture::new(0).await;
        }
    }
    Ok(Engine { reader: loader.finish().map_err(thrown)? })
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
    thrown(Error::Internal("this reading has been finished".into()))
}
