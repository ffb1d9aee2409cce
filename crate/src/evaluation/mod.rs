//! How good a reader is on a set of questions: `answerlet eval`.
//!
//! `dataset` reads SQuAD's and the FAQ set's files, `run` asks the questions on several threads, `metrics` compares
//! answers as SQuAD's official scripts do, `scores` adds up.

mod dataset;
mod metrics;
mod run;
mod scores;

pub use dataset::{Dataset, DatasetError, Format, Question};
pub use metrics::normalise_answer;
pub use run::{evaluate, Given, Settings};
pub use scores::{Group, Scores};
