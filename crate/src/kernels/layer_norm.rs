use candle_core::{CpuStorage, CustomOp2, Layout, Result, Shape, Tensor};

use super::lanes::{F32x4, LANES};
use super::values;

/// Layer normalisation over the last dimension (Ba et al. 2016).
pub(crate) struct LayerNorm {
    weight: Vec<f32>,
    bias: Vec<f32>,
    epsilon: f32,
}

impl LayerNorm {
    pub fn new(weight: Vec<f32>, bias: Vec<f32>, epsilon: f64) -> Self {
        Self { weight, bias, epsilon: epsilon as f32 }
    }

    /// The norm of `x` + `residual`, both [tokens, width].
    pub fn forward(&self, x: &Tensor, residual: &Tensor) -> Result<Tensor> {
        x.apply_op2_no_bwd(residual, &AddAndNorm(self))
    }

    /// One row, in place.
    pub fn normalise(&self, row: &mut [f32]) {
        let width = row.len() as f32;
        let mean = sum_of(row, |x| x) / width;
        let mean = F32x4::splat(mean);
        let variance = sum_of(row, |x| {
            let distance = x.sub(mean);
            distance.mul(distance)
        });
        // What the last register had beyond the row counted as zeros' distance.
        let excess = (row.len().next_multiple_of(LANES) - row.len()) as f32 * (mean.to_array()[0] * mean.to_array()[0]);
        let inverse = F32x4::splat(1.0 / ((variance - excess) / width + self.epsilon).sqrt());
        for ((row, weight), bias) in row.chunks_mut(LANES).zip(self.weight.chunks(LANES)).zip(self.bias.chunks(LANES)) {
            if row.len() == LANES {
                let x = F32x4::load(row).sub(mean).mul(inverse);
                x.mul(F32x4::load(weight)).add(F32x4::load(bias)).store(row);
            } else {
                let x = F32x4::load_part(row, 0.0).sub(mean).mul(inverse);
                x.mul(F32x4::load_part(weight, 0.0)).add(F32x4::load_part(bias, 0.0)).store_part(row);
            }
        }
    }
}

/// The sum of `of` each value, and of `of` zeros up to a whole register.
#[inline(always)]
fn sum_of(row: &[f32], of: impl Fn(F32x4) -> F32x4) -> f32 {
    let chunks = row.chunks_exact(LANES);
    let rest = chunks.remainder();
    let mut sum = F32x4::zero();
    for chunk in chunks {
        sum = sum.add(of(F32x4::load(chunk)));
    }
    if !rest.is_empty() {
        sum = sum.add(of(F32x4::load_part(rest, 0.0)));
    }
    sum.sum()
}

struct AddAndNorm<'a>(&'a LayerNorm);

impl CustomOp2 for AddAndNorm<'_> {
    fn name(&self) -> &'static str {
        "add_and_norm"
    }

    fn cpu_fwd(&self, x: &CpuStorage, layout: &Layout, residual: &CpuStorage, residual_layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let Self(norm) = self;
        let (_, width) = layout.shape().dims2()?;
        if layout.shape() != residual_layout.shape() || width != norm.weight.len() {
            candle_core::bail!("{:?} and {:?} to be normalised over {}", layout.shape(), residual_layout.shape(), norm.weight.len());
        }
        let (x, residual) = (values(x, layout)?, values(residual, residual_layout)?);
        let mut sum: Vec<f32> = x.iter().zip(residual).map(|(x, residual)| x + residual).collect();
        for row in sum.chunks_exact_mut(width) {
            norm.normalise(row);
        }
        Ok((CpuStorage::F32(sum), layout.shape().clone()))
    }
}
