//! What becomes of a tensor's rows: they are quantised, or dequantised, and put where the encoder will read them.

use std::collections::HashMap;

use super::header::{invalid, Dtype};
use super::int8::{largest_magnitude, quantise_row, Int8File, Part};
use super::names::Role;
use super::plan::{Planned, Purpose, Wanted};
use super::{Summary, Weights};
use crate::error::{Error, Result};
use crate::kernels::{Kind, Matrix, Table};

pub(super) struct Sink {
    kind: Kind,
    wanted: Vec<Wanted>,
    weights: Weights,
    /// For each wanted tensor of int8 that has to become f32: what came first, its scales or its rows.
    waiting: Vec<Waiting>,
    file: Option<Int8File>,
    /// One row, in between.
    floats: Vec<f32>,
    bytes: Vec<i8>,
}

#[derive(Clone, Default)]
enum Waiting {
    #[default]
    Nothing,
    Scales(Vec<f32>),
    Rows(Vec<i8>),
}

impl Sink {
    /// `keep`: whether the compact layout is written on the way, where it is another than the source.
    pub fn new(kind: Kind, wanted: Vec<Wanted>, summary: Summary, keep: bool) -> Result<Self> {
        let is_rows = |tensor: &Wanted| tensor.role != Role::Vector;
        let quantises = kind == Kind::Int8 && wanted.iter().any(|tensor| is_rows(tensor) && tensor.dtype != Dtype::I8);
        let parts = wanted.iter().map(|tensor| Part { name: &tensor.source_name, shape: &tensor.shape, rows: is_rows(tensor) });
        let file = match keep && quantises {
            true => Some(Int8File::new(parts).ok_or_else(|| invalid("there is not enough memory for its scales"))?),
            false => None,
        };
        Ok(Self {
            kind,
            waiting: vec![Waiting::Nothing; wanted.len()],
            wanted,
            weights: Weights { matrices: HashMap::new(), tables: HashMap::new(), vectors: HashMap::new(), summary },
            file,
            floats: Vec::new(),
            bytes: Vec::new(),
        })
    }

    /// Bytes of what `row` takes at a time; a vector is one row.
    pub fn row_bytes(&self, planned: &Planned) -> usize {
        match planned.purpose {
            Purpose::Tensor(index, dtype) if self.wanted[index].role != Role::Vector => self.wanted[index].shape[1] * dtype.bytes(),
            _ => planned.entry.bytes,
        }
    }

    /// Makes room for a tensor before its first row. A header may promise more than there is memory for: an error then, not a trap.
    pub fn begin(&mut self, planned: &Planned) -> Result<()> {
        let room = match planned.purpose {
            Purpose::Unused => Some(()),
            Purpose::Scales(_) => self.reserve_row(planned.entry.bytes / 4),
            Purpose::Tensor(index, dtype) => self.reserve(index, dtype),
        };
        room.ok_or_else(|| invalid(format!("there is not enough memory for {:?} of {} bytes", planned.entry.name, planned.entry.bytes)))
    }

    fn reserve(&mut self, index: usize, dtype: Dtype) -> Option<()> {
        let shape = &self.wanted[index].shape;
        let (rows, width) = match &self.wanted[index].role {
            Role::Vector => return self.reserve_row(shape.iter().product()),
            Role::Matrix { .. } | Role::Table => (shape[0], shape[1]),
        };
        self.reserve_row(width)?;
        self.place(index)?;
        if dtype == Dtype::I8 && self.kind == Kind::F32 {
            if let waiting @ Waiting::Nothing = &mut self.waiting[index] {
                let mut bytes = Vec::new();
                bytes.try_reserve_exact(rows * width).ok()?;
                *waiting = Waiting::Rows(bytes);
            }
        }
        Some(())
    }

    fn reserve_row(&mut self, width: usize) -> Option<()> {
        self.floats.clear();
        self.bytes.clear();
        self.floats.try_reserve_exact(width).ok()?;
        self.bytes.try_reserve_exact(width).ok()
    }

