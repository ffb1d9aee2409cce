use candle_core::Tensor;

use crate::checkpoint::Weights;
use crate::config::Config;
use crate::error::Result;
use crate::kernels::{LayerNorm, Linear};

/// The position-wise feed-forward network with its residual and norm.
pub(super) struct FeedForward {
    expand: Linear,
    contract: Linear,
    norm: LayerNorm,
}

impl FeedForward {
    pub fn new(config: &Config, weights: &mut Weights, layer: &str) -> Result<Self> {
        Ok(Self {
            expand: weights.linear(&[&format!("{layer}.intermediate.dense")])?.with_activation(config.activation),
            contract: weights.linear(&[&format!("{layer}.output.dense")])?.after_activation(),
            norm: weights.layer_norm(&format!("{layer}.output.LayerNorm"), config)?,
        })
    }

    pub fn forward(&self, hidden: &Tensor) -> Result<Tensor> {
        let inner = self.expand.forward(hidden)?;
        Ok(self.norm.forward(&self.contract.forward(&inner)?, hidden)?)
    }
}
