//! The post-processors that readers have: how a question and a context become one input.

use serde::Deserialize;
use serde_json::Value;
use tokenizers::pre_tokenizers::byte_level::ByteLevel;
use tokenizers::processors::bert::BertProcessing;
use tokenizers::processors::roberta::RobertaProcessing;
use tokenizers::processors::template::TemplateProcessing;
use tokenizers::Encoding;

use super::json::{field, field_or, kind, list};

pub(super) enum PostProcessor {
    Bert(BertProcessing),
    Roberta(RobertaProcessing),
    Template(TemplateProcessing),
    ByteLevel(ByteLevel),
    Sequence(Vec<PostProcessor>),
}

impl PostProcessor {
    pub fn new(json: &Value) -> tokenizers::Result<Self> {
        Ok(match kind(json) {
            "BertProcessing" => Self::Bert(BertProcessing::new(field(json, "sep")?, field(json, "cls")?)),
            "RobertaProcessing" => Self::Roberta(
                RobertaProcessing::new(field(json, "sep")?, field(json, "cls")?)
                    .trim_offsets(field(json, "trim_offsets")?)
                    .add_prefix_space(field(json, "add_prefix_space")?),
            ),
            "TemplateProcessing" => Self::Template(TemplateProcessing::deserialize(json)?),
            "ByteLevel" => Self::ByteLevel(ByteLevel::new(
                field(json, "add_prefix_space")?,
                field(json, "trim_offsets")?,
                field_or(json, "use_regex", true)?,
            )),
            "Sequence" => Self::Sequence(list(json, "processors", Self::new)?),
            other => return Err(format!("there is no post-processor {other:?}").into()),
        })
    }
}

impl tokenizers::PostProcessor for PostProcessor {
    fn added_tokens(&self, is_pair: bool) -> usize {
        match self {
            Self::Bert(bert) => bert.added_tokens(is_pair),
            Self::Roberta(roberta) => roberta.added_tokens(is_pair),
            Self::Template(template) => template.added_tokens(is_pair),
            Self::ByteLevel(byte_level) => byte_level.added_tokens(is_pair),
            Self::Sequence(all) => all.iter().map(|each| each.added_tokens(is_pair)).sum(),
        }
    }

    fn process_encodings(&self, encodings: Vec<Encoding>, special: bool) -> tokenizers::Result<Vec<Encoding>> {
        match self {
            Self::Bert(bert) => bert.process_encodings(encodings, special),
            Self::Roberta(roberta) => roberta.process_encodings(encodings, special),
            // The library panics of any other number, which an earlier template can leave.
            Self::Template(_) if encodings.len() != 2 => Err("a template follows another one".into()),
            Self::Template(template) => template.process_encodings(encodings, special),
            Self::ByteLevel(byte_level) => byte_level.process_encodings(encodings, special),
            Self::Sequence(all) => all.iter().try_fold(encodings, |encodings, each| each.process_encodings(encodings, special)),
        }
    }
}
