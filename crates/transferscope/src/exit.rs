//! Exit codes: every expected failure has one, and a sentence.

/// Wrong usage: an option or a value that cannot be meant.
pub const USAGE: u8 = 2;
/// Bad input: a file or data that cannot be used.
pub const BAD_INPUT: u8 = 3;
/// The computation is not possible with this input.
pub const NOT_POSSIBLE: u8 = 4;
/// Checks that the command makes have failed.
pub const CHECKS_FAILED: u8 = 5;
/// Interrupted by the user.
pub const INTERRUPTED: u8 = 130;

/// Why a command ended early.
#[derive(Debug)]
pub struct Failure {
    /// The exit code.
    pub code: u8,
    /// What is told.
    pub error: anyhow::Error,
}

impl Failure {
    /// Wrong usage.
    pub fn usage(error: impl Into<anyhow::Error>) -> Self {
        Self { code: USAGE, error: error.into() }
    }

    /// Bad input.
    pub fn bad_input(error: impl Into<anyhow::Error>) -> Self {
        Self { code: BAD_INPUT, error: error.into() }
    }

    /// A computation that is not possible.
    pub fn not_possible(error: impl Into<anyhow::Error>) -> Self {
        Self { code: NOT_POSSIBLE, error: error.into() }
    }

    /// Failed checks.
    pub fn checks_failed(error: impl Into<anyhow::Error>) -> Self {
        Self { code: CHECKS_FAILED, error: error.into() }
    }

    /// Interrupted.
    #[must_use]
    pub fn interrupted() -> Self {
        Self { code: INTERRUPTED, error: anyhow::anyhow!("interrupted; nothing was written") }
    }
}

/// The libraries turn panics of the tensor framework and of file readers into errors; their backtraces would only
/// stand between the user and the sentence. `TRANSFERSCOPE_SHOW_PANICS=1` brings them back.
#[expect(clippy::disallowed_methods, reason = "the binary owns its process")]
pub fn quiet_panics() {
    if std::env::var_os("TRANSFERSCOPE_SHOW_PANICS").is_none() {
        std::panic::set_hook(Box::new(|_| {}));
    }
}
