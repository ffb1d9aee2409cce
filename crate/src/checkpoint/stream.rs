//! `model.safetensors`, taken piece by piece as it arrives.
//!
//! The header comes first, so a checkpoint that doesn't fit its config or tokenizer is refused
//! before its weights are downloaded. Then each row goes to the encoder's matrices as soon as it is whole: the file is never held
//! beside them.

use super::header::{self, invalid};
use super::plan::{Plan, Planned};
use super::sink::Sink;
use super::Weights;
use crate::config::Config;
use crate::error::{Error, Result};
use crate::kernels::{Kind, LONGEST_INT8_ROW};

/// Feed it with [`push`](Self::push), then [`finish`](Self::finish).
pub(crate) struct WeightsStream {
    config: Config,
    kind: Kind,
    state: State,
    received: u64,
    keep: bool,
    /// Bytes of the file to keep, where they aren't just those that were pushed.
    kept: Kept,
}

/// What a push of weights added to the file that is kept of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kept {
    /// These bytes; they may be none.
    Bytes(Vec<u8>),
    /// Just the bytes that were pushed.
    Pushed,
}

enum State {
    Length(Vec<u8>),
    Header { length: usize, json: Vec<u8> },
    Data(Box<Data>),
}

impl WeightsStream {
    pub fn new(config: &Config, kind: Kind) -> Result<Self> {
        let longest = config.hidden_size.max(config.intermediate_size);
        if kind == Kind::Int8 && longest > LONGEST_INT8_ROW {
            return Err(Error::ConfigInvalid {
                reason: format!("a width of {longest} is more than the {LONGEST_INT8_ROW} that int8 can sum up: load it as f32"),
            });
        }
        Ok(Self {
            config: config.clone(),
            kind,
            state: State::Length(Vec::new()),
            received: 0,
            keep: false,
            kept: Kept::Bytes(Vec::new()),
        })
    }

    /// To be said before the first push; then [`take_kept`](Self::take_kept) has something to give.
    pub fn keep(&mut self) {
        self.keep = true;
    }

    /// What the last push added to the file that is kept: one that loads into the same weights, in the compact layout where int8 is
    /// computed in and the source isn't, else the source.
    pub fn take_kept(&mut self) -> Kept {
        match &mut self.kept {
            Kept::Bytes(bytes) => Kept::Bytes(std::mem::take(bytes)),
            Kept::Pushed => Kept::Pushed,
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
                    let mut data = Data::new(Plan::new(header::entries(json)?, &self.config)?, self.kind, self.keep)?;
                    let source = [&(*length as u64).to_le_bytes(), json.as_slice(), bytes].concat();
                    data.push(bytes)?;
                    self.kept = Kept::Bytes(data.sink.take_kept().unwrap_or(source));
                    self.state = State::Data(Box::new(data));
                    return Ok(());
                }
                State::Data(data) => {
                    data.push(bytes)?;
                    self.kept = data.sink.take_kept().map_or(Kept::Pushed, Kept::Bytes);
                    return Ok(());
                }
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

/// The part behind the header, cut into rows.
struct Data {
    entries: std::vec::IntoIter<Planned>,
    current: Option<Arriving>,
    /// The beginning of a row that the end of a piece cut in two.
    carry: Vec<u8>,
    received: usize,
    total: usize,
    ended: bool,
    sink: Sink,
}

/// The tensor that is coming in.
struct Arriving {
    planned: Planned,
    remaining: usize,
    row_bytes: usize,
    /// The number of the next row.
    row: usize,
}

impl Data {
    fn new(plan: Plan, kind: Kind, keep: bool) -> Result<Self> {
        Ok(Self {
            total: plan.entries.iter().map(|planned| planned.entry.bytes).sum(),
            entries: plan.entries.into_iter(),
            current: None,
            carry: Vec::new(),
            received: 0,
            ended: false,
            sink: Sink::new(kind, plan.wanted, plan.summary, keep)?,
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
                    Some(planned) => {
                        self.sink.begin(&planned)?;
                        Arriving { remaining: planned.entry.bytes, row_bytes: self.sink.row_bytes(&planned), row: 0, planned }
                    }
                    None => {
                        // The last tensor's end, and not what follows from a push of nothing.
                        if !self.ended {
                            self.sink.end();
                        }
                        self.ended = true;
                        return Ok(());
                    }
                },
            };
            let (head, rest) = bytes.split_at(bytes.len().min(current.remaining));
            current.remaining -= head.len();
            self.rows(&mut current, head)?;
            bytes = rest;
            if current.remaining > 0 {
                self.current = Some(current);
                return Ok(());
            }
        }
    }

    /// Passes whole rows on; what is left of a piece waits for the next.
    fn rows(&mut self, current: &mut Arriving, mut bytes: &[u8]) -> Result<()> {
        if current.row_bytes == 0 || current.planned.is_unused() {
            return Ok(());
        }
        let mut pass = |bytes: &[u8]| {
            current.row += 1;
            self.sink.row(&current.planned, current.row - 1, bytes)
        };
        if !self.carry.is_empty() {
            take(&mut self.carry, current.row_bytes, &mut bytes);
            if self.carry.len() < current.row_bytes {
                return Ok(());
            }
            pass(&self.carry)?;
            self.carry.clear();
        }
        let whole = bytes.chunks_exact(current.row_bytes);
        let rest = whole.remainder();
        for row in whole {
            pass(row)?;
        }
        if !rest.is_empty() {
            let reserved = self.carry.try_reserve_exact(current.row_bytes);
            reserved.map_err(|_| invalid(format!("there is not enough memory for a row of {} bytes", current.row_bytes)))?;
            self.carry.extend_from_slice(rest);
        }
        Ok(())
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
        Ok(self.sink.into_weights())
    }
}
