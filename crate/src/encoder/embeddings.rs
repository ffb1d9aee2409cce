use candle_core::{Device, Tensor};

use crate::checkpoint::Weights;
use crate::config::Config;
use crate::error::{Error, Result};
use crate::kernels::{LayerNorm, Table};

/// The sum of word, position and, where the architecture has them, token type embeddings, normalised.
pub(super) struct Embeddings {
    words: Table,
    positions: Table,
    token_types: Option<Table>,
    norm: LayerNorm,
    width: usize,
    padding_position: Option<u32>,
    max_sequence_length: usize,
}

impl Embeddings {
    pub fn new(config: &Config, weights: &mut Weights) -> Result<Self> {
        Ok(Self {
            words: weights.table("embeddings.word_embeddings.weight")?,
            positions: weights.table("embeddings.position_embeddings.weight")?,
            token_types: if config.type_vocab_size > 0 {
                Some(weights.table("embeddings.token_type_embeddings.weight")?)
            } else {
                None
            },
            norm: weights.layer_norm("embeddings.LayerNorm", config)?,
            width: config.hidden_size,
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
        let mut sums = vec![0.0; ids.len() * self.width];
        let positions = self.position_ids(ids);
        for (((row, id), type_id), position) in sums.chunks_exact_mut(self.width).zip(ids).zip(type_ids).zip(positions) {
            self.words.add_to(*id as usize, row);
            if let Some(token_types) = &self.token_types {
                token_types.add_to(*type_id as usize, row);
            }
            self.positions.add_to(position as usize, row);
            self.norm.normalise(row);
        }
        Ok(Tensor::from_vec(sums, (ids.len(), self.width), &Device::Cpu)?)
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
