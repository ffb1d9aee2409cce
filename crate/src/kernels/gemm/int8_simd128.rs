//! With wasm's plain simd128: two products of i16 a lane in one instruction. A group's weights are widened once for all rows.

use core::arch::wasm32::{
    i16x8_load_extend_i8x8, i32x4_add, i32x4_dot_i16x8, i32x4_splat, v128, v128_load, v128_load32_splat, v128_store,
};

use super::int8::{Act, Tile};
use crate::kernels::lanes::I32x4;

pub(crate) struct Simd128;

/// Bytes of a panel's two depths.
const HALF: usize = 8;

impl Tile for Simd128 {
    type Weight = i16;

    #[inline(always)]
    fn open<'a, const P: usize>(group: &'a [i8], scratch: &'a mut Vec<i16>) -> &'a [i16] {
        scratch.resize(group.len(), 0);
        // Of each step first all panels' depths 0 and 1, then all panels' 2 and 3.
        let steps = group.chunks_exact(P * 2 * HALF).zip(scratch.chunks_exact_mut(P * 2 * HALF));
        for (from, to) in steps {
            for half in 0..2 {
                for panel in 0..P {
                    let (from, to) = (&from[(panel * 2 + half) * HALF..][..HALF], &mut to[(half * P + panel) * HALF..][..HALF]);
                    // SAFETY: eight of each are there.
                    unsafe { v128_store(to.as_mut_ptr().cast(), i16x8_load_extend_i8x8(from.as_ptr())) };
                }
            }
        }
        scratch
    }

    #[inline(always)]
    unsafe fn sums<const R: usize, const P: usize>(rows: [*const Act; R], panels: *const i16, steps: usize) -> [[I32x4; P]; R] {
        let mut sums = [[i32x4_splat(0); P]; R];
        let panels = panels.cast::<v128>();
        for half in 0..steps * 2 {
            let weights: [v128; P] = core::array::from_fn(|p| v128_load(panels.add(half * P + p)));
            for (sums, row) in sums.iter_mut().zip(rows) {
                let activations = v128_load32_splat(row.cast::<u32>().add(half));
                for (sum, weights) in sums.iter_mut().zip(weights) {
                    *sum = i32x4_add(*sum, i32x4_dot_i16x8(weights, activations));
                }
            }
        }
        sums.map(|sums| sums.map(I32x4::from_raw))
    }
}
