//! From answers to figures: means over questions, as percentages.

use serde::Serialize;

use super::dataset::{Format, Question};
use super::metrics::{f1, normalise_answer};

/// Means over some of the questions.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Group {
    /// Questions whose answer is one of the right ones, normalised; percent.
    pub exact: f64,
    /// Mean F1 of the words shared with the nearest right answer; percent.
    pub f1: f64,
    /// How many questions they are.
    pub total: usize,
}

/// What `answerlet eval` says. A refusal counts as an empty answer.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Scores {
    /// All questions.
    #[serde(flatten)]
    pub all: Group,
    /// Share of the questions with an answer that were answered, rightly or not; percent. None for v1.1, and where there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answered_when_answerable: Option<f64>,
    /// Share of the questions without an answer that were refused; percent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused_when_not: Option<f64>,
    /// The questions with an answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answerable: Option<Group>,
    /// The questions without.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unanswerable: Option<Group>,
}

/// One answer's points, both 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Points {
    exact: f64,
    f1: f64,
}

/// `answer`: '' is a refusal.
fn points(format: Format, answer: &str, question: &Question) -> Points {
    if format == Format::Faq && question.answers.is_empty() {
        let right = f64::from(u8::from(answer.is_empty()));
        return Points { exact: right, f1: right };
    }
    let mut truths: Vec<String> = question.answers.iter().map(|truth| normalise_answer(truth)).collect();
    if format == Format::SquadV2 {
        truths.retain(|truth| !truth.is_empty());
        if truths.is_empty() {
            truths.push(String::new());
        }
    }
    let given = normalise_answer(answer);
    let best = |one: &dyn Fn(&str) -> f64| truths.iter().map(|truth| one(truth)).fold(0.0, f64::max);
    Points {
        exact: best(&|truth| f64::from(u8::from(truth == given))),
        f1: best(&|truth| f1(&given, truth, format != Format::SquadV1)),
    }
}

#[derive(Default)]
struct Sum {
    exact: f64,
    f1: f64,
    answered: usize,
    total: usize,
}

impl Sum {
    fn add(&mut self, points: Points, answered: bool) {
        self.exact += points.exact;
        self.f1 += points.f1;
        self.answered += usize::from(answered);
        self.total += 1;
    }

    fn group(&self) -> Group {
        // An empty dataset has been refused, an empty group isn't shown.
        let total = self.total.max(1) as f64;
        Group { exact: 100.0 * self.exact / total, f1: 100.0 * self.f1 / total, total: self.total }
    }
}

impl Scores {
    /// `answers`: one for each question, '' where it was refused.
    pub(super) fn new<'a>(format: Format, questions: &[Question], answers: impl Iterator<Item = &'a str>) -> Self {
        let (mut all, mut answerable, mut unanswerable) = (Sum::default(), Sum::default(), Sum::default());
        for (question, answer) in questions.iter().zip(answers) {
            let points = points(format, answer, question);
            let group = if question.answers.is_empty() { &mut unanswerable } else { &mut answerable };
            group.add(points, !answer.is_empty());
            all.add(points, !answer.is_empty());
        }
        let shown = |sum: &Sum| format != Format::SquadV1 && sum.total > 0;
        let percent = |part: usize, sum: &Sum| shown(sum).then(|| 100.0 * part as f64 / sum.total as f64);
        Self {
            all: all.group(),
            answered_when_answerable: percent(answerable.answered, &answerable),
            refused_when_not: percent(unanswerable.total - unanswerable.answered, &unanswerable),
            answerable: shown(&answerable).then(|| answerable.group()),
            unanswerable: shown(&unanswerable).then(|| unanswerable.group()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn question(answers: &[&str]) -> Question {
        Question {
            id: String::new(),
            question: String::new(),
            context: "".into(),
            answers: answers.iter().map(|&answer| answer.into()).collect(),
        }
    }

    fn given(format: Format, answer: &str, answers: &[&str]) -> (f64, f64) {
        let Points { exact, f1 } = points(format, answer, &question(answers));
        (exact, f1)
    }

    #[test]
    fn the_nearest_right_answer_counts() {
        for format in [Format::SquadV1, Format::SquadV2, Format::Faq] {
            assert_eq!(given(format, "The Robert Anderson", &["Bob", "Robert Anderson", "Anderson"]), (1.0, 1.0));
            let (exact, f1) = given(format, "Robert", &["Bob", "Robert Anderson", "Robert Q Anderson"]);
            assert!(exact == 0.0 && (f1 - 2.0 / 3.0).abs() < 1e-12);
            assert_eq!(given(format, "", &["Bob"]), (0.0, 0.0));
        }
    }

    #[test]
    fn refusals_count_as_each_format_says() {
        for format in [Format::SquadV2, Format::Faq] {
            assert_eq!(given(format, "", &[]), (1.0, 1.0));
            assert_eq!(given(format, "Bob", &[]), (0.0, 0.0));
        }
        // What is nothing once normalised: the official v2.0 takes it for a refusal, a FAQ's reader gave an answer.
        assert_eq!(given(Format::SquadV2, "the", &[]), (1.0, 1.0));
        assert_eq!(given(Format::Faq, "the", &[]), (0.0, 0.0));
        assert_eq!(given(Format::SquadV2, "", &["the", "an"]), (1.0, 1.0));
        assert_eq!(given(Format::SquadV2, "x", &["the", "x"]), (1.0, 1.0));
        assert_eq!(given(Format::SquadV1, "an", &["the"]), (1.0, 0.0));
    }

    #[test]
    fn shares_are_of_their_own_group() {
        let questions = [question(&["x y"]), question(&["z"]), question(&["z"]), question(&[])];
        let scores = Scores::new(Format::SquadV2, &questions, ["x", "", "z", "w"].into_iter());
        assert_eq!((scores.all.total, scores.all.exact), (4, 25.0));
        assert!((scores.all.f1 - 100.0 * (2.0 / 3.0 + 1.0) / 4.0).abs() < 1e-12);
        assert!((scores.answered_when_answerable.unwrap() - 200.0 / 3.0).abs() < 1e-12);
        assert_eq!(scores.refused_when_not, Some(0.0));
        assert_eq!(scores.answerable.unwrap().total, 3);
        assert_eq!(scores.unanswerable, Some(Group { exact: 0.0, f1: 0.0, total: 1 }));

        let scores = Scores::new(Format::SquadV1, &questions[..1], ["x y"].into_iter());
        assert_eq!(serde_json::to_value(scores).unwrap(), serde_json::json!({"exact": 100.0, "f1": 100.0, "total": 1}));
    }
}
