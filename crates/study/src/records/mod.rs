//! Answers of a study: one file a cell, whole or not there, found again by the hash of what it depends on.
//!
//! - [`Record`]: what stands in a file; [`Answer`]: its part that differs by kind of cell.
//! - [`Store`]: the folder that holds them, with the networks and the attacks on the references.
//! - [`Claim`]: that only one of several runs works on a cell.
//! - [`collect`]: the records of a plan, ready for the verdict and the page.

mod answer;
mod claim;
mod collected;
mod examples;
mod paired;
mod plan_file;
mod reading;
mod store;
mod text_examples;
mod trained;

pub use answer::{Answer, Record};
pub use claim::Claim;
pub use collected::{CollectError, Collected, collect};
pub use examples::{Example, Examples, Said};
pub use paired::{AtBudget, Paired, PairedImages, WithReference};
pub use plan_file::PlanFile;
pub use reading::{DirectionReadings, Reading, readings};
pub use store::{Store, StoreError};
pub use text_examples::{Piece, TextExample, TextExamples};
pub use trained::{RawPixels, Trained, Transferred};
