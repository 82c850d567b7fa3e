//! Ranks with ties averaged, and the two selection measures that look at the top of a ranking.

use thiserror::Error;

/// Why a ranking measure is not defined.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum RankingError {
    /// The two columns differ in length.
    #[error("expected as many scores as outcomes, found {scores} scores and {outcomes} outcomes")]
    LengthMismatch {
        /// Number of scores.
        scores: usize,
        /// Number of outcomes.
        outcomes: usize,
    },
    /// A value is NaN or infinite.
    #[error("network {index} has a value that is not finite; drop the network or compute its value")]
    NotFinite {
        /// Position of the offending network.
        index: usize,
    },
    /// `k` is zero or larger than the number of networks.
    #[error("expected k between 1 and the number of networks {networks}, found {k}")]
    BadCount {
        /// What was asked for.
        k: usize,
        /// How many networks there are.
        networks: usize,
    },
    /// The best outcome is not positive, so a ratio to it means nothing.
    #[error("the best outcome is {best}; a ratio to it needs a positive best outcome")]
    BestNotPositive {
        /// The best outcome, as text so that the error stays comparable.
        best: String,
    },
}

/// Ranks 1..=n in increasing order of value, tied values given the average of their ranks.
///
/// The values must be finite: the caller has checked them (every public function of this crate does so).
///
/// # Examples
///
/// ```
/// use transferscope_theory::statistics::correlation::average_ranks;
///
/// assert_eq!(average_ranks(&[10.0, 30.0, 10.0, 20.0]), [1.5, 4.0, 1.5, 3.0]);
/// ```
#[must_use]
pub fn average_ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
    let mut ranks = vec![0.0; values.len()];
    let mut below = 0;
    // Equality by value, so that 0 and -0 are one group.
    for group in order.chunk_by(|&a, &b| values[a] == values[b]) {
        for &index in group {
            ranks[index] = below as f64 + (group.len() as f64 + 1.0) / 2.0;
        }
        below += group.len();
    }
    ranks
}

fn check(scores: &[f64], outcomes: &[f64], k: usize) -> Result<(), RankingError> {
    if scores.len() != outcomes.len() {
        return Err(RankingError::LengthMismatch { scores: scores.len(), outcomes: outcomes.len() });
    }
    if let Some(index) = scores.iter().zip(outcomes).position(|(s, o)| !(s.is_finite() && o.is_finite())) {
        return Err(RankingError::NotFinite { index });
    }
    if k == 0 || k > scores.len() {
        return Err(RankingError::BadCount { k, networks: scores.len() });
    }
    Ok(())
}

/// Positions of the `k` networks with the highest scores.
///
/// A tie at the edge is resolved against the score, by the lower outcome: a score that cannot tell two networks
/// apart gets no credit for the better one.
fn top(scores: &[f64], outcomes: &[f64], k: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..scores.len()).collect();
    order.sort_by(|&a, &b| scores[b].total_cmp(&scores[a]).then(outcomes[a].total_cmp(&outcomes[b])));
    order.truncate(k);
    order
}

fn highest(values: impl Iterator<Item = f64>) -> f64 {
    values.fold(f64::NEG_INFINITY, f64::max)
}

/// Whether a network with the best outcome is among the `k` with the highest scores (top-k).
///
/// # Errors
///
/// [`RankingError`] for unequal lengths, values that are not finite, or `k` out of range.
///
/// # Examples
///
/// ```
/// use transferscope_theory::statistics::correlation::best_is_in_top;
///
/// let outcomes = [0.70, 0.90, 0.80];
/// assert!(!best_is_in_top(&[3.0, 1.0, 2.0], &outcomes, 2)?);
/// assert!(best_is_in_top(&[3.0, 2.0, 1.0], &outcomes, 2)?);
/// # Ok::<(), transferscope_theory::statistics::correlation::RankingError>(())
/// ```
pub fn best_is_in_top(scores: &[f64], outcomes: &[f64], k: usize) -> Result<bool, RankingError> {
    check(scores, outcomes, k)?;
    let best = highest(outcomes.iter().copied());
    Ok(top(scores, outcomes, k).into_iter().any(|index| outcomes[index] >= best))
}

/// rel@k: the best outcome among the `k` highest-scored networks, divided by the best outcome of all. At most 1.
///
/// # Errors
///
/// [`RankingError`] for unequal lengths, values that are not finite, `k` out of range, or a best outcome that is
/// not positive.
///
/// # Examples
///
/// ```
/// use transferscope_theory::statistics::correlation::accuracy_relative_at;
///
/// let relative = accuracy_relative_at(&[3.0, 1.0, 2.0], &[0.72, 0.90, 0.81], 2)?;
/// assert!((relative - 0.9).abs() < 1e-15);
/// # Ok::<(), transferscope_theory::statistics::correlation::RankingError>(())
/// ```
pub fn accuracy_relative_at(scores: &[f64], outcomes: &[f64], k: usize) -> Result<f64, RankingError> {
    check(scores, outcomes, k)?;
    let best = highest(outcomes.iter().copied());
    if best <= 0.0 {
        return Err(RankingError::BestNotPositive { best: best.to_string() });
    }
    Ok(highest(top(scores, outcomes, k).into_iter().map(|index| outcomes[index])) / best)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;

    #[test]
    fn a_tie_in_the_score_gives_no_credit_for_the_better_network() {
        // Networks 0 and 1 share the highest score; only one may be chosen.
        let scores = [5.0, 5.0, 1.0];
        let outcomes = [0.9, 0.6, 0.3];
        assert!(!best_is_in_top(&scores, &outcomes, 1).unwrap());
        assert!(best_is_in_top(&scores, &outcomes, 2).unwrap());
    }

    #[test]
    fn bad_input_is_an_error() {
        assert_eq!(
            best_is_in_top(&[1.0, 2.0], &[1.0], 1),
            Err(RankingError::LengthMismatch { scores: 2, outcomes: 1 })
        );
        assert_eq!(best_is_in_top(&[1.0, f64::NAN], &[1.0, 2.0], 1), Err(RankingError::NotFinite { index: 1 }));
        assert_eq!(accuracy_relative_at(&[1.0], &[1.0], 2), Err(RankingError::BadCount { k: 2, networks: 1 }));
    }
}
