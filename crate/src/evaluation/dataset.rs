//! The files that hold questions: SQuAD's JSON and the FAQ set's lines.

use std::collections::HashSet;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use flate2::read::MultiGzDecoder;
use serde::Deserialize;

/// Which rules the answers are measured by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// SQuAD v1.1: every question has an answer.
    SquadV1,
    /// SQuAD v2.0: some have none.
    SquadV2,
    /// One web site a line; some of its questions have no answer.
    Faq,
}

impl Format {
    /// As reports call it.
    pub fn name(self) -> &'static str {
        match self {
            Format::SquadV1 => "squad-v1.1",
            Format::SquadV2 => "squad-v2.0",
            Format::Faq => "faq",
        }
    }
}

/// One question about a context.
#[derive(Debug, Clone, PartialEq)]
pub struct Question {
    /// The dataset's; of a FAQ set `line/question`, both counted from 1.
    pub id: String,
    /// What is asked.
    pub question: String,
    /// Where the answer is, or isn't. Questions about one text share it.
    pub context: Arc<str>,
    /// All that is right; nothing where the context has no answer.
    pub answers: Vec<String>,
}

/// Questions with what is right.
#[derive(Debug, Clone, PartialEq)]
pub struct Dataset {
    /// Which rules apply.
    pub format: Format,
    /// In the file's order.
    pub questions: Vec<Question>,
}

/// What was wrong with a file of questions.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[allow(missing_docs)] // The messages say what each is.
pub enum DatasetError {
    #[error("{}: {source}", file.display())]
    Io { file: PathBuf, source: io::Error },
    #[error("{} isn't SQuAD JSON, {{\"data\": [{{\"paragraphs\": [{{\"context\", \"qas\": [{{\"id\", \"question\", \"answers\"}}]}}]}}]}}: {reason}", file.display())]
    Squad { file: PathBuf, reason: String },
    #[error("{}, line {line}, isn't a site of a FAQ set, {{\"context\", \"qas\": [{{\"question\", \"answers\"}}]}}: {reason}", file.display())]
    Faq { file: PathBuf, line: usize, reason: String },
    #[error("{} can't be used: {reason}", file.display())]
    Invalid { file: PathBuf, reason: String },
}

impl DatasetError {
    /// A stable name for this kind of error.
    pub fn code(&self) -> &'static str {
        match self {
            DatasetError::Io { .. } => "io",
            _ => "dataset_invalid",
        }
    }
}

#[derive(Deserialize)]
struct SquadFile {
    #[serde(default)]
    version: Option<serde_json::Value>,
    data: Vec<Article>,
}

#[derive(Deserialize)]
struct Article {
    paragraphs: Vec<Paragraph>,
}

#[derive(Deserialize)]
struct Paragraph {
    context: String,
    qas: Vec<SquadQuestion>,
}

#[derive(Deserialize)]
struct SquadQuestion {
    id: String,
    question: String,
    answers: Vec<SquadAnswer>,
    #[serde(default)]
    is_impossible: Option<bool>,
}

#[derive(Deserialize)]
struct SquadAnswer {
    text: String,
}

#[derive(Deserialize)]
struct Site {
    context: String,
    qas: Vec<FaqQuestion>,
}

#[derive(Deserialize)]
struct FaqQuestion {
    question: String,
    answers: Vec<String>,
}

impl Dataset {
    /// Reads SQuAD's JSON, v1.1 or v2.0, plain or gzipped.
    pub fn from_squad(file: impl AsRef<Path>) -> Result<Self, DatasetError> {
        let file = file.as_ref();
        let parsed: SquadFile = serde_json::from_slice(&read(file)?)
            .map_err(|error| DatasetError::Squad { file: file.into(), reason: error.to_string() })?;
        let version = match &parsed.version {
            Some(serde_json::Value::String(version)) => version.trim_start_matches('v'),
            _ => "",
        };
        let mut marked = false;
        let mut questions = Vec::new();
        for paragraph in parsed.data.into_iter().flat_map(|article| article.paragraphs) {
            let context = Arc::from(paragraph.context);
            for qa in paragraph.qas {
                marked |= qa.is_impossible.is_some();
                questions.push(Question {
                    id: qa.id,
                    question: qa.question,
                    context: Arc::clone(&context),
                    answers: qa.answers.into_iter().map(|answer| answer.text).collect(),
                });
            }
        }
        // Other makers' files in this format name versions of their own.
        let format = match version {
            "1.1" | "1.0" => Format::SquadV1,
            "2.0" => Format::SquadV2,
            _ if marked => Format::SquadV2,
            _ => Format::SquadV1,
        };
        let dataset = Self { format, questions };
        dataset.check(file)?;
        Ok(dataset)
    }

