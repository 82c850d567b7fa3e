//! Burn says many mistakes by panicking; here a panic becomes an error.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::ENGINE;
use crate::door::EngineError;

/// Runs `work`, and turns a panic of the framework into an error with its message.
///
/// What `work` borrows is either read-only or thrown away after an error, so nothing half-changed is seen again.
pub(super) fn guarded<T>(work: impl FnOnce() -> Result<T, EngineError>) -> Result<T, EngineError> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|payload| {
        let message = payload
            .downcast_ref::<String>()
            .map(String::as_str)
            .or_else(|| payload.downcast_ref::<&str>().copied())
            .unwrap_or("it panicked without a message");
        Err(failed(message))
    })
}

/// What the framework said.
pub(super) fn failed(message: impl std::fmt::Display) -> EngineError {
    EngineError::Failed { engine: ENGINE, message: message.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_an_error_with_its_message() {
        let result: Result<(), EngineError> = guarded(|| panic!("shapes {:?} do not fit", [2, 3]));
        assert_eq!(result.expect_err("it panicked").to_string(), "the engine 'burn' failed: shapes [2, 3] do not fit");
    }
}
