//! Activations → 7 bits, with a scale and a least value for each block of a token's numbers.

use super::gemm::int8::{Act, BLOCK, STEP};
use super::lanes::{F32x4, I16x8, LANES};

/// The largest quantised activation.
const LEVELS: f32 = 127.0;
/// Values that are quantised at a time.
const CHUNK: usize = 4 * LANES;

/// Whether rows are quantised as they are, or as what they are apart from their mean.
///
/// Hidden states share most of what makes their range wide, so that a level is much finer without it. What an activation
/// function has cut off on one side is the better for staying there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Centre {
    Mean,
    Zero,
}

/// [rows, depth], block by block: value = scale x byte + least, and the mean on top where there is one.
///
/// `least` is a block's zero point, as a number: the whole range of the block is used, zero in it or not.
pub(crate) struct Quantised {
    rows: usize,
    depth: usize,
    stride: usize,
    blocks: usize,
    /// The mean in two rows, where there is one (the second what the first has left over), then the rows.
    values: Vec<Act>,
    /// Scale and least, of each block of each of them.
    scales: Vec<(f32, f32)>,
    centre: Centre,
}

/// Rows in which the mean is kept, each with seven bits more of it.
pub(crate) const MEAN_ROWS: usize = 2;

impl Quantised {
    pub fn new(x: &[f32], depth: usize, centre: Centre) -> Self {
        let rows = x.len() / depth;
        let all = rows + if centre == Centre::Mean { MEAN_ROWS } else { 0 };
        let stride = depth.next_multiple_of(STEP);
        let blocks = depth.div_ceil(BLOCK);
        let mut quantised = Self { rows, depth, stride, blocks, values: vec![0; all * stride], scales: Vec::with_capacity(all * blocks), centre };
        let mean = (centre == Centre::Mean).then(|| mean_of(x, depth));
        if let Some(mean) = &mean {
            let mut left = mean.clone();
            for row in 0..MEAN_ROWS {
                quantised.push(row, &left, None);
                for (block, left) in left.chunks_mut(BLOCK).enumerate() {
                    let (scale, least) = quantised.scales[row * blocks + block];
                    for (left, &level) in left.iter_mut().zip(&quantised.values[row * stride + block * BLOCK..]) {
                        *left -= scale * f32::from(level) + least;
                    }
                }
            }
        }
        for (row, x) in x.chunks_exact(depth).enumerate() {
            quantised.push(all - rows + row, x, mean.as_ref());
        }
        quantised
    }

    fn push(&mut self, row: usize, x: &[f32], mean: Option<&Vec<f32>>) {
        let values = &mut self.values[row * self.stride..][..self.stride];
        for (block, (x, values)) in x.chunks(BLOCK).zip(values.chunks_mut(BLOCK)).enumerate() {
            self.scales.push(match mean {
                Some(mean) => {
                    let mean = &mean[block * BLOCK..][..x.len()];
                    quantise(x.len(), values, |at, count| four(x, at, count).sub(four(mean, at, count)))
                }
                None => quantise(x.len(), values, |at, count| four(x, at, count)),
            });
        }
    }

    pub fn rows(&self) -> usize {
        self.rows
    }

    pub fn depth(&self) -> usize {
        self.depth
    }

    pub fn centre(&self) -> Centre {
        self.centre
    }

    /// Padded to whole steps. Where there is a mean, its rows come first and are counted too.
    #[inline(always)]
    pub fn row(&self, row: usize) -> &[Act] {
        &self.values[row * self.stride..][..self.stride]
    }

    /// Scale and least value of a row's block.
    #[inline(always)]
    pub fn scale(&self, row: usize, block: usize) -> (f32, f32) {
        self.scales[row * self.blocks + block]
    }
}

/// Four of `x` from `at` on, or the `count` that there are and zeros.
#[inline(always)]
fn four(x: &[f32], at: usize, count: usize) -> F32x4 {
    if count == LANES {
        F32x4::load(&x[at..])
    } else {
        F32x4::load_part(&x[at..at + count], 0.0)
    }
}

/// The mean of all rows.
fn mean_of(x: &[f32], depth: usize) -> Vec<f32> {
    let mut mean = vec![0.0; depth];
    let rows = x.len() / depth;
    for row in x.chunks_exact(depth) {
        let whole = depth - depth % LANES;
        for (mean, x) in mean[..whole].chunks_exact_mut(LANES).zip(row.chunks_exact(LANES)) {
            F32x4::load(mean).add(F32x4::load(x)).store(mean);
        }
        for (mean, x) in mean[whole..].iter_mut().zip(&row[whole..]) {
            *mean += x;
        }
    }
    let count = rows as f32;
    for mean in &mut mean {
        *mean /= count;
    }
    mean
}

/// One block of so many numbers, of which `x` gives up to four from a place on; returns its scale and least value.
#[inline(always)]
fn quantise(length: usize, values: &mut [Act], x: impl Fn(usize, usize) -> F32x4) -> (f32, f32) {
    let whole = length - length % LANES;
    let first = F32x4::splat(x(0, LANES.min(length)).to_array()[0]);
    let (mut least, mut most) = (first, first);
    for at in (0..whole).step_by(LANES) {
        let x = x(at, LANES);
        (least, most) = (least.min(x), most.max(x));
    }
    let (mut least, mut most) = (least.smallest(), most.largest());
    if whole < length {
        for x in x(whole, length - whole).to_array().into_iter().take(length - whole) {
            (least, most) = (if x < least { x } else { least }, if x > most { x } else { most });
        }
    }
    let span = most - least;
    // A block of one number is all `least`.
    let (scale, inverse) = if span > 0.0 { (span / LEVELS, LEVELS / span) } else { (0.0, 0.0) };
    let (inverse, offset) = (F32x4::splat(inverse), F32x4::splat(least));
    // In this order, so that what is no number becomes 0.
    let level = |x: F32x4| F32x4::zero().max(x.sub(offset).mul(inverse)).min(F32x4::splat(LEVELS)).round();
    let whole = length - length % CHUNK;
    for (chunk, to) in values[..whole].chunks_exact_mut(CHUNK).enumerate() {
        let four = |part: usize| level(x(chunk * CHUNK + part * LANES, LANES));
        to.copy_from_slice(&Act::join(four(0).narrow(four(1)), four(2).narrow(four(3))));
    }
    for at in (whole..length).step_by(LANES) {
        let count = LANES.min(length - at);
        for (to, level) in values[at..].iter_mut().zip(level(x(at, count)).to_array()).take(count) {
            *to = level.clamp(0, LEVELS as i32) as Act;
        }
    }
    (scale, least)
}

/// Whole numbers as the GEMM of this build reads them.
trait Join: Sized {
    fn join(low: I16x8, high: I16x8) -> [Self; CHUNK];
}

impl Join for u8 {
    #[inline(always)]
    fn join(low: I16x8, high: I16x8) -> [u8; CHUNK] {
        low.narrow(high)
    }
}

impl Join for i16 {
    #[inline(always)]
    fn join(low: I16x8, high: I16x8) -> [i16; CHUNK] {
        let (low, high) = (low.to_array(), high.to_array());
        core::array::from_fn(|at| if at < 8 { low[at] } else { high[at - 8] })
    }
}
