//! A listener that stops after some steps.

use std::sync::atomic::{AtomicUsize, Ordering};

use transferscope_lab::deviate::Progress;

/// Stops when so many steps are done.
pub struct StopAfter {
    steps: AtomicUsize,
    limit: usize,
}

impl StopAfter {
    pub fn new(limit: usize) -> Self {
        Self { steps: AtomicUsize::new(0), limit }
    }
}

impl Progress for StopAfter {
    fn advanced(&self, done: usize, _: usize) {
        self.steps.store(done, Ordering::SeqCst);
    }

    fn stopped(&self) -> bool {
        self.steps.load(Ordering::SeqCst) >= self.limit
    }
}
