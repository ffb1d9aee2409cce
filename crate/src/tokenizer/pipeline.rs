//! A `tokenizer.json` at work: `tokenizers`' own text types, models and processors, put together here from
//! the parts that readers have. Its `TokenizerImpl` would bring along every part that there is.

use serde_json::Value;
use tokenizers::{Encoding, OffsetType, PostProcessor as _, PreTokenizer as _};

use super::added::AddedTokens;
use super::model::Model;
use super::normalizer::Normalizer;
use super::post_processor::PostProcessor;
use super::pre_tokenizer::PreTokenizer;

pub(super) struct Pipeline {
    added: AddedTokens,
    normalizer: Option<Normalizer>,
    pre_tokenizer: Option<PreTokenizer>,
    model: Model,
    post_processor: PostProcessor,
    largest_id: u32,
}

fn part<T>(json: &Value, name: &str, new: impl Fn(&Value) -> tokenizers::Result<T>) -> tokenizers::Result<Option<T>> {
    json.get(name).filter(|part| !part.is_null()).map(new).transpose()
}

impl Pipeline {
    /// `json`: what [`checked`](super::checked::checked) let through.
    pub fn new(json: &Value) -> tokenizers::Result<Self> {
        if let Some(version) = json.get("version").filter(|version| *version != "1.0") {
            return Err(format!("it is of version {version}, and 1.0 is known").into());
        }
        let model = part(json, "model", Model::new)?.ok_or("it has no model")?;
        let normalizer = part(json, "normalizer", Normalizer::new)?;
        let added = AddedTokens::new(&json["added_tokens"], &model, normalizer.as_ref())?;
        let ids = json["model"]["vocab"].as_object().into_iter().flat_map(|vocab| vocab.values());
        let ids = ids.filter_map(Value::as_u64).map(|id| id as u32);
        Ok(Self {
            largest_id: ids.chain(added.ids()).max().unwrap_or(0),
            added,
            normalizer,
            pre_tokenizer: part(json, "pre_tokenizer", PreTokenizer::new)?,
            post_processor: part(json, "post_processor", PostProcessor::new)?.ok_or("it has no post-processor, which would put [CLS] or <s> first")?,
            model,
        })
    }

    pub fn largest_id(&self) -> u32 {
        self.largest_id
    }

    /// How many tokens there are, added ones among them.
    pub fn size(&self) -> usize {
        self.model.size() + self.added.beyond(&self.model)
    }

    pub fn token(&self, id: u32) -> Option<String> {
        self.added.token(id).or_else(|| self.model.token(id))
    }

    /// Offsets are characters.
    pub fn encode(&self, question: &str, context: &str) -> tokenizers::Result<Encoding> {
        self.post_processor.process(self.encode_one(question, 0)?, Some(self.encode_one(context, 1)?), true)
    }

