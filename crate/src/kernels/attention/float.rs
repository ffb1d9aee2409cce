//! Attention's products in f32.

use super::heads::{Columns, Products};
use crate::kernels::gemm::f32::{multiply, Packed, Rows};
use crate::kernels::math::Identity;

#[derive(Default)]
pub(crate) struct Float {
    /// Rows of d, times log2 e / √d.
    query: Vec<f32>,
    /// [tokens, d]
    keys: Packed,
    /// [d, tokens]
    values: Packed,
    no_bias: Vec<f32>,
}

impl Products for Float {
    fn prepare(&mut self, query: Columns, key: Columns, value: Columns) {
        let d = query.width;
        let scale = std::f32::consts::LOG2_E / (d as f32).sqrt();
        self.query.clear();
        for row in 0..query.rows {
            self.query.extend(query.row(row).iter().map(|x| x * scale));
        }
        self.keys.reset(key.rows, d);
        self.values.reset(d, value.rows);
        for row in 0..key.rows {
            self.keys.set_row(row, key.row(row));
            self.values.set_depth(row, value.row(row));
        }
        self.no_bias.resize(key.rows.max(d) + 64, 0.0);
    }

    fn scores(&mut self, row: usize, count: usize, scores: &mut [f32]) {
        let d = self.keys.depth();
        let rows = Rows { values: &self.query[row * d..][..count * d], count, stride: d };
        multiply(rows, &self.keys, &self.no_bias, scores, self.keys.channels(), Identity);
    }

    fn mix(&mut self, exponentials: &[f32], inverse: &[f32], out: &mut [f32], stride: usize) {
        let tokens = self.values.depth();
        let rows = Rows { values: exponentials, count: inverse.len(), stride: tokens };
        multiply(rows, &self.values, &self.no_bias, out, stride, Identity);
        for (row, inverse) in inverse.iter().enumerate() {
            let start = row * stride;
            for x in &mut out[start..start + self.values.channels()] {
                *x *= inverse;
            }
        }
    }
}
