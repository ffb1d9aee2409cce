//! The kernels on this CPU, at the shapes of MiniLM-L6 and DistilBERT-base: `cargo bench --features bench`.
//! `scripts/bench` measures them in the browser.

use answerlet::bench::{add_and_norm, attention, gemm, gemm_gelu, quantise, Kernel};
use answerlet::Precision::{F32, Int8};
use criterion::{criterion_group, criterion_main, Criterion, Throughput};

/// Rows, depth and columns.
const PRODUCTS: [(usize, usize, usize); 3] = [(240, 384, 1536), (240, 1536, 384), (240, 768, 3072)];

fn products(criterion: &mut Criterion) {
    for (name, precision) in [("gemm int8", Int8), ("gemm f32", F32)] {
        let mut group = criterion.benchmark_group(name);
        for (rows, inner, out) in PRODUCTS {
            // Operations a second: 2 a multiply-add.
            group.throughput(Throughput::Elements(2 * (rows * inner * out) as u64));
            let mut add = |name: &str, kernel: answerlet::Result<Kernel>| {
                let kernel = kernel.expect("there is memory for it");
                group.bench_function(format!("{rows}x{inner}x{out}{name}"), |bencher| bencher.iter(|| kernel.run()));
            };
            add("", gemm(precision, rows, inner, out));
            add(" gelu", gemm_gelu(precision, rows, inner, out));
        }
    }
}

fn between(criterion: &mut Criterion) {
    let mut add = |name: &str, kernel: Kernel| {
        criterion.bench_function(name, |bencher| bencher.iter(|| kernel.run()));
    };
    add("quantise 240x384", quantise(240, 384));
    add("attention int8 240x12x32", attention(Int8, 240, 12, 384));
    add("attention f32 240x12x32", attention(F32, 240, 12, 384));
    add("add and norm 240x384", add_and_norm(240, 384).expect("the shapes agree"));
}

criterion_group!(kernels, products, between);
criterion_main!(kernels);
