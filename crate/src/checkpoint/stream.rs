//! `model.safetensors`, taken piece by piece as it arrives.
//!
//! The header comes first, so a checkpoint that doesn't fit its config or tokenizer is refused
//! before its weights are downloaded. Floats become f32 as they arrive.

use std::collections::HashMap;

use super::header::{self, invalid, Dtype, Entry};
use super::names::{canonical, required, SCALE};
use super::{Summary, Weights};
use crate::config::Config;
use crate::error::{Error, Result};
use crate::loader::Precision;

/// One tensor as it came.
pub(crate) struct TensorData {
    /// Its name in the file.
    #[cfg_attr(not(feature = "cli"), allow(dead_code))]
    pub source_name: String,
    pub shape: Vec<usize>,
    pub rows: Rows,
}

pub(crate) enum Rows {
    F32(Vec<f32>),
    /// value = scale of its row x byte.
    I8 { bytes: Vec<i8>, scales: Vec<f32> },
}

impl Rows {
    pub fn into_f32(self, shape: &[usize]) -> Vec<f32> {
        match self {
            Rows::F32(values) => values,
            Rows::I8 { bytes, scales } => {
                let row = shape.last().copied().unwrap_or(1).max(1);
                let mut values = Vec::with_capacity(bytes.len());
                for (bytes, scale) in bytes.chunks_exact(row).zip(scales) {
                    values.extend(bytes.iter().map(|&byte| f32::from(byte) * scale));
                }
                values
            }
        }
    }
}

/// Feed it with [`push`](Self::push), then [`finish`](Self::finish).
pub(crate) struct WeightsStream {
    config: Config,
    state: State,
    received: u64,
}

enum State {
    Length(Vec<u8>),
    Header { length: usize, json: Vec<u8> },
    Data(Box<Data>),
}

impl WeightsStream {
    pub fn new(config: &Config) -> Self {
        Self {
            config: config.clone(),
            state: State::Length(Vec::new()),
            received: 0,
        }
    }

    pub fn push(&mut self, mut bytes: &[u8]) -> Result<()> {
        self.received += bytes.len() as u64;
        loop {
            match &mut self.state {
                State::Length(buffer) => {
                    take(buffer, header::LENGTH_BYTES, &mut bytes);
                    let Ok(length) = <[u8; header::LENGTH_BYTES]>::try_from(buffer.as_slice()) else {
                        return Ok(());
                    };
                    self.state = State::Header { length: header::length(length)?, json: Vec::new() };
                }
                State::Header { length, json } => {
                    take(json, *length, &mut bytes);
                    if json.len() < *length {
                        return Ok(());
                    }
                    self.state = State::Data(Box::new(Data::new(header::entries(json)?, &self.config)?));
                }
                State::Data(data) => return data.push(bytes),
            }
        }
    }

    pub fn finish(self) -> Result<Weights> {
        match self.state {
            State::Data(data) => data.finish(),
            State::Length(_) if self.received == 0 => Err(invalid("it is empty")),
            State::Length(start) => Err(header::what_it_is(&start)),
            State::Header { .. } => Err(truncated(self.received, "its header")),
        }
    }
}

fn truncated(received: u64, what: &str) -> Error {
    invalid(format!("it ends after {received} bytes, within {what}: the download or copy was cut off"))
}

/// Moves bytes from the front of `bytes` until `buffer` holds `length`.
fn take(buffer: &mut Vec<u8>, length: usize, bytes: &mut &[u8]) {
    let (head, rest) = bytes.split_at(bytes.len().min(length.saturating_sub(buffer.len())));
    buffer.extend_from_slice(head);
    *bytes = rest;
}

/// The part behind the header.
struct Data {
    entries: std::vec::IntoIter<Planned>,
    current: Option<Arriving>,
    received: usize,
    total: usize,
    values: HashMap<String, (String, Vec<usize>, Values)>,
    summary: Summary,
}

