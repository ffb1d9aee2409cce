//! Three sets of characters as the regular expressions of `tokenizers` know them.

use std::sync::LazyLock;

mod tables;

/// Where a set begins and ends, again and again, in ascending order.
struct Set(LazyLock<Vec<u32>>);

impl Set {
    /// `gaps`: from each of these places to the next.
    const fn new<const TABLE: usize>() -> Self {
        Self(LazyLock::new(|| {
            let mut place = 0;
            let places = tables::TABLES[TABLE].iter().map(|gap| {
                place += gap;
                place
            });
            places.collect()
        }))
    }

    fn contains(&self, char: char) -> bool {
        self.0.partition_point(|&place| place <= u32::from(char)) % 2 == 1
    }
}

/// `\p{L}`.
pub(super) fn is_letter(char: char) -> bool {
    static LETTERS: Set = Set::new::<0>();
    match char {
        '\0'..='\x7f' => char.is_ascii_alphabetic(),
        _ => LETTERS.contains(char),
    }
}

/// `\p{N}`.
pub(super) fn is_number(char: char) -> bool {
    static NUMBERS: Set = Set::new::<1>();
    match char {
        '\0'..='\x7f' => char.is_ascii_digit(),
        _ => NUMBERS.contains(char),
    }
}

/// `\w`.
pub(super) fn is_word(char: char) -> bool {
    static WORDS: Set = Set::new::<2>();
    match char {
        '\0'..='\x7f' => char.is_ascii_alphanumeric() || char == '_',
        _ => WORDS.contains(char),
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;
    use std::{env, fs, path::Path};

    use tokenizers::utils::SysRegex;

    use super::*;

    fn chars() -> String {
        ('\0'..=char::MAX).collect()
    }

    #[test]
    fn sets_are_those_of_the_regular_expressions() {
        let chars = chars();
        if env::var_os("UPDATE_CATEGORIES").is_some() {
            let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/tokenizer/categories/tables.rs");
            fs::write(path, tables(&chars)).unwrap();
        }
        for (regex, is) in [(r"\p{L}+", is_letter as fn(char) -> bool), (r"\p{N}+", is_number), (r"\w+", is_word), (r"\s+", char::is_whitespace)] {
            let mut done = 0;
            for (start, end) in SysRegex::new(regex).unwrap().find_iter(&chars).chain([(chars.len(), chars.len())]) {
                let wrong = |text: &str, should: bool| text.chars().find(|&char| is(char) != should);
                assert_eq!((wrong(&chars[done..start], false), wrong(&chars[start..end], true)), (None, None), "{regex}");
                done = end;
            }
        }
    }

    fn tables(chars: &str) -> String {
        let mut source = "// Made by `UPDATE_CATEGORIES=1 cargo test categories`; a test keeps it current. Don't edit.\n\n".to_string();
        source += "/// `\\p{L}`, `\\p{N}` and `\\w`: from each begin or end of a run to the next.\n#[rustfmt::skip]\n";
        source += "pub(super) static TABLES: [&[u32]; 3] = [\n";
        for regex in [r"\p{L}+", r"\p{N}+", r"\w+"] {
            let place = |byte: usize| chars[byte..].chars().next().map_or(0x11_0000, u32::from);
            let mut last = 0;
            let mut line = "   ".to_string();
            source += "    &[\n";
            for place in SysRegex::new(regex).unwrap().find_iter(chars).flat_map(|(start, end)| [place(start), place(end)]) {
                write!(line, " {},", place - last).unwrap();
                last = place;
                if line.len() > 120 {
                    writeln!(source, "    {line}").unwrap();
                    line = "   ".into();
                }
            }
            writeln!(source, "    {line}\n    ],").unwrap();
        }
        source + "];\n"
    }
}
