use candle_core::{DType, Device, Error, Result, Tensor};
use candle_nn::{linear, Linear, Module, VarBuilder};
use candle_transformers::models::{bert, distilbert};
use serde_json::Value;

enum Encoder {
    Bert(bert::BertModel),
    DistilBert(distilbert::DistilBertModel),
}

pub struct Model {
    encoder: Encoder,
    span_head: Linear,
}

impl Model {
    pub fn new(config: &[u8], weights: Vec<u8>) -> Result<Self> {
        let config: Value = serde_json::from_slice(config).map_err(Error::wrap)?;
        let vb = VarBuilder::from_buffered_safetensors(weights, DType::F32, &Device::Cpu)?;
        let (encoder, width) = if config["model_type"] == "bert" {
            let config: bert::Config = serde_json::from_value(config).map_err(Error::wrap)?;
            (Encoder::Bert(bert::BertModel::load(vb.clone(), &config)?), config.hidden_size)
        } else {
            let config: distilbert::Config = serde_json::from_value(config).map_err(Error::wrap)?;
            (Encoder::DistilBert(distilbert::DistilBertModel::load(vb.clone(), &config)?), config.dim)
        };
        Ok(Self { encoder, span_head: linear(width, 2, vb.pp("qa_outputs"))? })
    }

    pub fn logits(&self, ids: &[u32], types: &[u32]) -> Result<Vec<f32>> {
        let tokens = ids.len();
        let ids = Tensor::new(ids, &Device::Cpu)?.unsqueeze(0)?;
        let hidden = match &self.encoder {
            Encoder::Bert(model) => model.forward(&ids, &Tensor::new(types, &Device::Cpu)?.unsqueeze(0)?, None)?,
            // There 1 means masked.
            Encoder::DistilBert(model) => model.forward(&ids, &Tensor::zeros((1, 1, 1, tokens), DType::U8, &Device::Cpu)?)?,
        };
        self.span_head.forward(&hidden)?.squeeze(0)?.t()?.flatten_all()?.to_vec1()
    }
}
