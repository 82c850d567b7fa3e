//! Who looks on while a network is trained: progress, a clock that the caller owns, and every finished epoch.

use super::Epoch;
use crate::deviate::{Progress, Silent};

/// The caller's eyes and clock. Libraries have none of their own.
#[derive(Clone, Copy)]
pub struct Watch<'a> {
    /// Told of every step; asked whether to stop.
    pub progress: &'a dyn Progress,
    /// Seconds since any fixed moment.
    pub seconds: Option<&'a (dyn Fn() -> f64 + Sync)>,
    /// Told of every finished epoch, after its checkpoint is written.
    pub epoch: Option<&'a (dyn Fn(&Epoch) + Sync)>,
}

impl<'a> Watch<'a> {
    /// Progress and nothing else.
    #[must_use]
    pub fn of(progress: &'a dyn Progress) -> Self {
        Self { progress, seconds: None, epoch: None }
    }

    /// Nobody looks on.
    #[must_use]
    pub fn nobody() -> Watch<'static> {
        Watch::of(&Silent)
    }
}
