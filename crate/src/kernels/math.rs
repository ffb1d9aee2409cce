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

/// The error function, within 4e-7; the rational approximation of Eigen and XLA.
#[derive(Clone, Copy)]
struct Erf(&'static ErfConstants);

struct ErfConstants {
    least: f32,
    most: f32,
    above: [f32; 7],
    below: [f32; 5],
}

static ERF: ErfConstants = ErfConstants {
    least: -4.0,
    most: 4.0,
    above: [
        -2.726_142_3e-10,
        2.770_681_4e-8,
        -2.101_024e-6,
        -5.692_506_4e-5,
        -7.349_906_3e-4,
        -2.954_599_8e-3,
        -1.609_603_3e-2,
    ],
    below: [-1.456_607_2e-5, -2.133_740_6e-4, -1.682_827e-3, -7.373_329e-3, -1.426_473_9e-2],
};

impl Erf {
    #[inline(always)]
    fn of(self, x: F32x4) -> F32x4 {
        let Self(c) = self;
        let x = x.max(F32x4::broadcast(&c.least)).min(F32x4::broadcast(&c.most));
        let square = x.mul(x);
        x.mul(polynomial(square, &c.above)).div(polynomial(square, &c.below))
    }
}

/// x Φ(x) = h + h erf(x / √2) with h = x / 2.
#[derive(Clone, Copy)]
pub(crate) struct Gelu {
    erf: Erf,
    constants: &'static [f32; 2],
}

static GELU: [f32; 2] = [std::f32::consts::FRAC_1_SQRT_2, 0.5];

impl Gelu {
    pub fn new() -> Self {
        Self { erf: Erf(opaque(&ERF)), constants: opaque(&GELU) }
    }
}

impl Finish for Gelu {
    #[inline(always)]
    fn finish(self, x: F32x4) -> F32x4 {
        let [root, half] = self.constants;
        let half = x.mul(F32x4::broadcast(half));
        half.add(half.mul(self.erf.of(x.mul(F32x4::broadcast(root)))))
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
