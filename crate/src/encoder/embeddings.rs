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
    padding_position: Option<u32>,
    max_sequence_length: usize,
}

impl Embeddings {
    pub fn new(config: &Config, weights: &mut Weights) -> Result<Self> {
        Ok(Self {
            words: weights.table("embeddings.word_embeddings")?.tensor()?,
            positions: weights.table("embeddings.position_embeddings")?.tensor()?,
            token_types: if config.type_vocab_size > 0 {
                Some(weights.table("embeddings.token_type_embeddings")?.tensor()?)
            } else {
                None
            },
            norm: weights.layer_norm("embeddings.LayerNorm", config)?,
            padding_position: config.padding_position.map(|padding| padding as u32),
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
        sum = (sum + rows(&self.positions, &self.position_ids(ids))?)?;
        Ok(self.norm.forward(&sum)?)
    }

    /// transformers' `create_position_ids_from_input_ids` where there is a padding position.
    fn position_ids(&self, ids: &[u32]) -> Vec<u32> {
        let Some(padding) = self.padding_position else {
            return (0..ids.len() as u32).collect();
        };
        let mut position = padding;
        ids.iter()
            .map(|&id| {
                if id == padding {
                    return padding;
                }
                position += 1;
                position
            })
            .collect()
    }
}
