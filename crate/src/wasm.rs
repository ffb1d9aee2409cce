//! The wasm boundary: everything that JavaScript can call. It is small and resumable, so that the worker
//! can always take a message between two steps.

use gloo::timers::future::TimeoutFuture;
use js_sys::{Function, Promise, Uint8Array};
use serde::Serialize;
use serde_wasm_bindgen::Serializer;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{ReadableStream, ReadableStreamDefaultReader, ReadableStreamReadResult};

use crate::boundary::{ContextInput, ErrorData, ModelFiles};
use crate::error::Error;
use crate::{AskOptions, Kept, LoadOptions, Loader};

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = r#"
import type { AskOptions, AskResult, ModelFiles, ModelInfo, ReadingProgress, SourceDocument } from '../boundary.js';
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

/// A model that is coming in: `pull()` the weights, then `finish()`.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Loading {
    loader: Option<Loader>,
}

#[wasm_bindgen]
impl Loading {
    #[wasm_bindgen(constructor)]
    pub fn new(
        #[wasm_bindgen(unchecked_param_type = "ModelFiles")] files: JsValue,
    ) -> std::result::Result<Loading, JsValue> {
        let files: ModelFiles = serde_wasm_bindgen::from_value(files)
            .map_err(|error| thrown(Error::argument_invalid("model", error.to_string())))?;
        let options = LoadOptions { no_answer: files.no_answer, precision: files.precision.unwrap_or_default() };
        let manifest = files.manifest.as_ref().map(|bytes| bytes.as_slice());
        let loader = Loader::new(&files.config, files.tokenizer.into(), manifest, &options).map_err(thrown)?;
        Ok(Loading { loader: Some(loader) })
    }

    /// Reads `model.safetensors`, a stream of bytes, to its end, or cancels it. `keep` is given a file to keep, piece by piece, and
    /// waited for.
    pub async fn pull(
        &mut self,
        weights: ReadableStream,
        #[wasm_bindgen(unchecked_optional_param_type = "(bytes: Uint8Array) => Promise<void>")] keep: Option<Function>,
    ) -> std::result::Result<(), JsValue> {
        let loader = self.loader.as_mut().ok_or_else(finished)?;
        if keep.is_some() {
            loader.keep();
        }
        let stream = ReadableStreamDefaultReader::new(&weights)?;
        let pulled = pull(loader, &stream, keep.as_ref()).await;
        if pulled.is_err() {
            // Nobody will read the rest: the download can stop. What comes of that is nobody's concern.
            drop(JsFuture::from(stream.cancel()));
        }
        pulled
    }

    /// The model, once all bytes are in. Ends the loading.
    pub fn finish(&mut self) -> std::result::Result<Engine, JsValue> {
        let loader = self.loader.take().ok_or_else(finished)?;
        Ok(Engine { reader: loader.finish().map_err(thrown)? })
    }
}

/// At most so much is copied in at a time, since the memory never shrinks.
const PIECE_BYTES: u32 = 1 << 20;
/// Bytes after which other messages of the worker get their turn: a stream from a cache never waits.
const TURN_BYTES: u32 = 4 << 20;

async fn pull(
    loader: &mut Loader,
    stream: &ReadableStreamDefaultReader,
    keep: Option<&Function>,
) -> std::result::Result<(), JsValue> {
    let mut bytes = Vec::new();
    let mut since = 0;
    let mut next = JsFuture::from(stream.read());
    loop {
        // A stream's own failure (the network's) is passed on as it is.
        let read: ReadableStreamReadResult = next.await?.unchecked_into();
        if read.get_done() == Some(true) {
            return Ok(());
        }
        let chunk: Uint8Array = read
            .get_value()
            .dyn_into()
            .map_err(|_| thrown(Error::argument_invalid("weights", "must be a stream of bytes")))?;
        // It comes in while this one is worked on.
        next = JsFuture::from(stream.read());
        let mut at = 0;
        while at < chunk.length() {
            let piece = chunk.subarray(at, chunk.length().min(at.saturating_add(PIECE_BYTES)));
            bytes.resize(piece.length() as usize, 0);
            piece.copy_to(&mut bytes);
            loader.push_weights(&bytes).map_err(thrown)?;
            at += piece.length();
            since += piece.length();
            if let Some(keep) = keep {
                let kept = match loader.take_kept() {
                    Kept::Bytes(bytes) => Uint8Array::from(bytes.as_slice()),
                    Kept::Pushed => piece,
                };
                JsFuture::from(Promise::resolve(&keep.call1(&JsValue::UNDEFINED, &kept)?)).await?;
            }
            if since >= TURN_BYTES {
                since = 0;
                TimeoutFuture::new(0).await;
            }
        }
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
        #[wasm_bindgen(unchecked_param_type = "string | readonly SourceDocument[]")] context: JsValue,
        #[wasm_bindgen(unchecked_param_type = "AskOptions")] options: JsValue,
    ) -> std::result::Result<Reading, JsValue> {
        let options: AskOptions = serde_wasm_bindgen::from_value(options)
            .map_err(|error| thrown(Error::argument_invalid("options", error.to_string())))?;
        let context = match context.as_string() {
            Some(text) => ContextInput::Text(text),
            None => ContextInput::Documents(
                serde_wasm_bindgen::from_value(context).map_err(|error| thrown(Error::argument_invalid("context", error.to_string())))?,
            ),
        };
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
    context: ContextInput,
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
