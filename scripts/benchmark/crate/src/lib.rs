//! The benchmark's own WebAssembly: two encoders from token ids to logits, and loops that do nothing but one instruction.
//! Only for `scripts/bench`; what a page loads is the package.
#![cfg(target_arch = "wasm32")]
#![warn(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod candle;
mod peaks;

use answerlet::{bench, LoadOptions, Loader, Precision, Reader, TokenizerFiles};
use wasm_bindgen::prelude::*;

fn precision_of(name: &str) -> Result<Precision, JsError> {
    match name {
        "int8" => Ok(Precision::Int8),
        "f32" => Ok(Precision::F32),
        other => Err(JsError::new(&format!("no precision {other}"))),
    }
}

/// Answerlet's encoder without the reader around it.
#[wasm_bindgen]
pub struct AnswerletEncoder {
    reader: Reader,
}

#[wasm_bindgen]
impl AnswerletEncoder {
    /// `precision`: `int8` or `f32`.
    #[wasm_bindgen(constructor)]
    pub fn new(config: &[u8], tokenizer: &[u8], weights: &[u8], precision: &str) -> Result<Self, JsError> {
        let options = LoadOptions { precision: precision_of(precision)?, ..LoadOptions::default() };
        let mut loader = Loader::new(config, TokenizerFiles::Json(tokenizer.to_vec()), None, &options)?;
        loader.push_weights(weights)?;
        Ok(Self { reader: loader.finish()? })
    }

    /// A start logit for each id, then an end logit for each.
    pub fn logits(&self, ids: &[u32], types: &[u32]) -> Result<Vec<f32>, JsError> {
        let (mut logits, end) = self.reader.logits(ids, types)?;
        logits.extend(end);
        Ok(logits)
    }
}

/// One matrix product of the library's.
#[wasm_bindgen]
pub struct Gemm {
    kernel: bench::Kernel,
}

#[wasm_bindgen]
impl Gemm {
    #[wasm_bindgen(constructor)]
    pub fn new(precision: &str, rows: usize, inner: usize, out: usize) -> Result<Self, JsError> {
        Ok(Self { kernel: bench::gemm(precision_of(precision)?, rows, inner, out)? })
    }

    pub fn run(&self, repeats: u32) {
        (0..repeats).for_each(|_| self.kernel.run());
    }
}

/// candle-transformers' encoder in f32, as anyone would write it.
#[wasm_bindgen]
pub struct CandleEncoder {
    model: candle::Model,
}

#[wasm_bindgen]
impl CandleEncoder {
    #[wasm_bindgen(constructor)]
    pub fn new(config: &[u8], weights: &[u8]) -> Result<Self, JsError> {
        Ok(Self { model: candle::Model::new(config, weights.to_vec())? })
    }

    /// A start logit for each id, then an end logit for each.
    pub fn logits(&self, ids: &[u32], types: &[u32]) -> Result<Vec<f32>, JsError> {
        Ok(self.model.logits(ids, types)?)
    }
}
