//! What is read: one text, or several documents.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// One of the documents that a question is asked of.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(optional_fields))]
#[serde(rename_all = "camelCase")]
pub struct SourceDocument {
    /// Its answers carry it; no other document of the question has it.
    pub id: String,
    /// Handed through to its answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Handed through to its answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// What is read. Documents without any text are skipped.
    pub text: String,
}

/// What a question is asked of; a `&str` or a slice of documents becomes one.
#[derive(Debug, Clone, Copy)]
pub enum Context<'a> {
    /// One text.
    Text(&'a str),
    /// Several, read in this order; their answers say which they are from.
    Documents(&'a [SourceDocument]),
}

impl<'a> Context<'a> {
    /// What there is to read; at least one, and none empty.
    pub(super) fn sources(self) -> Result<Vec<Source>> {
        let is_blank = |text: &str| text.trim().is_empty();
        let sources: Vec<Source> = match self {
            Context::Text(text) if is_blank(text) => Vec::new(),
            Context::Text(text) => vec![Source::Text(text.into())],
            Context::Documents(documents) => {
                let mut ids = HashSet::new();
                if let Some(twice) = documents.iter().find(|document| !ids.insert(&document.id)) {
                    return Err(Error::argument_invalid("context", format!("has two documents with the id {:?}", twice.id)));
                }
                documents.iter().filter(|document| !is_blank(&document.text)).cloned().map(Source::Document).collect()
            }
        };
        if sources.is_empty() {
            return Err(Error::ContextEmpty);
        }
        Ok(sources)
    }

    /// The text that a place with this document id is in.
    pub(super) fn text(self, document_id: Option<&str>) -> &'a str {
        match self {
            Context::Text(text) => text,
            Context::Documents(documents) => {
                let document = documents.iter().find(|document| Some(document.id.as_str()) == document_id);
                document.map_or("", |document| &document.text)
            }
        }
    }
}

/// One of the texts of a context.
pub(crate) enum Source {
    Text(String),
    Document(SourceDocument),
}

impl Source {
    pub fn text(&self) -> &str {
        match self {
            Source::Text(text) => text,
            Source::Document(document) => &document.text,
        }
    }

    pub fn document(&self) -> Option<&SourceDocument> {
        match self {
            Source::Text(_) => None,
            Source::Document(document) => Some(document),
        }
    }
}

impl<'a> From<&'a str> for Context<'a> {
    fn from(text: &'a str) -> Self {
        Context::Text(text)
    }
}

impl<'a> From<&'a String> for Context<'a> {
    fn from(text: &'a String) -> Self {
        Context::Text(text)
    }
}

impl<'a> From<&'a [SourceDocument]> for Context<'a> {
    fn from(documents: &'a [SourceDocument]) -> Self {
        Context::Documents(documents)
    }
}

impl<'a> From<&'a Vec<SourceDocument>> for Context<'a> {
    fn from(documents: &'a Vec<SourceDocument>) -> Self {
        Context::Documents(documents)
    }
}

impl<'a, const N: usize> From<&'a [SourceDocument; N]> for Context<'a> {
    fn from(documents: &'a [SourceDocument; N]) -> Self {
        Context::Documents(documents)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(id: &str, text: &str) -> SourceDocument {
        SourceDocument { id: id.into(), text: text.into(), ..SourceDocument::default() }
    }

    #[test]
    fn empty_documents_are_skipped_and_ids_are_unique() {
        let documents = [document("a", "one"), document("b", " \r\n"), document("c", "two"), document("d", "")];
        let sources = Context::from(&documents).sources().unwrap();
        let read: Vec<_> = sources.iter().map(|source| (source.document().unwrap().id.as_str(), source.text())).collect();
        assert_eq!(read, [("a", "one"), ("c", "two")]);
        for empty in [&documents[..0], &documents[1..2]] {
            assert_eq!(Context::from(empty).sources().err().unwrap().code(), "context_empty");
        }
        assert_eq!(Context::from(" ").sources().err().unwrap().code(), "context_empty");

        let twice = [document("a", "one"), document("b", "two"), document("a", "")];
        let error = Context::from(&twice).sources().err().unwrap();
        assert_eq!((error.code(), error.argument()), ("argument_invalid", Some("context")));
        assert_eq!(error.to_string(), "context has two documents with the id \"a\"");
    }
}
