//! A regular expression that a `tokenizer.json` brings along. Natively it is `tokenizers`' own engine; in a
//! browser it is the browser's, since the other would double our download for files that hardly exist.

#[cfg(target_arch = "wasm32")]
mod browser;
#[cfg(any(test, target_arch = "wasm32"))]
mod javascript;

#[cfg(target_arch = "wasm32")]
pub(super) use browser::Regex;
#[cfg(not(target_arch = "wasm32"))]
pub(super) use native::Regex;

#[cfg(not(target_arch = "wasm32"))]
mod native {
    use tokenizers::utils::SysRegex;
    use tokenizers::Offsets;

    #[derive(Debug)]
    pub(in super::super) struct Regex(SysRegex);

    impl Regex {
        pub fn new(pattern: &str) -> tokenizers::Result<Self> {
            SysRegex::new(pattern).map(Self)
        }

        /// The matches from left to right, in bytes.
        pub fn matches(&self, text: &str) -> tokenizers::Result<Vec<Offsets>> {
            Ok(self.0.find_iter(text).collect())
        }
    }
}
