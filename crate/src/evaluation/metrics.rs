//! SQuAD's measure, as evaluate-v1.1.py and evaluate-v2.0.py take it.

use std::collections::HashMap;

/// Lower case, without ASCII punctuation and the articles a, an and the, white space as single spaces.
pub fn normalise_answer(text: &str) -> String {
    let text: String = text.to_lowercase().chars().filter(|character| !character.is_ascii_punctuation()).collect();
    without_articles(&text).split(is_white_space).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// `re.sub(r'\b(a|an|the)\b', ' ', text)`: an article also goes where a dash or a currency sign borders on it.
fn without_articles(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(next) = rest.chars().next() {
        let in_word = is_word(next);
        let end = rest.find(|character| is_word(character) != in_word).unwrap_or(rest.len());
        let (piece, behind) = rest.split_at(end);
        kept.push_str(if matches!(piece, "a" | "an" | "the") { " " } else { piece });
        rest = behind;
    }
    kept
}

/// Python's `\w`, but for marks that Unicode calls alphabetic and Python doesn't (no matter unless beside an article).
fn is_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

/// What Python's `str.split()` splits at: four separators of ASCII more than Rust's.
fn is_white_space(character: char) -> bool {
    character.is_whitespace() || matches!(character, '\x1c'..='\x1f')
}

/// How alike the words of two normalised answers are: the harmonic mean of precision and recall.
///
/// `empty_agree`: v2.0 calls two empty answers alike, where v1.1 sees no common word.
pub(super) fn f1(answer: &str, truth: &str, empty_agree: bool) -> f64 {
    let words = |text: &str| text.split(' ').filter(|word| !word.is_empty()).count();
    let (given, wanted) = (words(answer), words(truth));
    if empty_agree && (given == 0 || wanted == 0) {
        return f64::from(u8::from(given == wanted));
    }
    let common = common_words(answer, truth);
    if common == 0 {
        return 0.0;
    }
    let (precision, recall) = (common as f64 / given as f64, common as f64 / wanted as f64);
    2.0 * precision * recall / (precision + recall)
}

/// Words of both, each as often as it is in either.
fn common_words(answer: &str, truth: &str) -> usize {
    let mut left: HashMap<&str, usize> = HashMap::new();
    for word in truth.split(' ').filter(|word| !word.is_empty()) {
        *left.entry(word).or_default() += 1;
    }
    let mut common = 0;
    for word in answer.split(' ') {
        if let Some(count) = left.get_mut(word).filter(|count| **count > 0) {
            *count -= 1;
            common += 1;
        }
    }
    common
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The right sides are what evaluate-v1.1.py's `normalize_answer` gives (CPython 3).
    #[test]
    fn answers_are_normalised_as_python_does() {
        let cases = [
            ("The Norse-men, a  people!", "norsemen people"),
            ("an apple a day", "apple day"),
            ("Theatre another banana", "theatre another banana"),
            ("a.m.", "am"),
            ("a", ""),
            ("The", ""),
            (" \t\r\n", ""),
            ("$1,200.50", "120050"),
            ("£5 – the price", "£5 – price"),
            ("vitamin\u{2013}a\u{2013}rich", "vitamin\u{2013} \u{2013}rich"),
            ("vitamin-a-rich", "vitaminarich"),
            ("\u{201C}The end\u{201D}", "\u{201C} end\u{201D}"),
            ("it\u{2019}s a_b", "it\u{2019}s ab"),
            ("L\u{2019}an 2000", "l\u{2019} 2000"),
            ("ÉCOLE Straße İ ΟΔΟΣ", "école straße i\u{307} οδος"),
            ("a\u{301} x", "\u{301} x"),
            ("á x", "á x"),
            ("non\u{a0}breaking\u{3000}wide\u{2009}thin\u{85}next", "non breaking wide thin next"),
            ("one\u{1c}two\u{1f}three", "one two three"),
            ("zero\u{200b}width", "zero\u{200b}width"),
            ("漢字 the 日本", "漢字 日本"),
            ("the漢字", "the漢字"),
            ("2a the² a½", "2a the² a½"),
            ("a\u{1F697}the", "\u{1F697}"),
        ];
        for (text, normalised) in cases {
            assert_eq!(normalise_answer(text), normalised, "{text:?}");
        }
    }

    #[test]
    fn f1_counts_words_as_often_as_both_have_them() {
        let close = |a: f64, b: f64| assert!((a - b).abs() < 1e-12, "{a} {b}");
        close(f1("x y", "x y", false), 1.0);
        close(f1("x x y", "x z", false), 2.0 / 5.0);
        close(f1("x x y", "x x", false), 4.0 / 5.0);
        close(f1("x", "y", false), 0.0);
        close(f1("robert anderson", "anderson", true), 2.0 / 3.0);
    }

    #[test]
    fn two_empty_answers_are_alike_in_v2_alone() {
        assert_eq!((f1("", "", true), f1("", "", false)), (1.0, 0.0));
        for empty_agree in [true, false] {
            assert_eq!((f1("", "x", empty_agree), f1("x", "", empty_agree)), (0.0, 0.0));
        }
    }
}