    fn encode_one(&self, text: &str, type_id: u32) -> tokenizers::Result<Encoding> {
        let mut text = self.added.split(text, self.normalizer.as_ref())?;
        if let Some(pre_tokenizer) = &self.pre_tokenizer {
            pre_tokenizer.pre_tokenize(&mut text)?;
        }
        text.tokenize(|word| self.model.tokenize(word.get()))?;
        text.into_encoding(None, type_id, OffsetType::Char)
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use serde_json::json;

    use super::super::checked::{checked, parse};
    use super::*;

    fn fixture(checkpoint: &str) -> Value {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/checkpoints").join(checkpoint);
        checked(parse(&fs::read(path.join("tokenizer.json")).unwrap()).unwrap()).unwrap()
    }

    /// Text of all that tokenizers treat in some way of its own, xorshift's way.
    struct Texts(u64);

    impl Texts {
        fn below(&mut self, limit: usize) -> usize {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            (self.0 % limit as u64) as usize
        }

        fn text(&mut self, pieces: usize) -> String {
            const PIECES: [&str; 64] = [
                " ", " ", " ", "  ", "\n", "\t ", "\r\n", "\u{a0}", "\u{3000}", "\u{85}", "\u{2028}", "\u{feff}", "\u{200b}", "\u{200d}", "\u{ad}", "\0",
                "the", "The", "car", "sold", "in", "Zürich", "nai\u{308}ve", "İstanbul", "ſtraße", "ǅ", "ﬁ", "Ⅷ", "Å", "\u{fffd}", "\u{345}", "\u{e000}",
                "'s", "'S", "'ll", "'re", "'", "’s", "n't", "_", "-", "...", "?!", "$", "€", "«", "。", "\u{1f468}\u{200d}\u{1f469}\u{1f3fd}",
                "1", "42", "3.5", "½", "²", "٣", "一", "東京", "한국", "ไทย", "हिन्दी", "[SEP]", "[MASK]", "<mask>", "</s>", "[added]",
            ];
            let mut text = String::new();
            for _ in 0..pieces {
                match self.below(8) {
                    0 => text.extend(char::from_u32(self.below(0x3100) as u32)),
                    1 => text.extend(char::from_u32(self.below(0x11_0000) as u32)),
                    _ => text += PIECES[self.below(PIECES.len())],
                }
            }
            text
        }
    }

    fn is_the_librarys(what: &str, json: Value) {
        let json = checked(json).unwrap();
        let ours = Pipeline::new(&json).unwrap();
        let theirs = tokenizers::Tokenizer::from_bytes(json.to_string()).unwrap();
        assert_eq!(ours.size(), theirs.get_vocab_size(true), "{what}");
        assert_eq!(Some(ours.largest_id()), theirs.get_vocab(true).into_values().max(), "{what}");
        for id in 0..=ours.largest_id() + 1 {
            assert_eq!(ours.token(id), theirs.id_to_token(id), "{what}");
        }
        let mut texts = Texts(0x9e37_79b9_7f4a_7c15);
        for round in 0..600 {
            let (question, context) = (texts.text(round % 7), texts.text(round % 40));
            let expected = theirs.encode_char_offsets((question.as_str(), context.as_str()), true).unwrap();
            assert_eq!(ours.encode(&question, &context).unwrap(), expected, "{what}: {question:?} {context:?}");
        }
    }

    fn with(base: &Value, part: &str, json: Value) -> Value {
        let mut file = base.clone();
        file[part] = json;
        file
    }

    #[test]
    fn normalizers_are_the_librarys() {
        let base = fixture("bert");
        let bert = |clean, chinese, accents: Value, lowercase| {
            json!({"type": "BertNormalizer", "clean_text": clean, "handle_chinese_chars": chinese, "strip_accents": accents, "lowercase": lowercase})
        };
        let all = [
            Value::Null,
            bert(true, true, Value::Null, true),
            bert(true, true, Value::Null, false),
            bert(false, false, json!(true), false),
            bert(true, false, json!(false), true),
            json!({"type": "Lowercase"}),
            json!({"type": "Strip", "strip_left": true, "strip_right": false}),
            json!({"type": "StripAccents"}),
            json!({"type": "NFC"}),
            json!({"type": "NFD"}),
            json!({"type": "NFKC"}),
            json!({"type": "NFKD"}),
            json!({"type": "Nmt"}),
            json!({"type": "Prepend", "prepend": "\u{2581}"}),
            json!({"type": "Replace", "pattern": {"String": " "}, "content": "\u{2581}"}),
            json!({"type": "Replace", "pattern": {"String": "."}, "content": ""}),
            json!({"type": "Replace", "pattern": {"Regex": r"\s{2,}|[^\w\s]+"}, "content": " "}),
            json!({"type": "Sequence", "normalizers": [{"type": "NFKD"}, {"type": "StripAccents"}, {"type": "Lowercase"}]}),
        ];
        for normalizer in all {
            is_the_librarys(&normalizer.to_string(), with(&base, "normalizer", normalizer));
        }
    }

    #[test]
    fn pre_tokenizers_are_the_librarys() {
        let mut all = vec![
            Value::Null,
            json!({"type": "BertPreTokenizer"}),
            json!({"type": "Whitespace"}),
            json!({"type": "WhitespaceSplit"}),
            json!({"type": "Punctuation"}),
            json!({"type": "Digits", "individual_digits": false}),
            json!({"type": "Digits", "individual_digits": true}),
            json!({"type": "Sequence", "pretokenizers": [{"type": "Whitespace"}, {"type": "Punctuation", "behavior": "Contiguous"}]}),
            json!({"type": "Sequence", "pretokenizers": [
                {"type": "Split", "pattern": {"Regex": r"(?i:'s|'t)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}|\s+(?!\S)|\s+"}, "behavior": "Isolated", "invert": false},
                {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": false}]}),
        ];
        for prefix in [false, true] {
            all.push(json!({"type": "ByteLevel", "add_prefix_space": prefix, "trim_offsets": true}));
            for behavior in ["Removed", "Isolated", "MergedWithPrevious", "MergedWithNext", "Contiguous"] {
                all.push(json!({"type": "Split", "pattern": {"String": "e"}, "behavior": behavior, "invert": prefix}));
                all.push(json!({"type": "Split", "pattern": {"Regex": r"\w+"}, "behavior": behavior, "invert": prefix}));
            }
        }
        for checkpoint in ["bert", "roberta"] {
            let base = fixture(checkpoint);
            for pre_tokenizer in &all {
                is_the_librarys(&pre_tokenizer.to_string(), with(&base, "pre_tokenizer", pre_tokenizer.clone()));
            }
        }
    }

    #[test]
    fn post_processors_are_the_librarys() {
        let base = fixture("roberta");
        let byte_level = |trim| json!({"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": trim, "use_regex": true});
        let template = json!({"type": "TemplateProcessing", "single": [],
            "pair": [{"SpecialToken": {"id": "<s>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}, {"SpecialToken": {"id": "</s>", "type_id": 0}},
                     {"SpecialToken": {"id": "</s>", "type_id": 1}}, {"Sequence": {"id": "B", "type_id": 1}}, {"SpecialToken": {"id": "</s>", "type_id": 1}}],
            "special_tokens": {"<s>": {"id": "<s>", "ids": [0], "tokens": ["<s>"]}, "</s>": {"id": "</s>", "ids": [2, 3], "tokens": ["</s>", "x"]}}});
        let all = [
            byte_level(true),
            byte_level(false),
            template.clone(),
            json!({"type": "Sequence", "processors": [byte_level(true), template]}),
            json!({"type": "BertProcessing", "sep": ["</s>", 2], "cls": ["<s>", 0]}),
            json!({"type": "RobertaProcessing", "sep": ["</s>", 2], "cls": ["<s>", 0], "trim_offsets": false, "add_prefix_space": false}),
            json!({"type": "RobertaProcessing", "sep": ["</s>", 2], "cls": ["<s>", 0], "trim_offsets": true, "add_prefix_space": true}),
        ];
        for post_processor in all {
            is_the_librarys(&post_processor.to_string(), with(&base, "post_processor", post_processor));
        }
    }

    #[test]
    fn two_templates_are_an_error_and_no_panic() {
        let base = fixture("bert");
        let template = &base["post_processor"];
        let twice = with(&base, "post_processor", json!({"type": "Sequence", "processors": [template, template]}));
        assert!(Pipeline::new(&checked(twice).unwrap()).unwrap().encode("a", "a").is_err());
    }

    #[test]
    fn added_tokens_are_the_librarys() {
        let base = fixture("bert");
        for bits in 0..32 {
            let flag = |bit: u32| bits >> bit & 1 == 1;
            let token = |content: &str| {
                json!({"id": 0, "content": content, "single_word": flag(0), "lstrip": flag(1), "rstrip": flag(2), "normalized": flag(3), "special": flag(4)})
            };
            // Some in the vocabulary and some new, some within others.
            let added: Vec<Value> = ["[added]", "[SEP]", "SEP", "The", "the car", "e", "'s", "\u{2028}", "Zürich", "[", " sold", "42"].map(token).into();
            is_the_librarys(&format!("{bits:05b}"), with(&base, "added_tokens", added.into()));
        }
    }
}
