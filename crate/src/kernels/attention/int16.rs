//! Attention's products in i16: as exact as attention needs, as fast as i16 goes, and the same bits everywhere.

use super::heads::{Columns, Products};
use crate::kernels::gemm::int16::{multiply, Packed, STEP};
use crate::kernels::lanes::{F32x4, LANES};

/// What stands for a probability of 1. A row of probabilities sums to this, so that no product with values of i16 overflows.
const ONE: f32 = 32_767.0;
/// The largest quantised value: the sum of probabilities may be above ONE by half a level for each key.
const VALUE_LEVELS: f32 = 16_383.0;

#[derive(Default)]
pub(crate) struct Int16 {
    /// Rows of the keys' stride.
    query: Vec<i16>,
    /// [tokens, d]
    keys: Packed,
    /// [d, tokens]
    values: Packed,
    /// What a score's sum is multiplied by.
    score_scale: f32,
    value_scale: f32,
    probabilities: Vec<i16>,
}

/// The scale by which a head's numbers become whole ones of at most `levels`, and the inverse.
fn scale(x: Columns, levels: f32) -> (f32, F32x4) {
    let mut most = F32x4::zero();
    for row in 0..x.rows {
        let chunks = x.row(row).chunks_exact(LANES);
        let rest = F32x4::load_part(chunks.remainder(), 0.0);
        for chunk in chunks {
            most = most.max(F32x4::load(chunk).abs());
        }
        most = most.max(rest.abs());
    }
    let most = most.largest();
    if most > 0.0 {
        (most / levels, F32x4::splat(levels / most))
    } else {
        (0.0, F32x4::zero())
    }
}

/// The nearest whole numbers of `from` times `inverse`; zeros for what `to` has more.
#[inline(always)]
fn wholes(from: &[f32], inverse: F32x4, to: &mut [i16]) {
    const CHUNK: usize = 2 * LANES;
    let whole = |from: &[f32]| F32x4::load(from).mul(inverse).round();
    let (from, from_rest) = from.split_at(from.len() - from.len() % CHUNK);
    let (to, to_rest) = to.split_at_mut(from.len());
    for (from, to) in from.chunks_exact(CHUNK).zip(to.chunks_exact_mut(CHUNK)) {
        to.copy_from_slice(&whole(from).narrow(whole(&from[LANES..])).to_array());
    }
    let mut chunk = [0.0; CHUNK];
    chunk[..from_rest.len()].copy_from_slice(from_rest);
    to_rest.copy_from_slice(&whole(&chunk).narrow(whole(&chunk[LANES..])).to_array()[..to_rest.len()]);
}

impl Products for Int16 {
    fn prepare(&mut self, query: Columns, key: Columns, value: Columns) {
        let d = query.width;
        // d products of two such levels fit into i32.
        let levels = (f64::from(i32::MAX) / d as f64).sqrt().floor().min(32_767.0) as f32;
        let (query_scale, inverse) = scale(query, levels);
        let stride = d.next_multiple_of(STEP);
        self.query.resize(query.rows * stride, 0);
        for (row, to) in self.query.chunks_exact_mut(stride).enumerate() {
            wholes(query.row(row), inverse, to);
        }
        let (key_scale, inverse) = scale(key, levels);
        self.keys.reset(key.rows, d);
        for row in 0..key.rows {
            self.keys.set_channel(row, key.row(row), inverse);
        }
        self.score_scale = query_scale * key_scale * (std::f32::consts::LOG2_E / (d as f32).sqrt());
        let (value_scale, inverse) = scale(value, VALUE_LEVELS);
        self.values.reset(d, value.rows);
        for row in (0..value.rows).step_by(STEP) {
            let second = (row + 1 < value.rows).then(|| value.row(row + 1));
            self.values.set_step(row / STEP, value.row(row), second, inverse);
        }
        self.value_scale = value_scale / ONE;
    }

    fn scores(&mut self, row: usize, count: usize, scores: &mut [f32]) {
        let stride = self.keys.stride();
        multiply(&self.query[row * stride..][..count * stride], &self.keys, self.score_scale, scores, self.keys.channels());
    }

    fn mix(&mut self, exponentials: &[f32], inverse: &[f32], out: &mut [f32], stride: usize) {
        let (tokens, padded) = (self.keys.channels(), self.values.stride());
        self.probabilities.resize(inverse.len() * padded, 0);
        let rows = exponentials.chunks_exact(tokens).zip(self.probabilities.chunks_exact_mut(padded));
        for ((from, to), inverse) in rows.zip(inverse) {
            wholes(from, F32x4::splat(inverse * ONE), to);
        }
        multiply(&self.probabilities, &self.values, self.value_scale, out, stride);
    }
}
