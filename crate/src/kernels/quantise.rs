//! Activations → 7 bits, one scale and one least value a token.

use super::gemm::int8::{Act, STEP};
use super::lanes::{F32x4, LANES};

/// The largest quantised activation.
const LEVELS: f32 = 127.0;
/// Values that are quantised at a time.
const CHUNK: usize = 4 * LANES;

/// [rows, depth]: value = scale x byte + least.
///
/// `least` is the zero point of the row, as a number: the whole range of the row is used, zero in it or not.
pub(crate) struct Quantised {
    rows: usize,
    depth: usize,
    stride: usize,
    values: Vec<Act>,
    /// Scale and least.
    scales: Vec<(f32, f32)>,
}

impl Quantised {
    pub fn new(x: &[f32], depth: usize) -> Self {
        let rows = x.len() / depth;
        let stride = depth.next_multiple_of(STEP);
        let mut values = vec![0; rows * stride];
        let mut scales = Vec::with_capacity(rows);
        for (row, values) in x.chunks_exact(depth).zip(values.chunks_exact_mut(stride)) {
            let (scale, inverse, least) = range(row);
            scales.push((scale, least));
            let (inverse, least) = (F32x4::splat(inverse), F32x4::splat(least));
            let whole = depth - depth % CHUNK;
            for (from, to) in row[..whole].chunks_exact(CHUNK).zip(values.chunks_exact_mut(CHUNK)) {
                to.copy_from_slice(&levels(from, inverse, least));
            }
            let (from, to) = (&row[whole..], &mut values[whole..]);
            if !from.is_empty() {
                let mut chunk = [0.0; CHUNK];
                chunk[..from.len()].copy_from_slice(from);
                to[..from.len()].copy_from_slice(&levels(&chunk, inverse, least)[..from.len()]);
            }
        }
        Self { rows, depth, stride, values, scales }
    }

    pub fn rows(&self) -> usize {
        self.rows
    }

    pub fn depth(&self) -> usize {
        self.depth
    }

    /// Padded to whole steps.
    #[inline(always)]
    pub fn row(&self, row: usize) -> &[Act] {
        &self.values[row * self.stride..][..self.stride]
    }

    /// Scale and least value of a row.
    #[inline(always)]
    pub fn scale(&self, row: usize) -> (f32, f32) {
        self.scales[row]
    }
}

/// One chunk → whole numbers from 0 to 127.
#[inline(always)]
fn levels(x: &[f32], inverse: F32x4, least: F32x4) -> [Act; CHUNK] {
    // In this order, so that what is no number becomes 0.
    let level = |at: usize| F32x4::zero().max(F32x4::load(&x[at..]).sub(least).mul(inverse)).min(F32x4::splat(LEVELS)).round();
    let (low, high) = (level(0).narrow(level(LANES)), level(2 * LANES).narrow(level(3 * LANES)));
    Act::join(low, high)
}

/// Scale, its inverse, and the least value.
fn range(row: &[f32]) -> (f32, f32, f32) {
    let first = row.first().copied().unwrap_or(0.0);
    let (mut least, mut most) = (F32x4::splat(first), F32x4::splat(first));
    let chunks = row.chunks_exact(LANES);
    let rest = F32x4::load_part(chunks.remainder(), first);
    for chunk in chunks {
        let x = F32x4::load(chunk);
        (least, most) = (least.min(x), most.max(x));
    }
    let (least, most) = (least.min(rest).smallest(), most.max(rest).largest());
    let span = most - least;
    // A constant row has scale 0 and is all `least`.
    if span > 0.0 {
        (span / LEVELS, LEVELS / span, least)
    } else {
        (0.0, 0.0, least)
    }
}

/// Whole numbers as the GEMM of this build reads them.
trait Join: Sized {
    fn join(low: super::lanes::I16x8, high: super::lanes::I16x8) -> [Self; CHUNK];
}

impl Join for u8 {
    #[inline(always)]
    fn join(low: super::lanes::I16x8, high: super::lanes::I16x8) -> [u8; CHUNK] {
        low.narrow(high)
    }
}

impl Join for i16 {
    #[inline(always)]
    fn join(low: super::lanes::I16x8, high: super::lanes::I16x8) -> [i16; CHUNK] {
        let (low, high) = (low.to_array(), high.to_array());
        core::array::from_fn(|at| if at < 8 { low[at] } else { high[at - 8] })
    }
}
