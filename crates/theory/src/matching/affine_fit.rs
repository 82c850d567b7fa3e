//! The affine map that fits one field to another in the least-squares sense, from second moments alone.

use serde::Serialize;

use crate::linear::{LinearError, Matrix, PositiveSemidefinite, default_relative_cutoff, dot};
use crate::statistics::SumError;

/// Why a matching distance could not be computed.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum MatchingError {
    /// A matrix has the wrong shape, is not finite, or is not positive semidefinite (the weight H must be).
    #[error(transparent)]
    Linear(#[from] LinearError),
    /// The samples were not all summed exactly once.
    #[error(transparent)]
    Sum(#[from] SumError),
    /// Too few samples.
    #[error("expected at least {needed} samples, found {found}; {why}")]
    TooFewSamples {
        /// The least number.
        needed: usize,
        /// The number found.
        found: usize,
        /// What the samples are needed for.
        why: &'static str,
    },
    /// Two arrays do not belong to the same samples.
    #[error("expected {expected} rows, one per sample, found {found}")]
    Rows {
        /// Rows of the first array.
        expected: usize,
        /// Rows of the other.
        found: usize,
    },
}

/// z ↦ A z + b, from R^d_diamond to R^d_star.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AffineMap {
    /// A, d_star x d_diamond.
    pub matrix: Matrix,
    /// b, of length d_star; zeros where the map was fitted without.
    pub intercept: Vec<f64>,
}

impl AffineMap {
    /// A z + b; entries of `point` beyond d_diamond are ignored.
    #[must_use]
    pub fn apply(&self, point: &[f64]) -> Vec<f64> {
        self.matrix.apply(point).iter().zip(&self.intercept).map(|(v, b)| v + b).collect()
    }
}

/// A matching distance and everything it is made of.
///
/// distance² + explained = total, and R² = explained / total; all in squared units of the star field under H.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Matching {
    /// The distance, square root of `squared`; at least 0.
    pub distance: f64,
    /// The squared distance, at least 0.
    pub squared: f64,
    /// tr(H C₀): the squared size of what is to be matched.
    pub total: f64,
    /// tr(H P S⁺ Pᵀ), or, held out, `total` − `squared` (which may be negative).
    pub explained: f64,
    /// explained / total; in [0, 1] in sample, at most 1 held out; `None` where there is nothing to match.
    pub r2: Option<f64>,
    /// Rank of S: how many directions of the diamond field carry anything.
    pub rank: usize,
    /// Samples the distance was measured on.
    pub samples: usize,
    /// The optimal map.
    pub map: AffineMap,
}

/// P = E[star diamondᵀ], S = E[diamond diamondᵀ], C₀ = E[star starᵀ].
pub(crate) struct Moments<'a> {
    pub(crate) cross: &'a Matrix,
    pub(crate) diamond: &'a Matrix,
    pub(crate) star: &'a Matrix,
}

/// A* = P S⁺ and what it leaves (paper §3.3). `weight` is H; `None` is the identity.
pub(crate) fn fit(
    moments: &Moments<'_>,
    weight: Option<&PositiveSemidefinite>,
    samples: usize,
) -> Result<Matching, MatchingError> {
    let size = moments.cross.rows();
    let cutoff = default_relative_cutoff(size.max(moments.cross.columns()));
    let diamond = PositiveSemidefinite::with_cutoff(moments.diamond, cutoff)?;
    let map = moments.cross.multiply(&diamond.pseudo_inverse())?;
    let total = weighted_trace(weight, moments.star)?;
    let explained = weighted_trace(weight, &map.multiply_transposed(moments.cross)?)?;
    // Rounding may leave either a hair outside; the squares cannot be.
    let explained = explained.clamp(0.0, total.max(0.0));
    Ok(assemble(total, explained, diamond.rank(), samples, AffineMap { matrix: map, intercept: vec![0.0; size] }))
}

pub(crate) fn assemble(total: f64, explained: f64, rank: usize, samples: usize, map: AffineMap) -> Matching {
    let squared = (total - explained).max(0.0);
    Matching {
        distance: squared.sqrt(),
        squared,
        total,
        explained,
        r2: (total > 0.0).then(|| explained / total),
        rank,
        samples,
        map,
    }
}

/// tr(H (C₀ − A Pᵀ − P Aᵀ + A S Aᵀ)): what *any* map A leaves, on the samples of these moments.
pub(crate) fn residual(
    moments: &Moments<'_>,
    map: &Matrix,
    weight: Option<&PositiveSemidefinite>,
) -> Result<f64, MatchingError> {
    let crossed = map.multiply_transposed(moments.cross)?;
    let quadratic = map.multiply(moments.diamond)?.multiply_transposed(map)?;
    let left = moments.star.plus_scaled(-1.0, &crossed)?;
    let left = left.plus_scaled(-1.0, &crossed.transposed())?;
    Ok(weighted_trace(weight, &left.plus_scaled(1.0, &quadratic)?)?.max(0.0))
}

/// tr(H M) for square M; the plain trace without a weight.
pub(crate) fn weighted_trace(weight: Option<&PositiveSemidefinite>, matrix: &Matrix) -> Result<f64, MatchingError> {
    let Some(weight) = weight else {
        return Ok(matrix.trace());
    };
    let weight = weight.matrix();
    if (weight.rows(), weight.columns()) != (matrix.rows(), matrix.columns()) {
        return Err(LinearError::WrongShape {
            expected: format!("{0} rows and columns, as the star outputs", matrix.rows()),
            found_rows: weight.rows(),
            found_columns: weight.columns(),
        }
        .into());
    }
    // H is symmetric, so tr(H M) = Σ H_ij M_ij for the symmetric part of M, which is all that the trace sees.
    Ok(dot(weight.as_slice(), matrix.as_slice()))
}
