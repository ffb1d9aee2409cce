//! A progress bar, where standard error is a terminal.

use std::io::{self, IsTerminal, Write};
use std::sync::Mutex;
use std::time::{Duration, Instant};

const WIDTH: usize = 30;
const EVERY: Duration = Duration::from_millis(200);

pub(crate) struct Bar {
    total: usize,
    begun: Instant,
    drawn: Option<Mutex<Instant>>,
}

impl Bar {
    pub fn new(total: usize) -> Self {
        let begun = Instant::now();
        Self { total, begun, drawn: io::stderr().is_terminal().then(|| Mutex::new(begun)) }
    }

    /// May be called by any thread; draws a few times a second.
    pub fn show(&self, done: usize) {
        // One who finds another drawing has nothing to add.
        let Some(Ok(mut drawn)) = self.drawn.as_ref().map(Mutex::try_lock) else { return };
        if drawn.elapsed() < EVERY {
            return;
        }
        *drawn = Instant::now();
        // A terminal that went away is no reason to stop.
        let _ = write!(io::stderr(), "\r{}\x1b[K", line(done, self.total, self.begun.elapsed()));
    }

    /// Takes the bar away.
    pub fn clear(&self) {
        if self.drawn.is_some() {
            let _ = write!(io::stderr(), "\r\x1b[K");
        }
    }
}

fn line(done: usize, total: usize, elapsed: Duration) -> String {
    let filled = WIDTH * done / total.max(1);
    let left = elapsed.as_secs_f64() / done.max(1) as f64 * total.saturating_sub(done) as f64;
    let left = left.round() as u64;
    format!("[{:-<WIDTH$}] {done}/{total}, {}:{:02} left", "#".repeat(filled), left / 60, left % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bar_fills_and_the_rest_is_guessed() {
        assert_eq!(line(0, 10, Duration::ZERO), format!("[{}] 0/10, 0:00 left", "-".repeat(30)));
        assert_eq!(line(5, 10, Duration::from_secs(65)), format!("[{}{}] 5/10, 1:05 left", "#".repeat(15), "-".repeat(15)));
        assert_eq!(line(10, 10, Duration::from_secs(9)), format!("[{}] 10/10, 0:00 left", "#".repeat(30)));
    }
}
