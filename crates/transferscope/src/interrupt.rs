//! Ctrl-C: the first asks the work to stop at the next chunk, the second ends the process.

use std::sync::atomic::{AtomicBool, Ordering};

static STOP: AtomicBool = AtomicBool::new(false);

/// Starts listening. Where no handler can be set, Ctrl-C ends the process as ever.
pub fn listen() {
    let handler = || {
        if STOP.swap(true, Ordering::SeqCst) {
            #[expect(clippy::disallowed_methods, reason = "the second Ctrl-C means now")]
            std::process::exit(i32::from(crate::exit::INTERRUPTED));
        }
    };
    // Failing to listen costs only the graceful stop.
    drop(ctrlc::set_handler(handler));
}

/// Whether the user asked to stop.
#[must_use]
pub fn requested() -> bool {
    STOP.load(Ordering::SeqCst)
}
