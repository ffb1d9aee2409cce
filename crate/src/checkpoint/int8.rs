//! The compact layout: symmetric int8 (-127 to 127) per row.
//!
//! Every matrix but the span head becomes an I8 tensor under its source's name, and there is
//! `<name>.scale`, an F32 vector of one scale a row: value = scale x byte. Biases, norms and
//! the span head stay F32. Any safetensors tool can open the file.
//!
//! The I8 tensors come first, in the order of the source, so that they can be written while the source arrives;
//! then everything F32, which is small and kept until then. (F32 stays aligned as long as a row's bytes are a multiple of
//! four, as every reader's are.)

use serde_json::json;

use super::manifest::INT8_PER_ROW;
use super::names::SCALE;

/// The largest magnitude in a row; none if a value is NaN or infinite.
pub(super) fn largest_magnitude(row: &[f32]) -> Option<f32> {
    // Without its sign, a float's bits order as its magnitude does, infinity and then NaN last.
    let largest = row.iter().fold(0, |largest, value| largest.max(value.to_bits() & 0x7fff_ffff));
    let largest = f32::from_bits(largest);
    largest.is_finite().then_some(largest)
}

/// A row whose largest magnitude is known → its bytes, appended; its scale is the result.
pub(crate) fn quantise_row(row: &[f32], largest: f32, bytes: &mut Vec<i8>) -> f32 {
    let scale = largest / 127.0;
    // A row of zeros has scale 0, and zeros for bytes whatever the inverse.
    let inverse = if scale > 0.0 { 1.0 / scale } else { 0.0 };
    bytes.extend(row.iter().map(|value| {
        let value = (value * inverse).clamp(-127.0, 127.0);
        // `f32::round`, halves away from zero, in steps that every target does in SIMD.
        let whole = value as i32;
        let rest = value - whole as f32;
        (whole + i32::from(rest >= 0.5) - i32::from(rest <= -0.5)) as i8
    }));
    scale
}

/// What goes into the file of one tensor of the source.
pub(super) struct Part<'a> {
    /// Its name in the source.
    pub name: &'a str,
    pub shape: &'a [usize],
    /// Int8 rows and a vector of scales, or F32 as it is.
    pub rows: bool,
}

/// A file in the compact layout, written while its source arrives.
pub(super) struct Int8File {
    /// Bytes that nobody has taken yet.
    out: Vec<u8>,
    /// All that is F32, as far as it is known.
    floats: Vec<u8>,
    /// For each part, where its F32 values begin in `floats`.
    places: Vec<usize>,
}

impl Int8File {
    /// None: not enough memory.
    pub fn new<'a>(parts: impl Iterator<Item = Part<'a>> + Clone) -> Option<Self> {
        // By hand, since a map's order depends on serde_json's features, and the same model should always give the same bytes.
        let metadata = json!({"format": "pt", "quantisation": INT8_PER_ROW});
        let mut header = format!("{{\"__metadata__\":{metadata}");
        let mut end = 0;
        let mut place = |name: String, dtype: &str, shape: &[usize], bytes: usize| {
            let from = end;
            end += bytes;
            header += &format!(",{}:{}", json!(name), json!({"data_offsets": [from, end], "dtype": dtype, "shape": shape}));
            from
        };
        for Part { name, shape, .. } in parts.clone().filter(|part| part.rows) {
            place(name.into(), "I8", shape, shape.iter().product());
        }
        let places: Vec<usize> = parts
            .map(|Part { name, shape, rows }| match rows {
                true => place(format!("{name}{SCALE}"), "F32", &shape[..1], shape[0] * 4),
                false => place(name.into(), "F32", shape, shape.iter().product::<usize>() * 4),
            })
            .collect();
        header.push('}');
        let first = places.first().copied().unwrap_or(end);
        // The format wants the data aligned; spaces are its padding.
        let length = header.len().next_multiple_of(8);
        let mut out = Vec::with_capacity(8 + length);
        out.extend_from_slice(&(length as u64).to_le_bytes());
        out.extend_from_slice(header.as_bytes());
        out.resize(8 + length, b' ');
        let mut floats = Vec::new();
        floats.try_reserve_exact(end - first).ok()?;
        floats.resize(end - first, 0);
        Some(Self { out, floats, places: places.into_iter().map(|place| place - first).collect() })
    }

    /// The next row of the I8 tensors.
    pub fn row(&mut self, bytes: &[i8]) {
        self.out.extend(bytes.iter().map(|&byte| byte as u8));
    }

    /// F32 values of a part, from its `first` on.
    pub fn floats(&mut self, part: usize, first: usize, values: &[f32]) {
        let Some(from) = self.places.get(part).map(|place| place + 4 * first) else { return };
        for (to, value) in self.floats[from..].chunks_exact_mut(4).zip(values) {
            to.copy_from_slice(&value.to_le_bytes());
        }
    }

    /// All rows are in.
    pub fn end(&mut self) {
        self.out.append(&mut self.floats);
    }

    /// The bytes that came about since the last call.
    pub fn take(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quantised(row: &[f32]) -> (f32, Vec<i8>) {
        let mut bytes = Vec::new();
        let scale = quantise_row(row, largest_magnitude(row).unwrap(), &mut bytes);
        (scale, bytes)
    }

    #[test]
    fn rows_are_symmetric_and_within_half_a_step() {
        let row = [0.5f32, -1.27, 0.004, 0.0, 1.0];
        let (scale, bytes) = quantised(&row);
        assert_eq!(bytes[1], -127);
        for (value, byte) in row.iter().zip(&bytes) {
            assert!((value - f32::from(*byte) * scale).abs() <= scale / 2.0 + 1e-7);
        }
        assert_eq!(quantised(&[0.0, -0.0]), (0.0, vec![0, 0]));
        // A scale so small that its inverse is infinite.
        let (_, bytes) = quantised(&[1e-42, -1e-42, 0.0]);
        assert_eq!(bytes, [127, -127, 0]);
    }

    #[test]
    fn rounding_is_that_of_the_standard_library() {
        // Every value of interest lies within the range of the bytes: all halves, their neighbours, and many between.
        let mut values: Vec<f32> = (-254..=254).map(|half| half as f32 / 2.0).collect();
        values.extend(values.clone().iter().flat_map(|value| [value.next_up(), value.next_down()]));
        values.extend((0..100_000).map(|step| step as f32 * 0.00254 - 127.0));
        values.retain(|value| value.abs() <= 127.0);
        values.push(127.0);
        let (scale, bytes) = quantised(&values);
        assert_eq!(scale, 1.0);
        for (value, byte) in values.iter().zip(bytes) {
            assert_eq!(value.round() as i8, byte, "{value}");
        }
    }

    #[test]
    fn what_is_not_finite_is_noticed() {
        assert_eq!(largest_magnitude(&[1.0, -3.0, 2.0]), Some(3.0));
        assert_eq!(largest_magnitude(&[]), Some(0.0));
        for value in [f32::NAN, -f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            assert_eq!(largest_magnitude(&[1.0, value, 0.0]), None);
        }
    }
}
