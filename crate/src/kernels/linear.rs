use candle_core::{CpuStorage, CustomOp1, Layout, Result, Shape, Tensor};

use super::gemm::int8::Finish;
use super::gemm::{f32, int8};
use super::math::{Gelu, GeluTanh, Identity, Relu};
use super::matrix::{Kind, Matrix};
use super::quantise::{Centre, Quantised};
use super::values;
use crate::config::Activation;

/// y = activation(x Wᵀ + b), with W of shape [out, in] as PyTorch keeps it.
pub(crate) struct Linear {
    weight: Matrix,
    /// Filled up with zeros to whole groups of any kernel.
    bias: Vec<f32>,
    activation: Option<Activation>,
    centre: Centre,
}

impl Linear {
    pub fn new(weight: Matrix, mut bias: Vec<f32>) -> Self {
        // Once for all: a sum of the bias must not run over its end.
        bias.resize(weight.out().next_multiple_of(f32::GROUP), 0.0);
        Self { weight, bias, activation: None, centre: Centre::Mean }
    }

    pub fn with_activation(self, activation: Activation) -> Self {
        Self { activation: Some(activation), ..self }
    }

    /// For one whose input comes from an activation function.
    pub fn after_activation(self) -> Self {
        Self { centre: Centre::Zero, ..self }
    }

    pub fn kind(&self) -> Kind {
        self.weight.kind()
    }

    /// `x`: [tokens, in] → [tokens, out].
    pub fn forward(&self, x: &Tensor) -> Result<Tensor> {
        x.apply_op1_no_bwd(&Multiply(self))
    }

    fn multiply(&self, x: &[::core::primitive::f32], finish: impl Finish) -> Vec<::core::primitive::f32> {
        let (out, inner) = (self.weight.out(), self.weight.inner());
        match &self.weight {
            Matrix::Int8(weight) => int8::multiply(&Quantised::new(x, inner, self.centre), weight, &self.bias, finish),
            Matrix::F32(weight) => {
                let rows = f32::Rows { values: x, count: x.len() / inner, stride: inner };
                let mut y = vec![0.0; rows.count * out];
                f32::multiply(rows, weight, &self.bias, &mut y, out, finish);
                y
            }
        }
    }
}

struct Multiply<'a>(&'a Linear);

impl CustomOp1 for Multiply<'_> {
    fn name(&self) -> &'static str {
        "linear"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let Self(linear) = self;
        let (tokens, width) = layout.shape().dims2()?;
        if width != linear.weight.inner() || tokens == 0 {
            candle_core::bail!("{tokens} rows of {width} for a matrix of {} columns", linear.weight.inner());
        }
        let x = values(storage, layout)?;
        let y = match linear.activation {
            None => linear.multiply(x, Identity),
            Some(Activation::Gelu) => linear.multiply(x, Gelu::new()),
            Some(Activation::GeluTanh) => linear.multiply(x, GeluTanh::new()),
            Some(Activation::Relu) => linear.multiply(x, Relu),
        };
        Ok((CpuStorage::F32(y), Shape::from((tokens, linear.weight.out()))))
    }
}
