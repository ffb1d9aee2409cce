//! Products of i16, summed in i32: attention's two, where 7 bits would be too few and f32 too slow.
//!
//! The packed side lies as in [`super::int8`], with steps of two depths.

#[cfg(target_arch = "wasm32")]
use core::arch::wasm32 as arch;
#[cfg(target_arch = "x86_64")]
use core::arch::x86_64 as arch;

use crate::kernels::lanes::{F32x4, I32x4, LANES};

/// Panels of a group, and its channels.
const PANELS: usize = 4;
const GROUP: usize = PANELS * LANES;
/// Depths of a step.
pub(crate) const STEP: usize = 2;
/// Rows at a time.
const ROWS: usize = 2;

/// A matrix [channels, depth]. Built once and used again for other contents of up to the same size.
#[derive(Default)]
pub(crate) struct Packed {
    channels: usize,
    steps: usize,
    values: Vec<i16>,
}

impl Packed {
    /// Makes room for a matrix of zeros.
    pub fn reset(&mut self, channels: usize, depth: usize) {
        self.channels = channels;
        self.steps = depth.div_ceil(STEP);
        self.values.clear();
        self.values.resize(channels.next_multiple_of(LANES) * self.steps * STEP, 0);
    }

    pub fn channels(&self) -> usize {
        self.channels
    }

    /// Values of a row of the other side.
    pub fn stride(&self) -> usize {
        self.steps * STEP
    }

    /// Where a channel's first step lies, and how far behind it the next.
    #[inline(always)]
    fn place(&self, channel: usize) -> (usize, usize) {
        let (group, within) = (channel / GROUP, channel % GROUP);
        let panels = (self.channels - group * GROUP).div_ceil(LANES).min(PANELS);
        (group * GROUP * self.stride() + within * STEP, panels * LANES * STEP)
    }

    /// All depths of a channel: the nearest whole numbers of `row` times `inverse`.
    #[inline(always)]
    pub fn set_channel(&mut self, channel: usize, row: &[f32], inverse: F32x4) {
        let (start, step) = self.place(channel);
        let mut place = start;
        for four in row.chunks(LANES) {
            let wholes = F32x4::load_part(four, 0.0).mul(inverse).round().to_array();
            for pair in wholes.chunks_exact(STEP).take(four.len().div_ceil(STEP)) {
                let to = &mut self.values[place..place + STEP];
                (to[0], to[1]) = (pair[0] as i16, pair[1] as i16);
                place += step;
            }
        }
    }

    /// Two depths (the second may be missing) of all channels: the nearest whole numbers of their rows times `inverse`.
    #[inline(always)]
    pub fn set_step(&mut self, step: usize, first: &[f32], second: Option<&[f32]>, inverse: F32x4) {
        let wholes = |row: &[f32], channel: usize| {
            let four = &row[channel..];
            let four = if four.len() >= LANES { F32x4::load(four) } else { F32x4::load_part(four, 0.0) };
            four.mul(inverse).round()
        };
        for channel in (0..self.channels).step_by(LANES) {
            let (start, stride) = self.place(channel);
            let second = second.map_or(I32x4::from_array([0; LANES]), |row| wholes(row, channel));
            self.values[start + step * stride..][..LANES * STEP].copy_from_slice(&wholes(first, channel).interleave(second));
        }
    }
}

/// y = scale x A Bᵀ. `a`: rows of `b.stride()`; `y`: as many rows of `b.channels()` values, `y_stride` apart.
#[inline(always)]
pub(crate) fn multiply(a: &[i16], b: &Packed, scale: f32, y: &mut [f32], y_stride: usize) {
    let rows = a.len() / b.stride();
    assert!(rows > 0 && a.len() == rows * b.stride() && y.len() >= (rows - 1) * y_stride + b.channels);
    for group in 0..b.channels.div_ceil(GROUP) {
        let panels = (b.channels - group * GROUP).div_ceil(LANES).min(PANELS);
        match panels {
            4 => column::<4>(a, b, scale, y, y_stride, group, rows),
            3 => column::<3>(a, b, scale, y, y_stride, group, rows),
            2 => column::<2>(a, b, scale, y, y_stride, group, rows),
            _ => column::<1>(a, b, scale, y, y_stride, group, rows),
        }
    }
}

