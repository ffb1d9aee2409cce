//! `cargo run --release --example ask -- MODEL_DIR QUESTION CONTEXT`

use answerlet::{AskOptions, Reader};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [model, question, context] = arguments.as_slice() else {
        return Err("usage: ask MODEL_DIR QUESTION CONTEXT".into());
    };
    let reader = Reader::from_folder(model)?;
    let options = AskOptions { top_k: Some(3), ..AskOptions::default() };
    let result = reader.ask(question, context, &options)?;
    for answer in &result.answers {
        // Offsets are bytes: the answer is a slice of the context.
        assert_eq!(&context[answer.start..answer.end], answer.text);
        println!("{:.3}  {}", answer.confidence, answer.text);
    }
    if let Some(fallback) = result.fallback {
        println!("{fallback}");
    }
    Ok(())
}
