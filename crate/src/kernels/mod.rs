//! The hot steps of the encoder. The model code calls the ops that are named here and nothing below them.
//!
//! `gemm` has the matrix products, a file an instruction set; `lanes` four f32 side by side, which all else is written in;
//! `quantise` and `math` what the ops share. In int8 every step gives the same bits on every machine: its products are of
//! whole numbers, and the f32 between them is added up in one order, unfused.

mod attention;
#[cfg(feature = "bench")]
pub mod bench;
#[cfg(test)]
mod checks;
mod embedding;
mod gemm;
mod lanes;
mod layer_norm;
mod linear;
mod math;
mod matrix;
mod quantise;
mod softmax;
mod span_head;
#[cfg(test)]
mod tests;

use candle_core::{CpuStorage, Layout, Result};

pub(crate) use attention::attend;
pub(crate) use layer_norm::LayerNorm;
pub(crate) use linear::Linear;
pub(crate) use matrix::{Kind, Matrix, Table, LONGEST_INT8_ROW};
pub(crate) use span_head::SpanHead;

/// A tensor's numbers, which have to be f32 and in order.
fn values<'a>(storage: &'a CpuStorage, layout: &Layout) -> Result<&'a [f32]> {
    match (storage, layout.contiguous_offsets()) {
        (CpuStorage::F32(values), Some((start, end))) => Ok(&values[start..end]),
        _ => candle_core::bail!("a kernel was given a tensor that isn't f32 and contiguous"),
    }
}
