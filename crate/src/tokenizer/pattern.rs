//! What text is cut at. Where `tokenizers` has a fixed regular expression, a scan by hand finds the same
//! matches: the engine for them, with its tables, is larger than all the rest of the tokenizer.

use serde_json::Value;
use tokenizers::{pattern, Offsets};

use super::categories::{is_letter, is_number, is_word};
use super::regex::Regex;

/// Matches and what lies between them, covering a text.
type Matches = tokenizers::Result<Vec<(Offsets, bool)>>;

/// `pattern` of a Split or Replace.
#[derive(Debug)]
pub(super) enum Pattern {
    String(String),
    Regex(Regex),
}

impl Pattern {
    pub fn new(json: &Value) -> tokenizers::Result<Self> {
        let text = |name: &str| json.get(name).and_then(Value::as_str);
        match (text("String"), text("Regex")) {
            (Some(string), None) => Ok(Self::String(string.into())),
            (None, Some(regex)) => Ok(Self::Regex(Regex::new(regex)?)),
            _ => Err("a pattern must be a String or a Regex".into()),
        }
    }
}

impl pattern::Pattern for &Pattern {
    fn find_matches(&self, inside: &str) -> Matches {
        match self {
            Pattern::String(string) => {
                Ok(cover(inside, inside.match_indices(string.as_str()).map(|(start, found)| (start, start + found.len()))))
            }
            Pattern::Regex(regex) => Ok(cover(inside, regex.matches(inside)?)),
        }
    }
}

/// Adds what lies between matches.
fn cover(inside: &str, matches: impl IntoIterator<Item = Offsets>) -> Vec<(Offsets, bool)> {
    if inside.is_empty() {
        return vec![((0, 0), false)];
    }
    let mut pieces = Vec::new();
    let mut done = 0;
    for (start, end) in matches {
        if done != start {
            pieces.push(((done, start), false));
        }
        pieces.push(((start, end), true));
        done = end;
    }
    if done != inside.len() {
        pieces.push(((done, inside.len()), false));
    }
    pieces
}

/// Of each character and its place, where the run of one kind that starts there ends.
fn run(text: &str, start: usize, same: impl Fn(char) -> bool) -> usize {
    text[start..].find(|char| !same(char)).map_or(text.len(), |length| start + length)
}

/// GPT-2's `'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`.
pub(super) struct Gpt2Words;

#[derive(PartialEq, Clone, Copy)]
enum Kind {
    Letter,
    Number,
    Space,
    Other,
}

impl Kind {
    fn of(char: char) -> Self {
        match char {
            _ if char.is_whitespace() => Self::Space,
            _ if is_letter(char) => Self::Letter,
            _ if is_number(char) => Self::Number,
            _ => Self::Other,
        }
    }
}

impl Gpt2Words {
    /// Where the word ends that starts at `start`.
    fn end(text: &str, start: usize) -> usize {
        const CONTRACTIONS: [&str; 7] = ["'s", "'t", "'re", "'ve", "'m", "'ll", "'d"];
        let rest = &text[start..];
        if let Some(found) = CONTRACTIONS.into_iter().find(|contraction| rest.starts_with(contraction)) {
            return start + found.len();
        }
        let word = start + usize::from(rest.starts_with(' '));
        let kind = text[word..].chars().next().map_or(Kind::Space, Kind::of);
        if kind != Kind::Space {
            return run(text, word, |char| Kind::of(char) == kind);
        }
        // Before a word, white space leaves its last character to it.
        let end = run(text, start, char::is_whitespace);
        let last = text[start..end].char_indices().next_back().map_or(start, |(place, _)| start + place);
        if end == text.len() || last == start { end } else { last }
    }
}

impl pattern::Pattern for Gpt2Words {
    fn find_matches(&self, inside: &str) -> Matches {
        let words = std::iter::successors(Some((0, 0)), |&(_, start)| {
            (start < inside.len()).then(|| (start, Self::end(inside, start)))
        });
        Ok(cover(inside, words.skip(1)))
    }
}

/// `\w+|[^\w\s]+`.
pub(super) struct WordsAndSymbols;

impl pattern::Pattern for WordsAndSymbols {
    fn find_matches(&self, inside: &str) -> Matches {
        let kind = |char: char| (is_word(char), char.is_whitespace());
        let runs = std::iter::successors(Some((0, 0)), |&(_, start)| {
            let first = kind(inside[start..].chars().next()?);
            Some((start, run(inside, start, |char| kind(char) == first)))
        });
        Ok(cover(inside, runs.skip(1).filter(|&(start, _)| !inside[start..].starts_with(char::is_whitespace))))
    }
}
