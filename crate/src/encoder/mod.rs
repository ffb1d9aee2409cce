//! The transformer encoder (Vaswani et al. 2017) as BERT, RoBERTa and DistilBERT use it, with the
//! span head of the BERT paper on top. One window goes through it at a time, a layer a call, so that
//! a long read can be stopped between any two layers.

mod attention;
mod embeddings;
mod feed_forward;

use candle_core::Tensor;

use crate::checkpoint::Weights;
use crate::config::Config;
use crate::error::{Error, Result};
use crate::kernels::SpanHead;
use attention::SelfAttention;
use embeddings::Embeddings;
use feed_forward::FeedForward;

pub(crate) struct Encoder {
    embeddings: Embeddings,
    layers: Vec<Layer>,
    span_head: SpanHead,
}

struct Layer {
    attention: SelfAttention,
    feed_forward: FeedForward,
}

impl Encoder {
    /// Takes its tensors out of `weights`.
    pub fn new(config: &Config, weights: &mut Weights) -> Result<Self> {
        let embeddings = Embeddings::new(config, weights)?;
        let layers = (0..config.num_hidden_layers)
            .map(|index| {
                let layer = format!("encoder.layer.{index}");
                Ok(Layer {
                    attention: SelfAttention::new(config, weights, &format!("{layer}.attention"))?,
                    feed_forward: FeedForward::new(config, weights, &layer)?,
                })
            })
            .collect::<Result<_>>()?;
        Ok(Self {
            embeddings,
            layers,
            span_head: weights.span_head()?,
        })
    }

    pub fn layers(&self) -> usize {
        self.layers.len()
    }

    /// Token ids and token types of one window → hidden states [tokens, width].
    pub fn embed(&self, ids: &[u32], type_ids: &[u32]) -> Result<Tensor> {
        self.embeddings.forward(ids, type_ids)
    }

    /// One layer: attention, then the feed-forward network. Hidden states → hidden states.
    pub fn layer(&self, index: usize, hidden: &Tensor) -> Result<Tensor> {
        let layer = self
            .layers
            .get(index)
            .ok_or_else(|| Error::Internal(format!("there is no layer {index}")))?;
        let attended = layer.attention.forward(hidden)?;
        layer.feed_forward.forward(&attended)
    }

    /// Hidden states after the last layer → a start and an end logit for each token.
    pub fn span_logits(&self, hidden: &Tensor) -> Result<(Vec<f32>, Vec<f32>)> {
        let logits = self.span_head.forward(hidden)?.to_vec2::<f32>()?;
        match <[Vec<f32>; 2]>::try_from(logits) {
            Ok([start, end]) => Ok((start, end)),
            Err(_) => Err(Error::Internal("the span head has not two outputs".into())),
        }
    }
}
