//! Added tokens ([CLS] and its like), found in a text before anything else is done to it.
//!
//! As `tokenizers::AddedVocabulary` has it, which needs two general regular expression engines and an
//! automaton for what is a search for a few strings; in a browser that would be a third of our download.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::Value;
use tokenizers::normalizer::Range;
use tokenizers::{AddedToken, NormalizedString, Normalizer as _, Offsets, PreTokenizedString, Token};

use super::categories;
use super::model::Model;
use super::normalizer::Normalizer;

/// A split of a text, with its token where it is an added one's.
type Split = (NormalizedString, Option<Vec<Token>>);

#[derive(Debug, Default)]
pub(super) struct AddedTokens {
    tokens: BTreeMap<u32, AddedToken>,
    /// How the normalizer changes the tokens that stand for normalised text.
    normalized: BTreeMap<u32, String>,
    ids: BTreeMap<String, u32>,
    in_text: Search,
    in_normalized_text: Search,
}

impl AddedTokens {
    /// `list`: what `tokenizer.json` has under `added_tokens`.
    pub fn new(list: &Value, model: &Model, normalizer: Option<&Normalizer>) -> tokenizers::Result<Self> {
        let mut added = Self::default();
        // The model's ids go first; the file's own say nothing.
        let mut next_id = model.size() as u32;
        for token in list.as_array().into_iter().flatten() {
            let token = AddedToken::deserialize(token)?;
            let id = model.id(&token.content).unwrap_or_else(|| {
                next_id += 1;
                next_id - 1
            });
            if let Some(normalizer) = normalizer.filter(|_| token.normalized) {
                let mut content = NormalizedString::from(token.content.as_str());
                normalizer.normalize(&mut content)?;
                if content.get() != token.content {
                    added.normalized.insert(id, content.get().into());
                }
            }
            added.ids.insert(token.content.clone(), id);
            added.tokens.insert(id, token);
        }
        for (&id, token) in &added.tokens {
            match token.normalized {
                true => added.in_normalized_text.add(added.normalized.get(&id).unwrap_or(&token.content), id),
                false => added.in_text.add(&token.content, id),
            }
        }
        Ok(added)
    }

    pub fn ids(&self) -> impl Iterator<Item = u32> + '_ {
        self.ids.values().copied()
    }

    /// How many of them the model's own vocabulary hasn't.
    pub fn beyond(&self, model: &Model) -> usize {
        self.ids.keys().filter(|content| model.id(content).is_none()).count()
    }

    pub fn token(&self, id: u32) -> Option<String> {
        let token = self.tokens.get(&id)?;
        Some(self.normalized.get(&id).unwrap_or(&token.content).clone())
    }

    /// The text, cut at the added tokens, and normalised between them.
    pub fn split(&self, text: &str, normalizer: Option<&Normalizer>) -> tokenizers::Result<PreTokenizedString> {
        let mut text = PreTokenizedString::from(text);
        text.split(|_, piece| self.splits(&piece, &self.in_text))?;
        text.split(|_, mut piece| {
            if let Some(normalizer) = normalizer {
                normalizer.normalize(&mut piece)?;
            }
            self.splits(&piece, &self.in_normalized_text)
        })?;
        Ok(text)
    }

    fn splits(&self, text: &NormalizedString, search: &Search) -> tokenizers::Result<Vec<Split>> {
        let slice = |(id, (start, end)): (Option<u32>, Offsets)| {
            let slice = text.slice(Range::Normalized(start..end)).ok_or("a token between two characters")?;
            let token = id.map(|id| vec![Token::new(id, slice.get().into(), (0, end - start))]);
            Ok((slice, token))
        };
        self.places(text.get(), search).into_iter().map(slice).collect()
    }

    /// The whole of `text` in pieces, in order; those with an id are added tokens.
    fn places(&self, text: &str, search: &Search) -> Vec<(Option<u32>, Offsets)> {
        let mut places = Vec::new();
        // Where the pieces end so far, and where the search goes on: `rstrip` may lie between.
        let (mut done, mut from) = (0, 0);
        while let Some((id, (mut start, mut end))) = search.next(text, from) {
            from = end;
            let Some(token) = self.tokens.get(&id) else { continue };
            let (before, after) = (&text[..start], &text[end..]);
            let inside = before.chars().next_back().is_some_and(categories::is_word)
                || after.chars().next().is_some_and(categories::is_word);
            if token.single_word && inside {
                continue;
            }
            if token.lstrip {
                start = before.trim_end().len().max(done);
            }
            if token.rstrip {
                end += after.len() - after.trim_start().len();
            }
            if done < start {
                places.push((None, (done, start)));
            }
            places.push((Some(id), (start, end)));
            done = end;
        }
        if done != text.len() || text.is_empty() {
            places.push((None, (done, text.len())));
        }
        places
    }
}

/// Finds the leftmost of its strings, and of those at one place the longest.
#[derive(Debug, Default)]
struct Search {
    ids: BTreeMap<String, u32>,
    /// How long those are that begin with a byte, longest first.
    lengths: BTreeMap<u8, BTreeSet<Reverse<usize>>>,
}

impl Search {
    fn add(&mut self, string: &str, id: u32) {
        if let Some(&first) = string.as_bytes().first() {
            self.lengths.entry(first).or_default().insert(Reverse(string.len()));
            self.ids.entry(string.into()).or_insert(id);
        }
    }

    fn next(&self, text: &str, from: usize) -> Option<(u32, Offsets)> {
        (from..text.len()).find_map(|start| {
            let lengths = self.lengths.get(&text.as_bytes()[start])?;
            lengths.iter().find_map(|&Reverse(length)| {
                let end = start + length;
                Some((*self.ids.get(text.get(start..end)?)?, (start, end)))
            })
        })
    }
}
