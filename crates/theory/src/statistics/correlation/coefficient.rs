//! One function for every kind of correlation, and why one may not exist.

use std::cmp::Ordering;

use thiserror::Error;

use super::{CorrelationKind, Ranking, average_ranks, weighted_tau};

/// Why a correlation does not exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum CorrelationError {
    /// The two columns differ in length.
    #[error("expected two columns of equal length, found {left} and {right} values")]
    LengthMismatch {
        /// Length of the first column.
        left: usize,
        /// Length of the second column.
        right: usize,
    },
    /// Too few networks for the coefficient.
    #[error("expected at least {needed} networks, found {found}; add networks")]
    TooFew {
        /// The least number that would do.
        needed: usize,
        /// The number given.
        found: usize,
    },
    /// A value is NaN or infinite.
    #[error("row {index} has a value that is not finite; drop the row or fill it in")]
    NotFinite {
        /// Position of the offending row.
        index: usize,
    },
    /// A column does not vary, so nothing can vary with it.
    #[error("a column is constant (to rounding), so its correlation is undefined")]
    Constant,
}

pub(crate) fn check_columns(left: &[f64], right: &[f64], needed: usize) -> Result<(), CorrelationError> {
    if left.len() != right.len() {
        return Err(CorrelationError::LengthMismatch { left: left.len(), right: right.len() });
    }
    if left.len() < needed {
        return Err(CorrelationError::TooFew { needed, found: left.len() });
    }
    match left.iter().zip(right).position(|(l, r)| !(l.is_finite() && r.is_finite())) {
        Some(index) => Err(CorrelationError::NotFinite { index }),
        None => Ok(()),
    }
}

/// The column minus its mean, scaled to length one; an error where it does not vary.
///
/// The column is first divided by its largest entry, so that squares neither overflow nor vanish.
pub(crate) fn standardise(values: &[f64]) -> Result<Vec<f64>, CorrelationError> {
    let first = values.first().copied().unwrap_or(0.0);
    if values.iter().all(|value| *value == first) {
        return Err(CorrelationError::Constant);
    }
    let largest = values.iter().fold(0.0_f64, |most, value| most.max(value.abs()));
    let scaled: Vec<f64> = values.iter().map(|value| value / largest).collect();
    let mean = scaled.iter().sum::<f64>() / scaled.len() as f64;
    let mut centred: Vec<f64> = scaled.iter().map(|value| value - mean).collect();
    let length = centred.iter().map(|value| value * value).sum::<f64>().sqrt();
    // Below this the differences are rounding noise of the mean, not data.
    if length <= 4.0 * f64::EPSILON {
        return Err(CorrelationError::Constant);
    }
    centred.iter_mut().for_each(|value| *value /= length);
    Ok(centred)
}

fn pearson(left: &[f64], right: &[f64]) -> Result<f64, CorrelationError> {
    let left = standardise(left)?;
    let right = standardise(right)?;
    let dot: f64 = left.iter().zip(&right).map(|(l, r)| l * r).sum();
    Ok(dot.clamp(-1.0, 1.0))
}

fn kendall_tau_b(left: &[f64], right: &[f64]) -> Result<f64, CorrelationError> {
    let varies = |values: &[f64]| values.iter().any(|value| *value != values[0]);
    if !varies(left) || !varies(right) {
        return Err(CorrelationError::Constant);
    }
    let order = |a: &f64, b: &f64| a.partial_cmp(b).unwrap_or(Ordering::Equal);
    match kendalls::tau_b_with_comparator(left, right, order) {
        Ok((tau, _)) if tau.is_finite() => Ok(tau),
        _ => Err(CorrelationError::Constant),
    }
}

/// Correlation of `scores` with `outcomes`, of the kind asked for, in [−1, 1].
///
/// Both columns have one value per network. Source: the usual definitions; weighted tau as in [`weighted_tau()`].
///
/// # Errors
///
/// [`CorrelationError`] for unequal lengths, fewer than two networks, values that are not finite, or a constant column.
///
/// # Examples
///
/// Five networks, ranked perfectly but for the two worst:
///
/// ```
/// use transferscope_theory::statistics::correlation::{CorrelationKind, correlation};
///
/// let scores = [0.346, 0.324, 0.337, 0.538, 0.614];
/// let outcomes = [28.30, 45.65, 55.09, 76.60, 77.92];
/// let spearman = correlation(CorrelationKind::Spearman, &scores, &outcomes)?;
/// assert!((spearman - 0.7).abs() < 1e-12);
/// # Ok::<(), transferscope_theory::statistics::correlation::CorrelationError>(())
/// ```
pub fn correlation(kind: CorrelationKind, scores: &[f64], outcomes: &[f64]) -> Result<f64, CorrelationError> {
    check_columns(scores, outcomes, 2)?;
    match kind {
        CorrelationKind::Pearson => pearson(scores, outcomes),
        CorrelationKind::Spearman => pearson(&average_ranks(scores), &average_ranks(outcomes)),
        CorrelationKind::KendallTauB => kendall_tau_b(scores, outcomes),
        CorrelationKind::WeightedTauSymmetric => weighted_tau(scores, outcomes, Ranking::MeanOfBoth),
        CorrelationKind::WeightedTauByOutcome => weighted_tau(outcomes, scores, Ranking::ByFirst),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;

    #[test]
    fn any_increasing_map_leaves_the_order_kinds_alone() {
        let scores = [0.3, -1.2, 2.5, 0.9, 4.0, 3.1];
        let outcomes = [1.0, 2.0, 4.0, 3.0, 5.0, 2.0];
        let mapped: Vec<f64> = scores.iter().map(|value: &f64| value.exp()).collect();
        for kind in CorrelationKind::ALL {
            let plain = correlation(kind, &scores, &outcomes).unwrap();
            let after = correlation(kind, &mapped, &outcomes).unwrap();
            if kind.uses_order_only() {
                assert_eq!(plain, after, "{}", kind.name());
            } else {
                assert!((plain - after).abs() > 1e-3, "{}", kind.name());
            }
        }
    }

    #[test]
    fn agreement_and_reversal_reach_the_ends() {
        let scores = [1.0, 2.0, 3.0, 4.0];
        let reversed = [4.0, 3.0, 2.0, 1.0];
        for kind in CorrelationKind::ALL {
            // One rounding of a sum of four squares.
            assert!((correlation(kind, &scores, &scores).unwrap() - 1.0).abs() < 1e-15);
            assert!((correlation(kind, &scores, &reversed).unwrap() + 1.0).abs() < 1e-15);
        }
    }

    #[test]
    fn what_does_not_exist_is_an_error() {
        for kind in CorrelationKind::ALL {
            assert_eq!(correlation(kind, &[1.0, 1.0, 1.0], &[1.0, 2.0, 3.0]), Err(CorrelationError::Constant));
            assert_eq!(correlation(kind, &[1.0], &[1.0]), Err(CorrelationError::TooFew { needed: 2, found: 1 }));
            assert_eq!(correlation(kind, &[1.0, f64::NAN], &[1.0, 2.0]), Err(CorrelationError::NotFinite { index: 1 }));
        }
    }

    #[test]
    fn a_large_offset_and_a_large_scale_do_not_spoil_pearson() {
        let scores = [1e300, 2e300, 4e300];
        let outcomes = [1.0, 2.0, 4.0];
        let value = correlation(CorrelationKind::Pearson, &scores, &outcomes).unwrap();
        assert!((value - 1.0).abs() < 1e-15);
    }
}