    /// Where rows of a tensor go, made at its first row or scale.
    fn place(&mut self, index: usize) -> Option<Place<'_>> {
        let Wanted { name, shape, role, .. } = &self.wanted[index];
        match role {
            Role::Matrix { matrix: name, first, rows } => {
                if !self.weights.matrices.contains_key(name) {
                    self.weights.matrices.insert(name.clone(), Matrix::new(self.kind, *rows, shape[1])?);
                }
                Some(Place::Matrix(self.weights.matrices.get_mut(name)?, *first))
            }
            Role::Table => {
                if !self.weights.tables.contains_key(name) {
                    self.weights.tables.insert(name.clone(), new_table(self.kind, shape[0], shape[1])?);
                }
                Some(Place::Table(self.weights.tables.get_mut(name)?))
            }
            Role::Vector => None,
        }
    }

    /// The next row of a tensor that has been begun.
    pub fn row(&mut self, planned: &Planned, row: usize, raw: &[u8]) -> Result<()> {
        let not_finite = || Error::WeightsNotFinite { name: planned.entry.name.clone() };
        match planned.purpose {
            Purpose::Unused => Ok(()),
            Purpose::Scales(index) => {
                decode(Dtype::F32, raw, &mut self.floats);
                largest_magnitude(&self.floats).ok_or_else(not_finite)?;
                self.scales(index)
            }
            Purpose::Tensor(index, Dtype::I8) => {
                self.bytes.clear();
                self.bytes.extend(raw.iter().map(|&byte| byte as i8));
                self.int8_row(index, row)
            }
            Purpose::Tensor(index, dtype) => {
                decode(dtype, raw, &mut self.floats);
                let largest = largest_magnitude(&self.floats).ok_or_else(not_finite)?;
                self.float_row(index, row, largest)
            }
        }
    }

    fn float_row(&mut self, index: usize, row: usize, largest: f32) -> Result<()> {
        if self.wanted[index].role == Role::Vector {
            if let Some(file) = &mut self.file {
                file.floats(index, 0, &self.floats);
            }
            self.weights.vectors.insert(self.wanted[index].name.clone(), std::mem::take(&mut self.floats));
        } else if self.kind == Kind::Int8 {
            self.bytes.clear();
            let scale = quantise_row(&self.floats, largest, &mut self.bytes);
            self.int8_row(index, row)?;
            if let Some(file) = &mut self.file {
                file.floats(index, row, &[scale]);
            }
            self.put(index, |place, _, _| place.scale(row, scale))?;
        } else {
            self.put(index, |place, floats, _| place.floats(row, floats))?;
        }
        Ok(())
    }

    fn int8_row(&mut self, index: usize, row: usize) -> Result<()> {
        if self.kind == Kind::Int8 {
            if let Some(file) = &mut self.file {
                file.row(&self.bytes);
            }
            return self.put(index, |place, _, bytes| place.bytes(row, bytes));
        }
        match &mut self.waiting[index] {
            Waiting::Rows(rows) => rows.extend_from_slice(&self.bytes),
            Waiting::Scales(scales) => {
                let scale = scales.get(row).copied().unwrap_or_default();
                dequantise_row(&self.bytes, scale, &mut self.floats);
                self.put(index, |place, floats, _| place.floats(row, floats))?;
            }
            Waiting::Nothing => return Err(lost(&self.wanted[index].name)),
        }
        Ok(())
    }

    /// `floats` holds the scales of a tensor's rows.
    fn scales(&mut self, index: usize) -> Result<()> {
        let scales = std::mem::take(&mut self.floats);
        if self.kind == Kind::Int8 {
            if let Some(file) = &mut self.file {
                file.floats(index, 0, &scales);
            }
            return self.put(index, |place, _, _| {
                for (row, &scale) in scales.iter().enumerate() {
                    place.scale(row, scale);
                }
            });
        }
        let width = self.wanted[index].shape[1];
        if let Waiting::Rows(bytes) = std::mem::take(&mut self.waiting[index]) {
            for (row, (bytes, &scale)) in bytes.chunks_exact(width).zip(&scales).enumerate() {
                dequantise_row(bytes, scale, &mut self.floats);
                self.put(index, |place, floats, _| place.floats(row, floats))?;
            }
        } else {
            self.waiting[index] = Waiting::Scales(scales);
        }
        Ok(())
    }

    /// Hands the place of a tensor's rows to `put`, and the row at hand.
    fn put(&mut self, index: usize, put: impl FnOnce(&mut Place, &[f32], &[i8])) -> Result<()> {
        let (floats, bytes) = (std::mem::take(&mut self.floats), std::mem::take(&mut self.bytes));
        let placed = self.place(index).map(|mut place| put(&mut place, &floats, &bytes));
        (self.floats, self.bytes) = (floats, bytes);
        placed.ok_or_else(|| lost(&self.wanted[index].name))
    }

    /// The bytes of the compact layout that came about since the last call; none where the source is kept as it is.
    pub fn take_kept(&mut self) -> Option<Vec<u8>> {
        self.file.as_mut().map(Int8File::take)
    }

    /// All tensors are in.
    pub fn end(&mut self) {
        if let Some(file) = &mut self.file {
            file.end();
        }
    }

    pub fn into_weights(self) -> Weights {
        self.weights
    }
}