/// A tensor of the file, with its name here if it is wanted.
struct Planned {
    entry: Entry,
    wanted: Option<(String, Dtype)>,
}

enum Values {
    F32(Vec<f32>),
    I8(Vec<i8>),
}

struct Arriving {
    planned: Planned,
    remaining: usize,
    /// The first bytes of a number that the end of a piece cut in two.
    carry: Vec<u8>,
    values: Values,
}

impl Data {
    fn new(entries: Vec<Entry>, config: &Config) -> Result<Self> {
        let mut by_name: HashMap<String, usize> = HashMap::new();
        for (index, entry) in entries.iter().enumerate() {
            let name = canonical(&entry.name, config.architecture);
            if let Some(other) = by_name.insert(name, index) {
                return Err(invalid(format!("it holds {:?} twice, also as {:?}", entry.name, entries[other].name)));
            }
        }
        let mut wanted: Vec<Option<(String, Dtype)>> = entries.iter().map(|_| None).collect();
        let mut summary = Summary::default();
        for (name, shape) in required(config) {
            let &index = by_name.get(&name).ok_or_else(|| Error::TensorMissing {
                hint: if name.starts_with("qa_outputs") {
                    "it has no question-answering head, so it was not trained to answer".into()
                } else {
                    format!("a {} needs it", config.architecture.traits().class)
                },
                name: name.clone(),
            })?;
            let entry = &entries[index];
            if entry.shape != shape {
                return Err(Error::TensorShape {
                    name: entry.name.clone(),
                    expected: shape,
                    found: entry.shape.clone(),
                });
            }
            let dtype = entry.known_dtype()?;
            if dtype == Dtype::I8 {
                let scale_name = format!("{name}{SCALE}");
                let scale = by_name.get(&scale_name).map(|&index| (index, &entries[index]));
                let (scale_index, scale) = match scale {
                    Some(found) if shape.len() == 2 => found,
                    _ => {
                        return Err(Error::TensorDtype {
                            name: entry.name.clone(),
                            found: "I8".into(),
                            hint: format!("only a matrix with an F32 vector {:?} of one scale a row can be int8", format!("{}{SCALE}", entry.name)),
                        })
                    }
                };
                if scale.shape != shape[..1] {
                    return Err(Error::TensorShape {
                        name: scale.name.clone(),
                        expected: shape[..1].to_vec(),
                        found: scale.shape.clone(),
                    });
                }
                if scale.known_dtype()? != Dtype::F32 {
                    return Err(Error::TensorDtype {
                        name: scale.name.clone(),
                        found: scale.dtype.clone(),
                        hint: "scales are F32".into(),
                    });
                }
                wanted[scale_index] = Some((scale_name, Dtype::F32));
            }
            summary.parameters += shape.iter().product::<usize>();
            *summary.dtypes.entry(dtype.name().into()).or_default() += 1;
            wanted[index] = Some((name, dtype));
        }
        let total = entries.iter().map(|entry| entry.bytes).sum();
        let planned: Vec<_> = entries
            .into_iter()
            .zip(wanted)
            .map(|(entry, wanted)| {
                if wanted.is_none() {
                    summary.unused.push(entry.name.clone());
                }
                Planned { entry, wanted }
            })
            .collect();
        Ok(Self {
            entries: planned.into_iter(),
            current: None,
            received: 0,
            total,
            values: HashMap::new(),
            summary,
        })
    }

    fn push(&mut self, mut bytes: &[u8]) -> Result<()> {
        self.received += bytes.len();
        if self.received > self.total {
            return Err(invalid(format!("it goes on after its {} bytes of tensors", self.total)));
        }
        loop {
            let mut current = match self.current.take() {
                Some(current) => current,
                None => match self.entries.next() {
                    Some(planned) => Arriving::new(planned)?,
                    None => return Ok(()),
                },
            };
            let (head, rest) = bytes.split_at(bytes.len().min(current.remaining));
            current.push(head)?;
            bytes = rest;
            if current.remaining > 0 {
                self.current = Some(current);
                return Ok(());
            }
            if let Some((name, _)) = current.planned.wanted {
                let Entry { name: source_name, shape, .. } = current.planned.entry;
                self.values.insert(name, (source_name, shape, current.values));
            }
        }
    }

