//! The exact Wasserstein-1 distance of two samples of equal size, as the cheapest pairing of their points.

use pathfinding::kuhn_munkres::kuhn_munkres_min;
use pathfinding::matrix::Matrix as Costs;

use super::WassersteinError;
use super::choice::check;
use crate::linear::Matrix;

/// Largest sample for which the pairing is searched; the search costs N³ steps.
pub const ASSIGNMENT_UP_TO: usize = 512;

/// Costs are whole multiples of 2⁻⁴⁰ of the largest distance: sums of 512 of them stay far below 2⁶³.
const COST_STEPS: f64 = (1_u64 << 40) as f64;

/// W₁ between two samples of the same size N ≤ [`ASSIGNMENT_UP_TO`], one point per row, Euclidean cost.
///
/// The library solves the assignment in whole numbers, so distances are rounded to 2⁻⁴⁰ of the largest; the value
/// returned is the mean *unrounded* distance of the pairing found, which exceeds the true W₁ by at most 2⁻⁴⁰ of the
/// largest distance.
///
/// # Errors
///
/// [`WassersteinError`] for empty samples, different dimensions, or sizes that do not fit.
///
/// # Examples
///
/// ```
/// use transferscope_theory::linear::Matrix;
/// use transferscope_theory::matching::wasserstein::assignment_distance;
///
/// // Pairing in file order would cost 10; the cheapest pairing costs nothing.
/// let left = Matrix::from_rows(2, 1, vec![0.0, 10.0])?;
/// let right = Matrix::from_rows(2, 1, vec![10.0, 0.0])?;
/// assert_eq!(assignment_distance(&left, &right)?, 0.0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn assignment_distance(left: &Matrix, right: &Matrix) -> Result<f64, WassersteinError> {
    check(left, right)?;
    let size = left.rows();
    if right.rows() != size || size > ASSIGNMENT_UP_TO {
        return Err(WassersteinError::Sizes { left: size, right: right.rows(), most: ASSIGNMENT_UP_TO });
    }
    let distance =
        |i: usize, j: usize| left.row(i).iter().zip(right.row(j)).fold(0.0_f64, |length, (l, r)| length.hypot(l - r));
    let distances: Vec<f64> =
        (0..size).flat_map(|i| (0..size).map(move |j| (i, j))).map(|(i, j)| distance(i, j)).collect();
    let largest = distances.iter().fold(0.0_f64, |most, value| most.max(*value));
    if !largest.is_finite() || distances.iter().any(|value| value.is_nan()) {
        return Err(WassersteinError::NotFinite);
    }
    if largest == 0.0 {
        return Ok(0.0);
    }
    let costs: Vec<i64> = distances.iter().map(|value| (value / largest * COST_STEPS).round() as i64).collect();
    // The length was checked by construction, so the library's error cannot occur; it would mean a bad size.
    let costs = Costs::from_vec(size, size, costs).map_err(|_| WassersteinError::Sizes {
        left: size,
        right: size,
        most: ASSIGNMENT_UP_TO,
    })?;
    let (_, pairing) = kuhn_munkres_min(&costs);
    let sum: f64 = pairing.iter().enumerate().map(|(i, &j)| distances[i * size + j]).sum();
    Ok(sum / size as f64)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::super::{one_dimension_distance, sliced_distance};
    use super::*;

    #[test]
    fn is_the_best_of_all_pairings_and_the_sorted_one_in_one_dimension() {
        let left = Matrix::from_fn(5, 2, |i, j| ((3 * i + j) as f64 * 1.3).sin());
        let right = Matrix::from_fn(5, 2, |i, j| ((2 * i + 5 * j) as f64 * 0.7).cos() + 0.4);
        let mut best = f64::INFINITY;
        crate::statistics::networks::permutations::for_each_permutation(5, 0, 0, |pairing| {
            let cost: f64 = pairing
                .iter()
                .enumerate()
                .map(|(i, &j)| (left[(i, 0)] - right[(j, 0)]).hypot(left[(i, 1)] - right[(j, 1)]))
                .sum();
            best = best.min(cost / 5.0);
        });
        let found = assignment_distance(&left, &right).unwrap();
        // 2⁻⁴⁰ of a largest distance below 4.
        assert!((found - best).abs() < 4e-12, "{found} {best}");
        let (mean, largest) = sliced_distance(&left, &right, 50, 1).unwrap();
        assert!(mean <= largest && largest <= found + 1e-12);

        let (a, b) = ([3.0, -1.0, 0.5, 8.0], [2.0, 2.5, -4.0, 0.0]);
        let column = |values: &[f64]| Matrix::from_rows(values.len(), 1, values.to_vec()).unwrap();
        let paired = assignment_distance(&column(&a), &column(&b)).unwrap();
        assert!((paired - one_dimension_distance(&a, &b).unwrap()).abs() < 1e-11);
    }
}
