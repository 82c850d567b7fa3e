//! Transfer: what a network's features are worth for another task, once its head is replaced.

mod backbone;
mod error;
mod gradient;
mod part;
mod plan;
mod probe;
mod references;
mod run;
mod task;

pub use error::TransferError;
pub use plan::{Method, TransferPlan};
pub use references::{ProbedRows, from_scratch, pixel_baseline, probe_rows, untrained};
pub use run::{Candidate, Transferred, transfer};
pub use task::Task;
