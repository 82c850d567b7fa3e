//! Outcome gained per unit of score, with the interval that inverts the permutation test exactly.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::coefficient::check_columns;
use super::{CorrelationError, CorrelationKind, correlation};
use crate::statistics::networks::PermutationScheme;
use crate::statistics::networks::permutations::for_each_permutation;

/// Fewest networks for which a 95 % interval exists: with four, no permutation test can reject at 2.5 % per side.
pub const SLOPE_SMALLEST_COUNT: usize = 5;

/// Random permutations looked at above eight networks; with the observed one 4,000, so that 2.5 % is a whole number.
const DRAWS: u64 = 3_999;

/// Why there is no slope interval.
#[derive(Debug, Clone, Copy, PartialEq, Error)]
pub enum SlopeIntervalError {
    /// The columns are unusable.
    #[error(transparent)]
    Columns(#[from] CorrelationError),
    /// So few permutations exist that none can be rejected at this level.
    #[error(
        "a {level} interval needs more than {permutations} permutations, which {networks} networks do not have; add networks"
    )]
    TooFewPermutations {
        /// The level asked for.
        level: f64,
        /// How many distinct permutations there are.
        permutations: u64,
        /// How many networks there are.
        networks: usize,
    },
    /// The level is not a probability.
    #[error("expected a level strictly between 0 and 1, as 0.95, found {found}")]
    Level {
        /// The value given.
        found: f64,
    },
}

/// Least-squares slope of outcome on score, and the interval of slopes that the permutation test does not reject.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct SlopeInterval {
    /// Least-squares slope: outcome units per score unit.
    pub slope: f64,
    /// Lower limit.
    pub lower: f64,
    /// Upper limit.
    pub upper: f64,
    /// Nominal coverage.
    pub level: f64,
    /// Number of networks.
    pub n: usize,
    /// Which permutations were used.
    pub scheme: PermutationScheme,
}

/// The slopes β for which outcome − β·score is not significantly correlated with score under permutation.
///
/// For each permutation π, b(π) = Σ (xᵢ−x̄)(yᵢ−y_π(i)) / Σ (xᵢ−x̄)(xᵢ−x_π(i)) is the slope at which π and the
/// observed order exchange places; so the limits are order statistics of b(π), and no search is needed. The test is
/// the two-sided permutation test of the Pearson correlation: the interval excludes 0 exactly where that test rejects.
///
/// Assumes outcome = a + β·score + error with exchangeable errors; their distribution, heavy tails included, does
/// not matter. With five or more networks and no ties the coverage is then exactly the level (up to the granularity of
/// 1/n!). `seed` is used above eight networks only.
///
/// # Errors
///
/// [`SlopeIntervalError`] for unusable columns, a level that is not a probability, or fewer than
/// [`SLOPE_SMALLEST_COUNT`] networks at 95 %.
///
/// # Examples
///
/// ```
/// use transferscope_theory::statistics::correlation::slope_interval;
///
/// let score = [1.0, 2.0, 3.0, 4.0, 5.0];
/// let outcome = [2.1, 3.9, 6.0, 8.1, 9.9];
/// let interval = slope_interval(&score, &outcome, 0.95, 0)?;
/// assert!(interval.lower < 2.0 && 2.0 < interval.upper && interval.lower > 1.5);
/// # Ok::<(), transferscope_theory::statistics::correlation::SlopeIntervalError>(())
/// ```
pub fn slope_interval(
    scores: &[f64],
    outcomes: &[f64],
    level: f64,
    seed: u64,
) -> Result<SlopeInterval, SlopeIntervalError> {
    if !(level > 0.0 && level < 1.0) {
        return Err(SlopeIntervalError::Level { found: level });
    }
    check_columns(scores, outcomes, 2)?;
    // Finds constant columns, in the same way as the test that is inverted.
    correlation(CorrelationKind::Pearson, scores, outcomes)?;
    let n = scores.len();
    let mean = scores.iter().sum::<f64>() / n as f64;
    let centred: Vec<f64> = scores.iter().map(|score| score - mean).collect();
    let spread: f64 = centred.iter().map(|value| value * value).sum();
    let along: f64 = centred.iter().zip(outcomes).map(|(c, y)| c * y).sum();
    let mut crossings = Vec::new();
    // Permutations that leave the scores in place can never be told from the observed order.
    let mut indistinguishable = 0_u64;
    let scheme = for_each_permutation(n, DRAWS, seed, |permutation| {
        let (mut run, mut rise) = (0.0, 0.0);
        for (i, &j) in permutation.iter().enumerate() {
            run += centred[i] * (scores[i] - scores[j]);
            rise += centred[i] * (outcomes[i] - outcomes[j]);
        }
        if run <= 1e-12 * spread {
            indistinguishable += 1;
        } else {
            crossings.push(rise / run);
        }
    });
    let total = match scheme {
        PermutationScheme::Exact { permutations } => permutations,
        PermutationScheme::MonteCarlo { draws, .. } => draws + 1,
    };
    // Reject a slope where (indistinguishable + crossings beyond it) / total ≤ (1 − level)/2.
    // The small addition keeps 0.025·120 = 3 from becoming 2.9999.
    let allowed = ((1.0 - level) / 2.0 * total as f64 + 1e-9).floor() as u64;
    if allowed < indistinguishable {
        return Err(SlopeIntervalError::TooFewPermutations { level, permutations: total, networks: n });
    }
    let cut = (allowed - indistinguishable) as usize;
    crossings.sort_by(f64::total_cmp);
    match (crossings.get(cut), crossings.iter().rev().nth(cut)) {
        (Some(&lower), Some(&upper)) if lower <= upper => {
            Ok(SlopeInterval { slope: along / spread, lower, upper, level, n, scheme })
        }
        _ => Err(SlopeIntervalError::TooFewPermutations { level, permutations: total, networks: n }),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;
    use crate::statistics::networks::permutation_test;

    #[test]
    fn excludes_zero_exactly_where_the_test_rejects() {
        let score = [0.1, 0.9, 1.7, 3.2, 4.4];
        for outcome in
            [[1.0, 2.0, 3.5, 3.0, 5.0], [1.0, 2.0, 3.0, 4.0, 9.0], [5.0, 1.0, 2.5, 3.0, 4.0], [9.0, 7.0, 6.5, 3.0, 1.0]]
        {
            let interval = slope_interval(&score, &outcome, 0.95, 0).unwrap();
            let test = permutation_test(CorrelationKind::Pearson, &score, &outcome, 0).unwrap();
            let excludes = interval.lower > 0.0 || interval.upper < 0.0;
            assert_eq!(excludes, test.p_value <= 0.05, "{interval:?} {test:?}");
        }
    }

    #[test]
    fn four_networks_have_no_95_percent_interval() {
        let error = slope_interval(&[1.0, 2.0, 3.0, 4.0], &[1.0, 2.0, 3.0, 5.0], 0.95, 0);
        assert!(matches!(error, Err(SlopeIntervalError::TooFewPermutations { permutations: 24, .. })));
    }
}
