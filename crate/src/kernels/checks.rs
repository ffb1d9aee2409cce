//! Checks of the kernels against plain references, on random, odd and extreme shapes. `tests/kernels` runs the same in browsers.

use super::attention::float::Float;
use super::attention::heads::{all_heads, Products};
use super::attention::int16::Int16;
use super::gemm::int8::{Finish, Packed};
use super::gemm::{f32 as gemm_f32, int16, int8, int8_scalar};
use super::lanes::{F32x4, LANES};
use super::math::{Exp2, Gelu, GeluTanh, Identity, Relu};
use super::quantise::{Centre, Quantised, MEAN_ROWS};
use super::softmax::exponentials;

pub(crate) type Check = fn() -> Result<(), String>;

pub(crate) const ALL: &[(&str, Check)] = &[
    ("int8 products are the scalar ones to the last bit", int8_products),
    ("int8 sums of extremes don't saturate", int8_extremes),
    ("quantised activations are within half a level", quantised),
    ("i16 sums are the scalar ones", int16_sums),
    ("f32 products", f32_products),
    ("2^x, GELU and ReLU", functions),
    ("softmax", softmax),
    ("attention in i16", || attention::<Int16>(2e-3)),
    ("attention in f32", || attention::<Float>(2e-5)),
];

macro_rules! ensure {
    ($condition:expr, $($message:tt)*) => {
        // A comparison with a NaN doesn't hold.
        let holds: bool = $condition;
        if !holds {
            return Err(format!($($message)*));
        }
    };
}

/// xorshift: the same numbers everywhere.
struct Random(u32);

impl Random {
    fn next(&mut self) -> u32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        self.0
    }

    fn i8(&mut self) -> i8 {
        (self.next() % 255) as i8
    }

    /// From -1 to 1.
    fn f32(&mut self) -> f32 {
        (self.next() >> 8) as f32 / (1 << 23) as f32 - 1.0
    }

    fn f32s(&mut self, count: usize, scale: f32) -> Vec<f32> {
        (0..count).map(|_| self.f32() * scale).collect()
    }
}

/// Rows, depths and channels: one of each, odd ones, whole and broken groups, the longest window.
const SHAPES: [(usize, usize, usize); 14] = [
    (1, 1, 1),
    (1, 4, 4),
    (2, 3, 5),
    (3, 5, 3),
    (4, 7, 12),
    (5, 8, 13),
    (6, 17, 16),
    (7, 31, 17),
    (8, 33, 31),
    (9, 64, 48),
    (11, 100, 50),
    (17, 384, 36),
    (512, 32, 20),
    (1, 1536, 384),
];

fn packed(random: &mut Random, channels: usize, depth: usize, weight: impl Fn(&mut Random) -> i8) -> Option<(Packed, Vec<Vec<i8>>)> {
    let mut packed = Packed::new(channels, depth)?;
    let rows: Vec<Vec<i8>> = (0..channels).map(|_| (0..depth).map(|_| weight(random)).collect()).collect();
    // Rows may come in any order.
    for (channel, row) in rows.iter().enumerate().rev() {
        packed.set_row(channel, row);
        packed.set_scale(channel, scale_of(channel));
    }
    Some((packed, rows))
}

/// The formula on plain numbers, in the order in which every build has it.
fn int8_reference(x: &Quantised, rows: &[Vec<i8>], bias: &[f32], finish: impl Finish) -> Vec<f32> {
    let product = |row: usize, weights: &[i8]| {
        let mut value = 0.0f32;
        for (block, (weights, x_row)) in weights.chunks(int8::BLOCK).zip(x.row(row).chunks(int8::BLOCK)).enumerate() {
            let (scale, least) = x.scale(row, block);
            let products = weights.iter().zip(x_row).map(|(&weight, &x)| i32::from(weight) * i32::from(x));
            let sum_of_weights = weights.iter().map(|&weight| i32::from(weight)).sum::<i32>() as f32;
            value = value + products.fold(0, i32::wrapping_add) as f32 * scale + least * sum_of_weights;
        }
        value
    };
    let first = if x.centre() == Centre::Mean { MEAN_ROWS } else { 0 };
    let mut y = Vec::new();
    for row in first..first + x.rows() {
        for (channel, weights) in rows.iter().enumerate() {
            let scale = scale_of(channel);
            let offset = (0..first).fold(bias[channel], |offset, mean| offset + product(mean, weights) * scale);
            let value = product(row, weights) * scale + offset;
            y.push(finish.finish(F32x4::splat(value)).to_array()[0]);
        }
    }
    y
}

