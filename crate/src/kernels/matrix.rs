//! Stand-in, to be replaced by the lead's.
use candle_core::{Device, Result, Tensor};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind { Int8, F32 }

pub(crate) struct Matrix { kind: Kind, out: usize, inner: usize, bytes: Vec<i8>, scales: Vec<f32>, values: Vec<f32> }

impl Matrix {
    pub fn new(kind: Kind, out: usize, inner: usize) -> Option<Matrix> {
        let (mut bytes, mut scales, mut values) = (Vec::new(), Vec::new(), Vec::new());
        match kind {
            Kind::Int8 => {
                bytes.try_reserve_exact(out.checked_mul(inner)?).ok()?;
                bytes.resize(out * inner, 0);
                scales.resize(out, 0.0);
            }
            Kind::F32 => {
                values.try_reserve_exact(out.checked_mul(inner)?).ok()?;
                values.resize(out * inner, 0.0);
            }
        }
        Some(Matrix { kind, out, inner, bytes, scales, values })
    }
    pub fn set_row_i8(&mut self, row: usize, values: &[i8]) {
        if self.kind == Kind::Int8 { self.bytes[row * self.inner..][..self.inner].copy_from_slice(values) }
    }
    pub fn set_scale(&mut self, row: usize, scale: f32) {
        if self.kind == Kind::Int8 { self.scales[row] = scale }
    }
    pub fn set_row_f32(&mut self, row: usize, values: &[f32]) {
        if self.kind == Kind::F32 { self.values[row * self.inner..][..self.inner].copy_from_slice(values) }
    }
    pub fn tensor(self) -> Result<Tensor> {
        let values = match self.kind {
            Kind::F32 => self.values,
            Kind::Int8 => self.bytes.chunks_exact(self.inner).zip(&self.scales).flat_map(|(row, scale)| row.iter().map(move |&b| f32::from(b) * scale)).collect(),
        };
        Tensor::from_vec(values, (self.out, self.inner), &Device::Cpu)
    }
}

pub(crate) enum Table { Int8 { width: usize, bytes: Vec<i8>, scales: Vec<f32> }, F32 { width: usize, values: Vec<f32> } }
impl Table {
    pub fn tensor(self) -> Result<Tensor> {
        match self {
            Table::F32 { width, values } => { let rows = values.len() / width; Tensor::from_vec(values, (rows, width), &Device::Cpu) }
            Table::Int8 { width, bytes, scales } => Tensor::from_vec(bytes.chunks_exact(width).zip(&scales).flat_map(|(row, scale)| row.iter().map(move |&b| f32::from(b) * scale)).collect::<Vec<f32>>(), (scales.len(), width), &Device::Cpu),
        }
    }
}
pub(crate) struct SpanHead(super::Linear);
impl SpanHead {
    pub fn new(weight: Vec<f32>, bias: Vec<f32>) -> SpanHead {
        let mut matrix = Matrix::new(Kind::F32, 2, weight.len() / 2).unwrap();
        matrix.values = weight;
        SpanHead(super::Linear::new(matrix, bias))
    }
    pub fn forward(&self, x: &Tensor) -> Result<Tensor> { self.0.forward(x) }
}
