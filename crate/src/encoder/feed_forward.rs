use candle_core::Tensor;

use crate::checkpoint::Weights;
use crate::config::{Activation, Config};
use crate::error::Result;
use crate::kernels::{activate, LayerNorm, Linear};

/// The position-wise feed-forward network with its residual and norm.
pub(super) struct FeedForward {
    expand: Linear,
    contract: Linear,
    norm: LayerNorm,
    activation: Activation,
}

impl FeedForward {
    pub fn new(config: &Config, weights: &mut Weights, layer: &str) -> Result<Self> {
        Ok(Self {
            expand: weights.linear(&[format!("{layer}.intermediate.dense")])?,
            contract: weights.linear(&[format!("{layer}.output.dense")])?,
            norm: weights.layer_norm(&format!("{layer}.output.LayerNorm"), config)?,
            activation: config.activation,
        })
    }

    pub fn forward(&self, hidden: &Tensor) -> Result<Tensor> {
        let inner = activate(&self.expand.forward(hidden)?, self.activation)?;
        Ok(self.norm.forward(&(self.contract.forward(&inner)? + hidden)?)?)
    }
}