fn scale_of(channel: usize) -> f32 {
    (1 + channel % 7) as f32 * 0.003
}

fn same_bits(ours: &[f32], theirs: &[f32], what: &str) -> Result<(), String> {
    let differ = ours.iter().zip(theirs).position(|(a, b)| a.to_bits() != b.to_bits());
    ensure!(ours.len() == theirs.len() && differ.is_none(), "{what}: value {differ:?} of {} differs", ours.len());
    Ok(())
}

fn int8_case(x: &Quantised, packed: &Packed, rows: &[Vec<i8>], bias: &[f32], finish: impl Finish, what: &str) -> Result<(), String> {
    let y = int8::multiply(x, packed, bias, finish);
    let reference = int8_reference(x, rows, bias, finish);
    same_bits(&y, &reference, what)?;
    // SAFETY: needs nothing.
    let scalar = unsafe { int8::run::<int8_scalar::Scalar, _>(x, packed, bias, finish) };
    same_bits(&scalar, &reference, what)
}

fn int8_products() -> Result<(), String> {
    let mut random = Random(1);
    for (tokens, depth, channels) in SHAPES {
        let what = format!("{tokens} x {depth} x {channels}");
        let (packed, rows) = packed(&mut random, channels, depth, Random::i8).ok_or("no memory")?;
        let (x, bias) = (random.f32s(tokens * depth, 3.0), random.f32s(channels.next_multiple_of(16), 1.0));
        for centre in [Centre::Mean, Centre::Zero] {
            let x = Quantised::new(&x, depth, centre);
            int8_case(&x, &packed, &rows, &bias, Identity, &what)?;
            int8_case(&x, &packed, &rows, &bias, Gelu::new(), &what)?;
            int8_case(&x, &packed, &rows, &bias, GeluTanh::new(), &what)?;
            int8_case(&x, &packed, &rows, &bias, Relu, &what)?;
        }
    }
    Ok(())
}

fn int8_extremes() -> Result<(), String> {
    let mut random = Random(2);
    for (tokens, depth, channels) in SHAPES {
        for (name, weight) in [("127", (|_| 127) as fn(&mut Random) -> i8), ("-127", |_| -127), ("+-127", |random| if random.next() % 2 == 0 { 127 } else { -127 })] {
            let (packed, rows) = packed(&mut random, channels, depth, weight).ok_or("no memory")?;
            // One value of the row is 0 and all others are the largest level.
            let x: Vec<f32> = (0..tokens * depth).map(|at| if at % depth == 0 { 0.0 } else { 1.0 }).collect();
            let bias = vec![0.0; channels.next_multiple_of(16)];
            let x = Quantised::new(&x, depth, Centre::Zero);
            int8_case(&x, &packed, &rows, &bias, Identity, &format!("{name}, {tokens} x {depth} x {channels}"))?;
        }
    }
    Ok(())
}

