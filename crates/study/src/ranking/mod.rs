//! Which network to fine-tune: scores of many networks on one target task, their order, their ties, their agreement.
//!
//! - [`score_network`]: all scores of one network from its features and outputs ([`NetworkArrays`]).
//! - [`ScoreReport`]: several networks side by side, against outcomes where there are any: the answer of `score`.

mod agreement;
mod arrays;
mod panel;
mod score_report;
mod ties;

pub use agreement::{Agreement, agreement};
pub use arrays::{NetworkArrays, SourceOutputs};
pub use panel::{NetworkScores, ScoreEntry, score_network};
pub use score_report::{RankingError, ScoreReport, score_table};
pub use ties::{Ties, TiedEntry, ties};
