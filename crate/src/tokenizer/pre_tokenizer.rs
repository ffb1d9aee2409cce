//! The pre-tokenizers that readers have. Those that `tokenizers` builds on regular expressions are ours.

use serde_json::Value;
use tokenizers::normalizer::SplitDelimiterBehavior;
use tokenizers::pattern::Invert;
use tokenizers::pre_tokenizers::bert::BertPreTokenizer;
use tokenizers::pre_tokenizers::digits::Digits;
use tokenizers::pre_tokenizers::punctuation::Punctuation;
use tokenizers::pre_tokenizers::whitespace::WhitespaceSplit;
use tokenizers::{NormalizedString, PreTokenizedString};

use super::json::{field, field_or, kind, list};
use super::pattern::{Gpt2Words, Pattern, WordsAndSymbols};

#[derive(Debug)]
pub(super) enum PreTokenizer {
    Bert,
    ByteLevel { add_prefix_space: bool, use_regex: bool },
    Whitespace,
    WhitespaceSplit,
    Punctuation(Punctuation),
    Digits(Digits),
    Split { pattern: Pattern, behavior: SplitDelimiterBehavior, invert: bool },
    Sequence(Vec<PreTokenizer>),
}

impl PreTokenizer {
    pub fn new(json: &Value) -> tokenizers::Result<Self> {
        Ok(match kind(json) {
            "BertPreTokenizer" => Self::Bert,
            "ByteLevel" => {
                field::<bool>(json, "trim_offsets")?;
                Self::ByteLevel {
                    add_prefix_space: field(json, "add_prefix_space")?,
                    use_regex: field_or(json, "use_regex", true)?,
                }
            }
            "Whitespace" => Self::Whitespace,
            "WhitespaceSplit" => Self::WhitespaceSplit,
            "Punctuation" => Self::Punctuation(Punctuation::new(field_or(json, "behavior", SplitDelimiterBehavior::Isolated)?)),
            "Digits" => Self::Digits(Digits::new(field(json, "individual_digits")?)),
            "Split" => Self::Split {
                pattern: Pattern::new(&json["pattern"])?,
                behavior: field(json, "behavior")?,
                invert: field(json, "invert")?,
            },
            "Sequence" => Self::Sequence(list(json, "pretokenizers", Self::new)?),
            other => return Err(format!("there is no pre-tokenizer {other:?}").into()),
        })
    }

}

impl tokenizers::PreTokenizer for PreTokenizer {
    fn pre_tokenize(&self, text: &mut PreTokenizedString) -> tokenizers::Result<()> {
        match self {
            Self::Bert => BertPreTokenizer.pre_tokenize(text),
            Self::ByteLevel { add_prefix_space, use_regex } => {
                text.split(|_, mut piece| {
                    if *add_prefix_space && !piece.get().starts_with(' ') {
                        piece.prepend(" ");
                    }
                    match use_regex {
                        true => piece.split(Gpt2Words, SplitDelimiterBehavior::Isolated),
                        false => Ok(vec![piece]),
                    }
                })?;
                text.normalize(|piece| {
                    bytes_to_chars(piece);
                    Ok(())
                })
            }
            Self::Whitespace => text.split(|_, piece| piece.split(Invert(WordsAndSymbols), SplitDelimiterBehavior::Removed)),
            Self::WhitespaceSplit => WhitespaceSplit.pre_tokenize(text),
            Self::Punctuation(punctuation) => punctuation.pre_tokenize(text),
            Self::Digits(digits) => digits.pre_tokenize(text),
            Self::Split { pattern, behavior, invert: false } => text.split(|_, piece| piece.split(pattern, *behavior)),
            Self::Split { pattern, behavior, invert: true } => text.split(|_, piece| piece.split(Invert(pattern), *behavior)),
            Self::Sequence(all) => all.iter().try_for_each(|each| each.pre_tokenize(text)),
        }
    }
}

/// GPT-2's alphabet: each byte of the text as one visible character.
fn bytes_to_chars(text: &mut NormalizedString) {
    let mut chars = Vec::with_capacity(text.len());
    text.for_each(|char| {
        let mut bytes = [0; 4];
        // The first byte replaces the character, the others come in addition.
        let bytes = char.encode_utf8(&mut bytes).bytes().enumerate();
        chars.extend(bytes.map(|(index, byte)| (byte_char(byte), isize::from(index > 0))));
    });
    text.transform(chars, 0);
}

/// The bytes that are visible in Latin-1 stand for themselves, the others for U+0100 and on, in order.
fn byte_char(byte: u8) -> char {
    let code = u32::from(byte);
    let invisible = match byte {
        b'!'..=b'~' | 0xa1..=0xac | 0xae..=0xff => return char::from(byte),
        0..=0x20 => code,
        0x7f..=0xa0 => code - 0x7f + 0x21,
        0xad => 0x43,
    };
    char::from_u32(0x100 + invisible).unwrap_or(char::REPLACEMENT_CHARACTER)
}
