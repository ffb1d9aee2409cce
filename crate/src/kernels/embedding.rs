use super::matrix::Table;

impl Table {
    /// `row` += the table's row of this index. An index beyond the table adds nothing: callers have checked theirs.
    pub fn add_to(&self, index: usize, row: &mut [f32]) {
        match self {
            Self::F32 { width, values } => {
                let values = values.chunks_exact(*width).nth(index).unwrap_or_default();
                for (sum, value) in row.iter_mut().zip(values) {
                    *sum += value;
                }
            }
            Self::Int8 { width, bytes, scales } => {
                let (Some(bytes), Some(&scale)) = (bytes.chunks_exact(*width).nth(index), scales.get(index)) else { return };
                for (sum, &byte) in row.iter_mut().zip(bytes) {
                    *sum += f32::from(byte) * scale;
                }
            }
        }
    }
}
