use candle_core::Tensor;

use crate::checkpoint::Weights;
use crate::config::Config;
use crate::error::Result;
use crate::kernels::{attend, LayerNorm, Linear};

/// Multi-head self-attention with its output projection, residual and norm.
pub(super) struct SelfAttention {
    query_key_value: Linear,
    output: Linear,
    norm: LayerNorm,
    heads: usize,
}

impl SelfAttention {
    pub fn new(config: &Config, weights: &mut Weights, name: &str) -> Result<Self> {
        let projections = ["query", "key", "value"].map(|part| format!("{name}.self.{part}"));
        Ok(Self {
            query_key_value: weights.linear(&projections.each_ref().map(String::as_str))?,
            output: weights.linear(&[&format!("{name}.output.dense")])?.uncentred(),
            norm: weights.layer_norm(&format!("{name}.output.LayerNorm"), config)?,
            heads: config.num_attention_heads,
        })
    }

    pub fn forward(&self, hidden: &Tensor) -> Result<Tensor> {
        let query_key_value = self.query_key_value.forward(hidden)?;
        let context = attend(&query_key_value, self.heads, self.query_key_value.kind())?;
        Ok(self.norm.forward(&self.output.forward(&context)?, hidden)?)
    }
}
