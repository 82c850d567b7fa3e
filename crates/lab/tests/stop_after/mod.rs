//! Ends a training early, as a person would.

mod training;

pub use training::StopAfter;
