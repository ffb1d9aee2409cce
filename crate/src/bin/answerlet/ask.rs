//! `answerlet ask`

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use answerlet::{AskOptions, Compat, Context, LoadOptions, NoAnswer, Precision, Reader, SourceDocument, Window};
use clap::Args;

use crate::{failure, print_json, Failure};

#[derive(Args)]
pub(crate) struct Ask {
    /// Folder in Hugging Face layout
    #[arg(long, value_name = "DIR")]
    model: PathBuf,
    #[arg(long)]
    question: String,
    /// The text, a UTF-8 file; - for standard input. Several times for several documents, which are known by their paths
    #[arg(long, value_name = "FILE", required = true)]
    context: Vec<PathBuf>,
    /// At most how many answers [default: 1]
    #[arg(long, value_name = "N")]
    top_k: Option<usize>,
    /// Reproduce another library: hf is transformers' question-answering pipeline
    #[arg(long, value_name = "LIBRARY")]
    compat: Option<Compat>,
    /// With --compat: 'no answer' may be the answer
    #[arg(long, requires = "compat")]
    handle_impossible_answer: bool,
    /// With --compat: leave answers as the tokens cut them
    #[arg(long, requires = "compat")]
    no_align_to_words: bool,
    /// Tokens of a window [default: 384]
    #[arg(long, value_name = "N")]
    max_seq_len: Option<usize>,
    /// Tokens by which windows overlap [default: 128]
    #[arg(long, value_name = "N")]
    doc_stride: Option<usize>,
    /// Tokens of the longest answer [default: 30; 15 with --compat]
    #[arg(long, value_name = "N")]
    max_answer_length: Option<usize>,
    /// Least margin of an answer's logits over the null's [default: the model's]
    #[arg(long, value_name = "X", allow_negative_numbers = true)]
    threshold: Option<f32>,
    /// What the encoder computes in
    #[arg(long, value_name = "P", default_value = "auto")]
    precision: Precision,
    /// Whether the model has learned 'no answer' [default: what answerlet.json says, else none]
    #[arg(long)]
    no_answer: Option<NoAnswer>,
    /// The sentence to say when there is no answer
    #[arg(long, value_name = "SENTENCE")]
    fallback: Option<String>,
    /// Say what the reader saw: tokens, logits, probabilities
    #[arg(long)]
    scores: bool,
    /// Print the result as the JS API gives it; offsets are UTF-16 code units
    #[arg(long)]
    json: bool,
}

fn read_context(path: &Path) -> Result<String, Failure> {
    let mut bytes = Vec::new();
    if path == Path::new("-") {
        std::io::stdin().read_to_end(&mut bytes).map_err(|error| format!("standard input: {error}"))?;
    } else {
        bytes = fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
    }
    String::from_utf8(bytes).map_err(|error| format!("{} isn't UTF-8 text: {error}", path.display()))
}

pub(crate) fn ask(arguments: Ask) -> Result<(), Failure> {
    let read = |path: &PathBuf| {
        let id = path.display().to_string();
        Ok(SourceDocument { id, text: read_context(path)?, ..SourceDocument::default() })
    };
    let documents = arguments.context.iter().map(read).collect::<Result<Vec<_>, Failure>>()?;
    let context = match documents.as_slice() {
        [document] => Context::Text(&document.text),
        documents => Context::Documents(documents),
    };
    let load = LoadOptions { no_answer: arguments.no_answer, precision: arguments.precision };
    let reader = Reader::from_folder_with(&arguments.model, &load).map_err(failure)?;
    let options = AskOptions {
        top_k: arguments.top_k,
        max_sequence_length: arguments.max_seq_len,
        doc_stride: arguments.doc_stride,
        max_answer_length: arguments.max_answer_length,
        threshold: arguments.threshold,
        fallback: arguments.fallback,
        scores: arguments.scores,
        compat: arguments.compat,
        handle_impossible_answer: Some(arguments.handle_impossible_answer),
        align_to_words: Some(!arguments.no_align_to_words),
        ..AskOptions::default()
    };
    let result = reader
        .ask(&arguments.question, context, &options)
        .map_err(failure)?
        .into_utf16(&arguments.question, context);
    if arguments.json {
        return print_json(&result);
    }
    for answer in &result.answers {
        let line = if answer.text.is_empty() { "no answer".into() } else { answer.text.replace(['\r', '\n'], " ") };
        let place = place(&answer.document_id, answer.start, answer.end);
        println!("{line}  (score {:.4}, confidence {:.4}, {place})", answer.score, answer.confidence);
    }
    if let Some(fallback) = &result.fallback {
        println!("{fallback}");
    }
    for (index, window) in result.windows.iter().flatten().enumerate() {
        print_window(index, window);
    }
    Ok(())
}

fn place(document_id: &Option<String>, start: usize, end: usize) -> String {
    let document = document_id.iter().map(|id| format!("{id} "));
    document.chain([format!("{start}..{end}")]).collect()
}

fn print_window(index: usize, window: &Window) {
    let place = place(&window.document_id, window.start, window.end);
    println!("\nwindow {index}: context {place}, null score {:.6}", window.null_score);
    println!("{:>5} {:>7} {:>4} {:>13} {:>9} {:>9} {:>8} {:>8}  token", "", "id", "type", "place", "start", "end", "P start", "P end");
    for (position, token) in window.tokens.iter().enumerate() {
        let (from, to) = window.offsets[position];
        println!(
            "{position:>5} {:>7} {:>4} {:>13} {:>9.4} {:>9.4} {:>8.5} {:>8.5}  {token}",
            window.input_ids[position],
            window.token_type_ids[position],
            format!("{from}..{to}"),
            window.start_logits[position],
            window.end_logits[position],
            window.start_probabilities[position],
            window.end_probabilities[position],
        );
    }
}
