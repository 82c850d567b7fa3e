//! Intervals for Spearman and Kendall correlations by inverting their exact small-sample law under a normal copula.

use std::f64::consts::PI;

use serde::{Deserialize, Serialize};

use super::fisher_interval::{CorrelationInterval, CorrelationIntervalError, CorrelationIntervalMethod, check_level};
use super::{CorrelationKind, average_ranks};
use crate::statistics::networks::draws::{Draws, Purpose};

/// Spacing and half-width of the grid in Fisher's z: correlations from −0.9993 to 0.9993.
const GRID_STEP: f64 = 0.1;
const GRID_REACH: i32 = 40;
/// Samples drawn per table; the same for every grid point, so that tail probabilities change smoothly along the grid.
const SAMPLES: usize = 10_000;

/// The order statistics whose law the table holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RankStatistic {
    /// Spearman's coefficient; its population value under the copula is (6/π) asin(ρ/2).
    Spearman,
    /// Kendall's tau; its population value under the copula is (2/π) asin ρ.
    Kendall,
}

impl RankStatistic {
    /// The correlation kind that this statistic estimates.
    #[must_use]
    pub const fn kind(self) -> CorrelationKind {
        match self {
            Self::Spearman => CorrelationKind::Spearman,
            Self::Kendall => CorrelationKind::KendallTauB,
        }
    }

    /// Fewest networks for which an interval is given: below, the statistic takes so few values that the coverage
    /// leaves 93–97 % somewhere (docs/results/coverage-networks.md).
    #[must_use]
    pub const fn smallest_count(self) -> usize {
        12
    }

    /// Population value of the statistic at copula correlation `rho`.
    #[must_use]
    pub fn population(self, rho: f64) -> f64 {
        match self {
            Self::Spearman => 6.0 / PI * (rho / 2.0).asin(),
            Self::Kendall => 2.0 / PI * rho.asin(),
        }
    }

    fn observe(self, x: &[f64], y: &[f64]) -> f64 {
        let n = x.len() as f64;
        match self {
            // Without ties: 1 − 6 Σd²/(n(n²−1)).
            Self::Spearman => {
                let (x, y) = (average_ranks(x), average_ranks(y));
                let squares: f64 = x.iter().zip(&y).map(|(a, b)| (a - b) * (a - b)).sum();
                1.0 - 6.0 * squares / (n * (n * n - 1.0))
            }
            Self::Kendall => {
                let mut sum = 0_i64;
                for i in 0..x.len() {
                    for j in 0..i {
                        sum += if (x[i] > x[j]) == (y[i] > y[j]) { 1 } else { -1 };
                    }
                }
                sum as f64 * 2.0 / (n * (n - 1.0))
            }
        }
    }
}

/// The simulated law of a rank statistic for one number of networks, on a grid of copula correlations.
///
/// Monotone maps of score and outcome change nothing, so heavy-tailed marginals are covered; what is assumed is that
/// the dependence between the two is that of a normal copula. Ties are taken as the statistic gives them.
///
/// # Examples
///
/// ```
/// use transferscope_theory::statistics::correlation::{CopulaIntervalTable, RankStatistic};
///
/// let table = CopulaIntervalTable::new(RankStatistic::Kendall, 12, 1)?;
/// let interval = table.interval(0.6, 0.95)?;
/// assert!(interval.lower > 0.0 && interval.lower < 0.6 && interval.upper > 0.6);
/// # Ok::<(), transferscope_theory::statistics::correlation::CorrelationIntervalError>(())
/// ```
#[derive(Debug, Clone)]
pub struct CopulaIntervalTable {
    statistic: RankStatistic,
    /// Copula correlation of each grid point, increasing.
    correlations: Vec<f64>,
    /// Simulated statistics of each grid point, sorted.
    sorted: Vec<Vec<f64>>,
}

impl CopulaIntervalTable {
    /// Simulates the law for `count` networks; cost grows as count² and is below a second for 20 networks.
    ///
    /// # Errors
    ///
    /// [`CorrelationIntervalError::TooFew`] below [`RankStatistic::smallest_count`].
    pub fn new(statistic: RankStatistic, count: usize, seed: u64) -> Result<Self, CorrelationIntervalError> {
        if count < statistic.smallest_count() {
            return Err(CorrelationIntervalError::TooFew {
                method: "normal-copula interval",
                needed: statistic.smallest_count(),
                found: count,
            });
        }
        Ok(Self::unchecked(statistic, count, seed))
    }