fn quantised() -> Result<(), String> {
    let mut random = Random(3);
    for (tokens, depth, _) in SHAPES {
        for centre in [Centre::Mean, Centre::Zero] {
            let mut x = random.f32s(tokens * depth, 5.0);
            // What rows share is far from zero.
            x.iter_mut().enumerate().for_each(|(at, x)| *x += (at % depth) as f32);
            let quantised = Quantised::new(&x, depth, centre);
            let first = if centre == Centre::Mean { MEAN_ROWS } else { 0 };
            let value = |row: usize, at: usize| {
                let (scale, least) = quantised.scale(row, at / int8::BLOCK);
                f64::from(scale) * f64::from(quantised.row(row)[at]) + f64::from(least)
            };
            for row in 0..first + tokens {
                let levels = quantised.row(row);
                ensure!(levels.iter().all(|&level| (0..=127).contains(&i32::from(level))), "levels {levels:?}");
                ensure!(levels[depth..].iter().all(|&level| level == 0), "padding");
            }
            for (row, values) in x.chunks_exact(depth).enumerate() {
                for (at, x) in values.iter().enumerate() {
                    let ours = (0..first).map(|row| value(row, at)).sum::<f64>() + value(first + row, at);
                    // Half a level of the row, and half of the finer one of the mean's second row.
                    let steps = [first + row, first.saturating_sub(1)].map(|row| f64::from(quantised.scale(row, at / int8::BLOCK).0));
                    let most = (steps[0] + if first > 0 { steps[1] } else { 0.0 }) * 0.5001 + 1e-6 * depth as f64;
                    ensure!((ours - f64::from(*x)).abs() <= most, "{x} is {ours}, {centre:?}, steps {steps:?}");
                }
            }
        }
    }
    for odd in [0.0, -2.5, f32::MIN_POSITIVE / 4.0, f32::MAX, f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        for mixed in [odd, 1.0] {
            let values = [odd, odd, mixed, odd, odd];
            for centre in [Centre::Mean, Centre::Zero] {
                let x = Quantised::new(&values, 5, centre);
                ensure!(x.row(0).iter().all(|&level| (0..=127).contains(&i32::from(level))), "levels of {odd} and {mixed}");
            }
            let constant = mixed == odd && odd.is_finite();
            ensure!(!constant || Quantised::new(&values, 5, Centre::Zero).scale(0, 0) == (0.0, odd), "a constant row of {odd}");
        }
    }
    Ok(())
}

fn int16_sums() -> Result<(), String> {
    let mut random = Random(4);
    for (tokens, depth, channels) in SHAPES {
        for levels in [100.0, 32_767.0] {
            // As attention has it: what is summed doesn't overflow.
            let most = f32::min(levels, (f64::from(i32::MAX) / depth as f64).sqrt() as f32);
            let rows: Vec<Vec<f32>> = (0..channels).map(|_| random.f32s(depth, most)).collect();
            let mut by_channel = int16::Packed::default();
            by_channel.reset(channels, depth);
            for (channel, row) in rows.iter().enumerate() {
                by_channel.set_channel(channel, row, F32x4::splat(1.0));
            }
            let mut by_step = int16::Packed::default();
            by_step.reset(channels, depth);
            let column = |depth: usize| rows.iter().map(|row| row[depth]).collect::<Vec<_>>();
            for step in (0..depth).step_by(2) {
                let second = (step + 1 < depth).then(|| column(step + 1));
                by_step.set_step(step / 2, &column(step), second.as_deref(), F32x4::splat(1.0));
            }
            let stride = by_channel.stride();
            let mut a = vec![0i16; tokens * stride];
            for row in a.chunks_exact_mut(stride) {
                row[..depth].fill_with(|| (random.f32() * most) as i16);
            }
            let whole = |x: f32| f64::from(x).round_ties_even() as i32;
            let mut reference = Vec::new();
            for a in a.chunks_exact(stride) {
                for row in &rows {
                    let sum = row.iter().zip(a).map(|(&x, &a)| whole(x) * i32::from(a)).fold(0, i32::wrapping_add);
                    reference.push(sum as f32 * 0.5);
                }
            }
            for packed in [&by_channel, &by_step] {
                let mut y = vec![f32::NAN; tokens * channels];
                int16::multiply(&a, packed, 0.5, &mut y, channels);
                same_bits(&y, &reference, &format!("{tokens} x {depth} x {channels}"))?;
            }
        }
    }
    let row: Vec<i16> = (0..64).map(|_| random.next() as i16).collect();
    let panels: Vec<i16> = (0..64 * 16).map(|_| random.next() as i16).collect();
    let ours = int16::sums::<1, 4>([&row], &panels, 32).map(|sums| sums.map(|sum| sum.to_array()));
    let scalar = int16::scalar_sums::<1, 4>([&row], &panels, 32).map(|sums| sums.map(|sum| sum.to_array()));
    ensure!(ours == scalar, "sums that overflow wrap alike");
    Ok(())
}

