//! The compact layout: symmetric int8 (-127 to 127) per row.
//!
//! Every matrix but the span head becomes an I8 tensor under its source's name, and beside it
//! stands `<name>.scale`, an F32 vector of one scale a row: value = scale x byte. Biases, norms and
//! the span head stay F32. Any safetensors tool can open the file.

use std::io::{self, Write};

use serde_json::{json, Map, Value};

use super::names::SCALE;
use super::stream::{Rows, TensorData};

/// One row → its scale and its bytes.
pub(crate) fn quantise_row(row: &[f32]) -> (f32, impl Iterator<Item = i8> + '_) {
    let largest = row.iter().fold(0f32, |largest, value| largest.max(value.abs()));
    let scale = largest / 127.0;
    // A row of zeros has scale 0, and zeros for bytes whatever the inverse.
    let inverse = if scale > 0.0 { 1.0 / scale } else { 0.0 };
    (scale, row.iter().map(move |value| (value * inverse).round().clamp(-127.0, 127.0) as i8))
}

/// Whether `quantize` turns this tensor into int8.
fn is_quantised(tensor: &TensorData) -> bool {
    tensor.shape.len() == 2 && !tensor.source_name.ends_with("qa_outputs.weight")
}

/// Turns a checkpoint's tensors into the compact layout; int8 ones stay as they are.
pub(crate) fn quantise(tensors: Vec<TensorData>) -> Vec<TensorData> {
    tensors
        .into_iter()
        .map(|tensor| match &tensor.rows {
            Rows::F32(values) if is_quantised(&tensor) => {
                let width = tensor.shape[1];
                let mut bytes = Vec::with_capacity(values.len());
                let mut scales = Vec::with_capacity(tensor.shape[0]);
                for row in values.chunks_exact(width) {
                    let (scale, quantised) = quantise_row(row);
                    scales.push(scale);
                    bytes.extend(quantised);
                }
                TensorData { rows: Rows::I8 { bytes, scales }, ..tensor }
            }
            _ => tensor,
        })
        .collect()
}

/// Writes a safetensors file: F32 tensors first, so that scales are known when their rows arrive.
pub(crate) fn write_safetensors(tensors: &[TensorData], out: &mut impl Write) -> io::Result<()> {
    let floats = tensors.iter().map(|tensor| match &tensor.rows {
        Rows::F32(values) => (tensor.source_name.clone(), tensor.shape.clone(), values),
        Rows::I8 { scales, .. } => (format!("{}{SCALE}", tensor.source_name), vec![scales.len()], scales),
    });
    let bytes = tensors.iter().filter_map(|tensor| match &tensor.rows {
        Rows::F32(_) => None,
        Rows::I8 { bytes, .. } => Some((&tensor.source_name, &tensor.shape, bytes)),
    });
    let mut header: Map<String, Value> = Map::new();
    header.insert("__metadata__".into(), json!({"format": "pt", "quantisation": super::manifest::INT8_PER_ROW}));
    let mut end = 0;
    let mut place = |header: &mut Map<String, Value>, name: &str, dtype: &str, shape: &[usize], length: usize| {
        header.insert(name.into(), json!({"dtype": dtype, "shape": shape, "data_offsets": [end, end + length]}));
        end += length;
    };
    for (name, shape, values) in floats.clone() {
        place(&mut header, &name, "F32", &shape, values.len() * 4);
    }
    for (name, shape, values) in bytes.clone() {
        place(&mut header, name, "I8", shape, values.len());
    }
    let mut header = serde_json::to_vec(&header)?;
    // The format wants the data aligned; spaces are its padding.
    header.resize(header.len().next_multiple_of(8), b' ');
    out.write_all(&(header.len() as u64).to_le_bytes())?;
    out.write_all(&header)?;
    for (_, _, values) in floats {
        let raw: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        out.write_all(&raw)?;
    }
    for (_, _, values) in bytes {
        let raw: Vec<u8> = values.iter().map(|&value| value as u8).collect();
        out.write_all(&raw)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_symmetric_and_within_half_a_step() {
        let row = [0.5f32, -1.27, 0.004, 0.0, 1.0];
        let (scale, bytes) = quantise_row(&row);
        let bytes: Vec<i8> = bytes.collect();
        assert_eq!(bytes[1], -127);
        for (value, byte) in row.iter().zip(&bytes) {
            assert!((value - f32::from(*byte) * scale).abs() <= scale / 2.0 + 1e-7);
        }
        let (scale, mut bytes) = quantise_row(&[0.0, 0.0]);
        assert!(scale == 0.0 && bytes.all(|byte| byte == 0));
    }
}
