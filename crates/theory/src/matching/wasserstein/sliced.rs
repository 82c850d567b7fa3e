//! Sliced Wasserstein distances: one-dimensional distances along random directions.

use super::choice::check;
use super::{WassersteinError, one_dimension_distance};
use crate::linear::Matrix;
use crate::statistics::networks::draws::{Draws, Purpose};

/// Directions looked at where the caller does not say.
pub const PROJECTIONS: usize = 128;

/// (mean, largest) one-dimensional W₁ over `projections` seeded random unit directions.
///
/// A projection never lengthens a distance, so both are lower bounds of W₁, the largest the better one. Sizes may
/// differ; one point per row. Costs O(projections · N (d + log N)).
///
/// # Errors
///
/// [`WassersteinError`] for empty samples, different dimensions, or no projection.
///
/// # Examples
///
/// ```
/// use transferscope_theory::linear::Matrix;
/// use transferscope_theory::matching::wasserstein::sliced_distance;
///
/// // A shift by (3, 4), length 5: no direction sees more.
/// let left = Matrix::from_fn(600, 2, |i, j| (i * (j + 2)) as f64 % 17.0);
/// let right = Matrix::from_fn(600, 2, |i, j| left[(i, j)] + [3.0, 4.0][j]);
/// let (mean, largest) = sliced_distance(&left, &right, 128, 0)?;
/// assert!(mean < largest && largest <= 5.0 && largest > 4.9);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn sliced_distance(
    left: &Matrix,
    right: &Matrix,
    projections: usize,
    seed: u64,
) -> Result<(f64, f64), WassersteinError> {
    check(left, right)?;
    if projections == 0 {
        return Err(WassersteinError::NoProjections);
    }
    let mut draws = Draws::new(seed, Purpose::Projection);
    let (mut sum, mut largest) = (0.0, 0.0_f64);
    for _ in 0..projections {
        let mut direction: Vec<f64> = (0..left.columns()).map(|_| draws.standard_normal()).collect();
        let length = direction.iter().fold(0.0_f64, |length, value| length.hypot(*value));
        // A length of zero has probability zero; the direction is then zero and the bound 0.
        if length > 0.0 {
            direction.iter_mut().for_each(|value| *value /= length);
        }
        let distance = one_dimension_distance(&left.apply(&direction), &right.apply(&direction))?;
        sum += distance;
        largest = largest.max(distance);
    }
    Ok((sum / projections as f64, largest))
}
