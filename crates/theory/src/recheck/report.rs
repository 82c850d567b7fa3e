//! What a re-check found, as a value that can be printed, stored and tested.

use serde::Serialize;

use super::{BoundViolation, ClaimReport, Copy, RoundingRange, ScoreMeaning, SmallSampleAdvice};
use crate::statistics::correlation::{CorrelationInterval, CorrelationKind};
use crate::statistics::networks::Verdict;

/// Everything that was found about a table.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RecheckReport {
    /// Number of networks.
    pub networks: usize,
    /// Name of the outcome column.
    pub outcome: String,
    /// One entry per score column, in the order of the table.
    pub scores: Vec<ScoreReport>,
    /// Values outside their range.
    pub bound_violations: Vec<BoundViolation>,
    /// Columns that are copies of one another.
    pub copies: Vec<Copy>,
    /// One entry per claim.
    pub claims: Vec<ClaimReport>,
    /// What a table of this size can and cannot say.
    pub advice: SmallSampleAdvice,
    /// Every fault in a sentence; empty where the table passes.
    pub faults: Vec<String>,
    /// Whether nothing is wrong with the table.
    pub passes: bool,
}

/// One score column against the outcome.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ScoreReport {
    /// Column name.
    pub name: String,
    /// What it was taken to measure.
    pub meaning: ScoreMeaning,
    /// Networks with both a score and an outcome.
    pub n: usize,
    /// Networks without one of the two; they are left out, never counted as zero.
    pub missing: Vec<String>,
    /// Equal printed values.
    pub ties: Ties,
    /// One entry per kind of correlation.
    pub correlations: Vec<CorrelationEntry>,
}

/// Pairs of networks that the printed decimals cannot tell apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Ties {
    /// Pairs with the same score.
    pub score_pairs: usize,
    /// Pairs with the same outcome.
    pub outcome_pairs: usize,
}

/// One correlation with everything needed to judge it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CorrelationEntry {
    /// Which kind.
    pub kind: CorrelationKind,
    /// Its printed name.
    pub name: &'static str,
    /// The coefficient; `None` where it does not exist, and then `undefined_because` says why.
    pub value: Option<f64>,
    /// Why there is no coefficient.
    pub undefined_because: Option<String>,
    /// Two-sided permutation p.
    pub p_value: Option<f64>,
    /// The smallest p that this many networks with these values can give.
    pub smallest_p: Option<f64>,
    /// 95 % interval where one is offered.
    pub interval: Option<CorrelationInterval>,
    /// Why there is no interval.
    pub no_interval_because: Option<String>,
    /// How far the coefficient could move within the printed decimals.
    pub rounding: Option<RoundingRange>,
    /// What the test says about "higher score, higher outcome".
    pub verdict: Option<Verdict>,
}
