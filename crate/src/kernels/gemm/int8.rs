//! y = x Wᵀ + b with int8 weights and 7-bit activations, summed in i32.
//!
//! Weights lie in groups of [`GROUP`] output channels. A group is a run of steps, each of four depths of all its channels:
//! [`PANELS`] panels of 16 bytes, 4 channels x 4 depths. One load of a panel and one splat of four activations feed one dot
//! product instruction, and a group stays in the first cache while all rows pass by it.

use crate::kernels::lanes::{F32x4, I32x4, LANES};
use crate::kernels::quantise::{Centre, Quantised, MEAN_ROWS};

/// Panels of a group. With relaxed SIMD three, and as many rows: nine sums hide the latency of a machine's dot product
/// instruction, and all operands of a step fit into sixteen registers.
pub(crate) const PANELS: usize = if cfg!(target_feature = "relaxed-simd") { 3 } else { 4 };
/// Rows at a time.
const ROWS: usize = if cfg!(target_feature = "relaxed-simd") { 3 } else { 2 };
/// Output channels of a group.
pub(crate) const GROUP: usize = PANELS * LANES;
/// Depths of a step.
pub(crate) const STEP: usize = 4;
/// Bytes of one panel's step.
const PANEL_BYTES: usize = LANES * STEP;

/// The longest sum that can't overflow: 127 x 127 x this is below 2^31.
pub(crate) const MOST_DEPTHS: usize = 1 << 17;

/// A matrix [channels, depth] in the order above, with what turns its sums into numbers.
pub(crate) struct Packed {
    channels: usize,
    depth: usize,
    bytes: Vec<i8>,
    /// One a channel, and zeros up to a whole panel, here and below.
    scales: Vec<f32>,
    /// The sums of each row's weights, block after block.
    sums: Vec<f32>,
}

/// Depths of a block: what shares a scale and a least value in a row of activations. Shorter ones are more exact, and cost
/// more; a multiple of the step.
pub(crate) const BLOCK: usize = 192;

impl Packed {
    pub fn new(channels: usize, depth: usize) -> Option<Self> {
        let mut bytes = Vec::new();
        let padded = channels.next_multiple_of(LANES);
        let length = padded.checked_mul(depth.next_multiple_of(STEP))?;
        bytes.try_reserve_exact(length).ok()?;
        bytes.resize(length, 0);
        let sums = vec![0.0; padded * depth.div_ceil(BLOCK)];
        Some(Self { channels, depth, bytes, scales: vec![0.0; padded], sums })
    }

    fn steps(&self) -> usize {
        self.depth.div_ceil(STEP)
    }

    /// `values`: one row of the matrix.
    pub fn set_row(&mut self, channel: usize, values: &[i8]) {
        if channel >= self.channels || values.len() != self.depth {
            return;
        }
        let steps = self.steps();
        let (group, within) = (channel / GROUP, channel % GROUP);
        let panels = panels_of(self.channels, group);
        let (panel, lane) = (within / LANES, within % LANES);
        let start = group * GROUP * steps * STEP + panel * PANEL_BYTES;
        for (step, depths) in values.chunks(STEP).enumerate() {
            let at = start + step * panels * PANEL_BYTES;
            for (depth, value) in depths.iter().enumerate() {
                self.bytes[at + place(lane, depth)] = *value;
            }
        }
        let padded = self.scales.len();
        for (block, values) in values.chunks(BLOCK).enumerate() {
            self.sums[block * padded + channel] = values.iter().map(|&value| i32::from(value)).sum::<i32>() as f32;
        }
    }

    pub fn set_scale(&mut self, channel: usize, scale: f32) {
        if let Some(place) = self.scales.get_mut(channel) {
            *place = scale;
        }
    }

    pub fn channels(&self) -> usize {
        self.channels
    }

    pub fn depth(&self) -> usize {
        self.depth
    }
}

/// Panels of a group of a matrix with so many channels.
fn panels_of(channels: usize, group: usize) -> usize {
    (channels - group * GROUP).div_ceil(LANES).min(PANELS)
}

