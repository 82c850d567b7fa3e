//! `transferscope rank`: which of many networks to fine-tune on a task, without fine-tuning them.

mod against;
mod cache;
mod candidate;
mod command;
mod outcomes;
mod references;
mod target;
mod time_limit;
mod verify;

pub use command::{Arguments, run};
