//! Kernels with operands of their own, for benchmarks. Not a part of the API: any version may change it.

use std::hint::black_box;

use super::attention::float::Float;
use super::attention::heads::all_heads;
use super::attention::int16::Int16;
use super::gemm::int8::Finish;
use super::gemm::{f32, int8};
use super::layer_norm::LayerNorm;
use super::math::{Gelu, Identity};
use super::quantise::{Centre, Quantised};
use crate::{Error, Precision, Result};
use candle_core::{Device, Tensor};

/// Something to run again and again.
#[allow(missing_debug_implementations)]
pub struct Kernel(Box<dyn Fn()>);

impl Kernel {
    fn new(run: impl Fn() + 'static) -> Self {
        Self(Box::new(run))
    }

    /// Runs it once.
    pub fn run(&self) {
        (self.0)();
    }
}

/// Numbers from -1 to 1 that look like nothing in particular, the same at each call.
fn numbers(count: usize) -> Vec<::core::primitive::f32> {
    let mut state = 1u64;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as ::core::primitive::f32 / (1u64 << 23) as ::core::primitive::f32 - 1.0
    };
    (0..count).map(|_| next()).collect()
}

fn no_memory() -> Error {
    Error::Internal("there is no memory for the benchmark's matrix".into())
}

/// x Wᵀ + b, with x of shape [rows, inner], already quantised in int8, and W of shape [out, inner].
pub fn gemm(precision: Precision, rows: usize, inner: usize, out: usize) -> Result<Kernel> {
    product(precision, rows, inner, out, Identity)
}

/// The same with GELU, which is computed on the way out.
pub fn gemm_gelu(precision: Precision, rows: usize, inner: usize, out: usize) -> Result<Kernel> {
    product(precision, rows, inner, out, Gelu::new())
}

fn product(precision: Precision, rows: usize, inner: usize, out: usize, finish: impl Finish + 'static) -> Result<Kernel> {
    let x = numbers(rows * inner);
    let mut bias = numbers(out);
    bias.resize(out.next_multiple_of(f32::GROUP), 0.0);
    let weights = numbers(inner * out);
    let weight_rows = weights.chunks_exact(inner).enumerate();
    if precision == Precision::F32 {
        let mut packed = f32::Packed::new(out, inner).ok_or_else(no_memory)?;
        weight_rows.for_each(|(row, values)| packed.set_row(row, values));
        return Ok(Kernel::new(move || {
            let mut y = vec![0.0; rows * out];
            f32::multiply(f32::Rows { values: &x, count: rows, stride: inner }, &packed, &bias, &mut y, out, finish);
            black_box(y);
        }));
    }
    let mut packed = int8::Packed::new(out, inner).ok_or_else(no_memory)?;
    for (row, values) in weight_rows {
        packed.set_row(row, &values.iter().map(|value| (value * 127.0) as i8).collect::<Vec<_>>());
        packed.set_scale(row, 1.0 / 127.0);
    }
    let x = Quantised::new(&x, inner, Centre::Zero);
    Ok(Kernel::new(move || drop(black_box(int8::multiply(&x, &packed, &bias, finish)))))
}

/// Activations of shape [rows, depth] to 7 bits, apart from their mean.
pub fn quantise(rows: usize, depth: usize) -> Kernel {
    let x = numbers(rows * depth);
    Kernel::new(move || drop(black_box(Quantised::new(&x, depth, Centre::Mean))))
}

/// All heads of a layer, from queries, keys and values to what they attend to.
pub fn attention(precision: Precision, tokens: usize, heads: usize, width: usize) -> Kernel {
    let (qkv, d) = (numbers(tokens * 3 * width), width / heads);
    Kernel::new(move || {
        black_box(match precision {
            Precision::F32 => all_heads::<Float>(&qkv, tokens, heads, d),
            _ => all_heads::<Int16>(&qkv, tokens, heads, d),
        });
    })
}

/// A layer's end: the sum with what it began with, normalised.
pub fn add_and_norm(tokens: usize, width: usize) -> Result<Kernel> {
    let norm = LayerNorm::new(numbers(width), numbers(width), 1e-12);
    let x = Tensor::from_vec(numbers(tokens * width), (tokens, width), &Device::Cpu)?;
    Ok(Kernel::new(move || drop(black_box(norm.forward(&x, &x)))))
}