    /// Reads a FAQ set, a JSON object a line, plain or gzipped.
    pub fn from_faq(file: impl AsRef<Path>) -> Result<Self, DatasetError> {
        let file = file.as_ref();
        let mut questions = Vec::new();
        let bytes = read(file)?;
        for (index, line) in bytes.split(|&byte| byte == b'\n').enumerate() {
            if line.trim_ascii().is_empty() {
                continue;
            }
            let number = index + 1;
            let site: Site = serde_json::from_slice(line)
                .map_err(|error| DatasetError::Faq { file: file.into(), line: number, reason: error.to_string() })?;
            let context = Arc::from(site.context);
            questions.extend(site.qas.into_iter().enumerate().map(|(index, qa)| Question {
                id: format!("{number}/{}", index + 1),
                question: qa.question,
                context: Arc::clone(&context),
                answers: qa.answers,
            }));
        }
        let dataset = Self { format: Format::Faq, questions };
        dataset.check(file)?;
        Ok(dataset)
    }

    fn check(&self, file: &Path) -> Result<(), DatasetError> {
        let invalid = |reason: String| Err(DatasetError::Invalid { file: file.into(), reason });
        if self.questions.is_empty() {
            return invalid("there is no question in it".into());
        }
        let mut ids = HashSet::new();
        for question in &self.questions {
            if !ids.insert(question.id.as_str()) {
                return invalid(format!("two questions have the id {:?}", question.id));
            }
            if self.format == Format::SquadV1 && question.answers.is_empty() {
                return invalid(format!("question {:?} has no answers, which only v2.0 allows", question.id));
            }
        }
        Ok(())
    }

    /// Keeps at most `count` questions, spread evenly: neighbours are about the same text.
    pub fn thin_out(&mut self, count: usize) {
        let total = self.questions.len();
        if count >= total {
            return;
        }
        let mut index = 0;
        self.questions.retain(|_| {
            // Bresenham's: of the first k questions, count x k / total, rounded down, are kept.
            let kept = (index + 1) * count / total > index * count / total;
            index += 1;
            kept
        });
    }
}

