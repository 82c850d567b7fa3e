//! Which network to fine-tune: scores of many networks on one target task, their order, their ties, their agreement.
//!
//! - [`score_network`]: all scores of one network from its features and outputs ([`NetworkArrays`]).
//! - [`ScoreReport`]: several networks side by side, against outcomes where there are any: the answer of `score`.
//! - `alphas`: one candidate against one reference; [`RankReport`]: candidates, references, order: the answer of `rank`.
//! - `page`: a ranking as one self-contained page.

mod agreement;
mod alphas;
mod arrays;
mod candidate;
mod page;
mod panel;
mod rank_report;
mod reference;
mod score_report;
mod ties;
mod verification;

pub use agreement::{Agreement, agreement};
pub use alphas::{AlphaRecord, DirectionAlphas, alphas};
pub use arrays::{NetworkArrays, SourceOutputs};
pub use candidate::{AlphaForm, CandidateCost, CandidateRecord};
pub use page::page;
pub use panel::{NetworkScores, ScoreEntry, score_network};
pub use rank_report::{FineTuningCost, RankParts, RankReport};
pub use reference::{ReferenceAgreement, ReferenceRecord, reference_agreement};
pub use score_report::{RankingError, ScoreReport, score_table};
pub use ties::{TiedEntry, Ties, ties};
pub use verification::{Verification, VerifiedCandidate};
