//! From tokens to a place in the context that a person would point at.

use std::ops::Range;

use unicode_segmentation::GraphemeCursor;

use crate::tokenizer::Token;

/// For each token of a context the first and last token of its word, as the tokenizer cuts words.
pub(crate) struct Words {
    first: Vec<u32>,
    last: Vec<u32>,
    /// How many of the tokens before are more than white space.
    visible: Vec<u32>,
}

impl Words {
    pub fn new(context: &str, tokens: &[Token]) -> Self {
        let same = |a: &Token, b: &Token| a.word.is_some() && a.word == b.word;
        let mut first: Vec<u32> = (0..tokens.len() as u32).collect();
        let mut last = first.clone();
        for index in 1..tokens.len() {
            if same(&tokens[index - 1], &tokens[index]) {
                first[index] = first[index - 1];
            }
        }
        for index in (1..tokens.len()).rev() {
            if same(&tokens[index - 1], &tokens[index]) {
                last[index - 1] = last[index];
            }
        }
        let mut visible = vec![0];
        for token in tokens {
            let text = context.get(token.start..token.end).unwrap_or_default();
            visible.push(visible[visible.len() - 1] + u32::from(!text.trim().is_empty()));
        }
        Self { first, last, visible }
    }

    /// Whether there is only white space from token `first` to token `last`.
    pub fn are_blank(&self, first: usize, last: usize) -> bool {
        self.visible.get(first) == self.visible.get(last + 1)
    }

    pub fn first(&self, token: usize) -> usize {
        self.first.get(token).map_or(token, |&first| first as usize)
    }

    pub fn last(&self, token: usize) -> usize {
        self.last.get(token).map_or(token, |&last| last as usize)
    }
}

/// The piece of the context from the word of token `first` to that of token `last`, without white
/// space around it, with whole numbers (the tokenizer cuts 1,200 into three words) and whole grapheme
/// clusters (its offsets leave a final combining accent behind). None where only white space is left.
pub(crate) fn whole_words(context: &str, tokens: &[Token], words: &Words, first: usize, last: usize) -> Option<Range<usize>> {
    let start = tokens.get(words.first(first))?.start;
    let end = tokens.get(words.last(last))?.end;
    let piece = context.get(start..end)?;
    let trimmed = piece.trim();
    if trimmed.is_empty() {
        return None;
    }
    let start = start + (piece.len() - piece.trim_start().len());
    Some(whole_graphemes(context, whole_numbers(context, start..start + trimmed.len())))
}

/// Moves an edge that splits a number like 1,200.50 out of it, by UAX #29's rules WB11 and WB12.
fn whole_numbers(context: &str, range: Range<usize>) -> Range<usize> {
    let is_inside = |edge: usize| {
        let mut before = context[..edge].chars().rev();
        let mut after = context[edge..].chars();
        let (last, next) = (before.next(), after.next());
        let digit = |character: Option<char>| character.is_some_and(char::is_numeric);
        let mark = |character: Option<char>| matches!(character, Some(',' | '.' | ';' | '\'' | '\u{2019}'));
        digit(last) && (digit(next) || mark(next) && digit(after.next())) || mark(last) && digit(next) && digit(before.next())
    };
    let (mut start, mut end) = (range.start, range.end);
    while is_inside(start) {
        start -= context[..start].chars().next_back().map_or(1, char::len_utf8);
    }
    while is_inside(end) {
        end += context[end..].chars().next().map_or(1, char::len_utf8);
    }
    start..end
}

fn whole_graphemes(context: &str, range: Range<usize>) -> Range<usize> {
    // With the whole text as the one chunk, the cursor never asks for more.
    let cursor = |byte| GraphemeCursor::new(byte, context.len(), true);
    let start = match cursor(range.start).is_boundary(context, 0) {
        Ok(false) => cursor(range.start).prev_boundary(context, 0).ok().flatten().unwrap_or(0),
        _ => range.start,
    };
    let end = match cursor(range.end).is_boundary(context, 0) {
        Ok(false) => cursor(range.end).next_boundary(context, 0).ok().flatten().unwrap_or(context.len()),
        _ => range.end,
    };
    start..end
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(word: u32, start: usize, end: usize) -> Token {
        Token { id: 0, type_id: 1, word: Some(word), start, end, special: false, sequence: Some(1) }
    }

    #[test]
    fn a_span_grows_to_whole_words_and_graphemes() {
        let context = " cafe\u{301} \u{1F468}\u{200D}\u{1F469} x";
        // "ca", "fe" without its accent, then the man of a family.
        let tokens = [token(0, 1, 3), token(0, 3, 5), token(1, 8, 12), token(2, 20, 21)];
        let words = Words::new(context, &tokens);
        let text = |first, last| whole_words(context, &tokens, &words, first, last).map(|range| &context[range]);
        assert_eq!(text(1, 1), Some("cafe\u{301}"));
        assert_eq!(text(0, 0), Some("cafe\u{301}"));
        assert_eq!(text(2, 2), Some("\u{1F468}\u{200D}\u{1F469}"));
        assert_eq!(text(0, 3), Some(context.trim()));
    }

    #[test]
    fn a_number_is_never_split() {
        let context = "It costs 1,200.50 euros, or 3.14. In 1978, 20";
        let number = |part: &str| {
            let start = context.find(part).unwrap();
            &context[whole_numbers(context, start..start + part.len())]
        };
        for (part, whole) in [("1", "1,200.50"), ("200", "1,200.50"), (",200", "1,200.50"), ("50 euros", "1,200.50 euros"), ("14", "3.14"), ("3.14", "3.14"), ("1978", "1978"), ("20", "1,200.50")] {
            assert_eq!(number(part), whole);
        }
        assert_eq!(whole_numbers(context, 37..41), 37..41, "a comma before white space ends a number");
    }

    #[test]
    fn white_space_alone_is_no_answer() {
        let tokens = [token(0, 1, 3)];
        assert_eq!(whole_words("a \n b", &tokens, &Words::new("a \n b", &tokens), 0, 0), None);
    }
}
