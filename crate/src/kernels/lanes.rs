//! Four f32 side by side: SSE2 on x86, simd128 in wasm, plain arrays elsewhere.
//!
//! Every operation here is one that IEEE 754 defines to the last bit, and none is fused with another, so what is written in
//! these gives the same bits on every machine. Four lanes everywhere, since a wider register would sum in another order.

#[cfg(target_arch = "wasm32")]
use core::arch::wasm32 as arch;
#[cfg(target_arch = "x86_64")]
use core::arch::x86_64 as arch;

pub(crate) const LANES: usize = 4;

/// Added to a number below 2^22, it leaves the nearest whole number in the sum's lowest bits.
pub(crate) const ROUND: f32 = 12_582_912.0; // 1.5 x 2^23, whose bits are 0x4b400000

#[cfg(target_arch = "wasm32")]
pub(crate) type Raw = arch::v128;
#[cfg(target_arch = "x86_64")]
pub(crate) type Raw = arch::__m128;
#[cfg(not(any(target_arch = "wasm32", target_arch = "x86_64")))]
pub(crate) type Raw = [f32; LANES];

#[derive(Clone, Copy)]
pub(crate) struct F32x4(Raw);

#[derive(Clone, Copy)]
pub(crate) struct I32x4(RawInt);

#[cfg(target_arch = "wasm32")]
pub(crate) type RawInt = arch::v128;
#[cfg(target_arch = "x86_64")]
pub(crate) type RawInt = arch::__m128i;
#[cfg(not(any(target_arch = "wasm32", target_arch = "x86_64")))]
pub(crate) type RawInt = [i32; LANES];

#[derive(Clone, Copy)]
pub(crate) struct I16x8(RawShort);

#[cfg(target_arch = "wasm32")]
type RawShort = arch::v128;
#[cfg(target_arch = "x86_64")]
type RawShort = arch::__m128i;
#[cfg(not(any(target_arch = "wasm32", target_arch = "x86_64")))]
type RawShort = [i16; 8];

impl I16x8 {
    #[inline(always)]
    pub fn to_array(self) -> [i16; 8] {
        // SAFETY: both are 16 bytes of integers.
        unsafe { core::mem::transmute::<RawShort, [i16; 8]>(self.0) }
    }

    /// Sixteen u8, `self`'s first; beyond u8's ends the nearer one.
    #[inline(always)]
    pub fn narrow(self, other: Self) -> [u8; 16] {
        #[cfg(target_arch = "wasm32")]
        let raw = arch::u8x16_narrow_i16x8(self.0, other.0);
        #[cfg(target_arch = "x86_64")]
        // SAFETY: SSE2 is part of x86-64.
        let raw = unsafe { arch::_mm_packus_epi16(self.0, other.0) };
        #[cfg(not(any(target_arch = "wasm32", target_arch = "x86_64")))]
        let raw: [u8; 16] = core::array::from_fn(|at| (if at < 8 { self.0[at] } else { other.0[at - 8] }).clamp(0, 255) as u8);
        // SAFETY: both are 16 bytes of integers.
        unsafe { core::mem::transmute(raw) }
    }
}

impl I32x4 {
    #[inline(always)]
    pub fn from_raw(raw: RawInt) -> Self {
        Self(raw)
    }

    #[inline(always)]
    pub fn from_array(values: [i32; LANES]) -> Self {
        // SAFETY: both are 16 bytes of integers.
        Self(unsafe { core::mem::transmute::<[i32; LANES], RawInt>(values) })
    }

    #[inline(always)]
    pub fn to_array(self) -> [i32; LANES] {
        // SAFETY: both are 16 bytes of integers.
        unsafe { core::mem::transmute::<RawInt, [i32; LANES]>(self.0) }
    }

    /// The low halves of `self`, each beside the one of `high`: eight i16, `self`'s first.
    #[inline(always)]
    pub fn interleave(self, high: Self) -> [i16; 8] {
        #[cfg(target_arch = "wasm32")]
        let raw = arch::v128_or(arch::v128_and(self.0, arch::i32x4_splat(0xffff)), arch::i32x4_shl(high.0, 16));
        #[cfg(target_arch = "x86_64")]
        // SAFETY: SSE2 is part of x86-64.
        let raw = unsafe {
            let low = arch::_mm_and_si128(self.0, arch::_mm_set1_epi32(0xffff));
            arch::_mm_or_si128(low, arch::_mm_slli_epi32::<16>(high.0))
        };
        #[cfg(not(any(target_arch = "wasm32", target_arch = "x86_64")))]
        let raw: [i16; 8] = core::array::from_fn(|at| if at % 2 == 0 { self.0[at / 2] as i16 } else { high.0[at / 2] as i16 });
        // SAFETY: both are 16 bytes of integers.
        unsafe { core::mem::transmute(raw) }
    }