    /// The same at any count, for the simulation that decides from which count on it is offered.
    #[doc(hidden)]
    #[must_use]
    pub fn unchecked(statistic: RankStatistic, count: usize, seed: u64) -> Self {
        let correlations: Vec<f64> =
            (-GRID_REACH..=GRID_REACH).map(|step| (f64::from(step) * GRID_STEP).tanh()).collect();
        let mut sorted = vec![Vec::with_capacity(SAMPLES); correlations.len()];
        let mut draws = Draws::new(seed, Purpose::Copula);
        let mut y = vec![0.0; count];
        for _ in 0..SAMPLES {
            let x: Vec<f64> = (0..count).map(|_| draws.standard_normal()).collect();
            let noise: Vec<f64> = (0..count).map(|_| draws.standard_normal()).collect();
            for (rho, values) in correlations.iter().zip(&mut sorted) {
                let rest = (1.0 - rho * rho).sqrt();
                for ((y, x), e) in y.iter_mut().zip(&x).zip(&noise) {
                    *y = rho * x + rest * e;
                }
                values.push(statistic.observe(&x, &y));
            }
        }
        sorted.iter_mut().for_each(|values| values.sort_by(f64::total_cmp));
        Self { statistic, correlations, sorted }
    }

    /// The population values that the observed statistic does not reject, each tail at (1 − level)/2, by mid-p.
    ///
    /// # Errors
    ///
    /// [`CorrelationIntervalError::OutOfRange`] for an observed value outside [−1, 1] or a level outside (0, 1).
    pub fn interval(&self, observed: f64, level: f64) -> Result<CorrelationInterval, CorrelationIntervalError> {
        check_level(level)?;
        if !(-1.0..=1.0).contains(&observed) {
            return Err(CorrelationIntervalError::OutOfRange {
                what: "observed correlation",
                expected: "from -1 to 1",
                found: observed,
            });
        }
        let tail = (1.0 - level) / 2.0;
        // P(T < t) + P(T = t)/2 falls as the correlation grows.
        let below: Vec<f64> = self.sorted.iter().map(|values| mid_p_below(values, observed)).collect();
        let lower = self.crossing(&below, 1.0 - tail).unwrap_or(-1.0);
        let upper = self.crossing(&below, tail).unwrap_or(1.0);
        Ok(CorrelationInterval {
            lower: self.statistic.population(lower),
            upper: self.statistic.population(upper),
            level,
            method: CorrelationIntervalMethod::CopulaInversion,
        })
    }

    /// Where the falling curve passes `height`, linear between grid points; `None` where it never does.
    fn crossing(&self, below: &[f64], height: f64) -> Option<f64> {
        let at = below.windows(2).position(|pair| pair[0] >= height && pair[1] < height)?;
        let share = (below[at] - height) / (below[at] - below[at + 1]);
        Some(self.correlations[at] + share * (self.correlations[at + 1] - self.correlations[at]))
    }
}

fn mid_p_below(sorted: &[f64], observed: f64) -> f64 {
    // Values are multiples of a step far above this; it only absorbs their rounding.
    let tolerance = 1e-9;
    let below = sorted.partition_point(|value| *value < observed - tolerance);
    let up_to = sorted.partition_point(|value| *value <= observed + tolerance);
    (below + up_to) as f64 / 2.0 / sorted.len() as f64
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;

    #[test]
    fn reversing_the_score_mirrors_the_interval() {
        let table = CopulaIntervalTable::new(RankStatistic::Kendall, 12, 7).unwrap();
        let up = table.interval(0.5, 0.95).unwrap();
        let down = table.interval(-0.5, 0.95).unwrap();
        // Monte-Carlo error of the two tails: 10,000 samples, slope of the tail about 1 per 0.3 in tau.
        assert!((up.lower + down.upper).abs() < 0.02, "{up:?} {down:?}");
        assert!((up.upper + down.lower).abs() < 0.02, "{up:?} {down:?}");
    }

    #[test]
    fn few_networks_are_refused() {
        assert!(matches!(
            CopulaIntervalTable::new(RankStatistic::Spearman, 5, 1),
            Err(CorrelationIntervalError::TooFew { found: 5, .. })
        ));
    }
}