    fn finish(mut self) -> Result<Weights> {
        // Tensors of no bytes may still be waiting for a piece.
        self.push(&[])?;
        if self.received < self.total {
            return Err(invalid(format!(
                "it ends after {} of {} bytes of tensors: the download or copy was cut off",
                self.received, self.total
            )));
        }
        let mut tensors = HashMap::new();
        let names: Vec<String> = self.values.keys().filter(|name| !name.ends_with(SCALE)).cloned().collect();
        for name in names {
            let Some((source_name, shape, values)) = self.values.remove(&name) else { continue };
            let rows = match values {
                Values::F32(values) => Rows::F32(values),
                Values::I8(bytes) => match self.values.remove(&format!("{name}{SCALE}")) {
                    Some((_, _, Values::F32(scales))) => Rows::I8 { bytes, scales },
                    _ => return Err(Error::Internal(format!("the scales of {name} got lost"))),
                },
            };
            tensors.insert(name, TensorData { source_name, shape, rows });
        }
        Ok(Weights { tensors, summary: self.summary, precision: Precision::Auto })
    }
}

impl Arriving {
    fn new(planned: Planned) -> Result<Self> {
        let elements = |dtype: Dtype| planned.entry.bytes / dtype.bytes();
        // A header may promise more than there is memory for: an error then, not a trap.
        let too_large = |_| invalid(format!("there is not enough memory for {:?} of {} bytes", planned.entry.name, planned.entry.bytes));
        let values = match &planned.wanted {
            Some((_, Dtype::I8)) => {
                let mut values = Vec::new();
                values.try_reserve_exact(elements(Dtype::I8)).map_err(too_large)?;
                Values::I8(values)
            }
            Some((_, dtype)) => {
                let mut values = Vec::new();
                values.try_reserve_exact(elements(*dtype)).map_err(too_large)?;
                Values::F32(values)
            }
            None => Values::F32(Vec::new()),
        };
        Ok(Self { remaining: planned.entry.bytes, planned, carry: Vec::new(), values })
    }

    fn push(&mut self, mut bytes: &[u8]) -> Result<()> {
        self.remaining -= bytes.len();
        let Some((_, dtype)) = self.planned.wanted else {
            return Ok(());
        };
        let size = dtype.bytes();
        if !self.carry.is_empty() {
            let mut carry = std::mem::take(&mut self.carry);
            take(&mut carry, size, &mut bytes);
            if carry.len() < size {
                self.carry = carry;
                return Ok(());
            }
            self.decode(dtype, &carry)?;
        }
        let (whole, rest) = bytes.split_at(bytes.len() - bytes.len() % size);
        self.decode(dtype, whole)?;
        self.carry.extend_from_slice(rest);
        Ok(())
    }

    fn decode(&mut self, dtype: Dtype, bytes: &[u8]) -> Result<()> {
        let values = match &mut self.values {
            Values::I8(values) => {
                values.extend(bytes.iter().map(|&byte| byte as i8));
                return Ok(());
            }
            Values::F32(values) => values,
        };
        let from = values.len();
        let pairs = || bytes.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]]));
        match dtype {
            Dtype::F16 => values.extend(pairs().map(|bits| half::f16::from_bits(bits).to_f32())),
            Dtype::Bf16 => values.extend(pairs().map(|bits| half::bf16::from_bits(bits).to_f32())),
            _ => values.extend(
                bytes
                    .chunks_exact(4)
                    .map(|four| f32::from_le_bytes([four[0], four[1], four[2], four[3]])),
            ),
        }
        if values[from..].iter().all(|value| value.is_finite()) {
            Ok(())
        } else {
            Err(Error::WeightsNotFinite { name: self.planned.entry.name.clone() })
        }
    }
}
