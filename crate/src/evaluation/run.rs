//! Asks the questions of a dataset, as many at a time as there are threads.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use super::dataset::{Dataset, Format, Question};
use super::scores::Scores;
use crate::error::{Error, Result};
use crate::reader::{Answer, AskOptions, Reader};

/// How to ask.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The options of every question. In v1.1 the threshold is overruled: see [`Settings::always_answers`].
    pub ask: AskOptions,
    /// Questions read at the same time.
    pub threads: NonZeroUsize,
}

impl Settings {
    /// The least threshold there is. With a model loaded as one that has learned 'no answer', it always answers;
    /// one that hasn't would still refuse below [`LEAST_CONFIDENCE`](crate::LEAST_CONFIDENCE).
    pub const ALWAYS: f32 = f32::MIN;

    /// Whether a reader must answer everything: in v1.1 no question is without an answer, so the best span is measured.
    /// Load the model with `no_answer: Some(NoAnswer::Learned)` then.
    pub fn always_answers(format: Format) -> bool {
        format == Format::SquadV1
    }
}

/// What was given for one question.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Given {
    /// None is a refusal. Offsets are bytes.
    pub answer: Option<Answer>,
    /// The start and end logits of every window, where `scores` was set.
    pub logits: Vec<(Vec<f32>, Vec<f32>)>,
    /// Why the question couldn't be read: it is empty, or too long for a window. Counts as a refusal.
    pub unreadable: Option<String>,
}

impl Given {
    /// The answer's text; '' for a refusal.
    pub fn text(&self) -> &str {
        self.answer.as_ref().map_or("", |answer| &answer.text)
    }
}

/// Asks every question and scores the answers; what is given doesn't depend on the number of threads.
/// `progress` is told, by any of the threads, how many questions are done.
pub fn evaluate(reader: &Reader, dataset: &Dataset, settings: &Settings, progress: &(dyn Fn(usize) + Sync)) -> Result<(Scores, Vec<Given>)> {
    let mut ask = settings.ask.clone();
    if Settings::always_answers(dataset.format) {
        ask.threshold = Some(Settings::ALWAYS);
    }
    let total = dataset.questions.len();
    let (next, done) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let work = || -> Result<Vec<(usize, Given)>> {
        let mut mine = Vec::new();
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(question) = dataset.questions.get(index) else { return Ok(mine) };
            match answer(reader, question, &ask) {
                Ok(given) => mine.push((index, given)),
                Err(error) => {
                    // The other threads find no question left.
                    next.store(total, Ordering::Relaxed);
                    return Err(error);
                }
            }
            progress(done.fetch_add(1, Ordering::Relaxed) + 1);
        }
    };
    let mut given = vec![Given::default(); total];
    thread::scope(|scope| {
        let threads: Vec<_> = (0..settings.threads.get().min(total)).map(|_| scope.spawn(work)).collect();
        for thread in threads {
            let results = thread.join().map_err(|_| Error::Internal("a thread of the evaluation panicked".into()))??;
            for (index, one) in results {
                given[index] = one;
            }
        }
        Ok::<(), Error>(())
    })?;
    let scores = Scores::new(dataset.format, &dataset.questions, given.iter().map(Given::text));
    Ok((scores, given))
}

fn answer(reader: &Reader, question: &Question, options: &AskOptions) -> Result<Given> {
    let result = match reader.ask(&question.question, &*question.context, options) {
        Ok(result) => result,
        Err(error @ (Error::QuestionEmpty | Error::ContextEmpty | Error::QuestionTooLong { .. })) => {
            return Ok(Given { unreadable: Some(error.to_string()), ..Given::default() });
        }
        Err(error) => return Err(error),
    };
    let windows = result.windows.unwrap_or_default();
    Ok(Given {
        answer: result.answers.into_iter().next().filter(|answer| !answer.text.is_empty()),
        logits: windows.into_iter().map(|window| (window.start_logits, window.end_logits)).collect(),
        unreadable: None,
    })
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::Mutex;

    use super::*;
    use crate::checkpoint::manifest::NoAnswer;
    use crate::loader::LoadOptions;

    fn reader() -> Reader {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/checkpoints/bert");
        Reader::from_folder_with(folder, &LoadOptions { no_answer: Some(NoAnswer::Learned), ..LoadOptions::default() }).unwrap()
    }

    fn dataset(format: Format) -> Dataset {
        let words = ["the", "reader", "reads", "this", "sentence", "about", "a", "car"];
        let question = |index: usize| Question {
            id: index.to_string(),
            question: if index == 5 { " ".into() } else { format!("who {}?", words[index % 8]) },
            context: (0..40).map(|word| format!("{} ", words[(word * word + index) % 8])).collect::<String>().into(),
            answers: vec!["car".into()],
        };
        Dataset { format, questions: (0..24).map(question).collect() }
    }

    fn settings(threads: usize, ask: AskOptions) -> Settings {
        Settings { ask, threads: NonZeroUsize::new(threads).unwrap() }
    }

    #[test]
    fn the_number_of_threads_changes_nothing() {
        let (reader, dataset) = (reader(), dataset(Format::Faq));
        let run = |threads| {
            let seen = Mutex::new(Vec::new());
            let ask = AskOptions { scores: true, ..AskOptions::default() };
            let result = evaluate(&reader, &dataset, &settings(threads, ask), &|done| seen.lock().unwrap().push(done)).unwrap();
            let mut seen = seen.into_inner().unwrap();
            seen.sort_unstable();
            assert_eq!(seen, (1..=24).collect::<Vec<_>>());
            result
        };
        let (scores, given) = run(1);
        assert!(given[5].unreadable.as_deref().is_some_and(|reason| reason.contains("question is empty")));
        assert!(given.iter().enumerate().all(|(index, given)| index == 5 || !given.logits.is_empty()));
        for threads in [2, 7, 64] {
            assert_eq!(run(threads), (scores, given.clone()));
        }
    }

    #[test]
    fn in_v1_every_question_is_answered_whatever_the_threshold() {
        let reader = reader();
        let ask = AskOptions { threshold: Some(1e9), ..AskOptions::default() };
        let answered = |format| {
            let (_, given) = evaluate(&reader, &dataset(format), &settings(2, ask.clone()), &|_| ()).unwrap();
            given.iter().filter(|given| !given.text().is_empty()).count()
        };
        assert_eq!((answered(Format::SquadV1), answered(Format::SquadV2)), (23, 0));
    }

    #[test]
    fn an_error_of_ours_ends_the_run() {
        let ask = AskOptions { top_k: Some(0), ..AskOptions::default() };
        let error = evaluate(&reader(), &dataset(Format::Faq), &settings(3, ask), &|_| ()).unwrap_err();
        assert_eq!(error.argument(), Some("topK"));
    }
}
