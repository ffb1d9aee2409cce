//! 2^x and erf, and what is made of them: our own, so that every build gives the same bits.

use super::gemm::int8::Finish;
use super::lanes::{F32x4, ROUND};

/// Horner's scheme, the highest power's coefficient first.
#[inline(always)]
fn polynomial<const N: usize>(x: F32x4, coefficients: &[f32; N]) -> F32x4 {
    let mut sum = F32x4::broadcast(&coefficients[0]);
    for coefficient in &coefficients[1..] {
        sum = sum.mul(x).add(F32x4::broadcast(coefficient));
    }
    sum
}

/// The constants of a function, where the compiler can't see what they are: see [`F32x4::broadcast`].
#[inline(always)]
fn opaque<T>(constants: &'static T) -> &'static T {
    core::hint::black_box(constants)
}

/// 2^x, within 3e-7 of it, relatively, for x from -125 to 125; below that as at -125. x = n + f, and a minimax polynomial
/// for 2^f. Numbers above 125 are the caller's to keep out.
#[derive(Clone, Copy)]
pub(crate) struct Exp2(&'static Exp2Constants);

struct Exp2Constants {
    least: f32,
    round: f32,
    coefficients: [f32; 6],
}

static EXP2: Exp2Constants = Exp2Constants {
    least: -125.0,
    round: ROUND,
    coefficients: [1.327_647_2e-3, 9.675_541e-3, 5.550_713e-2, 2.402_212e-1, 6.931_469_4e-1, 1.000_000_1],
};

impl Exp2 {
    pub fn new() -> Self {
        Self(opaque(&EXP2))
    }

    #[inline(always)]
    pub fn of(self, x: F32x4) -> F32x4 {
        let Self(c) = self;
        let x = x.max(F32x4::broadcast(&c.least));
        let rounded = x.add(F32x4::broadcast(&c.round));
        let f = x.sub(rounded.sub(F32x4::broadcast(&c.round)));
        polynomial(f, &c.coefficients).times_power_of_two(rounded)
    }
}

/// x Φ(x) = h + h erf(x / √2) with h = x / 2. The error function is the rational approximation of Eigen and XLA, within 4e-7,
/// its coefficients those for x in place of x / √2.
#[derive(Clone, Copy)]
pub(crate) struct Gelu(&'static GeluConstants);

struct GeluConstants {
    half: f32,
    least: f32,
    most: f32,
    /// Of x, x³, ...
    above: [f32; 7],
    /// Of 1, x², ...
    below: [f32; 5],
}

static GELU: GeluConstants = GeluConstants {
    half: 0.5,
    least: -4.0 * std::f32::consts::SQRT_2,
    most: 4.0 * std::f32::consts::SQRT_2,
    above: [-1.138_161_4e-2, -1.044_608_8e-3, -1.299_292_2e-4, -5.031_512_3e-6, -9.285_302e-8, 6.122_398_8e-10, -3.011_990_1e-12],
    below: [-1.426_473_9e-2, -3.686_664_6e-3, -4.207_067_4e-4, -2.667_175_7e-5, -9.103_794_9e-7],
};

impl Gelu {
    pub fn new() -> Self {
        Self(opaque(&GELU))
    }
}

impl Finish for Gelu {
    #[inline(always)]
    fn finish(self, x: F32x4) -> F32x4 {
        let Self(c) = self;
        let a = |index: usize| F32x4::broadcast(&c.above[index]);
        let b = |index: usize| F32x4::broadcast(&c.below[index]);
        let half = x.mul(F32x4::broadcast(&c.half));
        let x = x.max(F32x4::broadcast(&c.least)).min(F32x4::broadcast(&c.most));
        // Pairs of terms first (Estrin's scheme): nothing waits long for what is before it.
        let x2 = x.mul(x);
        let x4 = x2.mul(x2);
        let x8 = x4.mul(x4);
        let above = a(0).add(a(1).mul(x2)).add(a(2).add(a(3).mul(x2)).mul(x4)).add(a(4).add(a(5).mul(x2)).add(a(6).mul(x4)).mul(x8));
        let below = b(0).add(b(1).mul(x2)).add(b(2).add(b(3).mul(x2)).mul(x4)).add(b(4).mul(x8));
        half.add(half.mul(x.mul(above).div(below)))
    }
}

/// GELU by its tanh approximation, 0.5 x (1 + tanh u) = x / (1 + e^-2u).
#[derive(Clone, Copy)]
pub(crate) struct GeluTanh {
    exp2: Exp2,
    constants: &'static [f32; 4],
}

/// The cube's share; -2 √(2 / π) log2 e; the largest exponent; 1.
static GELU_TANH: [f32; 4] = [0.044_715, -2.302_208_2, 125.0, 1.0];

impl GeluTanh {
    pub fn new() -> Self {
        Self { exp2: Exp2::new(), constants: opaque(&GELU_TANH) }
    }
}

impl Finish for GeluTanh {
    #[inline(always)]
    fn finish(self, x: F32x4) -> F32x4 {
        let [cubic, factor, most, one] = self.constants.each_ref().map(F32x4::broadcast);
        let u = x.add(x.mul(x).mul(x).mul(cubic));
        x.div(one.add(self.exp2.of(u.mul(factor).min(most))))
    }
}

#[derive(Clone, Copy)]
pub(crate) struct Relu;

impl Finish for Relu {
    #[inline(always)]
    fn finish(self, x: F32x4) -> F32x4 {
        x.max(F32x4::zero())
    }
}

#[derive(Clone, Copy)]
pub(crate) struct Identity;

impl Finish for Identity {
    #[inline(always)]
    fn finish(self, x: F32x4) -> F32x4 {
        x
    }
}
