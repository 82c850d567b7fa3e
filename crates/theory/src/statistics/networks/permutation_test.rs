//! The permutation test of a correlation over networks, exact up to eight of them.

use serde::{Deserialize, Serialize};

use super::permutations::{PermutationScheme, for_each_permutation};
use crate::statistics::correlation::{CorrelationError, CorrelationKind, average_ranks, correlation};
use crate::statistics::correlation::{check_columns, standardise};

/// Random permutations drawn above eight networks; with the observed one 10,000.
const DRAWS: u64 = 9_999;

/// Two coefficients closer than this are the same value seen through rounding.
const TOLERANCE: f64 = 1e-10;

/// A correlation over networks with its permutation p.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct PermutationTest {
    /// Which correlation.
    pub kind: CorrelationKind,
    /// Number of networks.
    pub n: usize,
    /// The observed coefficient.
    pub correlation: f64,
    /// Two-sided p: twice the smaller tail, at most 1 (the rule of `scipy.stats.permutation_test`).
    pub p_value: f64,
    /// The smallest p that any ordering of these very values could have given.
    pub smallest_p: f64,
    /// All permutations, or a seeded draw.
    pub scheme: PermutationScheme,
}

/// Tests whether scores and outcomes are unrelated: every pairing of scores with outcomes equally likely.
///
/// Exact (all n! pairings) for n ≤ 8, else 9,999 pairings drawn from `seed` and the observed one. p is two-sided:
/// twice the smaller of the shares of pairings with a coefficient at least as high, and at least as low, as observed.
/// With five networks and no ties it cannot fall below 2/120 = 1/60, whatever the scores are.
///
/// # Errors
///
/// [`CorrelationError`] as for [`correlation`].
///
/// # Examples
///
/// ```
/// use transferscope_theory::statistics::correlation::CorrelationKind;
/// use transferscope_theory::statistics::networks::permutation_test;
///
/// // alpha1 and transfer accuracy of the five networks of the paper's image table.
/// let alpha1 = [0.346, 0.324, 0.337, 0.538, 0.614];
/// let accuracy = [28.30, 45.65, 55.09, 76.60, 77.92];
/// let test = permutation_test(CorrelationKind::KendallTauB, &alpha1, &accuracy, 0)?;
/// assert!((test.p_value - 28.0 / 120.0).abs() < 1e-12);
/// assert!((test.smallest_p - 1.0 / 60.0).abs() < 1e-12);
/// # Ok::<(), transferscope_theory::statistics::correlation::CorrelationError>(())
/// ```
pub fn permutation_test(
    kind: CorrelationKind,
    scores: &[f64],
    outcomes: &[f64],
    seed: u64,
) -> Result<PermutationTest, CorrelationError> {
    permutation_test_with(kind, scores, outcomes, seed, DRAWS)
}

pub(crate) fn permutation_test_with(
    kind: CorrelationKind,
    scores: &[f64],
    outcomes: &[f64],
    seed: u64,
    draws: u64,
) -> Result<PermutationTest, CorrelationError> {
    let observed = correlation(kind, scores, outcomes)?;
    let statistic = Statistic::prepare(kind, scores, outcomes)?;
    let mut tally = Tally::new(observed);
    let scheme = for_each_permutation(scores.len(), draws, seed, |permutation| {
        tally.add(statistic.at(permutation));
    });
    Ok(PermutationTest {
        kind,
        n: scores.len(),
        correlation: observed,
        p_value: tally.p_value(),
        smallest_p: tally.smallest_p(),
        scheme,
    })
}

/// Counts how often the null distribution reaches the observed value, and its own ends.
pub(crate) struct Tally {
    observed: f64,
    total: u64,
    as_high: u64,
    as_low: u64,
    highest: (f64, u64),
    lowest: (f64, u64),
}

impl Tally {
    pub(crate) fn new(observed: f64) -> Self {
        Self { observed, total: 0, as_high: 0, as_low: 0, highest: (f64::NEG_INFINITY, 0), lowest: (f64::INFINITY, 0) }
    }

