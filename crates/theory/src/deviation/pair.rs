//! The four deviations of a pair of networks: both directions of attack.

use super::{
    DeviationError, Deviations, DirectionDeviations, OtherUnderOther, OtherUnderOwn, OwnUnderOwn,
};

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
