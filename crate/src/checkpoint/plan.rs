//! A file's header against a reader's needs: what each of its tensors is for.

use std::collections::HashMap;

use super::header::{invalid, Dtype, Entry};
use super::names::{canonical, required, Required, Role, SCALE};
use super::Summary;
use crate::config::Config;
use crate::error::{Error, Result};

/// A tensor of the file, and its use.
pub(super) struct Planned {
    pub entry: Entry,
    pub purpose: Purpose,
}

impl Planned {
    pub fn is_unused(&self) -> bool {
        matches!(self.purpose, Purpose::Unused)
    }
}

#[derive(Clone, Copy)]
pub(super) enum Purpose {
    Unused,
    /// The tensor of this number among those that the reader needs.
    Tensor(usize, Dtype),
    /// The scales of that tensor's rows.
    Scales(usize),
}

/// A tensor that the reader needs and the file has.
pub(super) struct Wanted {
    /// Its name in the file.
    pub source_name: String,
    /// The crate's.
    pub name: String,
    pub shape: Vec<usize>,
    pub role: Role,
    pub dtype: Dtype,
}

pub(super) struct Plan {
    /// In the file's order.
    pub entries: Vec<Planned>,
    /// In the file's order.
    pub wanted: Vec<Wanted>,
    pub summary: Summary,
}

impl Plan {
    pub fn new(entries: Vec<Entry>, config: &Config) -> Result<Self> {
        let mut by_name: HashMap<String, usize> = HashMap::new();
        for (index, entry) in entries.iter().enumerate() {
            let name = canonical(&entry.name, config.architecture);
            if let Some(other) = by_name.insert(name, index) {
                return Err(invalid(format!("it holds {:?} twice, also as {:?}", entry.name, entries[other].name)));
            }
        }
        let mut wanted: Vec<Option<Wanted>> = entries.iter().map(|_| None).collect();
        // For each tensor of scales, whose they are.
        let mut scales_of: HashMap<usize, usize> = HashMap::new();
        let mut summary = Summary::default();
        for Required { name, shape, role } in required(config) {
            let &index = by_name.get(&name).ok_or_else(|| missing(&name, config))?;
            let entry = &entries[index];
            if entry.shape != shape {
                return Err(Error::TensorShape { name: entry.name.clone(), expected: shape, found: entry.shape.clone() });
            }
            let dtype = entry.known_dtype()?;
            if dtype == Dtype::I8 {
                let scale = by_name.get(&format!("{name}{SCALE}")).copied();
                let scale = scale.filter(|_| shape.len() == 2).ok_or_else(|| Error::TensorDtype {
                    name: entry.name.clone(),
                    found: "I8".into(),
                    hint: format!("only a matrix with an F32 vector {:?} of one scale a row can be int8", format!("{}{SCALE}", entry.name)),
                })?;
                check_scales(&entries[scale], shape[0])?;
                scales_of.insert(scale, index);
            }
            summary.parameters += shape.iter().product::<usize>();
            *summary.dtypes.entry(dtype.name().into()).or_default() += 1;
            wanted[index] = Some(Wanted { source_name: entry.name.clone(), name, shape, role, dtype });
        }
        // Places in `entries` → numbers among the wanted.
        let mut count = 0;
        let numbers: Vec<usize> = wanted
            .iter()
            .map(|wanted| {
                count += usize::from(wanted.is_some());
                count.saturating_sub(1)
            })
            .collect();
        let entries = entries
            .into_iter()
            .enumerate()
            .map(|(index, entry)| {
                let purpose = match (&wanted[index], scales_of.get(&index)) {
                    (Some(wanted), _) => Purpose::Tensor(numbers[index], wanted.dtype),
                    (None, Some(&whose)) => Purpose::Scales(numbers[whose]),
                    (None, None) => Purpose::Unused,
                };
                let planned = Planned { entry, purpose };
                if planned.is_unused() {
                    summary.unused.push(planned.entry.name.clone());
                }
                planned
            })
            .collect();
        Ok(Self { entries, wanted: wanted.into_iter().flatten().collect(), summary })
    }
}

fn missing(name: &str, config: &Config) -> Error {
    Error::TensorMissing {
        hint: if name.starts_with("qa_outputs") {
            "it has no question-answering head, so it was not trained to answer".into()
        } else {
            format!("a {} needs it", config.architecture.traits().class)
        },
        name: name.into(),
    }
}

fn check_scales(scales: &Entry, rows: usize) -> Result<()> {
    if scales.shape != [rows] {
        return Err(Error::TensorShape { name: scales.name.clone(), expected: vec![rows], found: scales.shape.clone() });
    }
    if scales.known_dtype()? != Dtype::F32 {
        return Err(Error::TensorDtype { name: scales.name.clone(), found: scales.dtype.clone(), hint: "scales are F32".into() });
    }
    Ok(())
}