    pub(crate) fn add(&mut self, value: f64) {
        self.total += 1;
        self.as_high += u64::from(value >= self.observed - TOLERANCE);
        self.as_low += u64::from(value <= self.observed + TOLERANCE);
        if value > self.highest.0 + TOLERANCE {
            self.highest = (value, 1);
        } else if value >= self.highest.0 - TOLERANCE {
            self.highest.1 += 1;
        }
        if value < self.lowest.0 - TOLERANCE {
            self.lowest = (value, 1);
        } else if value <= self.lowest.0 + TOLERANCE {
            self.lowest.1 += 1;
        }
    }

    pub(crate) fn p_value(&self) -> f64 {
        (2.0 * self.as_high.min(self.as_low) as f64 / self.total as f64).min(1.0)
    }

    pub(crate) fn smallest_p(&self) -> f64 {
        (2.0 * self.highest.1.min(self.lowest.1) as f64 / self.total as f64).min(1.0)
    }
}

/// A coefficient prepared so that one permutation of the outcomes costs as little as it can.
enum Statistic<'a> {
    /// Pearson and Spearman: a dot product of standardised columns.
    Dot { left: Vec<f64>, right: Vec<f64> },
    /// Kendall: signs of pairs; ties do not depend on the permutation.
    Signs { left: Vec<i8>, right: Vec<i8>, n: usize, scale: f64 },
    /// Weighted taus without ties: signs of pairs, and signs times the weights of each ranking that counts.
    WeightedSigns {
        left: Vec<f64>,
        left_weighted: Vec<f64>,
        right: Vec<f64>,
        right_weighted: Vec<f64>,
        n: usize,
        scale: f64,
    },
    /// Weighted taus with ties, which make the weights depend on the permutation: the definition is evaluated.
    Definition { kind: CorrelationKind, left: &'a [f64], right: &'a [f64] },
}

impl<'a> Statistic<'a> {
    fn prepare(kind: CorrelationKind, scores: &'a [f64], outcomes: &'a [f64]) -> Result<Self, CorrelationError> {
        check_columns(scores, outcomes, 2)?;
        Ok(match kind {
            CorrelationKind::Pearson => Self::Dot { left: standardise(scores)?, right: standardise(outcomes)? },
            CorrelationKind::Spearman => {
                Self::Dot { left: standardise(&average_ranks(scores))?, right: standardise(&average_ranks(outcomes))? }
            }
            CorrelationKind::KendallTauB => {
                let (left, right) = (pair_signs(scores), pair_signs(outcomes));
                let untied = |signs: &[i8]| signs.iter().filter(|sign| **sign != 0).count() as f64;
                // Each pair stands twice in the table, in both counts.
                let scale = 1.0 / (untied(&left) * untied(&right)).sqrt();
                Self::Signs { left, right, n: scores.len(), scale }
            }
            CorrelationKind::WeightedTauSymmetric | CorrelationKind::WeightedTauByOutcome => {
                if has_ties(scores) || has_ties(outcomes) {
                    return Ok(Self::Definition { kind, left: scores, right: outcomes });
                }
                let n = scores.len();
                let plain = |values: &[f64]| pair_signs(values).into_iter().map(f64::from).collect::<Vec<f64>>();
                let (left, right) = (plain(scores), plain(outcomes));
                let both = kind == CorrelationKind::WeightedTauSymmetric;
                let left_weighted = if both { weighted_signs(&left, scores) } else { vec![0.0; n * n] };
                let right_weighted = weighted_signs(&right, outcomes);
                // The weights of a ranking add up to the same over all pairs, whichever ranking it is.
                let total: f64 = right_weighted.iter().map(|value| value.abs()).sum::<f64>() / 2.0;
                let scale = 1.0 / if both { 2.0 * total } else { total };
                Self::WeightedSigns { left, left_weighted, right, right_weighted, n, scale }
            }
        })
    }

