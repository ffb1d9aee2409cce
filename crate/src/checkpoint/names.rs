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

/// The tensors of a reader with this configuration, with their shapes.
pub(crate) fn required(config: &Config) -> Vec<(String, Vec<usize>)> {
    let (width, inner) = (config.hidden_size, config.intermediate_size);
    let mut tensors = Vec::new();
    let mut add = |name: String, shape: &[usize]| tensors.push((name, shape.to_vec()));
    add("embeddings.word_embeddings.weight".into(), &[config.vocab_size, width]);
    add("embeddings.position_embeddings.weight".into(), &[config.max_position_embeddings, width]);
    if config.type_vocab_size > 0 {
        add("embeddings.token_type_embeddings.weight".into(), &[config.type_vocab_size, width]);
    }
    let mut block = |name: &str, weight: &[usize]| {
        add(format!("{name}.weight"), weight);
        add(format!("{name}.bias"), &weight[..1]);
    };
    block("embeddings.LayerNorm", &[width]);
    for index in 0..config.num_hidden_layers {
        let layer = format!("encoder.layer.{index}");
        for part in ["self.query", "self.key", "self.value", "output.dense"] {
            block(&format!("{layer}.attention.{part}"), &[width, width]);
        }
        block(&format!("{layer}.attention.output.LayerNorm"), &[width]);
        block(&format!("{layer}.intermediate.dense"), &[inner, width]);
        block(&format!("{layer}.output.dense"), &[width, inner]);
        block(&format!("{layer}.output.LayerNorm"), &[width]);
    }
    block("qa_outputs", &[2, width]);
    tensors
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
