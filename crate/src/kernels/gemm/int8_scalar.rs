//! Without instructions for it; what the others are tested against.

use super::int8::{place, Act, Tile, STEP};
use crate::kernels::lanes::{I32x4, LANES};

pub(crate) struct Scalar;

impl Tile for Scalar {
    type Weight = i8;

    #[inline(always)]
    fn open<'a, const P: usize>(group: &'a [i8], _: &'a mut Vec<i8>) -> &'a [i8] {
        group
    }

    #[inline(always)]
    unsafe fn sums<const R: usize, const P: usize>(rows: [*const Act; R], panels: *const i8, steps: usize) -> [[I32x4; P]; R] {
        let mut sums = [[[0i32; LANES]; P]; R];
        for step in 0..steps {
            for (row, sums) in rows.into_iter().zip(&mut sums) {
                for (p, sums) in sums.iter_mut().enumerate() {
                    for (lane, sum) in sums.iter_mut().enumerate() {
                        for depth in 0..STEP {
                            let weight = *panels.add((step * P + p) * LANES * STEP + place(lane, depth));
                            *sum = sum.wrapping_add(i32::from(weight) * i32::from(*row.add(step * STEP + depth)));
                        }
                    }
                }
            }
        }
        sums.map(|sums| sums.map(I32x4::from_array))
    }
}
