//! What every cell is done with: the engine, the threads, the ears.

use transferscope_lab::compiled::EngineWish;

use super::Events;

/// The means of a run.
#[derive(Clone, Copy)]
pub(super) struct Means<'a> {
    pub engine: &'a EngineWish,
    pub threads: usize,
    pub events: &'a dyn Events,
}
