//! With AVX2: two panels a register.

use core::arch::x86_64::*;

use super::int8::{run, Act, Finish, Packed, Tile};
use crate::kernels::lanes::I32x4;
use crate::kernels::quantise::Quantised;

struct Avx2;

/// # Safety
///
/// Needs AVX2.
#[target_feature(enable = "avx2")]
pub(crate) unsafe fn multiply<F: Finish>(x: &Quantised, w: &Packed, bias: &[f32], finish: F) -> Vec<f32> {
    run::<Avx2, F>(x, w, bias, finish)
}

impl Tile for Avx2 {
    type Weight = i8;

    #[inline(always)]
    fn open<'a, const P: usize>(group: &'a [i8], _: &'a mut Vec<i8>) -> &'a [i8] {
        group
    }

    #[inline(always)]
    unsafe fn sums<const R: usize, const P: usize>(rows: [*const Act; R], panels: *const i8, steps: usize) -> [[I32x4; P]; R] {
        let ones = _mm256_set1_epi16(1);
        // Pairs of panels; of an odd last one both halves are the same.
        let mut sums = [[_mm256_setzero_si256(); 2]; R];
        let pairs = P.div_ceil(2);
        for step in 0..steps {
            for (row, sums) in rows.into_iter().zip(&mut sums) {
                let activations = _mm256_set1_epi32(row.cast::<i32>().add(step).read_unaligned());
                for (pair, sum) in sums.iter_mut().enumerate().take(pairs) {
                    let panel = panels.add((step * P + pair * 2) * 16);
                    let weights = if pair * 2 + 1 < P {
                        _mm256_loadu_si256(panel.cast())
                    } else {
                        _mm256_broadcastsi128_si256(_mm_loadu_si128(panel.cast()))
                    };
                    // 2 x 127 x 127 fits into i16: nothing saturates.
                    let products = _mm256_madd_epi16(_mm256_maddubs_epi16(activations, weights), ones);
                    *sum = _mm256_add_epi32(*sum, products);
                }
            }
        }
        sums.map(|sums| {
            core::array::from_fn(|p| {
                I32x4::from_raw(if p % 2 == 0 { _mm256_castsi256_si128(sums[p / 2]) } else { _mm256_extracti128_si256::<1>(sums[p / 2]) })
            })
        })
    }
}
