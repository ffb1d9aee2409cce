//! What the encoder's numbers are kept in.

use super::gemm::{f32, int8};

/// What a matrix's products are computed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Int8,
    F32,
}

/// A weight matrix [out, inner] in the order in which the GEMM of this build reads it. Rows may come in any order.
pub(crate) enum Matrix {
    Int8(int8::Packed),
    F32(f32::Packed),
}

/// The longest row of an int8 matrix: the sums of its products fit into i32.
pub(crate) const LONGEST_INT8_ROW: usize = int8::MOST_DEPTHS;

impl Matrix {
    /// None where there is not enough memory.
    pub fn new(kind: Kind, out: usize, inner: usize) -> Option<Self> {
        match kind {
            Kind::Int8 => int8::Packed::new(out, inner).map(Self::Int8),
            Kind::F32 => f32::Packed::new(out, inner).map(Self::F32),
        }
    }

    pub fn kind(&self) -> Kind {
        match self {
            Self::Int8(_) => Kind::Int8,
            Self::F32(_) => Kind::F32,
        }
    }

    /// For an int8 matrix; of no effect on another, nor with a row that isn't there.
    pub fn set_row_i8(&mut self, row: usize, values: &[i8]) {
        if let Self::Int8(packed) = self {
            packed.set_row(row, values);
        }
    }

    /// value = scale x byte, for an int8 matrix.
    pub fn set_scale(&mut self, row: usize, scale: f32) {
        if let Self::Int8(packed) = self {
            packed.set_scale(row, scale);
        }
    }

    /// For an f32 matrix; of no effect on another, nor with a row that isn't there.
    pub fn set_row_f32(&mut self, row: usize, values: &[f32]) {
        if let Self::F32(packed) = self {
            packed.set_row(row, values);
        }
    }

    pub(super) fn out(&self) -> usize {
        match self {
            Self::Int8(packed) => packed.channels(),
            Self::F32(packed) => packed.channels(),
        }
    }

    pub(super) fn inner(&self) -> usize {
        match self {
            Self::Int8(packed) => packed.depth(),
            Self::F32(packed) => packed.depth(),
        }
    }
}

/// An embedding table, row after row.
pub(crate) enum Table {
    /// value = scale of its row x byte.
    Int8 { width: usize, bytes: Vec<i8>, scales: Vec<f32> },
    F32 { width: usize, values: Vec<f32> },
}
