//! y = x Wᵀ + b in f32. Weights lie in groups of [`GROUP`] output channels, depth after depth.

use super::int8::Finish;
use crate::kernels::lanes::{F32x4, LANES};

/// Registers of four channels in a group, and its channels.
pub(crate) const PANELS: usize = 4;
pub(crate) const GROUP: usize = PANELS * LANES;

/// A matrix [channels, depth] in the order above; the last group is filled up with zeros.
#[derive(Default)]
pub(crate) struct Packed {
    channels: usize,
    depth: usize,
    values: Vec<f32>,
}

impl Packed {
    pub fn new(channels: usize, depth: usize) -> Option<Self> {
        let mut values = Vec::new();
        let length = channels.next_multiple_of(GROUP).checked_mul(depth)?;
        values.try_reserve_exact(length).ok()?;
        values.resize(length, 0.0);
        Some(Self { channels, depth, values })
    }

    /// Makes room for another matrix, of zeros.
    pub fn reset(&mut self, channels: usize, depth: usize) {
        (self.channels, self.depth) = (channels, depth);
        self.values.clear();
        self.values.resize(channels.next_multiple_of(GROUP) * depth, 0.0);
    }

    /// One depth of all channels.
    pub fn set_depth(&mut self, depth: usize, values: &[f32]) {
        for (group, values) in values.chunks(GROUP).enumerate() {
            self.values[(group * self.depth + depth) * GROUP..][..values.len()].copy_from_slice(values);
        }
    }

    /// `values`: one row of the matrix.
    pub fn set_row(&mut self, channel: usize, values: &[f32]) {
        if channel >= self.channels || values.len() != self.depth {
            return;
        }
        let places = self.values[channel / GROUP * self.depth * GROUP..].iter_mut().skip(channel % GROUP).step_by(GROUP);
        for (place, value) in places.zip(values) {
            *place = *value;
        }
    }

    pub fn channels(&self) -> usize {
        self.channels
    }

    pub fn depth(&self) -> usize {
        self.depth
    }
}

/// Places of rows: the first one's start and how far they lie apart.
#[derive(Clone, Copy)]
pub(crate) struct Rows<'a> {
    pub values: &'a [f32],
    pub count: usize,
    pub stride: usize,
}

/// What an instruction set has to bring: the sums of R rows and one group.
pub(crate) trait Tile {
    /// Rows at a time: 2 or 4.
    const ROWS: usize;

    /// # Safety
    ///
    /// The instruction set has to be there; `rows` are of `depth` values, `weights` of `depth` times [`GROUP`].
    unsafe fn sums<const R: usize>(rows: [*const f32; R], weights: *const f32, depth: usize) -> [[F32x4; PANELS]; R];
}

/// `bias`: one a channel, padded to whole groups. `y`: rows of as many values as there are channels, `y_stride` apart.
#[inline(always)]
pub(crate) fn multiply(x: Rows, w: &Packed, bias: &[f32], y: &mut [f32], y_stride: usize, finish: impl Finish) {
    assert!(x.count > 0 && x.values.len() >= (x.count - 1) * x.stride + w.depth);
    assert!(y.len() >= (x.count - 1) * y_stride + w.channels && bias.len() >= w.channels.next_multiple_of(GROUP));
    #[cfg(target_arch = "wasm32")]
    // SAFETY: the instructions are those that this module was built with.
    unsafe {
        run::<super::f32_wasm::Wasm, _>(x, w, bias, y, y_stride, finish);
    }
    #[cfg(not(target_arch = "wasm32"))]
    {
        #[cfg(target_arch = "x86_64")]
        if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
            // SAFETY: just asked.
            return unsafe { super::f32_avx2::multiply(x, w, bias, y, y_stride, finish) };
        }
        // SAFETY: needs nothing.
        unsafe { run::<Portable, _>(x, w, bias, y, y_stride, finish) }
    }
}

/// # Safety
///
/// T's instruction set has to be there.
#[inline(always)]
pub(crate) unsafe fn run<T: Tile, F: Finish>(x: Rows, w: &Packed, bias: &[f32], y: &mut [f32], y_stride: usize, finish: F) {
    for group in 0..w.channels.div_ceil(GROUP) {
        let mut row = 0;
        if T::ROWS == 4 {
            while row + 4 <= x.count {
                block::<T, F, 4>(x, w, bias, y, y_stride, finish, group, row);
                row += 4;
            }
        }
        while row + 2 <= x.count {
            block::<T, F, 2>(x, w, bias, y, y_stride, finish, group, row);
            row += 2;
        }
        if row < x.count {
            block::<T, F, 1>(x, w, bias, y, y_stride, finish, group, row);
        }
    }
}

#[inline(always)]
#[allow(clippy::too_many_arguments)]
unsafe fn block<T: Tile, F: Finish, const R: usize>(
    x: Rows,
    w: &Packed,
    bias: &[f32],
    y: &mut [f32],
    y_stride: usize,
    finish: F,
    group: usize,
    row: usize,
) {
    let rows: [*const f32; R] = core::array::from_fn(|r| x.values[(row + r) * x.stride..][..w.depth].as_ptr());
    let weights = &w.values[group * GROUP * w.depth..][..GROUP * w.depth];
    for (r, sums) in T::sums::<R>(rows, weights.as_ptr(), w.depth).into_iter().enumerate() {
        let y = &mut y[(row + r) * y_stride..];
        let end = w.channels.min(y.len());
        let y = &mut y[..end];
        for (panel, sum) in sums.into_iter().enumerate() {
            let channel = group * GROUP + panel * LANES;
            let value = finish.finish(sum.add(F32x4::load(&bias[channel..])));
            let y = y.get_mut(channel..).unwrap_or_default();
            if y.len() >= LANES {
                value.store(y);
            } else {
                value.store_part(y);
            }
        }
    }
}

/// Four lanes, multiplied and added apart.
#[cfg(not(target_arch = "wasm32"))]
pub(crate) struct Portable;

#[cfg(not(target_arch = "wasm32"))]
impl Tile for Portable {
    const ROWS: usize = 2;

    #[inline(always)]
    unsafe fn sums<const R: usize>(rows: [*const f32; R], weights: *const f32, depth: usize) -> [[F32x4; PANELS]; R] {
        let mut sums = [[F32x4::zero(); PANELS]; R];
        for at in 0..depth {
            for (sums, row) in sums.iter_mut().zip(rows) {
                let x = F32x4::splat(*row.add(at));
                for (panel, sum) in sums.iter_mut().enumerate() {
                    let w = core::slice::from_raw_parts(weights.add(at * GROUP + panel * LANES), LANES);
                    *sum = sum.add(x.mul(F32x4::load(w)));
                }
            }
        }
        sums
    }
}