    /// Eight i16, `self`'s first; beyond i16's ends the nearer one.
    #[inline(always)]
    pub fn narrow(self, other: Self) -> I16x8 {
        #[cfg(target_arch = "wasm32")]
        return I16x8(arch::i16x8_narrow_i32x4(self.0, other.0));
        #[cfg(target_arch = "x86_64")]
        // SAFETY: SSE2 is part of x86-64.
        return I16x8(unsafe { arch::_mm_packs_epi32(self.0, other.0) });
        #[cfg(not(any(target_arch = "wasm32", target_arch = "x86_64")))]
        return I16x8(core::array::from_fn(|at| {
            let value = if at < LANES { self.0[at] } else { other.0[at - LANES] };
            value.clamp(i32::from(i16::MIN), i32::from(i16::MAX)) as i16
        }));
    }

    /// Rounded to the nearest f32.
    #[inline(always)]
    pub fn to_f32(self) -> F32x4 {
        #[cfg(target_arch = "wasm32")]
        return F32x4(arch::f32x4_convert_i32x4(self.0));
        #[cfg(target_arch = "x86_64")]
        // SAFETY: SSE2 is part of x86-64.
        return F32x4(unsafe { arch::_mm_cvtepi32_ps(self.0) });
        #[cfg(not(any(target_arch = "wasm32", target_arch = "x86_64")))]
        return F32x4(self.0.map(|value| value as f32));
    }
}

