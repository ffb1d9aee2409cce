use candle_core::{Device, Tensor};

use crate::checkpoint::Weights;
use crate::config::Config;
use crate::error::{Error, Result};
use crate::kernels::LayerNorm;

/// The sum of word, position and, where the architecture has them, token type embeddings, normalised.
pub(super) struct Embeddings {
    words: Tensor,
    positions: Tensor,
    token_types: Option<Tensor>,
    norm: LayerNorm,
    position_offset: u32,
    max_sequence_length: usize,
}

impl Embeddings {
    pub fn new(config: &Config, weights: &mut Weights) -> Result<Self> {
        Ok(Self {
            words: weights.take("embeddings.word_embeddings.weight")?,
            positions: weights.take("embeddings.position_embeddings.weight")?,
            token_types: if config.type_vocab_size > 0 {
                Some(weights.take("embeddings.token_type_embeddings.weight")?)
            } else {
                None
            },
            norm: weights.layer_norm("embeddings.LayerNorm", config)?,
            position_offset: config.position_offset as u32,
            max_sequence_length: config.max_sequence_length(),
        })
    }

    pub fn forward(&self, ids: &[u32], type_ids: &[u32]) -> Result<Tensor> {
        if ids.is_empty() || ids.len() > self.max_sequence_length || type_ids.len() != ids.len() {
            return Err(Error::Internal(format!(
                "a window of {} ids and {} token types, where 1 to {} are possible",
                ids.len(),
                type_ids.len(),
                self.max_sequence_length
            )));
        }
        let rows = |table: &Tensor, ids: &[u32]| table.index_select(&Tensor::new(ids, &Device::Cpu)?, 0);
        let mut sum = rows(&self.words, ids)?;
        if let Some(token_types) = &self.token_types {
            sum = (sum + rows(token_types, type_ids)?)?;
        }
        let positions = self
            .positions
            .narrow(0, self.position_offset as usize, ids.len())?;
        Ok(self.norm.forward(&(sum + positions)?)?)
    }
}
