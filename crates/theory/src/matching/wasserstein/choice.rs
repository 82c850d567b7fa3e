//! The distance between two samples by the best method that fits them, and which method that was.

use serde::{Deserialize, Serialize};

use super::{ASSIGNMENT_UP_TO, PROJECTIONS, assignment_distance, one_dimension_distance, sliced_distance};
use crate::linear::Matrix;

/// Why there is no distance.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WassersteinError {
    /// A sample is empty.
    #[error("expected at least one point in each sample, found {left} and {right}")]
    Empty {
        /// Points of the first sample.
        left: usize,
        /// Points of the second sample.
        right: usize,
    },
    /// The points do not live in one space.
    #[error("expected points of the same dimension, found {left} and {right}")]
    Dimensions {
        /// Dimension of the first sample.
        left: usize,
        /// Dimension of the second sample.
        right: usize,
    },
    /// The exact assignment was asked for samples that it cannot take.
    #[error(
        "expected two samples of equal size, at most {most} points, found {left} and {right}; use the sliced distance"
    )]
    Sizes {
        /// Points of the first sample.
        left: usize,
        /// Points of the second sample.
        right: usize,
        /// The largest size taken.
        most: usize,
    },
    /// A coordinate or a distance is NaN or infinite.
    #[error("a coordinate, or a distance between two points, is not finite; remove that point or rescale")]
    NotFinite,
    /// No projection was asked for.
    #[error("expected at least one projection")]
    NoProjections,
}

/// How a distance was computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WassersteinMethod {
    /// Area between the two distribution functions; exact.
    OneDimension,
    /// Cheapest pairing of the points; exact up to 2⁻⁴⁰ of the largest distance.
    Assignment,
    /// Largest one-dimensional distance over seeded random projections; a lower bound.
    Sliced {
        /// Number of projections.
        projections: usize,
        /// Their seed.
        seed: u64,
    },
}

/// A Wasserstein-1 distance between two samples.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Wasserstein {
    /// The distance, at least 0, in units of the coordinates.
    pub distance: f64,
    /// How it was computed.
    pub method: WassersteinMethod,
    /// Whether the true distance between the samples may be larger.
    pub lower_bound: bool,
}

/// W₁ between two samples, one point per row: exact in one dimension, exact by assignment for equal sizes up to
/// [`ASSIGNMENT_UP_TO`], else the largest of [`PROJECTIONS`] sliced distances, a lower bound.
///
/// # Errors
///
/// [`WassersteinError`] for empty samples or different dimensions.
///
/// # Examples
///
/// ```
/// use transferscope_theory::linear::Matrix;
/// use transferscope_theory::matching::wasserstein::wasserstein;
///
/// // Every point moves by (3, 4): distance 5.
/// let left = Matrix::from_rows(2, 2, vec![0.0, 0.0, 1.0, 7.0])?;
/// let right = Matrix::from_rows(2, 2, vec![4.0, 11.0, 3.0, 4.0])?;
/// let result = wasserstein(&left, &right, 0)?;
/// assert!((result.distance - 5.0).abs() < 1e-12 && !result.lower_bound);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn wasserstein(left: &Matrix, right: &Matrix, seed: u64) -> Result<Wasserstein, WassersteinError> {
    check(left, right)?;
    if left.columns() == 1 {
        let distance = one_dimension_distance(left.as_slice(), right.as_slice())?;
        return Ok(Wasserstein { distance, method: WassersteinMethod::OneDimension, lower_bound: false });
    }
    if left.rows() == right.rows() && left.rows() <= ASSIGNMENT_UP_TO {
        let distance = assignment_distance(left, right)?;
        return Ok(Wasserstein { distance, method: WassersteinMethod::Assignment, lower_bound: false });
    }
    Ok(Wasserstein {
        distance: sliced_distance(left, right, PROJECTIONS, seed)?.1,
        method: WassersteinMethod::Sliced { projections: PROJECTIONS, seed },
        lower_bound: true,
    })
}

pub(super) fn check(left: &Matrix, right: &Matrix) -> Result<(), WassersteinError> {
    if left.rows() == 0 || right.rows() == 0 {
        return Err(WassersteinError::Empty { left: left.rows(), right: right.rows() });
    }
    if left.columns() != right.columns() {
        return Err(WassersteinError::Dimensions { left: left.columns(), right: right.columns() });
    }
    Ok(())
}
