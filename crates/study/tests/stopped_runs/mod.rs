//! Runs of a planned study that stop after some cells.

pub mod run;