/// Where in a panel's step a channel's depth lies.
#[inline(always)]
pub(crate) fn place(lane: usize, depth: usize) -> usize {
    if PAIRED {
        // Depths 0 and 1 of the four channels, then depths 2 and 3, since they are widened half by half.
        depth / 2 * 8 + lane * 2 + depth % 2
    } else {
        lane * STEP + depth
    }
}

/// Whether this build multiplies pairs of i16.
pub(crate) const PAIRED: bool = cfg!(all(target_arch = "wasm32", target_feature = "simd128", not(target_feature = "relaxed-simd")));

/// How an activation is kept between quantising and multiplying: as the instruction at hand reads it.
#[cfg(all(target_arch = "wasm32", target_feature = "simd128", not(target_feature = "relaxed-simd")))]
pub(crate) type Act = i16;
#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128", not(target_feature = "relaxed-simd"))))]
pub(crate) type Act = u8;

/// What an instruction set has to bring: the sums of R rows and P panels.
pub(crate) trait Tile {
    /// A weight as `sums` reads it.
    type Weight;

    /// A group of P panels, got ready for all rows. `scratch` is there to be used again.
    fn open<'a, const P: usize>(group: &'a [i8], scratch: &'a mut Vec<Self::Weight>) -> &'a [Self::Weight];

    /// # Safety
    ///
    /// The instruction set has to be there. `rows`: R runs of `steps` steps of activations; `panels`: `steps` times P panels.
    unsafe fn sums<const R: usize, const P: usize>(rows: [*const Act; R], panels: *const Self::Weight, steps: usize) -> [[I32x4; P]; R];
}

/// What is done to each output before it is stored.
pub(crate) trait Finish: Copy {
    fn finish(self, x: F32x4) -> F32x4;
}

/// `x`: [rows, depth] quantised; `bias`: one a channel, padded as the scales are → [rows, channels].
pub(crate) fn multiply(x: &Quantised, w: &Packed, bias: &[f32], finish: impl Finish) -> Vec<f32> {
    #[cfg(target_arch = "wasm32")]
    // SAFETY: the instructions are those that this module was built with.
    unsafe {
        #[cfg(target_feature = "relaxed-simd")]
        return run::<super::int8_relaxed::Relaxed, _>(x, w, bias, finish);
        #[cfg(not(target_feature = "relaxed-simd"))]
        return run::<super::int8_simd128::Simd128, _>(x, w, bias, finish);
    }
    #[cfg(not(target_arch = "wasm32"))]
    {
        #[cfg(target_arch = "x86_64")]
        if is_x86_feature_detected!("avx2") {
            // SAFETY: just asked.
            return unsafe { super::int8_avx2::multiply(x, w, bias, finish) };
        }
        // SAFETY: needs nothing.
        unsafe { run::<super::int8_scalar::Scalar, _>(x, w, bias, finish) }
    }
}

/// # Safety
///
/// T's instruction set has to be there.
#[inline(always)]
pub(crate) unsafe fn run<T: Tile, F: Finish>(x: &Quantised, w: &Packed, bias: &[f32], finish: F) -> Vec<f32> {
    assert!(x.depth() == w.depth && bias.len() >= w.scales.len());
    let length = x.rows() * w.channels;
    // Not zeroed first: that would take a noticeable part of the product's time.
    let mut y: Vec<f32> = Vec::with_capacity(length);
    let mut scratch = Vec::new();
    // What is added to every row. In memory, not in registers: those are all needed for the sums.
    let mut offsets = bias.to_vec();
    for group in 0..w.channels.div_ceil(GROUP) {
        match panels_of(w.channels, group) {
            #[cfg(not(target_feature = "relaxed-simd"))]
            4 => column::<T, F, 4>(x, w, &mut offsets, y.as_mut_ptr(), finish, group, &mut scratch),
            3 => column::<T, F, 3>(x, w, &mut offsets, y.as_mut_ptr(), finish, group, &mut scratch),
            2 => column::<T, F, 2>(x, w, &mut offsets, y.as_mut_ptr(), finish, group, &mut scratch),
            _ => column::<T, F, 1>(x, w, &mut offsets, y.as_mut_ptr(), finish, group, &mut scratch),
        }
    }
    // Each row's part of each group has been written.
    y.set_len(length);
    y
}