fn close(ours: &[f32], theirs: &[f64], tolerance: f64, what: &str) -> Result<(), String> {
    ensure!(ours.len() == theirs.len(), "{what}: {} for {}", ours.len(), theirs.len());
    for (ours, theirs) in ours.iter().zip(theirs) {
        let error = (f64::from(*ours) - theirs).abs();
        ensure!(error <= tolerance * theirs.abs().max(1.0), "{what}: {ours}, not {theirs}");
    }
    Ok(())
}

fn f32_products() -> Result<(), String> {
    let mut random = Random(5);
    for (tokens, depth, channels) in SHAPES {
        let (x, w) = (random.f32s(tokens * depth, 2.0), random.f32s(channels * depth, 1.0));
        let bias = random.f32s(channels.next_multiple_of(gemm_f32::GROUP), 1.0);
        let mut packed = gemm_f32::Packed::new(channels, depth).ok_or("no memory")?;
        for (channel, row) in w.chunks_exact(depth).enumerate() {
            packed.set_row(channel, row);
        }
        let stride = channels + 3;
        let mut y = vec![7.0; tokens * stride];
        gemm_f32::multiply(gemm_f32::Rows { values: &x, count: tokens, stride: depth }, &packed, &bias, &mut y, stride, Identity);
        for (x, y) in x.chunks_exact(depth).zip(y.chunks_exact(stride)) {
            let dot = |w: &[f32]| x.iter().zip(w).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum::<f64>();
            let reference: Vec<f64> = w.chunks_exact(depth).zip(&bias).map(|(w, bias)| dot(w) + f64::from(*bias)).collect();
            close(&y[..channels], &reference, 1e-5 * (depth as f64).sqrt(), &format!("{tokens} x {depth} x {channels}"))?;
            ensure!(y[channels..] == [7.0; 3], "what lies between two rows was written to");
        }
    }
    Ok(())
}

/// erf by its series, or by its continued fraction where that is the better one.
fn erf(x: f64) -> f64 {
    if x.abs() > 3.0 {
        let tail = (1..60).rev().fold(0.0, |tail, k| f64::from(k) / 2.0 / (x.abs() + tail));
        return x.signum() * (1.0 - (-x * x).exp() / ((x.abs() + tail) * std::f64::consts::PI.sqrt()));
    }
    let (mut term, mut sum) = (x, x);
    for k in 1..80 {
        term *= -x * x / f64::from(k);
        sum += term / f64::from(2 * k + 1);
    }
    sum * 2.0 / std::f64::consts::PI.sqrt()
}