/// The bytes of a file, unpacked where they begin as gzip does, without a byte order mark.
fn read(file: &Path) -> Result<Vec<u8>, DatasetError> {
    let io = |source| DatasetError::Io { file: file.into(), source };
    let mut bytes = fs::read(file).map_err(io)?;
    if bytes.starts_with(b"\x1f\x8b") {
        let mut unpacked = Vec::new();
        MultiGzDecoder::new(bytes.as_slice()).read_to_end(&mut unpacked).map_err(io)?;
        bytes = unpacked;
    }
    if bytes.starts_with(b"\xef\xbb\xbf") {
        bytes.drain(..3);
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with<T>(content: &[u8], parse: impl Fn(&Path) -> T) -> T {
        let folder = tempfile::TempDir::new().unwrap();
        let file = folder.path().join("questions");
        fs::write(&file, content).unwrap();
        parse(&file)
    }

    fn squad(content: &str) -> Result<Dataset, DatasetError> {
        with(content.as_bytes(), |file| Dataset::from_squad(file))
    }

    fn faq(content: &str) -> Result<Dataset, DatasetError> {
        with(content.as_bytes(), |file| Dataset::from_faq(file))
    }

    fn squad_json(version: &str, qas: &str) -> String {
        format!(r#"{{{version}"data": [{{"title": "t", "paragraphs": [{{"context": "It is red.", "qas": [{qas}]}}]}}]}}"#)
    }

    const ANSWERED: &str = r#"{"id": "1", "question": "What?", "answers": [{"text": "red", "answer_start": 6}, {"text": "red."}]}"#;
    const IMPOSSIBLE: &str = r#"{"id": "2", "question": "Why?", "answers": [], "is_impossible": true, "plausible_answers": []}"#;

    #[test]
    fn the_format_follows_from_the_version_or_the_questions() {
        let format = |version: &str, qas: &str| squad(&squad_json(version, qas)).unwrap().format;
        assert_eq!(format(r#""version": "1.1","#, ANSWERED), Format::SquadV1);
        assert_eq!(format(r#""version": "v2.0","#, ANSWERED), Format::SquadV2);
        assert_eq!(format("", ANSWERED), Format::SquadV1);
        assert_eq!(format(r#""version": 7,"#, &format!("{ANSWERED}, {IMPOSSIBLE}")), Format::SquadV2);
    }

    #[test]
    fn questions_keep_their_order_and_share_the_context() {
        let dataset = squad(&squad_json("", &format!("{IMPOSSIBLE}, {ANSWERED}"))).unwrap();
        let [first, second] = dataset.questions.as_slice() else { panic!("two questions") };
        assert_eq!((first.id.as_str(), second.id.as_str(), &*second.context), ("2", "1", "It is red."));
        assert!(Arc::ptr_eq(&first.context, &second.context));
        assert_eq!((first.answers.len(), second.answers.as_slice()), (0, &["red".to_string(), "red.".into()][..]));
    }

    #[test]
    fn gzip_and_a_byte_order_mark_are_no_obstacle() {
        let json = squad_json("", ANSWERED);
        let marked = format!("\u{feff}{json}");
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        io::Write::write_all(&mut encoder, marked.as_bytes()).unwrap();
        let zipped = encoder.finish().unwrap();
        let expected = squad(&json).unwrap();
        assert_eq!(squad(&marked).unwrap(), expected);
        assert_eq!(with(&zipped, |file| Dataset::from_squad(file)).unwrap(), expected);
        let cut = with(&zipped[..zipped.len() / 2], |file| Dataset::from_squad(file));
        assert!(matches!(cut, Err(DatasetError::Io { .. })));
    }

    #[test]
    fn faq_questions_are_numbered_by_line() {
        let dataset = faq("{\"title\": \"x\", \"context\": \"c\", \"qas\": [{\"question\": \"a\", \"answers\": [\"c\"]}, {\"question\": \"b\", \"answers\": []}]}\n\n\
                           {\"context\": \"d\", \"qas\": [{\"question\": \"e\", \"answers\": []}]}\r\n").unwrap();
        let ids: Vec<_> = dataset.questions.iter().map(|question| question.id.as_str()).collect();
        assert_eq!((dataset.format, ids), (Format::Faq, vec!["1/1", "1/2", "3/1"]));
    }

    #[test]
    fn other_files_are_refused_with_a_reason() {
        let reason = |result: Result<Dataset, DatasetError>| result.unwrap_err().to_string();
        for (content, word) in [
            ("", "EOF"),
            ("<!doctype html>", "expected value"),
            (r#"{"questions": []}"#, "missing field `data`"),
            (r#"{"data": []}"#, "no question"),
            (&squad_json("", &format!("{ANSWERED}, {ANSWERED}")), "two questions have the id \"1\""),
            (&squad_json(r#""version": "1.1","#, IMPOSSIBLE), "only v2.0 allows"),
        ] {
            let reason = reason(squad(content));
            assert!(reason.contains(word), "{content}: {reason}");
        }
        assert!(reason(faq("{\"context\": \"c\", \"qas\": []}\n[1]")).contains("line 2, isn't a site of a FAQ set"));
        assert!(reason(faq(" \n")).contains("no question"));
        assert!(matches!(Dataset::from_squad("no such file"), Err(DatasetError::Io { .. })));
    }

    #[test]
    fn fewer_questions_are_spread_evenly() {
        let question = |id: usize| Question { id: id.to_string(), question: String::new(), context: "".into(), answers: Vec::new() };
        for total in 1..40 {
            for count in 1..45 {
                let mut dataset = Dataset { format: Format::Faq, questions: (0..total).map(question).collect() };
                dataset.thin_out(count);
                let ids: Vec<usize> = dataset.questions.iter().map(|question| question.id.parse().unwrap()).collect();
                assert_eq!(ids.len(), count.min(total));
                let steps: Vec<usize> = ids.windows(2).map(|pair| pair[1] - pair[0]).collect();
                let (least, most) = (steps.iter().min().copied().unwrap_or(1), steps.iter().max().copied().unwrap_or(1));
                assert!(least >= 1 && most - least <= 1, "{total} {count} {ids:?}");
            }
        }
    }
}
