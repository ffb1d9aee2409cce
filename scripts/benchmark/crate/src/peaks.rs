//! How fast one instruction can be issued: the loop of a matrix product with nothing of it but the multiply-adds.
//!
//! ROWS operands are loaded from a buffer that stays in the L1 cache (so that nothing can be moved out of the
//! loop), COLUMNS stay in registers, and each pair has an accumulator of its own. The best of some shapes counts:
//! which one that is depends on the latency of the instruction and on how many registers the engine keeps free.

use core::arch::wasm32::*;
use core::hint::black_box;
use wasm_bindgen::prelude::*;

const STEPS_OF_BUFFER: usize = 64;
const MOST_ROWS: usize = 12;

#[repr(align(64))]
struct Buffer([i8; STEPS_OF_BUFFER * MOST_ROWS * 16]);

/// Runs `steps` steps of ROWS x COLUMNS accumulators and gives a sum, which keeps the compiler from leaving them out.
#[inline(always)]
fn run<const ROWS: usize, const COLUMNS: usize>(
    steps: usize,
    bytes: [i8; 4],
    add: impl Fn(v128, v128, v128) -> v128,
) -> f64 {
    let mut buffer = Buffer([0; STEPS_OF_BUFFER * MOST_ROWS * 16]);
    for (index, byte) in buffer.0.iter_mut().enumerate() {
        *byte = bytes[index % 4];
    }
    let buffer = black_box(&buffer);
    let held: [v128; COLUMNS] = core::array::from_fn(|_| black_box(i32x4_splat(i32::from_le_bytes(bytes.map(|byte| byte as u8)))));
    let mut sums = [[i32x4_splat(0); COLUMNS]; ROWS];
    for step in 0..steps {
        let at = (step % STEPS_OF_BUFFER) * ROWS * 16;
        for (row, sums) in sums.iter_mut().enumerate() {
            // SAFETY: `at` is below STEPS_OF_BUFFER x ROWS x 16, and ROWS at most MOST_ROWS.
            let loaded = unsafe { v128_load(buffer.0.as_ptr().add(at + row * 16).cast()) };
            for (sum, held) in sums.iter_mut().zip(&held) {
                *sum = add(loaded, *held, *sum);
            }
        }
    }
    let all = sums.iter().flatten().fold(i32x4_splat(0), |all, sum| v128_xor(all, *sum));
    f64::from(i32x4_extract_lane::<0>(all))
}

macro_rules! shapes {
    ($(#[$cfg:meta])* $name:ident, $bytes:expr, $add:expr) => {
        #[inline(never)]
        $(#[$cfg])*
        fn $name(shape: u32, steps: usize) -> f64 {
            match shape {
                0 => run::<4, 2>(steps, $bytes, $add),
                1 => run::<2, 4>(steps, $bytes, $add),
                2 => run::<3, 3>(steps, $bytes, $add),
                3 => run::<5, 2>(steps, $bytes, $add),
                4 => run::<10, 1>(steps, $bytes, $add),
                _ => run::<6, 2>(steps, $bytes, $add),
            }
        }
    };
}

/// Accumulators of each shape above.
const SHAPES: [u32; 6] = [8, 8, 9, 10, 10, 12];

/// 2^-40 or so: sums stay finite and no product is denormal.
const SMALL_F32: [i8; 4] = [0, 0, 0, 0x2b];

shapes!(f32_mul_add, SMALL_F32, |a, b, sum| f32x4_add(f32x4_mul(a, b), sum));
shapes!(i16_dot, [3, 0, 5, 0], |a, b, sum| i32x4_add(i32x4_dot_i16x8(a, b), sum));
shapes!(#[cfg(target_feature = "relaxed-simd")] f32_relaxed_madd, SMALL_F32, |a, b, sum| f32x4_relaxed_madd(a, b, sum));
shapes!(#[cfg(target_feature = "relaxed-simd")] i8_relaxed_dot, [3, 5, 7, 9], |a, b, sum| i32x4_relaxed_dot_i8x16_i7x16_add(a, b, sum));

/// How many shapes there are to choose from.
#[wasm_bindgen]
pub fn peak_shapes() -> u32 {
    SHAPES.len() as u32
}

/// Operations (2 a multiply-add) of one step, 0 where this build lacks the instruction.
#[wasm_bindgen]
pub fn peak_operations(instruction: &str, shape: u32) -> u32 {
    let lanes = match instruction {
        "f32_mul_add" => 4,
        "i16_dot" => 8,
        #[cfg(target_feature = "relaxed-simd")]
        "f32_relaxed_madd" => 4,
        #[cfg(target_feature = "relaxed-simd")]
        "i8_relaxed_dot" => 16,
        _ => 0,
    };
    2 * lanes * SHAPES.get(shape as usize).copied().unwrap_or(0)
}

/// Runs the loop; what it returns means nothing.
#[wasm_bindgen]
pub fn peak_run(instruction: &str, shape: u32, steps: u32) -> f64 {
    let steps = steps as usize;
    match instruction {
        "f32_mul_add" => f32_mul_add(shape, steps),
        "i16_dot" => i16_dot(shape, steps),
        #[cfg(target_feature = "relaxed-simd")]
        "f32_relaxed_madd" => f32_relaxed_madd(shape, steps),
        #[cfg(target_feature = "relaxed-simd")]
        "i8_relaxed_dot" => i8_relaxed_dot(shape, steps),
        _ => 0.0,
    }
}