#[inline(always)]
fn column<const P: usize>(a: &[i16], b: &Packed, scale: f32, y: &mut [f32], y_stride: usize, group: usize, rows: usize) {
    let mut row = 0;
    while row + ROWS <= rows {
        block::<ROWS, P>(a, b, scale, y, y_stride, group, row);
        row += ROWS;
    }
    while row < rows {
        block::<1, P>(a, b, scale, y, y_stride, group, row);
        row += 1;
    }
}

#[inline(always)]
fn block<const R: usize, const P: usize>(a: &[i16], b: &Packed, scale: f32, y: &mut [f32], y_stride: usize, group: usize, row: usize) {
    let rows: [&[i16]; R] = core::array::from_fn(|r| &a[(row + r) * b.stride()..][..b.stride()]);
    let panels = &b.values[group * GROUP * b.stride()..][..P * LANES * b.stride()];
    let scale = F32x4::splat(scale);
    for (r, sums) in sums::<R, P>(rows, panels, b.steps).into_iter().enumerate() {
        let y = &mut y[(row + r) * y_stride..];
        let end = b.channels.min(y.len());
        let y = &mut y[..end];
        for (panel, sum) in sums.into_iter().enumerate() {
            let y = &mut y[group * GROUP + panel * LANES..];
            let value = sum.to_f32().mul(scale);
            if y.len() >= LANES {
                value.store(y);
            } else {
                value.store_part(y);
            }
        }
    }
}

/// Sums of products of pairs.
#[inline(always)]
pub(crate) fn sums<const R: usize, const P: usize>(rows: [&[i16]; R], panels: &[i16], steps: usize) -> [[I32x4; P]; R] {
    debug_assert!(rows.iter().all(|row| row.len() >= steps * STEP) && panels.len() >= steps * P * LANES * STEP);
    #[cfg(target_arch = "wasm32")]
    // SAFETY: the lengths have been cut to size.
    unsafe {
        let mut sums = [[arch::i32x4_splat(0); P]; R];
        let panels = panels.as_ptr().cast::<arch::v128>();
        for step in 0..steps {
            let b: [arch::v128; P] = core::array::from_fn(|p| arch::v128_load(panels.add(step * P + p)));
            for (sums, row) in sums.iter_mut().zip(rows) {
                let a = arch::v128_load32_splat(row.as_ptr().cast::<u32>().add(step));
                for (sum, b) in sums.iter_mut().zip(b) {
                    *sum = arch::i32x4_add(*sum, arch::i32x4_dot_i16x8(b, a));
                }
            }
        }
        sums.map(|sums| sums.map(I32x4::from_raw))
    }
    #[cfg(target_arch = "x86_64")]
    // SAFETY: the lengths have been cut to size, and SSE2 is part of x86-64.
    unsafe {
        let mut sums = [[arch::_mm_setzero_si128(); P]; R];
        let panels = panels.as_ptr().cast::<arch::__m128i>();
        for step in 0..steps {
            let b: [arch::__m128i; P] = core::array::from_fn(|p| arch::_mm_loadu_si128(panels.add(step * P + p)));
            for (sums, row) in sums.iter_mut().zip(rows) {
                let a = arch::_mm_set1_epi32(row.as_ptr().cast::<i32>().add(step).read_unaligned());
                for (sum, b) in sums.iter_mut().zip(b) {
                    *sum = arch::_mm_add_epi32(*sum, arch::_mm_madd_epi16(b, a));
                }
            }
        }
        sums.map(|sums| sums.map(I32x4::from_raw))
    }
    #[cfg(not(any(target_arch = "wasm32", target_arch = "x86_64")))]
    scalar_sums(rows, panels, steps)
}

/// Without instructions for it; what the others are tested against.
#[allow(dead_code)]
pub(crate) fn scalar_sums<const R: usize, const P: usize>(rows: [&[i16]; R], panels: &[i16], steps: usize) -> [[I32x4; P]; R] {
    rows.map(|row| {
        core::array::from_fn(|p| {
            I32x4::from_array(core::array::from_fn(|lane| {
                let product = |depth: usize| {
                    let (step, within) = (depth / STEP, depth % STEP);
                    i32::from(row[depth]) * i32::from(panels[((step * P + p) * LANES + lane) * STEP + within])
                };
                (0..steps * STEP).map(product).fold(0, i32::wrapping_add)
            }))
        })
    })
}
