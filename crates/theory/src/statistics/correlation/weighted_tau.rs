//! Kendall's tau with additive hyperbolic weights, ties included, in both variants that the literature uses.

use std::cmp::Ordering;

use super::coefficient::{CorrelationError, check_columns};

/// Which ranking gives a network its weight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ranking {
    /// The ranking by the first column, ties broken by the second.
    ByFirst,
    /// The mean of two coefficients: ranked by the first column, and ranked by the second.
    MeanOfBoth,
}

/// Weighted Kendall tau of Vigna (2015) with additive hyperbolic weights, in [−1, 1].
///
/// With ranks ρ = 0, 1, … from the highest value down and pair weights w = 1/(ρᵢ+1) + 1/(ρⱼ+1):
///
/// τ = Σ w sgn(xᵢ−xⱼ) sgn(yᵢ−yⱼ) / √(Σ over pairs untied in x of w · Σ over pairs untied in y of w).
///
/// Ties in the ranking column are ranked by the other column, highest first, and complete ties by position, last
/// first: the rule of `scipy.stats.weightedtau` 1.17, which this function follows to rounding. Costs O(n²).
///
/// # Errors
///
/// [`CorrelationError`] for unequal lengths, fewer than two values, values that are not finite, or a constant column.
///
/// # Examples
///
/// The example of the SciPy manual:
///
/// ```
/// use transferscope_theory::statistics::correlation::{Ranking, weighted_tau};
///
/// let x = [12.0, 2.0, 1.0, 12.0, 2.0];
/// let y = [1.0, 4.0, 7.0, 1.0, 0.0];
/// let tau = weighted_tau(&x, &y, Ranking::MeanOfBoth)?;
/// assert!((tau + 0.56694968153682723).abs() < 1e-12);
/// # Ok::<(), transferscope_theory::statistics::correlation::CorrelationError>(())
/// ```
pub fn weighted_tau(first: &[f64], second: &[f64], ranking: Ranking) -> Result<f64, CorrelationError> {
    check_columns(first, second, 2)?;
    match ranking {
        Ranking::ByFirst => ranked_by_first(first, second),
        Ranking::MeanOfBoth => Ok(0.5 * (ranked_by_first(first, second)? + ranked_by_first(second, first)?)),
    }
}

fn sign_of_difference(left: f64, right: f64) -> f64 {
    match left.partial_cmp(&right) {
        Some(Ordering::Less) => -1.0,
        Some(Ordering::Greater) => 1.0,
        _ => 0.0,
    }
}

fn ranked_by_first(first: &[f64], second: &[f64]) -> Result<f64, CorrelationError> {
    let count = first.len();
    let compare = |a: f64, b: f64| a.partial_cmp(&b).unwrap_or(Ordering::Equal);
    let mut order: Vec<usize> = (0..count).collect();
    order.sort_by(|&a, &b| compare(first[b], first[a]).then(compare(second[b], second[a])).then(b.cmp(&a)));
    let mut weights = vec![0.0; count];
    for (rank, &index) in order.iter().enumerate() {
        weights[index] = 1.0 / (rank as f64 + 1.0);
    }
    let (mut agreement, mut untied_first, mut untied_second) = (0.0, 0.0, 0.0);
    for i in 0..count {
        for j in 0..i {
            let weight = weights[i] + weights[j];
            let first_sign = sign_of_difference(first[i], first[j]);
            let second_sign = sign_of_difference(second[i], second[j]);
            agreement += weight * first_sign * second_sign;
            untied_first += weight * first_sign.abs();
            untied_second += weight * second_sign.abs();
        }
    }
    if untied_first == 0.0 || untied_second == 0.0 {
        return Err(CorrelationError::Constant);
    }
    Ok((agreement / untied_first.sqrt() / untied_second.sqrt()).clamp(-1.0, 1.0))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;

    #[test]
    fn an_exchange_at_the_top_costs_more_than_one_at_the_bottom() {
        let outcomes = [4.0, 3.0, 2.0, 1.0];
        let top = weighted_tau(&[3.0, 4.0, 2.0, 1.0], &outcomes, Ranking::ByFirst).unwrap();
        let bottom = weighted_tau(&[4.0, 3.0, 1.0, 2.0], &outcomes, Ranking::ByFirst).unwrap();
        // Weights 1, 1/2, 1/3, 1/4 sum to 25/12; each pair total is 3·25/12 = 25/4.
        // Top pair weighs 3/2, bottom pair 7/12; an exchange costs twice its weight.
        assert!((top - (1.0 - 2.0 * 1.5 / 6.25)).abs() < 1e-15);
        assert!((bottom - (1.0 - 2.0 * (7.0 / 12.0) / 6.25)).abs() < 1e-15);
    }
}
