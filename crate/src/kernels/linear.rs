use candle_core::{Result, Tensor};

/// y = x Wᵀ + b, with W of shape [out, in] as PyTorch keeps it.
pub(crate) struct Linear {
    weight_transposed: Tensor,
    bias: Tensor,
}

impl Linear {
    pub fn new(weight: &Tensor, bias: Tensor) -> Result<Self> {
        Ok(Self {
            // A view: the matrix product reads it by strides.
            weight_transposed: weight.t()?,
            bias,
        })
    }

    /// `x`: [tokens, in] → [tokens, out].
    pub fn forward(&self, x: &Tensor) -> Result<Tensor> {
        x.matmul(&self.weight_transposed)?.broadcast_add(&self.bias)
    }
}
