//! `config.json` of the three architectures, normalised into one [`Config`].

use serde_json::{Map, Value};

use crate::error::{Error, Result};
use crate::text_file;

/// A reader's architecture.
// What differs between the three stands in `Architecture::traits` and in `checkpoint/names.rs`, nowhere else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum Architecture {
    /// BERT (Devlin et al. 2018).
    Bert,
    /// RoBERTa (Liu et al. 2019): no use of token types, positions counted from behind the padding id.
    Roberta,
    /// DistilBERT (Sanh et al. 2019): no token types at all.
    DistilBert,
}

/// How an architecture departs from BERT.
pub(crate) struct Traits {
    /// `architectures` entry of a checkpoint with a question-answering head.
    pub class: &'static str,
    /// `model_type`.
    pub model_type: &'static str,
    /// What its checkpoints put before every name of the encoder's tensors.
    pub prefix: &'static str,
    /// Whether there is a token type embedding.
    pub has_token_types: bool,
    /// Whether the question and the context get different token types.
    pub segments: bool,
    /// Whether position ids start at the padding id plus one.
    pub positions_after_padding: bool,
}

impl Architecture {
    pub(crate) const ALL: [Architecture; 3] = [
        Architecture::Bert,
        Architecture::Roberta,
        Architecture::DistilBert,
    ];

    /// `model_type` in config.json.
    pub fn name(self) -> &'static str {
        self.traits().model_type
    }

    #[rustfmt::skip]
    pub(crate) const fn traits(self) -> Traits {
        match self {
            Architecture::Bert => Traits {
                class: "BertForQuestionAnswering", model_type: "bert", prefix: "bert.",
                has_token_types: true, segments: true, positions_after_padding: false,
            },
            Architecture::Roberta => Traits {
                class: "RobertaForQuestionAnswering", model_type: "roberta", prefix: "roberta.",
                has_token_types: true, segments: false, positions_after_padding: true,
            },
            Architecture::DistilBert => Traits {
                class: "DistilBertForQuestionAnswering", model_type: "distilbert", prefix: "distilbert.",
                has_token_types: false, segments: false, positions_after_padding: false,
            },
        }
    }
}

/// The feed-forward network's activation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Activation {
    /// x Φ(x), with the exact error function.
    Gelu,
    /// GELU by its tanh approximation.
    GeluTanh,
    Relu,
}

/// What the encoder needs to know, under BERT's names.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Config {
    pub architecture: Architecture,
    pub vocab_size: usize,
    pub hidden_size: usize,
    pub num_hidden_layers: usize,
    pub num_attention_heads: usize,
    pub intermediate_size: usize,
    /// Rows of the position embeddings.
    pub max_position_embeddings: usize,
    /// RoBERTa's padding id: positions count from behind it, and a padding token's position is the id
    /// itself. None where positions count from 0.
    pub padding_position: Option<usize>,
    /// Rows of the token type embeddings; 0 where there are none.
    pub type_vocab_size: usize,
    pub layer_norm_eps: f64,
    pub activation: Activation,
}

