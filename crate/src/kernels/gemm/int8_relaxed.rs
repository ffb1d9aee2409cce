//! With wasm's relaxed SIMD: four products a lane in one instruction.

use core::arch::wasm32::{i32x4_relaxed_dot_i8x16_i7x16_add, i32x4_splat, v128, v128_load, v128_load32_splat};

use super::int8::{Act, Tile};
use crate::kernels::lanes::I32x4;

pub(crate) struct Relaxed;

impl Tile for Relaxed {
    type Weight = i8;

    #[inline(always)]
    fn open<'a, const P: usize>(group: &'a [i8], _: &'a mut Vec<i8>) -> &'a [i8] {
        group
    }

    #[inline(always)]
    unsafe fn sums<const R: usize, const P: usize>(rows: [*const Act; R], panels: *const i8, steps: usize) -> [[I32x4; P]; R] {
        let mut sums = [[i32x4_splat(0); P]; R];
        let panels = panels.cast::<v128>();
        for step in 0..steps {
            let weights: [v128; P] = core::array::from_fn(|p| v128_load(panels.add(step * P + p)));
            for (sums, row) in sums.iter_mut().zip(rows) {
                // The weights go first, with all their eight bits; the second operand's high bits are clear, as the
                // instruction asks, and no pair of products overflows the i16 that some machines keep it in.
                let activations = v128_load32_splat(row.cast::<u32>().add(step));
                for (sum, weights) in sums.iter_mut().zip(weights) {
                    *sum = i32x4_relaxed_dot_i8x16_i7x16_add(weights, activations, *sum);
                }
            }
        }
        sums.map(|sums| sums.map(I32x4::from_raw))
    }
}
