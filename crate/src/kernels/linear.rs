use candle_core::{Device, Result, Tensor};
use super::Matrix;

/// y = x Wᵀ + b, with W of shape [out, in] as PyTorch keeps it.
pub(crate) struct Linear {
    weight_transposed: Tensor,
    bias: Tensor,
}

impl Linear {
    pub fn new(matrix: Matrix, bias: Vec<f32>) -> Self {
        Self {
            weight_transposed: matrix.tensor().unwrap().t().unwrap(),
            bias: Tensor::new(bias, &Device::Cpu).unwrap(),
        }
    }

    /// `x`: [tokens, in] → [tokens, out].
    pub fn forward(&self, x: &Tensor) -> Result<Tensor> {
        x.matmul(&self.weight_transposed)?.broadcast_add(&self.bias)
    }
}
