//! With wasm's simd128, and where the build has relaxed SIMD, with its fused multiply-add.

use core::arch::wasm32::{f32x4_splat, v128, v128_load, v128_load32_splat};

use super::f32::{Tile, PANELS};
use crate::kernels::lanes::F32x4;

pub(crate) struct Wasm;

#[inline(always)]
fn multiply_add(a: v128, b: v128, sum: v128) -> v128 {
    #[cfg(target_feature = "relaxed-simd")]
    return core::arch::wasm32::f32x4_relaxed_madd(a, b, sum);
    #[cfg(not(target_feature = "relaxed-simd"))]
    return core::arch::wasm32::f32x4_add(sum, core::arch::wasm32::f32x4_mul(a, b));
}

impl Tile for Wasm {
    const ROWS: usize = 2;

    #[inline(always)]
    unsafe fn sums<const R: usize>(rows: [*const f32; R], weights: *const f32, depth: usize) -> [[F32x4; PANELS]; R] {
        let mut sums = [[f32x4_splat(0.0); PANELS]; R];
        let weights = weights.cast::<v128>();
        for at in 0..depth {
            let w: [v128; PANELS] = core::array::from_fn(|p| v128_load(weights.add(at * PANELS + p)));
            for (sums, row) in sums.iter_mut().zip(rows) {
                let x = v128_load32_splat(row.add(at).cast());
                for (sum, w) in sums.iter_mut().zip(w) {
                    *sum = multiply_add(w, x, *sum);
                }
            }
        }
        sums.map(|sums| sums.map(F32x4::from_raw))
    }
}
