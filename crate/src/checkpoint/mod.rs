//! From a checkpoint's files to tensors.
//!
//! `stream` takes `model.safetensors` piece by piece, so the whole file is never held beside the
//! tensors; `names` knows what the architectures call them; `int8` is the compact layout that
//! `answerlet quantize` writes.

mod header;
#[cfg(any(test, feature = "cli"))]
pub(crate) mod int8;
pub(crate) mod manifest;
pub(crate) mod names;
mod stream;

use std::collections::{BTreeMap, HashMap};

use candle_core::{Device, Tensor};

use crate::config::Config;
use crate::error::{Error, Result};
use crate::kernels::{LayerNorm, Linear};

pub(crate) use stream::{TensorData, WeightsStream};

/// A reader's tensors in f32, under the crate's names.
pub(crate) struct Weights {
    tensors: HashMap<String, TensorData>,
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
    /// Takes a tensor out, dequantised: what has been taken is not held twice.
    pub fn take(&mut self, name: &str) -> Result<Tensor> {
        let TensorData { shape, rows, .. } = self
            .tensors
            .remove(name)
            .ok_or_else(|| Error::Internal(format!("{name} was not planned")))?;
        Ok(Tensor::from_vec(rows.into_f32(&shape), shape, &Device::Cpu)?)
    }

    pub fn linear(&mut self, name: &str) -> Result<Linear> {
        let weight = self.take(&format!("{name}.weight"))?;
        Ok(Linear::new(&weight, self.take(&format!("{name}.bias"))?)?)
    }

    pub fn layer_norm(&mut self, name: &str, config: &Config) -> Result<LayerNorm> {
        Ok(LayerNorm::new(
            self.take(&format!("{name}.weight"))?,
            self.take(&format!("{name}.bias"))?,
            config.layer_norm_eps,
        ))
    }

    /// Every tensor as the file holds it, in the file's order.
    #[cfg(feature = "cli")]
    pub fn into_tensors(self) -> Vec<TensorData> {
        let mut tensors: Vec<_> = self.tensors.into_values().collect();
        tensors.sort_by(|a, b| a.source_name.cmp(&b.source_name));
        tensors
    }
}
