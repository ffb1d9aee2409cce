//! The header of a safetensors file: eight bytes of length, then JSON that gives each tensor's
//! dtype, shape and place. The format's own crate wants the whole file in memory; this wants the header.

use std::collections::HashMap;

use serde::Deserialize;

use crate::error::{Error, Result};

/// Bytes of the length in front of the JSON.
pub(super) const LENGTH_BYTES: usize = 8;

/// Far above any reader's header (BERT-large's has 50 kB), far below what could harm a page.
const LARGEST_HEADER: u64 = 16 << 20;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dtype {
    F32,
    F16,
    Bf16,
    I8,
}

impl Dtype {
    fn from_name(name: &str) -> Option<Self> {
        match name {
            "F32" => Some(Dtype::F32),
            "F16" => Some(Dtype::F16),
            "BF16" => Some(Dtype::Bf16),
            "I8" => Some(Dtype::I8),
            _ => None,
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Dtype::F32 => "F32",
            Dtype::F16 => "F16",
            Dtype::Bf16 => "BF16",
            Dtype::I8 => "I8",
        }
    }

    pub fn bytes(self) -> usize {
        match self {
            Dtype::F32 => 4,
            Dtype::F16 | Dtype::Bf16 => 2,
            Dtype::I8 => 1,
        }
    }
}

/// One tensor of the file.
#[derive(Debug)]
pub(super) struct Entry {
    pub name: String,
    pub dtype: String,
    pub shape: Vec<usize>,
    pub bytes: usize,
}

impl Entry {
    pub fn known_dtype(&self) -> Result<Dtype> {
        Dtype::from_name(&self.dtype).ok_or_else(|| Error::TensorDtype {
            name: self.name.clone(),
            found: self.dtype.clone(),
            hint: "F32, F16, BF16 and the I8 of `answerlet quantize` can".into(),
        })
    }
}

pub(super) fn invalid(reason: impl Into<String>) -> Error {
    Error::WeightsInvalid { reason: reason.into() }
}

/// The first eight bytes → the length of the JSON.
pub(super) fn length(bytes: [u8; LENGTH_BYTES]) -> Result<usize> {
    match u64::from_le_bytes(bytes) {
        length @ 2..=LARGEST_HEADER => Ok(length as usize),
        _ => Err(what_it_is(&bytes)),
    }
}

/// What a file is that doesn't begin as safetensors does, by its first eight bytes or fewer.
pub(super) fn what_it_is(start: &[u8]) -> Error {
    // No text is long enough here to tell one page from another, and no other text begins so.
    if start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(start).trim_ascii_start().starts_with(b"<") {
        return Error::FileHtml { file: "model.safetensors".into() };
    }
    if start.starts_with(b"PK\x03\x04") || start.starts_with(b"\x80\x02") {
        return Error::WeightsFormat { file: "a PyTorch file (pytorch_model.bin)".into() };
    }
    if start.starts_with(b"version ") {
        return invalid("it is a Git LFS pointer, not the file: run `git lfs pull` where it came from");
    }
    invalid("it doesn't begin as a safetensors file does")
}

/// The JSON → the tensors, in the order in which their data follows, without gap or overlap.
pub(super) fn entries(json: &[u8]) -> Result<Vec<Entry>> {
    #[derive(Deserialize)]
    struct Info {
        dtype: String,
        shape: Vec<usize>,
        data_offsets: (usize, usize),
    }
    let mut json: HashMap<String, serde_json::Value> = serde_json::from_slice(json)
        .map_err(|error| invalid(format!("its header isn't the JSON of a safetensors file ({error})")))?;
    json.remove("__metadata__");
    let mut infos = json
        .into_iter()
        .map(|(name, value)| match serde_json::from_value::<Info>(value) {
            Ok(info) => Ok((name, info)),
            Err(error) => Err(invalid(format!("its header describes {name:?} wrongly ({error})"))),
        })
        .collect::<Result<Vec<_>>>()?;
    infos.sort_by_key(|(_, info)| info.data_offsets);
    let mut end = 0;
    let mut entries = Vec::with_capacity(infos.len());
    for (name, info) in infos {
        let (from, to) = info.data_offsets;
        if from != end || to < from {
            return Err(invalid(format!("its header puts {name:?} at {from}..{to}, where {end} was next")));
        }
        let expected = info
            .shape
            .iter()
            .try_fold(1usize, |product, &size| product.checked_mul(size))
            .and_then(|elements| match Dtype::from_name(&info.dtype) {
                Some(dtype) => elements.checked_mul(dtype.bytes()),
                // The bytes of a tensor that is only skipped are taken as they are.
                None => Some(to - from),
            });
        if expected != Some(to - from) {
            return Err(invalid(format!(
                "its header gives {name:?} {} bytes, which don't hold {} of shape {:?}",
                to - from,
                info.dtype,
                info.shape
            )));
        }
        end = to;
        entries.push(Entry { name, dtype: info.dtype, shape: info.shape, bytes: to - from });
    }
    Ok(entries)
}
