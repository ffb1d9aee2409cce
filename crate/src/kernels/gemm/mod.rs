//! Matrix products, a file for each number format (packing, the loops, the end of each output) and one for each instruction set.

pub(crate) mod f32;
pub(crate) mod int16;
pub(crate) mod int8;

#[cfg(target_arch = "x86_64")]
mod f32_avx2;
#[cfg(target_arch = "wasm32")]
mod f32_wasm;
#[cfg(target_arch = "x86_64")]
mod int8_avx2;
#[cfg(all(target_arch = "wasm32", target_feature = "relaxed-simd"))]
mod int8_relaxed;
#[allow(dead_code)] // Where there are instructions for it, tests alone need this.
pub(crate) mod int8_scalar;
#[cfg(all(target_arch = "wasm32", not(target_feature = "relaxed-simd")))]
mod int8_simd128;
