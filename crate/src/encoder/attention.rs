use candle_core::Tensor;

use crate::checkpoint::Weights;
use crate::config::Config;
use crate::error::Result;
use crate::kernels::{attend, LayerNorm, Linear};

/// Multi-head self-attention with its output projection, residual and norm.
pub(super) struct SelfAttention {
    query: Linear,
    key: Linear,
    value: Linear,
    output: Linear,
    norm: LayerNorm,
    heads: usize,
}

impl SelfAttention {
    pub fn new(config: &Config, weights: &mut Weights, name: &str) -> Result<Self> {
        Ok(Self {
            query: weights.linear(&format!("{name}.self.query"))?,
            key: weights.linear(&format!("{name}.self.key"))?,
            value: weights.linear(&format!("{name}.self.value"))?,
            output: weights.linear(&format!("{name}.output.dense"))?,
            norm: weights.layer_norm(&format!("{name}.output.LayerNorm"), config)?,
            heads: config.num_attention_heads,
        })
    }

    pub fn forward(&self, hidden: &Tensor) -> Result<Tensor> {
        let context = attend(
            &self.query.forward(hidden)?,
            &self.key.forward(hidden)?,
            &self.value.forward(hidden)?,
            self.heads,
        )?;
        Ok(self.norm.forward(&(self.output.forward(&context)? + hidden)?)?)
    }
}
