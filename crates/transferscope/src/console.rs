//! What people see: text, progress and failures, each on its stream.

use std::io::{IsTerminal, Write};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use transferscope_lab::deviate::Progress;

use crate::exit::Failure;

/// The terminal, or what stands in its place.
pub struct Console {
    terminal: bool,
}

impl Console {
    /// The process's own streams.
    #[must_use]
    pub fn standard() -> Self {
        Self { terminal: std::io::stderr().is_terminal() }
    }

    /// A line of the answer, on stdout. A closed pipe is not an error of ours.
    pub fn answer(&self, text: &str) {
        drop(writeln!(std::io::stdout().lock(), "{text}"));
    }

    /// The answer as one JSON document on stdout.
    ///
    /// # Errors
    /// Where the value cannot be written as JSON.
    pub fn json(&self, value: &impl serde::Serialize) -> Result<(), Failure> {
        let text = serde_json::to_string_pretty(value).map_err(Failure::not_possible)?;
        self.answer(&text);
        Ok(())
    }

    /// A remark, on stderr.
    pub fn remark(&self, text: &str) {
        drop(writeln!(std::io::stderr().lock(), "{text}"));
    }

    /// A remark while progress is shown: on a terminal it takes the place of the renewing line.
    pub fn remark_in_progress(&self, text: &str) {
        let clear = if self.terminal { "\r\x1b[K" } else { "" };
        self.remark(&format!("{clear}{text}"));
    }

    /// Why a command ended early, on stderr.
    pub fn failure(&self, failure: &Failure) {
        // Every error of the libraries tells its cause in its own sentence.
        self.remark(&format!("error: {}", failure.error));
    }

    /// Progress of a step that counts to a total: one line that renews itself on a terminal, a line now and then elsewhere.
    #[must_use]
    pub fn progress(&self, what: &str) -> Steps {
        Steps {
            what: what.to_owned(),
            terminal: self.terminal,
            state: Mutex::new(State { started: Instant::now(), shown: None }),
        }
    }
}

/// Progress of one step.
pub struct Steps {
    what: String,
    terminal: bool,
    state: Mutex<State>,
}

struct State {
    started: Instant,
    shown: Option<Instant>,
}

/// How often a renewing line is renewed, and how often a plain line is written.
const RENEWAL: Duration = Duration::from_millis(200);
const PLAIN_LINES: Duration = Duration::from_secs(10);

impl Progress for Steps {
    #[expect(clippy::cast_precision_loss, reason = "counts of images are small")]
    fn advanced(&self, done: usize, total: usize) {
        let Ok(mut state) = self.state.lock() else { return };
        let pause = if self.terminal { RENEWAL } else { PLAIN_LINES };
        let last = state.shown.unwrap_or(state.started);
        if done < total && last.elapsed() < pause {
            return;
        }
        let never_shown = state.shown.is_none();
        state.shown = Some(Instant::now());
        let seconds = state.started.elapsed().as_secs_f64();
        let rate = done as f64 / seconds.max(1e-9);
        let left = (total - done.min(total)) as f64 / rate.max(1e-9);
        let line = format!("{}: {done}/{total}, {rate:.1}/s, {left:.0} s left", self.what);
        let mut stderr = std::io::stderr().lock();
        drop(match (self.terminal, done >= total) {
            (true, false) => write!(stderr, "\r\x1b[K{line}"),
            (true, true) => write!(stderr, "\r\x1b[K"),
            (false, true) if never_shown => Ok(()),
            (false, _) => writeln!(stderr, "{line}"),
        });
    }

    fn stopped(&self) -> bool {
        crate::interrupt::requested()
    }
}
