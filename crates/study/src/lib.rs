//! Questions, answers and pages: what is asked of networks, what came out, and how it is stored.
//!
//! - [`measurement`]: one pair of networks, measured: the record behind `measure` and `compare`.
//! - [`chain`]: the boxes from attack to knowledge side by side, and which link breaks over several pairs.
//! - [`experiments`]: the experiments of the paper.
//! - [`ranking`]: many networks on one target task: scores, order, ties.
//! - [`record`]: how a record is written, so that it is whole or not there.
//!
//! This crate does not know what was typed on a command line, and it runs networks only through `lab`.

#![expect(clippy::result_large_err, reason = "errors are rare, and carry what a user needs to mend them")]

pub mod chain;
pub mod experiments;
pub mod measurement;
pub mod plan;
pub mod ranking;
pub mod record;
pub mod records;
pub mod report;
pub mod run;
pub mod verdict;
