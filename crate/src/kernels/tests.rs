use super::checks;
use super::layer_norm::LayerNorm;

#[test]
fn kernels_are_what_their_references_are() {
    for (name, check) in checks::ALL {
        check().unwrap_or_else(|failure| panic!("{name}: {failure}"));
    }
}

#[test]
fn layer_norm_has_mean_0_and_variance_1() {
    for width in [1usize, 3, 4, 5, 33, 384] {
        let row: Vec<f32> = (0..width).map(|at| (at * 7919 % 101) as f32 * 0.1 + 50.0).collect();
        let norm = LayerNorm::new(vec![2.0; width], vec![0.5; width], 1e-12);
        let mean = row.iter().map(|&x| f64::from(x)).sum::<f64>() / width as f64;
        let variance = row.iter().map(|&x| (f64::from(x) - mean).powi(2)).sum::<f64>() / width as f64;
        let mut ours = row.clone();
        norm.normalise(&mut ours);
        for (ours, x) in ours.iter().zip(&row) {
            let exact = (f64::from(*x) - mean) / (variance + 1e-12).sqrt() * 2.0 + 0.5;
            assert!((f64::from(*ours) - exact).abs() < 1e-4, "{ours} for {exact}, width {width}");
        }
    }
}
