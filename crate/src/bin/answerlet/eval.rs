//! `answerlet eval`

use std::collections::BTreeMap;
use std::env;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Instant;

use answerlet::evaluation::{evaluate, Dataset, DatasetError, Given, Group, Scores, Settings};
use answerlet::{AskOptions, LoadOptions, NoAnswer, Precision, Reader};
use clap::Args;
use serde::Serialize;
use serde_json::json;

use crate::progress::Bar;
use crate::{failure, print_json, Failure};

/// Scores are percentages, 0 to 100: exact match and F1 as SQuAD's official scripts compute them, the best over a
/// question's right answers, a refusal counting as an empty answer.
///
/// SQuAD v1.1 has no question without an answer, so there the reader always answers, as if it had learned 'no answer'
/// and the threshold lay below every margin. With v2.0 and FAQ sets it refuses as `ask` does, and two more
/// percentages are given: answered_when_answerable (rightly or not) and refused_when_not. A refusal of a FAQ's
/// unanswerable question scores 100, an answer to it 0.
#[derive(Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Eval {
    /// Folder in Hugging Face layout
    #[arg(long, value_name = "DIR")]
    model: PathBuf,
    /// Questions in SQuAD's JSON, v1.1 or v2.0; may be gzipped
    #[arg(long, value_name = "FILE", required_unless_present = "faq", conflicts_with = "faq")]
    squad: Option<PathBuf>,
    /// Questions of a FAQ set, a site a line: {"context", "qas": [{"question", "answers": [..]}]}; may be gzipped
    #[arg(long, value_name = "FILE")]
    faq: Option<PathBuf>,
    /// What the encoder computes in
    #[arg(long, value_name = "P", default_value = "auto")]
    precision: Precision,
    /// At most so many questions, spread evenly over the file
    #[arg(long, value_name = "N")]
    limit: Option<NonZeroUsize>,
    /// Least margin of an answer's logits over the null's [default: the model's]; not with v1.1
    #[arg(long, value_name = "X", allow_negative_numbers = true)]
    threshold: Option<f32>,
    /// Whether the model has learned 'no answer' [default: what answerlet.json says, else none]; not with v1.1
    #[arg(long)]
    no_answer: Option<NoAnswer>,
    /// Questions read at the same time [default: one a core]; the result doesn't depend on it
    #[arg(long, value_name = "N")]
    threads: Option<NonZeroUsize>,
    /// Write the answers, id → text, as the official scripts take them
    #[arg(long, value_name = "FILE")]
    predictions: Option<PathBuf>,
    /// Write what the model gave, as JSON lines: first the options, then for each question id, answer (offsets are
    /// UTF-16 code units) and the start and end logits of every window
    #[arg(long, value_name = "FILE")]
    logits: Option<PathBuf>,
    #[arg(long)]
    json: bool,
}

/// What `--json` prints.
#[derive(Serialize)]
struct Report {
    #[serde(flatten)]
    scores: Scores,
    data: &'static str,
    precision: Precision,
    /// Questions that were too long or empty; they count as refused.
    unreadable: usize,
    threads: usize,
    seconds: f64,
}

