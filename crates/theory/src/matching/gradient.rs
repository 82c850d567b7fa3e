//! Gradient matching distance: how well an affine head on one network imitates the Jacobian of another.

use serde::{Deserialize, Serialize};

use super::affine_fit::{AffineMap, Moments, assemble, fit, residual, weighted_trace};
use super::{Matching, MatchingError};
use crate::jacobian::JacobianMoments;
use crate::linear::PositiveSemidefinite;

/// Which network is imitated (star) and which carries the affine head (diamond).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MatchingDirection {
    /// star = T, diamond = S: "can a head on the source imitate the target", the ordinary transfer question.
    TargetGivenSource,
    /// star = S, diamond = T.
    SourceGivenTarget,
}

/// GMD(star | diamond) = min over affine g of |J_star − A J_diamond|_{D,H} (paper §1.5, §3.3, §3.4).
///
/// With P = E[J_star J_diamondᵀ], S = E[J_diamond J_diamondᵀ], C₀ = E[J_star J_starᵀ]: A* = P S⁺ (the same for every
/// H), GMD² = tr(H C₀) − tr(H P S⁺ Pᵀ), R² = tr(H P S⁺ Pᵀ)/tr(H C₀). S may be rank-deficient (paper §6.6).
/// `weight` is H, d_star x d_star; `None` is the identity.
///
/// # Errors
///
/// [`MatchingError::Linear`] where H has another size, or the moments are not those of Jacobians.
///
/// # Examples
///
/// Two affine networks with Jacobians diag(2, 1) and diag(1, 2): a head on one is the other, although alpha1 is 1/2.
///
/// ```
/// use transferscope_theory::jacobian::JacobianMoments;
/// use transferscope_theory::linear::Matrix;
/// use transferscope_theory::matching::{MatchingDirection, gradient_matching};
///
/// let moments = JacobianMoments {
///     samples: 1,
///     cross: Matrix::diagonal(&[2.0, 2.0]),
///     source: Matrix::diagonal(&[1.0, 4.0]),
///     target: Matrix::diagonal(&[4.0, 1.0]),
/// };
/// let matching = gradient_matching(&moments, MatchingDirection::TargetGivenSource, None)?;
/// assert_eq!(matching.distance, 0.0);
/// assert_eq!(matching.r2, Some(1.0));
/// assert_eq!(matching.map.matrix, Matrix::diagonal(&[2.0, 0.5]));
/// # Ok::<(), transferscope_theory::matching::MatchingError>(())
/// ```
pub fn gradient_matching(
    moments: &JacobianMoments,
    direction: MatchingDirection,
    weight: Option<&PositiveSemidefinite>,
) -> Result<Matching, MatchingError> {
    with_roles(moments, direction, |roles| fit(&roles, weight, moments.samples))
}

/// The same with the map fitted on one part of the samples and the distance measured on another (paper §7.8).
///
/// Interleave the samples between the two parts, since data sets are often sorted. R² may be negative.
///
/// # Errors
///
/// As [`gradient_matching`].
pub fn gradient_matching_held_out(
    fitted_on: &JacobianMoments,
    measured_on: &JacobianMoments,
    direction: MatchingDirection,
    weight: Option<&PositiveSemidefinite>,
) -> Result<Matching, MatchingError> {
    let Matching { map, rank, .. } = gradient_matching(fitted_on, direction, weight)?;
    with_roles(measured_on, direction, |roles| {
        let total = weighted_trace(weight, roles.star)?;
        let left = residual(&roles, &map.matrix, weight)?;
        Ok(assemble(total, total - left, rank, measured_on.samples, AffineMap { ..map.clone() }))
    })
}

fn with_roles<R>(moments: &JacobianMoments, direction: MatchingDirection, then: impl Fn(Moments<'_>) -> R) -> R {
    match direction {
        MatchingDirection::TargetGivenSource => {
            then(Moments { cross: &moments.cross.transposed(), diamond: &moments.source, star: &moments.target })
        }
        MatchingDirection::SourceGivenTarget => {
            then(Moments { cross: &moments.cross, diamond: &moments.target, star: &moments.source })
        }
    }
}
