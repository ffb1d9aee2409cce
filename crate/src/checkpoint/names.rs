//! Which tensors a reader needs, and under which names checkpoints keep them.
//!
//! Inside the crate every tensor has the name that BERT's checkpoints give it, without prefix:
//! `embeddings.word_embeddings.weight`, `encoder.layer.0.attention.self.query.weight`, …

use crate::config::{Architecture, Config};

/// DistilBERT's own names, and BERT's for the same things.
const DISTILBERT: [(&str, &str); 9] = [
    ("transformer.layer.", "encoder.layer."),
    (".attention.q_lin.", ".attention.self.query."),
    (".attention.k_lin.", ".attention.self.key."),
    (".attention.v_lin.", ".attention.self.value."),
    (".attention.out_lin.", ".attention.output.dense."),
    (".sa_layer_norm.", ".attention.output.LayerNorm."),
    (".ffn.lin1.", ".intermediate.dense."),
    (".ffn.lin2.", ".output.dense."),
    (".output_layer_norm.", ".output.LayerNorm."),
];

/// LayerNorm's parameters in checkpoints converted from TensorFlow.
const OLD_NORMS: [(&str, &str); 2] = [
    ("LayerNorm.gamma", "LayerNorm.weight"),
    ("LayerNorm.beta", "LayerNorm.bias"),
];

/// What `quantize` adds to a tensor's name for the vector of its rows' scales.
pub(crate) const SCALE: &str = ".scale";

/// A checkpoint's name for a tensor → the crate's.
pub(crate) fn canonical(name: &str, architecture: Architecture) -> String {
    let mut name = name
        .strip_prefix(architecture.traits().prefix)
        .unwrap_or(name)
        .to_string();
    if architecture == Architecture::DistilBert {
        for (theirs, ours) in DISTILBERT {
            name = name.replace(theirs, ours);
        }
    }
    for (old, new) in OLD_NORMS {
        name = name.replace(old, new);
    }
    name
}

/// What a tensor is to the encoder.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Role {
    /// The rows from `first` on of a matrix of `rows`. Query, key and value of a layer are one matrix, so that
    /// one product makes all three.
    Matrix { matrix: String, first: usize, rows: usize },
    /// An embedding table.
    Table,
    /// A bias, a norm's weight, or the span head, which stays in f32 whatever the rest becomes.
    Vector,
}

/// A tensor that a reader needs.
#[derive(Debug)]
pub(crate) struct Required {
    pub name: String,
    pub shape: Vec<usize>,
    pub role: Role,
}

/// The tensors of a reader with this configuration.
pub(crate) fn required(config: &Config) -> Vec<Required> {
    let (width, inner) = (config.hidden_size, config.intermediate_size);
    let mut list = List(Vec::new());
    list.add("embeddings.word_embeddings.weight".into(), &[config.vocab_size, width], Role::Table);
    list.add("embeddings.position_embeddings.weight".into(), &[config.max_position_embeddings, width], Role::Table);
    if config.type_vocab_size > 0 {
        list.add("embeddings.token_type_embeddings.weight".into(), &[config.type_vocab_size, width], Role::Table);
    }
    list.norm("embeddings.LayerNorm", width);
    for index in 0..config.num_hidden_layers {
        let layer = format!("encoder.layer.{index}");
        let attention = format!("{layer}.attention");
        let query = format!("{attention}.self.query");
        for (place, part) in ["query", "key", "value"].into_iter().enumerate() {
            let role = Role::Matrix { matrix: query.clone(), first: place * width, rows: 3 * width };
            list.linear(&format!("{attention}.self.{part}"), [width, width], role);
        }
        for (name, shape) in [
            (format!("{attention}.output.dense"), [width, width]),
            (format!("{layer}.intermediate.dense"), [inner, width]),
            (format!("{layer}.output.dense"), [width, inner]),
        ] {
            list.linear(&name, shape, Role::Matrix { matrix: name.clone(), first: 0, rows: shape[0] });
        }
        list.norm(&format!("{attention}.output.LayerNorm"), width);
        list.norm(&format!("{layer}.output.LayerNorm"), width);
    }
    list.add("qa_outputs.weight".into(), &[2, width], Role::Vector);
    list.add("qa_outputs.bias".into(), &[2], Role::Vector);
    list.0
}

struct List(Vec<Required>);

impl List {
    fn add(&mut self, name: String, shape: &[usize], role: Role) {
        self.0.push(Required { name, shape: shape.to_vec(), role });
    }

    fn norm(&mut self, name: &str, width: usize) {
        self.add(format!("{name}.weight"), &[width], Role::Vector);
        self.add(format!("{name}.bias"), &[width], Role::Vector);
    }

    fn linear(&mut self, name: &str, shape: [usize; 2], role: Role) {
        self.add(format!("{name}.weight"), &shape, role);
        self.add(format!("{name}.bias"), &shape[..1], Role::Vector);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_naming_for_three_architectures() {
        use Architecture::*;
        for (architecture, theirs, ours) in [
            (Bert, "bert.encoder.layer.3.output.LayerNorm.gamma", "encoder.layer.3.output.LayerNorm.weight"),
            (Bert, "encoder.layer.3.output.LayerNorm.beta", "encoder.layer.3.output.LayerNorm.bias"),
            (Roberta, "roberta.embeddings.word_embeddings.weight.scale", "embeddings.word_embeddings.weight.scale"),
            (DistilBert, "distilbert.transformer.layer.0.attention.out_lin.bias", "encoder.layer.0.attention.output.dense.bias"),
            (DistilBert, "transformer.layer.0.sa_layer_norm.weight", "encoder.layer.0.attention.output.LayerNorm.weight"),
            (DistilBert, "distilbert.transformer.layer.1.output_layer_norm.bias", "encoder.layer.1.output.LayerNorm.bias"),
            (DistilBert, "distilbert.transformer.layer.1.ffn.lin2.weight", "encoder.layer.1.output.dense.weight"),
            (DistilBert, "qa_outputs.bias", "qa_outputs.bias"),
        ] {
            assert_eq!(canonical(theirs, architecture), ours);
        }
    }
}
