//! The syntax of `tokenizers`' regular expressions in JavaScript's, where classes are Unicode's only by name.

use std::iter::Peekable;
use std::str::Chars;

const WORD: &str = r"\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}";

/// For the flag `u`. `knows_property`: whether `\p{..}` with this in it can be written.
/// What JavaScript hasn't (atomic groups, classes in classes) is an error here or in its own parser, never another meaning.
pub(super) fn translate(pattern: &str, knows_property: impl Fn(&str) -> bool) -> Result<String, String> {
    let translator = Translator { rest: pattern.chars().peekable(), out: String::new(), knows_property: &knows_property };
    translator.all().map_err(|what| format!("{what} in its regular expression {pattern:?} can't be read in a browser"))
}

struct Translator<'a> {
    rest: Peekable<Chars<'a>>,
    out: String,
    knows_property: &'a dyn Fn(&str) -> bool,
}

impl Translator<'_> {
    fn all(mut self) -> Result<String, String> {
        while let Some(char) = self.rest.next() {
            match char {
                '\\' => self.escape()?,
                '[' => self.class()?,
                '(' => self.group()?,
                '.' => self.out += r"[^\n]",
                '{' => {
                    self.out.push('{');
                    self.until('}')?;
                    self.out.push('}');
                }
                ']' | '}' => self.literal(char),
                _ => self.out.push(char),
            }
        }
        Ok(self.out)
    }

    /// A character for itself.
    fn literal(&mut self, char: char) {
        self.out += &format!("\\u{{{:x}}}", u32::from(char));
    }

    /// Copies what comes before `end`, and skips `end`.
    fn until(&mut self, end: char) -> Result<(), String> {
        loop {
            match self.rest.next() {
                Some(char) if char == end => return Ok(()),
                Some(char) => self.out.push(char),
                None => return Err(format!("what lacks a {end:?}")),
            }
        }
    }

    fn group(&mut self) -> Result<(), String> {
        self.out.push('(');
        if self.rest.next_if_eq(&'?').is_none() {
            return Ok(());
        }
        self.out.push('?');
        let named = self.rest.next_if_eq(&'P').is_some();
        match self.rest.peek() {
            Some('<') => Ok(()),
            _ if named => Err("(?P".into()),
            Some(':' | '=' | '!') => Ok(()),
            Some('i') => {
                self.until(':').map_err(|_| "(?i) without a group")?;
                self.out.push(':');
                Ok(())
            }
            other => Err(format!("(?{}", other.copied().unwrap_or_default())),
        }
    }

    fn class(&mut self) -> Result<(), String> {
        self.out.push('[');
        if self.rest.next_if_eq(&'^').is_some() {
            self.out.push('^');
        }
        if self.rest.next_if_eq(&']').is_some() {
            self.literal(']');
        }
        while let Some(char) = self.rest.next() {
            match char {
                ']' => {
                    self.out.push(']');
                    return Ok(());
                }
                '\\' => self.escape_in_class()?,
                '[' => return Err("a class in a class".into()),
                '&' | '-' | '~' if self.rest.peek() == Some(&char) => return Err(format!("{char}{char}")),
                '-' => self.out.push('-'),
                _ if char.is_ascii_punctuation() => self.literal(char),
                _ => self.out.push(char),
            }
        }
        Err("a class without an end".into())
    }

    fn escape(&mut self) -> Result<(), String> {
        match self.rest.peek() {
            Some('w') => self.out += &format!("[{WORD}]"),
            Some('W') => self.out += &format!("[^{WORD}]"),
            Some('b') => self.out += &format!("(?:(?<=[{WORD}])(?![{WORD}])|(?<![{WORD}])(?=[{WORD}]))"),
            Some('B') => self.out += &format!("(?:(?<=[{WORD}])(?=[{WORD}])|(?<![{WORD}])(?![{WORD}]))"),
            Some('A') => self.out.push('^'),
            Some('z') => self.out.push('$'),
            _ => return self.escape_in_class(),
        }
        self.rest.next();
        Ok(())
    }

    fn escape_in_class(&mut self) -> Result<(), String> {
        match self.rest.next() {
            Some('d') => self.out += r"\p{Nd}",
            Some('D') => self.out += r"\P{Nd}",
            Some('s') => self.out += r"\p{White_Space}",
            Some('S') => self.out += r"\P{White_Space}",
            Some('w') => self.out += WORD,
            Some(char @ ('t' | 'n' | 'r' | 'f' | 'v')) => self.out.extend(['\\', char]),
            Some(char @ ('p' | 'P')) => self.property(char == 'P')?,
            Some(char @ ('x' | 'u')) => {
                let braced = self.rest.peek() == Some(&'{');
                self.out.extend(['\\', if braced { 'u' } else { char }]);
                if braced {
                    self.until('}')?;
                    self.out.push('}');
                }
            }
            Some(char) if !char.is_ascii_alphanumeric() => self.literal(char),
            other => return Err(format!("\\{}", other.unwrap_or_default())),
        }
        Ok(())
    }

    /// `\p{L}`, `\pL`, `\p{Han}`.
    fn property(&mut self, negated: bool) -> Result<(), String> {
        let name = match self.rest.next() {
            Some('{') => {
                let before = std::mem::take(&mut self.out);
                self.until('}')?;
                std::mem::replace(&mut self.out, before)
            }
            other => other.map(String::from).unwrap_or_default(),
        };
        let script = format!("Script={name}");
        let known = [&name, &script].into_iter().find(|name| (self.knows_property)(name));
        let name = known.ok_or_else(|| format!("the property {name:?}"))?;
        self.out += &format!("\\{}{{{name}}}", if negated { 'P' } else { 'p' });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_what_javascript_means_otherwise() {
        let translated = |pattern: &str| translate(pattern, |name| name != "Han").unwrap();
        assert_eq!(translated(r"'s|\d+"), r"'s|\p{Nd}+");
        assert_eq!(translated(r"[^\r\n\p{L}\pN]?\p{L}+"), r"[^\r\n\p{L}\p{N}]?\p{L}+");
        assert_eq!(translated(r"\s+(?!\S)"), r"\p{White_Space}+(?!\P{White_Space})");
        assert_eq!(translated(r"(?i:a).\p{Han}\P{Lu}"), r"(?i:a)[^\n]\p{Script=Han}\P{Lu}");
        assert_eq!(translated(r"a{2,3}}]\."), r"a{2,3}\u{7d}\u{5d}\u{2e}");
        assert_eq!(translated(r"[]a-z\-(\x{41}]"), r"[\u{5d}a-z\u{2d}\u{28}\u{41}]");
        assert_eq!(translated(r"(?P<x>a)(?<y>b)"), r"(?<x>a)(?<y>b)");
        for pattern in [r"(?>a)", "(?i)a", "[a[b]]", "[a&&b]", r"[\W]", "[a", r"\p{L", r"\G", "a\\", "(?", "(?P=x)"] {
            assert!(translate(pattern, |_| true).is_err(), "{pattern}");
        }
    }
}