macro_rules! binary {
    ($($(#[$doc:meta])* $name:ident: $wasm:ident, $sse:ident, $scalar:expr;)*) => {$(
        $(#[$doc])*
        #[inline(always)]
        pub fn $name(self, other: Self) -> Self {
            #[cfg(target_arch = "wasm32")]
            return Self(arch::$wasm(self.0, other.0));
            #[cfg(target_arch = "x86_64")]
            // SAFETY: SSE2 is part of x86-64.
            return Self(unsafe { arch::$sse(self.0, other.0) });
            #[cfg(not(any(target_arch = "wasm32", target_arch = "x86_64")))]
            {
                let scalar: fn(f32, f32) -> f32 = $scalar;
                return Self(core::array::from_fn(|lane| scalar(self.0[lane], other.0[lane])));
            }
        }
    )*};
}

impl F32x4 {
    binary! {
        add: f32x4_add, _mm_add_ps, |a, b| a + b;
        sub: f32x4_sub, _mm_sub_ps, |a, b| a - b;
        mul: f32x4_mul, _mm_mul_ps, |a, b| a * b;
        div: f32x4_div, _mm_div_ps, |a, b| a / b;
    }

    #[inline(always)]
    pub fn from_raw(raw: Raw) -> Self {
        Self(raw)
    }

    #[inline(always)]
    pub fn splat(value: f32) -> Self {
        Self::from_array([value; LANES])
    }

    /// A number in memory, in all lanes. A constant that is written out would be put together anew at each use by V8.
    #[inline(always)]
    pub fn broadcast(value: &f32) -> Self {
        #[cfg(target_arch = "wasm32")]
        // SAFETY: four bytes are there.
        return Self(unsafe { arch::v128_load32_splat((value as *const f32).cast()) });
        #[cfg(not(target_arch = "wasm32"))]
        return Self::splat(*value);
    }

    #[inline(always)]
    pub fn zero() -> Self {
        Self::splat(0.0)
    }

    #[inline(always)]
    pub fn from_array(values: [f32; LANES]) -> Self {
        // SAFETY: both are 16 bytes of floats.
        Self(unsafe { core::mem::transmute::<[f32; LANES], Raw>(values) })
    }

    #[inline(always)]
    pub fn to_array(self) -> [f32; LANES] {
        // SAFETY: both are 16 bytes of floats.
        unsafe { core::mem::transmute::<Raw, [f32; LANES]>(self.0) }
    }

    /// The first four of `values`.
    #[inline(always)]
    pub fn load(values: &[f32]) -> Self {
        debug_assert!(values.len() >= LANES);
        let mut array = [0.0; LANES];
        array.copy_from_slice(&values[..LANES]);
        Self::from_array(array)
    }

    /// Up to four of `values`, and `fill` for what lacks.
    #[inline(always)]
    pub fn load_part(values: &[f32], fill: f32) -> Self {
        let mut array = [fill; LANES];
        for (lane, value) in array.iter_mut().zip(values) {
            *lane = *value;
        }
        Self::from_array(array)
    }

    #[inline(always)]
    pub fn store(self, values: &mut [f32]) {
        values[..LANES].copy_from_slice(&self.to_array());
    }

    /// As many as there is room for.
    #[inline(always)]
    pub fn store_part(self, values: &mut [f32]) {
        for (value, lane) in values.iter_mut().zip(self.to_array()) {
            *value = lane;
        }
    }

    /// The larger; `self` where `other` is NaN, or both are zeros.
    #[inline(always)]
    pub fn max(self, other: Self) -> Self {
        #[cfg(target_arch = "wasm32")]
        return Self(arch::f32x4_pmax(self.0, other.0));
        #[cfg(target_arch = "x86_64")]
        // SAFETY: SSE2 is part of x86-64.
        return Self(unsafe { arch::_mm_max_ps(other.0, self.0) });
        #[cfg(not(any(target_arch = "wasm32", target_arch = "x86_64")))]
        return Self(core::array::from_fn(|lane| if other.0[lane] > self.0[lane] { other.0[lane] } else { self.0[lane] }));
    }

    /// The smaller; `self` where `other` is NaN, or both are zeros.
    #[inline(always)]
    pub fn min(self, other: Self) -> Self {
        #[cfg(target_arch = "wasm32")]
        return Self(arch::f32x4_pmin(self.0, other.0));
        #[cfg(target_arch = "x86_64")]
        // SAFETY: SSE2 is part of x86-64.
        return Self(unsafe { arch::_mm_min_ps(other.0, self.0) });
        #[cfg(not(any(target_arch = "wasm32", target_arch = "x86_64")))]
        return Self(core::array::from_fn(|lane| if other.0[lane] < self.0[lane] { other.0[lane] } else { self.0[lane] }));
    }

    #[inline(always)]
    pub fn abs(self) -> Self {
        #[cfg(target_arch = "wasm32")]
        return Self(arch::f32x4_abs(self.0));
        #[cfg(not(target_arch = "wasm32"))]
        return self.max(Self::zero().sub(self));
    }

    /// The nearest whole numbers, of numbers below 2^22; ties to even.
    #[inline(always)]
    pub fn round(self) -> I32x4 {
        // The sum's lowest bits are the whole number.
        const BITS: i32 = 0x4b40_0000;
        let sum = self.add(Self::splat(ROUND));
        #[cfg(target_arch = "wasm32")]
        return I32x4(arch::i32x4_sub(sum.0, arch::i32x4_splat(BITS)));
        #[cfg(target_arch = "x86_64")]
        // SAFETY: SSE2 is part of x86-64.
        return I32x4(unsafe { arch::_mm_sub_epi32(arch::_mm_castps_si128(sum.0), arch::_mm_set1_epi32(BITS)) });
        #[cfg(not(any(target_arch = "wasm32", target_arch = "x86_64")))]
        return I32x4(sum.0.map(|sum| (sum.to_bits() as i32).wrapping_sub(BITS)));
    }

    /// Times 2 to the power of n, where `sum` is n + [`ROUND`] with a whole n: its lowest bits are n's. The product must be
    /// neither subnormal nor infinite.
    #[inline(always)]
    pub fn times_power_of_two(self, sum: Self) -> Self {
        #[cfg(target_arch = "wasm32")]
        return Self(arch::i32x4_add(self.0, arch::i32x4_shl(sum.0, 23)));
        #[cfg(target_arch = "x86_64")]
        // SAFETY: SSE2 is part of x86-64.
        return unsafe {
            let exponent = arch::_mm_slli_epi32::<23>(arch::_mm_castps_si128(sum.0));
            Self(arch::_mm_castsi128_ps(arch::_mm_add_epi32(arch::_mm_castps_si128(self.0), exponent)))
        };
        #[cfg(not(any(target_arch = "wasm32", target_arch = "x86_64")))]
        return Self(core::array::from_fn(|lane| f32::from_bits(self.0[lane].to_bits().wrapping_add(sum.0[lane].to_bits() << 23))));
    }

    /// The sum of the lanes, in this order: (0 + 2) + (1 + 3).
    #[inline(always)]
    pub fn sum(self) -> f32 {
        let [a, b, c, d] = self.to_array();
        (a + c) + (b + d)
    }

    #[inline(always)]
    pub fn largest(self) -> f32 {
        let [a, b, c, d] = self.to_array();
        larger(larger(a, c), larger(b, d))
    }

    #[inline(always)]
    pub fn smallest(self) -> f32 {
        let [a, b, c, d] = self.to_array();
        smaller(smaller(a, c), smaller(b, d))
    }
}

#[inline(always)]
fn larger(a: f32, b: f32) -> f32 {
    if b > a {
        b
    } else {
        a
    }
}

#[inline(always)]
fn smaller(a: f32, b: f32) -> f32 {
    if b < a {
        b
    } else {
        a
    }
}