/// Where a tensor's rows go.
enum Place<'a> {
    /// The tensor's first row is this one of the matrix.
    Matrix(&'a mut Matrix, usize),
    Table(&'a mut Table),
}

impl Place<'_> {
    fn floats(&mut self, row: usize, values: &[f32]) {
        match self {
            Place::Matrix(matrix, first) => matrix.set_row_f32(*first + row, values),
            // A table's rows come in order.
            Place::Table(Table::F32 { values: table, .. }) => table.extend_from_slice(values),
            Place::Table(Table::Int8 { .. }) => {}
        }
    }

    fn bytes(&mut self, row: usize, values: &[i8]) {
        match self {
            Place::Matrix(matrix, first) => matrix.set_row_i8(*first + row, values),
            Place::Table(Table::Int8 { bytes: table, .. }) => table.extend_from_slice(values),
            Place::Table(Table::F32 { .. }) => {}
        }
    }

    fn scale(&mut self, row: usize, scale: f32) {
        match self {
            Place::Matrix(matrix, first) => matrix.set_scale(*first + row, scale),
            Place::Table(Table::Int8 { scales, .. }) => {
                if let Some(place) = scales.get_mut(row) {
                    *place = scale;
                }
            }
            Place::Table(Table::F32 { .. }) => {}
        }
    }
}

fn new_table(kind: Kind, rows: usize, width: usize) -> Option<Table> {
    fn room<T>(length: usize) -> Option<Vec<T>> {
        let mut values = Vec::new();
        values.try_reserve_exact(length).ok()?;
        Some(values)
    }
    let length = rows.checked_mul(width)?;
    Some(match kind {
        Kind::Int8 => {
            let mut scales = room(rows)?;
            scales.resize(rows, 0.0);
            Table::Int8 { width, bytes: room(length)?, scales }
        }
        Kind::F32 => Table::F32 { width, values: room(length)? },
    })
}

fn lost(name: &str) -> Error {
    Error::Internal(format!("the place of {name} got lost"))
}

fn dequantise_row(bytes: &[i8], scale: f32, floats: &mut Vec<f32>) {
    floats.clear();
    floats.extend(bytes.iter().map(|&byte| f32::from(byte) * scale));
}

/// Replaces `floats` by what the bytes say.
fn decode(dtype: Dtype, raw: &[u8], floats: &mut Vec<f32>) {
    floats.clear();
    let pairs = || raw.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]]));
    match dtype {
        Dtype::F16 => floats.extend(pairs().map(|bits| half::f16::from_bits(bits).to_f32())),
        Dtype::Bf16 => floats.extend(pairs().map(|bits| half::bf16::from_bits(bits).to_f32())),
        Dtype::F32 => floats.extend(raw.chunks_exact(4).map(|four| f32::from_le_bytes([four[0], four[1], four[2], four[3]]))),
        // Taken as it is, elsewhere.
        Dtype::I8 => {}
    }
}
