//! Re-checks a table of scores and outcomes: correlations of every kind, bounds, copies, ties, and claimed figures.
//!
//! Input is a [`ScoreTable`] (cells as text, so that the number of printed decimals is known), output a
//! [`RecheckReport`]. Several tables, one a target task, are taken together by [`across_targets()`]. No file is read here. [`paper_image_table`] is the paper's own table, to be judged alike.

mod across_targets;
mod bounds;
mod check;
mod claims;
mod copies;
mod error;
mod meaning;
mod paper_table;
mod report;
mod sensitivity;
mod small_sample;
mod table;
mod targets_report;

pub use across_targets::across_targets;
pub use bounds::BoundViolation;
pub use check::{RecheckOptions, recheck};
pub use claims::{ClaimReport, ClaimVerdict};
pub use copies::{Copy, CopyKind};
pub use error::RecheckError;
pub use meaning::{ScoreMeaning, classes_of_data_set};
pub use paper_table::{PAPER_IMAGE_TABLE_SOURCE, paper_image_family, paper_image_table};
pub use report::{CorrelationEntry, RecheckReport, ScoreReport, Ties};
pub use sensitivity::RoundingRange;
pub use small_sample::{SmallSampleAdvice, SquaredColumn};
pub use table::{Claim, ClaimedKind, ScoreColumn, ScoreTable};
pub use targets_report::{AcrossTargets, AcrossTargetsError, KindAcrossTargets, ScoreAcrossTargets, TargetTable};
