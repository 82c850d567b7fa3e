//! Correlations between scores and outcomes over networks: every kind in use, by name, with intervals.

mod coefficient;
mod copula_interval;
mod fisher_interval;
mod kind;
mod partial;
mod ranks;
mod slope_interval;
mod weighted_pearson;
mod weighted_tau;

pub use coefficient::{CorrelationError, correlation};
pub(crate) use coefficient::{check_columns, standardise};
pub use copula_interval::{CopulaIntervalTable, RankStatistic};
pub use fisher_interval::{
    CorrelationInterval, CorrelationIntervalError, CorrelationIntervalMethod, FISHER_SMALLEST_COUNT, fisher_interval,
};
pub use kind::CorrelationKind;
pub use partial::{PartialCorrelation, partial_correlation};
pub use ranks::{RankingError, accuracy_relative_at, average_ranks, best_is_in_top};
pub use slope_interval::{SLOPE_SMALLEST_COUNT, SlopeInterval, SlopeIntervalError, slope_interval};
pub use weighted_pearson::weighted_pearson;
pub use weighted_tau::{Ranking, weighted_tau};
