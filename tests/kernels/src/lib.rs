//! The kernels without candle around them, so that each build's instructions are checked where they run, against references
//! that are compiled beside them. `cargo test` runs the same checks natively.
#![cfg(target_arch = "wasm32")]
#![allow(dead_code)] // What the crate's ops alone use.

use std::sync::Mutex;

mod kernels;

use kernels::checks::ALL;

/// What was said last.
static TEXT: Mutex<String> = Mutex::new(String::new());

fn say(text: String) {
    if let Ok(mut said) = TEXT.lock() {
        *said = text;
    }
}

#[no_mangle]
pub extern "C" fn checks() -> usize {
    ALL.len()
}

/// Says a check's name.
#[no_mangle]
pub extern "C" fn name(index: usize) {
    say(ALL.get(index).map_or_else(String::new, |(name, _)| name.to_string()));
}

/// Runs a check: 1 if it held; else what was the matter is said.
#[no_mangle]
pub extern "C" fn check(index: usize) -> u32 {
    let outcome = ALL.get(index).map_or_else(|| Err("no such check".into()), |(_, check)| check());
    match outcome {
        Ok(()) => 1,
        Err(failure) => {
            say(failure);
            0
        }
    }
}

#[no_mangle]
pub extern "C" fn text() -> *const u8 {
    TEXT.lock().map_or(core::ptr::null(), |text| text.as_ptr())
}

#[no_mangle]
pub extern "C" fn text_length() -> usize {
    TEXT.lock().map_or(0, |text| text.len())
}
