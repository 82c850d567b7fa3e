//! The commands, one file each: what can be typed, and what is done with it.

pub mod attack;
mod command;
pub mod compare;
pub mod data;
pub mod demo;
pub mod explain;
mod given;
pub mod init;
pub mod measure;
pub mod networks;
pub mod options;
pub mod recheck;
pub mod report;
pub mod run;
mod speed;
mod study_folder;
pub mod subjects;
pub mod synthetic;
pub mod training;
mod twin;

pub use command::{Command, dispatch};
