//! Scaled dot-product attention (Vaswani et al. 2017): softmax(Q Kᵀ / √d) V for each head, a block of query rows at a time,
//! so that a block's scores stay in the first cache.

mod float;
mod int16;

use candle_core::{CpuStorage, CustomOp1, Layout, Result, Shape, Tensor};

use super::math::Exp2;
use super::matrix::Kind;
use super::softmax::exponentials;
use super::values;
use float::Float;
use int16::Int16;

/// Query rows of a block.
const BLOCK: usize = 12;

/// One head's columns of a projection: row after row, `stride` apart.
#[derive(Clone, Copy)]
pub(crate) struct Columns<'a> {
    values: &'a [f32],
    stride: usize,
    rows: usize,
    width: usize,
}

impl<'a> Columns<'a> {
    #[inline(always)]
    fn row(&self, row: usize) -> &'a [f32] {
        &self.values[row * self.stride..][..self.width]
    }
}

/// The two products of one head, in some number format.
pub(crate) trait Products: Default {
    /// Takes the head's query, key and value.
    fn prepare(&mut self, query: Columns, key: Columns, value: Columns);

    /// Q Kᵀ log2 e / √d of `count` rows from `row` on: `scores` has a row of as many values as there are keys for each.
    fn scores(&mut self, row: usize, count: usize, scores: &mut [f32]);

    /// The product of probabilities and V: rows of the head's width, `stride` apart. A probability is an exponential times its
    /// row's `inverse`.
    fn mix(&mut self, exponentials: &[f32], inverse: &[f32], out: &mut [f32], stride: usize);
}

/// `qkv`: [tokens, 3 x heads x d], queries, then keys, then values → [tokens, heads x d]. No mask: a window is never padded.
///
/// Where the model computes in int8, the two products are of i16.
pub(crate) fn attend(qkv: &Tensor, heads: usize, kind: Kind) -> Result<Tensor> {
    qkv.apply_op1_no_bwd(&Attend { heads, kind })
}

struct Attend {
    heads: usize,
    kind: Kind,
}

impl CustomOp1 for Attend {
    fn name(&self) -> &'static str {
        "attend"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let (tokens, columns) = layout.shape().dims2()?;
        let d = columns / 3 / self.heads.max(1);
        if tokens == 0 || d == 0 || d * self.heads * 3 != columns {
            candle_core::bail!("{tokens} rows of {columns} for {} heads", self.heads);
        }
        let qkv = values(storage, layout)?;
        let out = match self.kind {
            Kind::Int8 => all_heads::<Int16>(qkv, tokens, self.heads, d),
            Kind::F32 => all_heads::<Float>(qkv, tokens, self.heads, d),
        };
        Ok((CpuStorage::F32(out), Shape::from((tokens, self.heads * d))))
    }
}

pub(crate) fn all_heads<P: Products>(qkv: &[f32], tokens: usize, heads: usize, d: usize) -> Vec<f32> {
    let width = heads * d;
    let mut out = vec![0.0; tokens * width];
    let (mut products, exp2) = (P::default(), Exp2::new());
    let mut scores = vec![0.0; BLOCK.min(tokens) * tokens];
    let mut inverse = [0.0; BLOCK];
    for head in 0..heads {
        let columns = |part: usize| Columns { values: &qkv[part * width + head * d..], stride: 3 * width, rows: tokens, width: d };
        products.prepare(columns(0), columns(1), columns(2));
        for row in (0..tokens).step_by(BLOCK) {
            let count = BLOCK.min(tokens - row);
            let scores = &mut scores[..count * tokens];
            products.scores(row, count, scores);
            for (scores, inverse) in scores.chunks_exact_mut(tokens).zip(&mut inverse) {
                *inverse = exponentials(scores, exp2);
            }
            products.mix(scores, &inverse[..count], &mut out[row * width + head * d..], width);
        }
    }
    out
}
