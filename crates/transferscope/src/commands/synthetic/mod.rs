//! `transferscope synthetic`: the paper's synthetic experiment, from the public files or from a seed.

mod command;
mod folder;

pub use command::{Arguments, run};
pub use folder::{FolderError, read_world};
