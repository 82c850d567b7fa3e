//! What several tables say together, one table a target task.

use serde::Serialize;

use super::ScoreTable;
use crate::statistics::{Estimate, EstimateError, correlation::CorrelationKind};

/// The networks of one target task, with their scores and outcomes.
#[derive(Debug, Clone, PartialEq)]
pub struct TargetTable {
    /// What the task is called in results.
    pub target: String,
    /// Networks in rows.
    pub table: ScoreTable,
}

/// Why tables could not be taken together.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum AcrossTargetsError {
    /// One target varies over nothing.
    #[error("expected the tables of at least 2 target tasks, found {found}")]
    TooFew {
        /// Tables given.
        found: usize,
    },
    /// Two tables share a name.
    #[error("two tables are called '{target}'; rename one, or its file")]
    Repeated {
        /// The name.
        target: String,
    },
    /// A bar that no table has.
    #[error("no table has the column '{bar}' to hold scores against; the columns are: {columns}")]
    UnknownBar {
        /// What was asked for.
        bar: String,
        /// What there is.
        columns: String,
    },
    /// A number cannot be an estimate (a bug of ours).
    #[error(transparent)]
    Estimate(#[from] EstimateError),
}

/// Every score over all target tasks.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AcrossTargets {
    /// The target tasks, in the order given.
    pub targets: Vec<String>,
    /// The columns that a score has to beat.
    pub bars: Vec<String>,
    /// One entry a kind of correlation.
    pub kinds: Vec<KindAcrossTargets>,
}

/// One kind of correlation over all target tasks.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct KindAcrossTargets {
    /// Which kind.
    pub kind: CorrelationKind,
    /// Its printed name.
    pub name: &'static str,
    /// The bar with the highest mean among those that every target defines.
    pub best_bar: Option<String>,
    /// One entry a column, highest mean first.
    pub scores: Vec<ScoreAcrossTargets>,
}

/// One column over all target tasks.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ScoreAcrossTargets {
    /// The column.
    pub name: String,
    /// Whether it is one of the bars.
    pub is_bar: bool,
    /// Its correlation with the outcomes on each target; `None` where a network lacks it, or it does not vary.
    pub by_target: Vec<Option<f64>>,
    /// The mean over the targets that have one, with Student's interval.
    pub mean: Option<Estimate>,
    /// The mean of its differences to the best bar, target by target; absent for the bars.
    pub over_best_bar: Option<Estimate>,
    /// Two-sided p of "no difference to the best bar", by Student's t.
    pub p_value: Option<f64>,
    /// The same for having looked at all scores (Holm).
    pub p_adjusted: Option<f64>,
    /// Whether the interval of the difference lies above 0; absent for the bars and where there is no interval.
    pub helps: Option<bool>,
}