/// All rows of one group of channels. `y` has room for all rows of all channels.
#[inline(always)]
unsafe fn column<T: Tile, F: Finish, const P: usize>(
    x: &Quantised,
    w: &Packed,
    offsets: &mut [f32],
    y: *mut f32,
    finish: F,
    group: usize,
    scratch: &mut Vec<T::Weight>,
) {
    let depth = w.steps() * STEP;
    let weights = T::open::<P>(&w.bytes[group * GROUP * depth..][..P * LANES * depth], scratch);
    let mut first = 0;
    if x.centre() == Centre::Mean {
        first = MEAN_ROWS;
        for values in values::<T, MEAN_ROWS, P>(x, w, weights, group, 0) {
            for (panel, value) in values.into_iter().enumerate() {
                let channel = group * GROUP + panel * LANES;
                let offset = &mut offsets[channel..];
                F32x4::load(offset).add(value.mul(F32x4::load(&w.scales[channel..]))).store(offset);
            }
        }
    }
    let mut row = 0;
    while row + ROWS <= x.rows() {
        block::<T, F, ROWS, P>(x, w, weights, offsets, y, finish, group, row, first);
        row += ROWS;
    }
    while row < x.rows() {
        block::<T, F, 1, P>(x, w, weights, offsets, y, finish, group, row, first);
        row += 1;
    }
}

#[inline(always)]
#[allow(clippy::too_many_arguments)]
unsafe fn block<T: Tile, F: Finish, const R: usize, const P: usize>(
    x: &Quantised,
    w: &Packed,
    weights: &[T::Weight],
    offsets: &[f32],
    y: *mut f32,
    finish: F,
    group: usize,
    row: usize,
    first: usize,
) {
    let values = values::<T, R, P>(x, w, weights, group, first + row);
    for (r, values) in values.into_iter().enumerate() {
        for (panel, value) in values.into_iter().enumerate() {
            let channel = group * GROUP + panel * LANES;
            let value = finish.finish(value.mul(F32x4::load(&w.scales[channel..])).add(F32x4::load(&offsets[channel..])));
            let y = y.add((row + r) * w.channels + channel);
            if w.channels - channel >= LANES {
                y.cast::<[f32; LANES]>().write_unaligned(value.to_array());
            } else {
                for (lane, value) in value.to_array().into_iter().enumerate().take(w.channels - channel) {
                    y.add(lane).write(value);
                }
            }
        }
    }
}

/// The products of some rows and one group, in units of the channels' scales.
#[inline(always)]
unsafe fn values<T: Tile, const R: usize, const P: usize>(
    x: &Quantised,
    w: &Packed,
    weights: &[T::Weight],
    group: usize,
    row: usize,
) -> [[F32x4; P]; R] {
    let mut values = [[F32x4::zero(); P]; R];
    for (block, depth) in (0..w.depth).step_by(BLOCK).enumerate() {
        let steps = (w.depth - depth).min(BLOCK).div_ceil(STEP);
        let rows: [*const Act; R] = core::array::from_fn(|r| x.row(row + r)[depth..].as_ptr());
        let sums = T::sums::<R, P>(rows, weights[depth * P * LANES..].as_ptr(), steps);
        let weight_sums = &w.sums[block * w.scales.len() + group * GROUP..];
        for (r, (values, sums)) in values.iter_mut().zip(sums).enumerate() {
            let (scale, least) = x.scale(row + r, block);
            let (scale, least) = (F32x4::splat(scale), F32x4::splat(least));
            for (panel, (value, sum)) in values.iter_mut().zip(sums).enumerate() {
                let of_weights = F32x4::load(&weight_sums[panel * LANES..]);
                *value = value.add(sum.to_f32().mul(scale)).add(least.mul(of_weights));
            }
        }
    }
    values
}
