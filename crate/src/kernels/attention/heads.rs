//! The heads one after another, a block of query rows at a time, so that a block's scores stay in the first cache.

use crate::kernels::math::Exp2;
use crate::kernels::softmax::exponentials;

/// Query rows of a block.
const BLOCK: usize = 12;

/// One head's columns of a projection: row after row, `stride` apart.
#[derive(Clone, Copy)]
pub(crate) struct Columns<'a> {
    pub values: &'a [f32],
    pub stride: usize,
    pub rows: usize,
    pub width: usize,
}

impl<'a> Columns<'a> {
    #[inline(always)]
    pub fn row(&self, row: usize) -> &'a [f32] {
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

/// `qkv`: [tokens, 3 x heads x d] → [tokens, heads x d].
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