fn functions() -> Result<(), String> {
    let exp2 = Exp2::new();
    let of = |x: f32| exp2.of(F32x4::splat(x)).to_array()[0];
    for step in -12_500..=12_500 {
        let x = step as f32 * 0.01;
        let error = f64::from(of(x)) / f64::from(x).exp2() - 1.0;
        ensure!(error.abs() <= 3e-7, "2^{x} is {} off", error);
    }
    ensure!(of(-1e30) == of(-125.0) && of(f32::NEG_INFINITY) == of(-125.0), "2^x far below");
    let (gelu, tanh) = (Gelu::new(), GeluTanh::new());
    for step in -20_000..=20_000 {
        let x = step as f32 * 0.001;
        let lanes = F32x4::splat(x);
        let exact = f64::from(x) * 0.5 * (1.0 + erf(f64::from(x) / std::f64::consts::SQRT_2));
        // What erf is off counts x / 2 times.
        let tolerance = 3e-7 * f64::from(x.abs().max(1.0));
        let error = f64::from(gelu.finish(lanes).to_array()[0]) - exact;
        ensure!(error.abs() <= tolerance, "GELU of {x} is {error} off");
        let cube = f64::from(x) + 0.044_715 * f64::from(x).powi(3);
        let approximate = f64::from(x) * 0.5 * (1.0 + ((2.0 / std::f64::consts::PI).sqrt() * cube).tanh());
        close(&tanh.finish(lanes).to_array(), &[approximate; LANES], 1e-6, "tanh GELU")?;
        ensure!(Relu.finish(lanes).to_array() == [x.max(0.0); LANES], "ReLU of {x}");
    }
    for x in [-1e30, 1e30, f32::MAX / 2.0, f32::MIN / 2.0] {
        for y in [gelu.finish(F32x4::splat(x)), tanh.finish(F32x4::splat(x))] {
            ensure!((y.to_array()[0] - x.max(0.0)).abs() <= 3e-7 * x.abs(), "GELU of {x} is {}", y.to_array()[0]);
        }
    }
    Ok(())
}

fn softmax() -> Result<(), String> {
    let mut random = Random(6);
    for length in [1, 2, 3, 4, 5, 7, 8, 9, 15, 64, 383, 512] {
        for scale in [0.1, 8.0, 200.0] {
            let scores = random.f32s(length, scale);
            let most = scores.iter().fold(f32::NEG_INFINITY, |most, &x| most.max(x));
            let exact: Vec<f64> = scores.iter().map(|&x| (f64::from(x) - f64::from(most)).exp2()).collect();
            let sum: f64 = exact.iter().sum();
            let mut ours = scores.clone();
            let inverse = exponentials(&mut ours, Exp2::new());
            let ours: Vec<f32> = ours.iter().map(|x| x * inverse).collect();
            close(&ours, &exact.iter().map(|x| x / sum).collect::<Vec<_>>(), 2e-6, &format!("{length} scores up to {scale}"))?;
        }
    }
    Ok(())
}

fn attention<P: Products>(tolerance: f64) -> Result<(), String> {
    let mut random = Random(7);
    for (tokens, heads, d) in [(1, 1, 1), (1, 2, 32), (2, 3, 5), (5, 1, 7), (13, 2, 16), (33, 4, 8), (129, 2, 32), (512, 1, 64)] {
        for scale in [0.5, 3.0] {
            let width = heads * d;
            let qkv = random.f32s(tokens * 3 * width, scale);
            let at = |part: usize, token: usize, head: usize, x: usize| f64::from(qkv[token * 3 * width + part * width + head * d + x]);
            let mut reference = vec![0.0; tokens * width];
            for head in 0..heads {
                for query in 0..tokens {
                    let score = |key: usize| (0..d).map(|x| at(0, query, head, x) * at(1, key, head, x)).sum::<f64>() / (d as f64).sqrt();
                    let scores: Vec<f64> = (0..tokens).map(score).collect();
                    let most = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                    let sum: f64 = scores.iter().map(|score| (score - most).exp()).sum();
                    for x in 0..d {
                        let mixed: f64 = scores.iter().enumerate().map(|(key, score)| (score - most).exp() * at(2, key, head, x)).sum();
                        reference[query * width + head * d + x] = mixed / sum;
                    }
                }
            }
            let ours = all_heads::<P>(&qkv, tokens, heads, d);
            close(&ours, &reference, tolerance * f64::from(scale), &format!("{tokens} tokens, {heads} heads of {d}, up to {scale}"))?;
        }
    }
    Ok(())
}
