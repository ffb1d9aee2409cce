//! Softmax of attention's scores, in base 2: whoever makes the scores multiplies them by log2 e.

use super::lanes::{F32x4, LANES};
use super::math::Exp2;

/// Two registers at a time, so that one's sum needn't wait for the other's.
const CHUNK: usize = 2 * LANES;

/// `scores` → 2^(score - the largest score), and returns what they have to be multiplied by to sum to 1.
#[inline(always)]
pub(crate) fn exponentials(scores: &mut [f32], exp2: Exp2) -> f32 {
    let most = F32x4::splat(largest(scores));
    let mut sums = [F32x4::zero(); 2];
    let mut chunks = scores.chunks_exact_mut(CHUNK);
    for chunk in &mut chunks {
        let (low, high) = chunk.split_at_mut(LANES);
        let (a, b) = (exp2.of(F32x4::load(low).sub(most)), exp2.of(F32x4::load(high).sub(most)));
        a.store(low);
        b.store(high);
        sums = [sums[0].add(a), sums[1].add(b)];
    }
    let mut sum = sums[0].add(sums[1]);
    for four in chunks.into_remainder().chunks_mut(LANES) {
        exp2.of(F32x4::load_part(four, 0.0).sub(most)).store_part(four);
        sum = sum.add(F32x4::load_part(four, 0.0));
    }
    1.0 / sum.sum()
}

#[inline(always)]
fn largest(scores: &[f32]) -> f32 {
    let first = scores.first().copied().unwrap_or(0.0);
    let mut most = [F32x4::splat(first); 2];
    let chunks = scores.chunks_exact(CHUNK);
    let rest = chunks.remainder();
    for chunk in chunks {
        most = [most[0].max(F32x4::load(chunk)), most[1].max(F32x4::load(&chunk[LANES..]))];
    }
    let mut most = most[0].max(most[1]);
    for four in rest.chunks(LANES) {
        most = most.max(F32x4::load_part(four, first));
    }
    most.largest()
}
