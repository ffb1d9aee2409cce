//! From a model's files to a [`Reader`].

use crate::checkpoint::manifest::{Manifest, NoAnswer};
use crate::checkpoint::{Kept, WeightsStream};
use crate::config::Config;
use crate::encoder::Encoder;
use crate::error::Result;
use crate::kernels::Kind;
use crate::reader::{Model, Reader};
use crate::tokenizer::{Tokenizer, TokenizerFiles};

/// What the encoder computes in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
#[serde(rename_all = "lowercase")]
pub enum Precision {
    /// Whichever serves most readers best: int8.
    #[default]
    Auto,
    /// Matrix products of int8 weights, one scale an output channel, and 7-bit activations, a scale and zero point
    /// for each block of a token's numbers; everything between them in f32. The same bits on every machine.
    Int8,
    /// Everything in f32: four times the memory and some twice the time.
    F32,
}

impl Precision {
    pub(crate) fn kind(self) -> Kind {
        match self {
            Precision::Auto | Precision::Int8 => Kind::Int8,
            Precision::F32 => Kind::F32,
        }
    }
}

/// What a model's files don't say.
#[derive(Debug, Clone, Copy, Default)]
pub struct LoadOptions {
    /// Whether the checkpoint has learned 'no answer'. Default: what `answerlet.json` says, else no.
    pub no_answer: Option<NoAnswer>,
    /// What to compute in.
    pub precision: Precision,
}

/// Loads a model whose files come from anywhere: first the small ones, then the weights, piece by piece.
///
/// Whatever doesn't fit is refused as early as it can be known: most faults before the weights have
/// been fetched.
pub struct Loader {
    config: Config,
    tokenizer: Tokenizer,
    manifest: Option<Manifest>,
    no_answer: Option<NoAnswer>,
    kind: Kind,
    weights: WeightsStream,
}

impl std::fmt::Debug for Loader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Loader").field("config", &self.config).finish_non_exhaustive()
    }
}

impl Loader {
    /// `config`: the bytes of `config.json`; `manifest`: those of `answerlet.json`, where there is one.
    pub fn new(config: &[u8], tokenizer: TokenizerFiles, manifest: Option<&[u8]>, options: &LoadOptions) -> Result<Self> {
        let config = Config::from_json(config)?;
        let tokenizer = Tokenizer::new(&tokenizer.into_json(config.architecture)?, config.vocab_size)?;
        Ok(Self {
            weights: WeightsStream::new(&config, options.precision.kind())?,
            manifest: manifest.map(Manifest::from_json).transpose()?.flatten(),
            config,
            tokenizer,
            no_answer: options.no_answer,
            kind: options.precision.kind(),
        })
    }

    /// Asks for a file to keep, from which the same model can be loaded again. To be said before the first weights.
    pub fn keep(&mut self) {
        self.weights.keep();
    }

    /// What the last [`push_weights`](Self::push_weights) added to that file: a checkpoint of floats becomes int8 per row, as
    /// `answerlet quantize` writes it, where that is the precision; anything else stays as it is.
    pub fn take_kept(&mut self) -> Kept {
        self.weights.take_kept()
    }

    /// The next bytes of `model.safetensors`.
    pub fn push_weights(&mut self, bytes: &[u8]) -> Result<()> {
        self.weights.push(bytes)
    }

    /// The model, once all bytes of the weights are in.
    pub fn finish(self) -> Result<Reader> {
        let mut weights = self.weights.finish()?;
        let encoder = Encoder::new(&self.config, &mut weights)?;
        let manifest = self.manifest.as_ref();
        Ok(Reader::new(Model {
            encoder,
            precision: match self.kind {
                Kind::Int8 => Precision::Int8,
                Kind::F32 => Precision::F32,
            },
            summary: weights.summary,
            language: manifest.and_then(|manifest| manifest.language.clone()),
            quantisation: manifest.and_then(|manifest| manifest.quantisation.clone()),
            no_answer: self
                .no_answer
                .or(manifest.map(|manifest| manifest.no_answer.kind))
                .unwrap_or(NoAnswer::None),
            threshold: manifest.map_or(0.0, |manifest| manifest.no_answer.threshold),
            config: self.config,
            tokenizer: self.tokenizer,
        }))
    }
}
