//! From a checkpoint's files to the encoder's matrices.
//!
//! `stream` takes `model.safetensors` piece by piece, so the whole file is never held beside the
//! tensors: `header` reads its first part, `plan` compares that with what the reader needs, by the names that `names` knows, and
//! `sink` puts each row where the encoder wants it. `int8` is the compact layout that `answerlet quantize` writes and browsers keep.

mod header;
mod int8;
pub(crate) mod manifest;
pub(crate) mod names;
mod plan;
mod sink;
mod stream;

use std::collections::{BTreeMap, HashMap};

use crate::config::Config;
use crate::error::{Error, Result};
use crate::kernels::{LayerNorm, Linear, Matrix, SpanHead, Table};

pub use stream::Kept;
pub(crate) use stream::WeightsStream;

/// A reader's tensors as the kernels read them, under the crate's names. What has been taken is not held twice.
pub(crate) struct Weights {
    matrices: HashMap<String, Matrix>,
    tables: HashMap<String, Table>,
    vectors: HashMap<String, Vec<f32>>,
    pub summary: Summary,
}

/// What a checkpoint's file holds.
#[derive(Debug, Clone, Default)]
pub(crate) struct Summary {
    /// Numbers in the tensors that the reader uses, scales not counted.
    pub parameters: usize,
    /// How many of the used tensors have which dtype.
    pub dtypes: BTreeMap<String, usize>,
    /// Tensors in the file that the reader doesn't use.
    pub unused: Vec<String>,
}

impl Weights {
    /// The linear maps of these names, which are one matrix: their results follow one another.
    pub fn linear(&mut self, names: &[&str]) -> Result<Linear> {
        let first = names.first().copied().unwrap_or_default();
        let matrix = self.matrices.remove(first).ok_or_else(|| not_planned(first))?;
        let mut bias = Vec::new();
        for name in names {
            bias.append(&mut self.vector(&format!("{}.bias", name))?);
        }
        Ok(Linear::new(matrix, bias))
    }

    /// `config` has its epsilon.
    pub fn layer_norm(&mut self, name: &str, config: &Config) -> Result<LayerNorm> {
        let (weight, bias) = self.weight_and_bias(name)?;
        Ok(LayerNorm::new(weight, bias, config.layer_norm_eps))
    }

    pub fn table(&mut self, name: &str) -> Result<Table> {
        self.tables.remove(name).ok_or_else(|| not_planned(name))
    }

    pub fn span_head(&mut self) -> Result<SpanHead> {
        let (weight, bias) = self.weight_and_bias("qa_outputs")?;
        Ok(SpanHead::new(weight, bias))
    }

    fn weight_and_bias(&mut self, name: &str) -> Result<(Vec<f32>, Vec<f32>)> {
        Ok((self.vector(&format!("{name}.weight"))?, self.vector(&format!("{name}.bias"))?))
    }

    fn vector(&mut self, name: &str) -> Result<Vec<f32>> {
        self.vectors.remove(name).ok_or_else(|| not_planned(name))
    }
}

fn not_planned(name: &str) -> Error {
    Error::Internal(format!("{name} was not planned"))
}
