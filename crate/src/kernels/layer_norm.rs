use candle_core::{Result, Tensor};

/// Layer normalisation over the last dimension (Ba et al. 2016).
pub(crate) struct LayerNorm {
    weight: Tensor,
    bias: Tensor,
    epsilon: f32,
}

impl LayerNorm {
    pub fn new(weight: Vec<f32>, bias: Vec<f32>, epsilon: f64) -> Self {
        Self {
            weight: Tensor::new(weight, &candle_core::Device::Cpu).unwrap(),
            bias: Tensor::new(bias, &candle_core::Device::Cpu).unwrap(),
            epsilon: epsilon as f32,
        }
    }

    /// `x`: [tokens, width] → the same shape.
    pub fn forward(&self, x: &Tensor) -> Result<Tensor> {
        candle_nn::ops::layer_norm(x, &self.weight, &self.bias, self.epsilon)
    }
}
