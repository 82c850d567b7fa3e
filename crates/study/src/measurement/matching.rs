//! Gradient and function matching of a pair, as they stand in a record.

use serde::{Deserialize, Serialize};
use transferscope_theory::{
    jacobian::JacobianMoments,
    linear::Matrix,
    matching::{Matching, MatchingDirection, MatchingError, OutputMomentSums, function_matching, gradient_matching},
};

/// One matching distance.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Match {
    /// The distance.
    pub distance: f64,
    /// The share that is matched, in `[0,1]`; absent where there is nothing to match.
    pub r2: Option<f64>,
    /// In how many directions the matching network carries anything.
    pub rank: usize,
    /// Over how many samples.
    pub samples: usize,
}

/// Both directions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MatchPair {
    /// The target, matched by an affine map of the source: what attacks T→S speak of.
    pub t_given_s: Match,
    /// The source, matched by an affine map of the target.
    pub s_given_t: Match,
}

/// Gradient and function matching.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Matchings {
    /// Distances of Jacobians (paper.md §3.3).
    pub gradient: Option<MatchPair>,
    /// Distances of outputs (paper.md §4.1); in sample.
    pub function: Option<MatchPair>,
}

impl From<Matching> for Match {
    fn from(matching: Matching) -> Self {
        Self { distance: matching.distance, r2: matching.r2, rank: matching.rank, samples: matching.samples }
    }
}

/// Gradient matching in both directions.
pub(super) fn gradient(moments: &JacobianMoments) -> Result<MatchPair, MatchingError> {
    Ok(MatchPair {
        t_given_s: gradient_matching(moments, MatchingDirection::TargetGivenSource, None)?.into(),
        s_given_t: gradient_matching(moments, MatchingDirection::SourceGivenTarget, None)?.into(),
    })
}

/// Function matching in both directions, from clean outputs `[N, d]`.
pub(super) fn function(source: &Matrix, target: &Matrix) -> Result<MatchPair, MatchingError> {
    let fit = |star: &Matrix, diamond: &Matrix| -> Result<Match, MatchingError> {
        Ok(function_matching(&OutputMomentSums::over(star, diamond)?.finish()?, None)?.into())
    };
    Ok(MatchPair { t_given_s: fit(target, source)?, s_given_t: fit(source, target)? })
}