pub(crate) fn eval(arguments: &Eval) -> Result<(), Failure> {
    let dataset = read_dataset(arguments)?;
    let always = Settings::always_answers(dataset.format);
    if always && (arguments.threshold.is_some() || arguments.no_answer.is_some()) {
        return Err("--threshold and --no-answer mean nothing with SQuAD v1.1, where every question has an answer".into());
    }
    // Each question has a thread of its own already; no library below need make more.
    if env::var_os("RAYON_NUM_THREADS").is_none() {
        env::set_var("RAYON_NUM_THREADS", "1");
    }
    // Before the work, so that a bad path shows at once.
    let predictions = arguments.predictions.as_deref().map(create).transpose()?;
    let logits = arguments.logits.as_deref().map(create).transpose()?;

    let no_answer = if always { Some(NoAnswer::Learned) } else { arguments.no_answer };
    let load = LoadOptions { no_answer, precision: arguments.precision };
    let reader = Reader::from_folder_with(&arguments.model, &load).map_err(failure)?;
    let threads = arguments.threads.or_else(|| thread::available_parallelism().ok()).unwrap_or(NonZeroUsize::MIN);
    let ask = AskOptions {
        threshold: if always { Some(Settings::ALWAYS) } else { arguments.threshold },
        scores: logits.is_some(),
        ..AskOptions::default()
    };
    let settings = Settings { ask, threads };

    let begun = Instant::now();
    let bar = Bar::new(dataset.questions.len());
    let outcome = evaluate(&reader, &dataset, &settings, &|done| bar.show(done));
    bar.clear();
    let (scores, given) = outcome.map_err(failure)?;
    let report = Report {
        scores,
        data: dataset.format.name(),
        precision: arguments.precision,
        unreadable: given.iter().filter(|given| given.unreadable.is_some()).count(),
        threads: threads.get(),
        seconds: begun.elapsed().as_secs_f64(),
    };
    if let Some((path, mut file)) = predictions {
        let texts: BTreeMap<&str, &str> = ids(&dataset).zip(given.iter().map(Given::text)).collect();
        let written = serde_json::to_writer_pretty(&mut file, &texts).map_err(Into::into).and_then(|()| file.flush());
        written.map_err(|error| in_file(path, &error))?;
    }
    if let Some((path, mut file)) = logits {
        write_logits(&mut file, &dataset, &given, &settings.ask, &load).map_err(|error| in_file(path, &error))?;
    }
    for (id, reason) in ids(&dataset).zip(&given).filter_map(|(id, given)| Some((id, given.unreadable.as_ref()?))).take(5) {
        eprintln!("answerlet: question {id} counts as refused: {reason}");
    }
    if arguments.json {
        return print_json(&report);
    }
    print_report(&report);
    Ok(())
}

fn read_dataset(arguments: &Eval) -> Result<Dataset, Failure> {
    let failure = |error: DatasetError| format!("{error} [{}]", error.code());
    let mut dataset = match (&arguments.squad, &arguments.faq) {
        (Some(file), _) => Dataset::from_squad(file).map_err(failure)?,
        (None, Some(file)) => Dataset::from_faq(file).map_err(failure)?,
        // clap asks for one of them.
        (None, None) => return Err("--squad or --faq is missing".into()),
    };
    if let Some(limit) = arguments.limit {
        dataset.thin_out(limit.get());
    }
    Ok(dataset)
}

fn ids(dataset: &Dataset) -> impl Iterator<Item = &str> {
    dataset.questions.iter().map(|question| question.id.as_str())
}

fn create(path: &Path) -> Result<(&Path, BufWriter<File>), Failure> {
    File::create(path).map(|file| (path, BufWriter::new(file))).map_err(|error| in_file(path, &error))
}

fn in_file(path: &Path, error: &std::io::Error) -> Failure {
    format!("{}: {error}", path.display())
}

/// What `scripts/same-answers` compares with a browser's.
fn write_logits(file: &mut impl Write, dataset: &Dataset, given: &[Given], ask: &AskOptions, load: &LoadOptions) -> std::io::Result<()> {
    let options = json!({"noAnswer": load.no_answer, "precision": load.precision, "threshold": ask.threshold});
    writeln!(file, "{options}")?;
    for (question, given) in dataset.questions.iter().zip(given) {
        let answer = given.answer.as_ref().map(|answer| {
            let unit = |byte: usize| question.context.get(..byte).map_or(0, |before| before.encode_utf16().count());
            json!({"text": answer.text, "start": unit(answer.start), "end": unit(answer.end), "score": answer.score, "confidence": answer.confidence})
        });
        let windows: Vec<_> = given.logits.iter().map(|(start, end)| json!({"startLogits": start, "endLogits": end})).collect();
        writeln!(file, "{}", json!({"id": question.id, "answer": answer, "windows": windows}))?;
    }
    file.flush()
}

fn print_report(report: &Report) {
    let Report { scores, seconds, .. } = report;
    let group = |name: &str, Group { exact, f1, total }: Group| println!("{name:<15} exact {exact:6.2}   F1 {f1:6.2}   of {total}");
    group("all", scores.all);
    if let Some(answerable) = scores.answerable {
        group("answerable", answerable);
    }
    if let Some(unanswerable) = scores.unanswerable {
        group("unanswerable", unanswerable);
    }
    if let Some(answered) = scores.answered_when_answerable {
        println!("answered when answerable  {answered:6.2}");
    }
    if let Some(refused) = scores.refused_when_not {
        println!("refused when not          {refused:6.2}");
    }
    if report.unreadable > 0 {
        println!("unreadable, so refused    {:>6}", report.unreadable);
    }
    println!("{} in {seconds:.1} s, {} at a time", report.data, report.threads);
}
