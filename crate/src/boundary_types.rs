//! Keeps `www/src/boundary.ts` equal to what the Rust types say. `UPDATE_BOUNDARY=1 cargo test boundary` rewrites it.

use std::{env, fs, path::Path};

use ts_rs::{Config, TS};

use crate::boundary::{ErrorData, ModelFiles, TokenizerParts};
use crate::{Answer, Architecture, AskOptions, AskResult, Compat, ModelInfo, NoAnswer, Precision, Progress, SourceDocument, Timing, Window};

fn declaration<T: TS>(config: &Config) -> String {
    let docs = T::docs().unwrap_or_default();
    format!("{docs}export {}\n", T::decl(config))
}

fn boundary() -> String {
    let config = Config::new();
    [
        "// Made from the Rust types by `UPDATE_BOUNDARY=1 cargo test boundary`; a test keeps it current. Don't edit.\n".into(),
        declaration::<SourceDocument>(&config),
        declaration::<AskOptions>(&config),
        declaration::<Compat>(&config),
        declaration::<AskResult>(&config),
        declaration::<Answer>(&config),
        declaration::<Window>(&config),
        declaration::<Timing>(&config),
        declaration::<Progress>(&config),
        declaration::<ModelFiles>(&config),
        declaration::<TokenizerParts>(&config),
        declaration::<NoAnswer>(&config),
        declaration::<Precision>(&config),
        declaration::<ModelInfo>(&config),
        declaration::<Architecture>(&config),
        declaration::<ErrorData>(&config),
    ]
    .join("\n")
}

#[test]
fn boundary_types_are_current() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../www/src/boundary.ts");
    let made = boundary();
    if env::var_os("UPDATE_BOUNDARY").is_some() {
        fs::write(&path, &made).unwrap();
    }
    let current = fs::read_to_string(&path).is_ok_and(|written| written == made);
    assert!(current, "www/src/boundary.ts is not what the Rust types say: run `UPDATE_BOUNDARY=1 cargo test boundary`");
}
