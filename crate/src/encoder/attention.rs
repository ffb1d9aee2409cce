use candle_core::Tensor;

use crate::checkpoint::Weights;
use crate::config::Config;
use crate::error::Result;
use crate::kernels::{attend, LayerNorm, Linear};

/// Multi-head self-attention with its output projection, residual and norm.
pub(super) struct SelfAttention {
    qkv: Linear,
    output: Linear,
    norm: LayerNorm,
    heads: usize,
}

impl SelfAttention {
    pub fn new(config: &Config, weights: &mut Weights, name: &str) -> Result<Self> {
        Ok(Self {
            qkv: weights.linear(&[format!("{name}.self.query"), format!("{name}.self.key"), format!("{name}.self.value")])?,
            output: weights.linear(&[format!("{name}.output.dense")])?,
            norm: weights.layer_norm(&format!("{name}.output.LayerNorm"), config)?,
            heads: config.num_attention_heads,
        })
    }

    pub fn forward(&self, hidden: &Tensor) -> Result<Tensor> {
        let all = self.qkv.forward(hidden)?;
        let width = all.dims2()?.1 / 3;
        let context = attend(
            &all.narrow(1, 0, width)?,
            &all.narrow(1, width, width)?,
            &all.narrow(1, 2 * width, width)?,
            self.heads,
        )?;
        Ok(self.norm.forward(&(self.output.forward(&context)? + hidden)?)?)
    }
}
