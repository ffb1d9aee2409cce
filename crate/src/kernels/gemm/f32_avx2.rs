//! With AVX2 and FMA: a group in two registers.

use core::arch::x86_64::*;

use super::f32::{run, Packed, Rows, Tile, GROUP, PANELS};
use super::int8::Finish;
use crate::kernels::lanes::F32x4;

struct Avx2;

/// # Safety
///
/// Needs AVX2 and FMA.
#[target_feature(enable = "avx2,fma")]
pub(crate) unsafe fn multiply<F: Finish>(x: Rows, w: &Packed, bias: &[f32], y: &mut [f32], y_stride: usize, finish: F) {
    run::<Avx2, F>(x, w, bias, y, y_stride, finish);
}

impl Tile for Avx2 {
    const ROWS: usize = 4;

    #[inline(always)]
    unsafe fn sums<const R: usize>(rows: [*const f32; R], weights: *const f32, depth: usize) -> [[F32x4; PANELS]; R] {
        let mut sums = [[_mm256_setzero_ps(); 2]; R];
        for at in 0..depth {
            let w = [_mm256_loadu_ps(weights.add(at * GROUP)), _mm256_loadu_ps(weights.add(at * GROUP + 8))];
            for (sums, row) in sums.iter_mut().zip(rows) {
                let x = _mm256_set1_ps(*row.add(at));
                for (sum, w) in sums.iter_mut().zip(w) {
                    *sum = _mm256_fmadd_ps(x, w, *sum);
                }
            }
        }
        sums.map(|[low, high]| {
            [
                F32x4::from_raw(_mm256_castps256_ps128(low)),
                F32x4::from_raw(_mm256_extractf128_ps::<1>(low)),
                F32x4::from_raw(_mm256_castps256_ps128(high)),
                F32x4::from_raw(_mm256_extractf128_ps::<1>(high)),
            ]
        })
    }
}
