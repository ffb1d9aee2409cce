//! From a checkpoint's files to tensors.
//!
//! `stream` takes `model.safetensors` piece by piece, so the whole file is never held beside the
//! tensors; `names` knows what the architectures call them; `int8` is the compact layout that
//! `answerlet quantize` writes.

mod header;
pub(crate) mod int8;
pub(crate) mod manifest;
pub(crate) mod names;
mod stream;

use std::collections::{BTreeMap, HashMap};

use crate::config::Config;
use crate::error::{Error, Result};
use crate::kernels::{Kind, LayerNorm, Linear, Matrix, SpanHead, Table};
use crate::loader::Precision;

use stream::Rows;
pub(crate) use stream::{TensorData, WeightsStream};

/// A reader's tensors in f32, under the crate's names.
pub(crate) struct Weights {
    tensors: HashMap<String, TensorData>,
    pub summary: Summary,
    pub precision: Precision,
}

/// What a checkpoint's file holds.
#[derive(Debug, Clone, Default)]
pub(crate) struct Summary {
    /// Numbers in the tensors that the reader uses, scales not counted.
    pub parameters: usize,
    /// How many of the used tensors have which dtype.
    pub dtypes: BTreeMap<String, usize>,
    /// Tensors in the file that the reader doesn't use.
    pub unused: Vec<String>,
}

impl Weights {
    fn take(&mut self, name: &str) -> Result<TensorData> {
        self.tensors.remove(name).ok_or_else(|| Error::Internal(format!("{name} was not planned")))
    }

    fn vector(&mut self, name: &str) -> Result<Vec<f32>> {
        let TensorData { shape, rows, .. } = self.take(name)?;
        Ok(rows.into_f32(&shape))
    }

    /// A linear layer; of several names their rows one after the other.
    pub fn linear(&mut self, names: &[&str]) -> Result<Linear> {
        let kind = match self.precision {
            Precision::F32 => Kind::F32,
            _ => Kind::Int8,
        };
        let parts = names.iter().map(|name| self.take(&format!("{name}.weight"))).collect::<Result<Vec<_>>>()?;
        let (out, inner) = (parts.iter().map(|part| part.shape[0]).sum(), parts[0].shape[1]);
        let mut matrix = Matrix::new(kind, out, inner).ok_or_else(|| Error::Internal("not enough memory".into()))?;
        let mut at = 0;
        for TensorData { shape, rows, .. } in parts {
            match (kind, rows) {
                (Kind::Int8, Rows::I8 { bytes, scales }) => {
                    for (row, (bytes, scale)) in bytes.chunks_exact(inner).zip(scales).enumerate() {
                        matrix.set_row_i8(at + row, bytes);
                        matrix.set_scale(at + row, scale);
                    }
                }
                (_, rows) => {
                    for (row, values) in rows.into_f32(&shape).chunks_exact(inner).enumerate() {
                        let (scale, bytes) = int8::quantise_row(values);
                        matrix.set_row_i8(at + row, &bytes.collect::<Vec<_>>());
                        matrix.set_scale(at + row, scale);
                        matrix.set_row_f32(at + row, values);
                    }
                }
            }
            at += shape[0];
        }
        let mut bias = Vec::with_capacity(out);
        for name in names {
            bias.extend(self.vector(&format!("{name}.bias"))?);
        }
        Ok(Linear::new(matrix, bias))
    }

    pub fn layer_norm(&mut self, name: &str, config: &Config) -> Result<LayerNorm> {
        Ok(LayerNorm::new(self.vector(&format!("{name}.weight"))?, self.vector(&format!("{name}.bias"))?, config.layer_norm_eps))
    }

    pub fn table(&mut self, name: &str) -> Result<Table> {
        let TensorData { shape, rows, .. } = self.take(name)?;
        let width = shape[1];
        Ok(match rows {
            Rows::I8 { bytes, scales } if self.precision != Precision::F32 => Table::Int8 { width, bytes, scales },
            rows => {
                let values = rows.into_f32(&shape);
                if self.precision == Precision::F32 {
                    return Ok(Table::F32 { width, values });
                }
                let (mut bytes, mut scales) = (Vec::with_capacity(values.len()), Vec::with_capacity(shape[0]));
                for row in values.chunks_exact(width) {
                    let (scale, quantised) = int8::quantise_row(row);
                    scales.push(scale);
                    bytes.extend(quantised);
                }
                Table::Int8 { width, bytes, scales }
            }
        })
    }

    pub fn span_head(&mut self) -> Result<SpanHead> {
        Ok(SpanHead::new(self.vector("qa_outputs.weight")?, self.vector("qa_outputs.bias")?))
    }

    /// Every tensor as the file holds it, in the file's order.
    #[cfg(feature = "cli")]
    pub fn into_tensors(self) -> Vec<TensorData> {
        let mut tensors: Vec<_> = self.tensors.into_values().collect();
        tensors.sort_by(|a, b| a.source_name.cmp(&b.source_name));
        tensors
    }
}