    fn at(&self, permutation: &[usize]) -> f64 {
        match self {
            Self::Dot { left, right } => left.iter().zip(permutation).map(|(value, &other)| value * right[other]).sum(),
            Self::Signs { left, right, n, scale } => {
                let mut sum = 0_i64;
                for i in 1..*n {
                    let row = permutation[i] * n;
                    for (sign, &other) in left[i * n..].iter().zip(&permutation[..i]) {
                        sum += i64::from(sign * right[row + other]);
                    }
                }
                2.0 * sum as f64 * scale
            }
            Self::WeightedSigns { left, left_weighted, right, right_weighted, n, scale } => {
                let mut sum = 0.0;
                for i in 1..*n {
                    let row = permutation[i] * n;
                    for (here, &other) in (i * n..).zip(&permutation[..i]) {
                        let there = row + other;
                        sum += left_weighted[here] * right[there] + left[here] * right_weighted[there];
                    }
                }
                sum * scale
            }
            Self::Definition { kind, left, right } => {
                let permuted: Vec<f64> = permutation.iter().map(|&other| right[other]).collect();
                // A permutation of columns that passed the checks passes them too.
                correlation(*kind, left, &permuted).unwrap_or(0.0)
            }
        }
    }
}

fn has_ties(values: &[f64]) -> bool {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.windows(2).any(|pair| pair[0] == pair[1])
}

/// Signs of pairs times 1/(rank + 1) + 1/(rank + 1), ranks counted from the highest of these (untied) values.
fn weighted_signs(signs: &[f64], values: &[f64]) -> Vec<f64> {
    let share = |a: f64| 1.0 / (1 + values.iter().filter(|&&b| b > a).count()) as f64;
    let shares: Vec<f64> = values.iter().map(|&value| share(value)).collect();
    let weights = shares.iter().flat_map(|a| shares.iter().map(move |b| a + b));
    signs.iter().zip(weights).map(|(sign, weight)| sign * weight).collect()
}

fn pair_signs(values: &[f64]) -> Vec<i8> {
    let sign = |a: f64, b: f64| i8::from(a > b) - i8::from(a < b);
    values.iter().flat_map(|&a| values.iter().map(move |&b| sign(a, b))).collect()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;

    #[test]
    fn three_networks_by_hand() {
        // Spearman of all six orders: 1, .5, .5, −.5, −.5, −1. Observed .5: three are at least as high,
        // five at least as low; p = 2·3/6 = 1. Observed 1: p = 2/6.
        let outcomes = [1.0, 2.0, 3.0];
        let test = |scores: [f64; 3]| permutation_test(CorrelationKind::Spearman, &scores, &outcomes, 0).unwrap();
        assert_eq!(test([1.0, 3.0, 2.0]).p_value, 1.0);
        assert_eq!(test([1.0, 2.0, 3.0]).p_value, 1.0 / 3.0);
        assert_eq!(test([3.0, 2.0, 1.0]).p_value, 1.0 / 3.0);
        assert_eq!(test([1.0, 3.0, 2.0]).smallest_p, 1.0 / 3.0);
    }

    #[test]
    fn the_prepared_statistics_are_the_definitions() {
        let permutation = [4, 2, 0, 1, 5, 3];
        // With ties and without.
        for (scores, outcomes) in [
            ([1.0, 3.0, 3.0, 2.0, 8.0, -1.0], [2.0, 2.0, 5.0, 4.0, 4.5, 1.0]),
            ([1.0, 3.0, 3.5, 2.0, 8.0, -1.0], [2.0, 2.5, 5.0, 4.0, 4.5, 1.0]),
        ] {
            let permuted: Vec<f64> = permutation.iter().map(|&i: &usize| outcomes[i]).collect();
            for kind in CorrelationKind::ALL {
                let fast = Statistic::prepare(kind, &scores, &outcomes).unwrap().at(&permutation);
                let plain = correlation(kind, &scores, &permuted).unwrap();
                assert!((fast - plain).abs() < 1e-14, "{}: {fast} {plain}", kind.name());
            }
        }
    }

    #[test]
    fn the_draw_agrees_with_the_exact_test() {
        // Nine networks: the draw; its standard error at p near 0.05 is sqrt(.05·.95/10,000)·√2 ≈ 0.003.
        let scores = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0];
        let outcomes = [2.0, 1.0, 4.0, 6.0, 3.0, 9.0, 5.0, 7.0, 8.0];
        let a = permutation_test(CorrelationKind::Spearman, &scores, &outcomes, 1).unwrap();
        let b = permutation_test(CorrelationKind::Spearman, &scores, &outcomes, 2).unwrap();
        assert!((a.p_value - b.p_value).abs() < 0.015, "{a:?} {b:?}");
        let again = permutation_test(CorrelationKind::Spearman, &scores, &outcomes, 1).unwrap();
        assert_eq!(a, again);
    }
}
