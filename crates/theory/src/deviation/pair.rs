//! The four deviations of a pair of networks: both directions of attack.

use super::{DeviationError, Deviations, DirectionDeviations, OtherUnderOther, OtherUnderOwn, OwnUnderOwn};

/// Source and target under the attack built on each. The names are those of the arrays of a deviations file.
#[derive(Debug, Clone, PartialEq)]
pub struct PairDeviations {
    /// Source's output under the attack built on the source, N x d_S.
    pub source_under_source: Deviations,
    /// Target's output under the attack built on the source, N x d_T.
    pub target_under_source: Deviations,
    /// Target's output under the attack built on the target, N x d_T.
    pub target_under_target: Deviations,
    /// Source's output under the attack built on the target, N x d_S.
    pub source_under_target: Deviations,
}

impl PairDeviations {
    /// The attack built on the source, seen on the target: knowledge -> adversarial, `audit`.
    ///
    /// # Errors
    /// Those of [`DirectionDeviations::new`].
    pub fn source_to_target(&self) -> Result<DirectionDeviations<'_>, DeviationError> {
        DirectionDeviations::new(
            OwnUnderOwn(&self.source_under_source),
            OtherUnderOwn(&self.target_under_source),
            OtherUnderOther(&self.target_under_target),
        )
    }

    /// The attack built on the target, seen on the source: adversarial -> knowledge, `rank`.
    ///
    /// # Errors
    /// Those of [`DirectionDeviations::new`].
    pub fn target_to_source(&self) -> Result<DirectionDeviations<'_>, DeviationError> {
        DirectionDeviations::new(
            OwnUnderOwn(&self.target_under_target),
            OtherUnderOwn(&self.source_under_target),
            OtherUnderOther(&self.source_under_source),
        )
    }
}

/// As [`PairDeviations`], where the denominators of alpha1 are given apart: first-order attacks of a level above 0 still
/// divide by the top singular value (paper §3.2).
#[derive(Debug, Clone, PartialEq)]
pub struct PairNorms {
    /// Source's output under the attack built on the source, N x d_S.
    pub source_under_source: Deviations,
    /// Target's output under the attack built on the source, N x d_T.
    pub target_under_source: Deviations,
    /// Target's output under the attack built on the target, N x d_T.
    pub target_under_target: Deviations,
    /// Source's output under the attack built on the target, N x d_S.
    pub source_under_target: Deviations,
    /// Norm of the source's largest deviation, N.
    pub source_norms: Vec<f64>,
    /// Norm of the target's largest deviation, N.
    pub target_norms: Vec<f64>,
}

impl PairNorms {
    /// The attack built on the source, seen on the target.
    ///
    /// # Errors
    /// Those of [`DirectionDeviations::from_norms`].
    pub fn source_to_target(&self) -> Result<DirectionDeviations<'_>, DeviationError> {
        DirectionDeviations::from_norms(&self.source_under_source, &self.target_under_source, self.target_norms.clone())
    }

    /// The attack built on the target, seen on the source.
    ///
    /// # Errors
    /// Those of [`DirectionDeviations::from_norms`].
    pub fn target_to_source(&self) -> Result<DirectionDeviations<'_>, DeviationError> {
        DirectionDeviations::from_norms(&self.target_under_target, &self.source_under_target, self.source_norms.clone())
    }
}
