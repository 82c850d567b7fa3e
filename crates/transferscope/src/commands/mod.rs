//! The commands, one file each: what can be typed, and what is done with it.

pub mod attack;
pub mod bench;
pub mod chain;
mod command;
pub mod compare;
pub mod data;
pub mod demo;
pub mod explain;
mod given;
pub mod init;
pub mod measure;
pub mod networks;
mod networks_get;
pub mod options;
pub mod rank;
pub mod recheck;
pub mod report;
pub mod run;
pub mod score;
mod score_terms;
mod speed;
mod study_folder;
pub mod subjects;
pub mod synthetic;
pub mod text;
pub mod training;
mod twin;

pub use bench::Benchmark;
pub use chain::Chains;
pub use command::{Command, dispatch};