impl Config {
    /// Reads and checks the bytes of a `config.json`.
    pub fn from_json(bytes: &[u8]) -> Result<Self> {
        let text = text_file(bytes, "config.json", |reason| Error::ConfigInvalid { reason })?;
        let json: Map<String, Value> =
            serde_json::from_str(text).map_err(|error| Error::ConfigInvalid {
                reason: format!("it isn't a JSON object ({error})"),
            })?;
        let architecture = architecture(&json)?;
        let fields = Fields { json: &json };
        if let Some(kind) = json.get("position_embedding_type").and_then(Value::as_str) {
            if kind != "absolute" {
                return Err(fields.invalid(format!(
                    "position_embedding_type {kind:?} isn't supported, only \"absolute\""
                )));
            }
        }
        if json.get("is_decoder").and_then(Value::as_bool) == Some(true) {
            return Err(fields.invalid("is_decoder is true: a reader is an encoder"));
        }
        let traits = architecture.traits();
        let distil = architecture == Architecture::DistilBert;
        let name = |bert: &'static str, distilbert: &'static str| if distil { distilbert } else { bert };
        let padding_position = match traits.positions_after_padding {
            true => Some(fields.integer_or("pad_token_id", 1)?),
            false => None,
        };
        let config = Config {
            architecture,
            vocab_size: fields.size("vocab_size")?,
            hidden_size: fields.size(name("hidden_size", "dim"))?,
            num_hidden_layers: fields.size(name("num_hidden_layers", "n_layers"))?,
            num_attention_heads: fields.size(name("num_attention_heads", "n_heads"))?,
            intermediate_size: fields.size(name("intermediate_size", "hidden_dim"))?,
            max_position_embeddings: fields.size("max_position_embeddings")?,
            padding_position,
            type_vocab_size: if traits.has_token_types {
                fields.size("type_vocab_size")?
            } else {
                0
            },
            layer_norm_eps: fields.epsilon()?,
            activation: fields.activation(name("hidden_act", "activation"))?,
        };
        if config.num_hidden_layers > MOST_LAYERS {
            return Err(fields.invalid(format!(
                "{} layers are more than the {MOST_LAYERS} that can be read",
                config.num_hidden_layers
            )));
        }
        if !config.hidden_size.is_multiple_of(config.num_attention_heads) {
            return Err(fields.invalid(format!(
                "{} attention heads don't divide the width of {}",
                config.num_attention_heads, config.hidden_size
            )));
        }
        if config.max_sequence_length() < 8 {
            return Err(fields.invalid(format!(
                "max_position_embeddings of {} leaves no room for a window",
                config.max_position_embeddings
            )));
        }
        Ok(config)
    }

    /// The longest window, in tokens.
    pub fn max_sequence_length(&self) -> usize {
        self.max_position_embeddings
            .saturating_sub(self.padding_position.map_or(0, |padding| padding + 1))
    }
}

fn architecture(json: &Map<String, Value>) -> Result<Architecture> {
    let class = json
        .get("architectures")
        .and_then(Value::as_array)
        .and_then(|classes| classes.first())
        .and_then(Value::as_str);
    let model_type = json.get("model_type").and_then(Value::as_str);
    Architecture::ALL
        .into_iter()
        .find(|architecture| match class {
            Some(class) => class == architecture.traits().class,
            None => model_type == Some(architecture.traits().model_type),
        })
        .ok_or_else(|| Error::ArchitectureUnsupported {
            found: class.or(model_type).unwrap_or("a model of no named architecture").to_string(),
        })
}

/// No size of a model that a browser could hold comes near this; it keeps products far from overflow.
const LARGEST_SIZE: u64 = 1 << 24;
/// Each layer costs memory before its tensors are looked for.
const MOST_LAYERS: usize = 1024;

struct Fields<'a> {
    json: &'a Map<String, Value>,
}

impl Fields<'_> {
    fn invalid(&self, reason: impl Into<String>) -> Error {
        Error::ConfigInvalid { reason: reason.into() }
    }

    fn size(&self, name: &str) -> Result<usize> {
        match self.json.get(name).and_then(Value::as_u64) {
            Some(size @ 1..=LARGEST_SIZE) => Ok(size as usize),
            _ => Err(self.invalid(match self.json.get(name) {
                None => format!("{name} is missing"),
                Some(value) => format!("{name} must be a whole number from 1 to {LARGEST_SIZE}, and is {value}"),
            })),
        }
    }

    fn integer_or(&self, name: &str, default: usize) -> Result<usize> {
        match self.json.get(name) {
            None | Some(Value::Null) => Ok(default),
            Some(value) => match value.as_u64() {
                Some(integer @ 0..=LARGEST_SIZE) => Ok(integer as usize),
                _ => Err(self.invalid(format!("{name} must be a whole number from 0 to {LARGEST_SIZE}, and is {value}"))),
            },
        }
    }

    fn epsilon(&self) -> Result<f64> {
        match self.json.get("layer_norm_eps") {
            // DistilBERT's configuration has no such field; its code says 1e-12.
            None => Ok(1e-12),
            Some(value) => value
                .as_f64()
                .filter(|epsilon| (0.0..=1.0).contains(epsilon))
                .ok_or_else(|| self.invalid(format!("layer_norm_eps must be between 0 and 1, and is {value}"))),
        }
    }

    fn activation(&self, name: &str) -> Result<Activation> {
        match self.json.get(name).map(|value| value.as_str().unwrap_or_default()) {
            None | Some("gelu" | "gelu_python") => Ok(Activation::Gelu),
            Some("gelu_new" | "gelu_pytorch_tanh") => Ok(Activation::GeluTanh),
            Some("relu") => Ok(Activation::Relu),
            Some(other) => Err(self.invalid(format!(
                "the activation {other:?} ({name}) isn't supported: gelu, gelu_new and relu are"
            ))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bert(change: impl FnOnce(&mut Map<String, Value>)) -> Result<Config> {
        let mut json: Map<String, Value> = serde_json::from_str(
            r#"{"architectures": ["BertForQuestionAnswering"], "model_type": "bert", "vocab_size": 100,
                "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 64,
                "max_position_embeddings": 64, "type_vocab_size": 2, "layer_norm_eps": 1e-12, "hidden_act": "gelu"}"#,
        )
        .unwrap();
        change(&mut json);
        Config::from_json(&serde_json::to_vec(&json).unwrap())
    }

    #[test]
    fn reads_bert() {
        let config = bert(|_| ()).unwrap();
        assert_eq!(config.architecture, Architecture::Bert);
        assert_eq!((config.hidden_size, config.max_sequence_length()), (32, 64));
    }

    #[test]
    fn roberta_counts_positions_from_behind_the_padding_id() {
        let config = bert(|json| {
            json.insert("architectures".into(), serde_json::json!(["RobertaForQuestionAnswering"]));
            json.insert("pad_token_id".into(), 1.into());
        })
        .unwrap();
        assert_eq!((config.padding_position, config.max_sequence_length()), (Some(1), 62));
    }

    #[test]
    fn refuses_what_it_cannot_run() {
        for (field, value, code) in [
            ("num_attention_heads", Value::from(0), "config_invalid"),
            ("num_attention_heads", Value::from(5), "config_invalid"),
            ("num_attention_heads", Value::from(-4), "config_invalid"),
            ("hidden_size", Value::from(0), "config_invalid"),
            ("vocab_size", Value::from(1u64 << 60), "config_invalid"),
            ("num_hidden_layers", Value::Null, "config_invalid"),
            ("num_hidden_layers", Value::from(1 << 24), "config_invalid"),
            ("max_position_embeddings", Value::from(2), "config_invalid"),
            ("hidden_act", Value::from("swish"), "config_invalid"),
            ("position_embedding_type", Value::from("relative_key"), "config_invalid"),
            ("layer_norm_eps", Value::from("x"), "config_invalid"),
            ("architectures", serde_json::json!(["BertForMaskedLM"]), "architecture_unsupported"),
            ("architectures", serde_json::json!(["T5ForConditionalGeneration"]), "architecture_unsupported"),
        ] {
            let error = bert(|json| {
                json.insert(field.into(), value.clone());
            })
            .expect_err(field);
            assert_eq!(error.code(), code, "{field}: {error}");
        }
    }

    #[test]
    fn refuses_what_is_not_json() {
        assert_eq!(Config::from_json(b"").unwrap_err().code(), "config_invalid");
        assert_eq!(Config::from_json(b"[1]").unwrap_err().code(), "config_invalid");
        assert_eq!(Config::from_json(b"\xff\xfe").unwrap_err().code(), "config_invalid");
        assert_eq!(Config::from_json(b" <!doctype html><html>").unwrap_err().code(), "file_html");
    }
}
