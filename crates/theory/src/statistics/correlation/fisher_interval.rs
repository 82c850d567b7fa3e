//! Fisher's interval for a Pearson correlation, with the assumption it stands on.

use serde::{Deserialize, Serialize};
use statrs::distribution::{ContinuousCDF, Normal};
use thiserror::Error;

/// Fewest networks for which [`fisher_interval`] answers.
///
/// The variance of Fisher's z is 1/(n−3), so n = 4 is the algebraic limit; at n = 5 it was the smallest that was
/// simulated, and it covered (docs/results/coverage-networks.md), so that is where it starts.
pub const FISHER_SMALLEST_COUNT: usize = 5;

/// Why there is no interval for a correlation.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum CorrelationIntervalError {
    /// Too few networks.
    #[error(
        "{method}: expected at least {needed} networks, found {found}; add networks or report the estimate without an interval"
    )]
    TooFew {
        /// The interval asked for.
        method: &'static str,
        /// The least number that would do.
        needed: usize,
        /// The number given.
        found: usize,
    },
    /// The correlation is exactly ±1, where the interval collapses to a point.
    #[error(
        "{method}: the correlation is {correlation}, where the interval would be a single point; report the estimate alone"
    )]
    AtTheEdge {
        /// The interval asked for.
        method: &'static str,
        /// The observed correlation.
        correlation: f64,
    },
    /// A number was out of its range.
    #[error("{what}: expected a value {expected}, found {found}")]
    OutOfRange {
        /// The argument.
        what: &'static str,
        /// Its range, in words.
        expected: &'static str,
        /// The value given.
        found: f64,
    },
    /// The estimate itself does not exist.
    #[error(transparent)]
    Correlation(#[from] super::CorrelationError),
}

/// What stands behind an interval for a correlation, printed with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CorrelationIntervalMethod {
    /// Fisher's z; assumes that score and outcome are jointly normal.
    Fisher,
    /// Inversion of the test of each correlation under a normal copula; any marginal distributions.
    CopulaInversion,
    /// Percentile bootstrap over networks; at least ten networks.
    Bootstrap,
}

/// An interval for a population correlation.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct CorrelationInterval {
    /// Lower limit, at least −1.
    pub lower: f64,
    /// Upper limit, at most 1.
    pub upper: f64,
    /// Nominal coverage, as 0.95.
    pub level: f64,
    /// How it was made, which is also what it assumes.
    pub method: CorrelationIntervalMethod,
}

pub(crate) fn check_level(level: f64) -> Result<(), CorrelationIntervalError> {
    if level > 0.0 && level < 1.0 {
        return Ok(());
    }
    Err(CorrelationIntervalError::OutOfRange {
        what: "level",
        expected: "strictly between 0 and 1, as 0.95",
        found: level,
    })
}

/// Fisher's interval: tanh(atanh r ± z · 1/√(n−3)).
///
/// `correlation` is a Pearson correlation over `count` networks. It is right for jointly normal data; under heavy
/// tails it covers less than it says (docs/results/coverage-networks.md has the figures), which no test can notice
/// at the sizes this field uses. It is therefore only offered where the caller asks for it by name.
///
/// # Errors
///
/// [`CorrelationIntervalError`] below [`FISHER_SMALLEST_COUNT`] networks, at |r| = 1, or for arguments out of range.
///
/// # Examples
///
/// ```
/// use transferscope_theory::statistics::correlation::fisher_interval;
///
/// let interval = fisher_interval(0.860, 5, 0.95)?;
/// assert!(interval.lower < 0.0 && interval.upper > 0.98);
/// # Ok::<(), transferscope_theory::statistics::correlation::CorrelationIntervalError>(())
/// ```
pub fn fisher_interval(
    correlation: f64,
    count: usize,
    level: f64,
) -> Result<CorrelationInterval, CorrelationIntervalError> {
    let method = "Fisher interval";
    check_level(level)?;
    if !(-1.0..=1.0).contains(&correlation) {
        return Err(CorrelationIntervalError::OutOfRange {
            what: "correlation",
            expected: "from -1 to 1",
            found: correlation,
        });
    }
    if count < FISHER_SMALLEST_COUNT {
        return Err(CorrelationIntervalError::TooFew { method, needed: FISHER_SMALLEST_COUNT, found: count });
    }
    if correlation.abs() >= 1.0 {
        return Err(CorrelationIntervalError::AtTheEdge { method, correlation });
    }
    let half = Normal::standard().inverse_cdf(0.5 + level / 2.0) / ((count - 3) as f64).sqrt();
    let centre = correlation.atanh();
    Ok(CorrelationInterval {
        lower: (centre - half).tanh(),
        upper: (centre + half).tanh(),
        level,
        method: CorrelationIntervalMethod::Fisher,
    })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;

    #[test]
    fn agrees_with_scipy() {
        // scipy 1.17.1: pearsonr([1,2,3,4,5],[2,1,4,3,5]).confidence_interval(0.95), r = 0.8.
        let interval = fisher_interval(0.8, 5, 0.95).unwrap();
        assert!((interval.lower - -0.279_640_041_969_355).abs() < 1e-9, "{}", interval.lower);
        assert!((interval.upper - 0.986_196_193_301_271_4).abs() < 1e-9, "{}", interval.upper);
    }

    #[test]
    fn refuses_where_it_has_no_meaning() {
        assert!(matches!(
            fisher_interval(0.5, 4, 0.95),
            Err(CorrelationIntervalError::TooFew { needed: 5, found: 4, .. })
        ));
        assert!(matches!(fisher_interval(1.0, 9, 0.95), Err(CorrelationIntervalError::AtTheEdge { .. })));
        assert!(matches!(fisher_interval(f64::NAN, 9, 0.95), Err(CorrelationIntervalError::OutOfRange { .. })));
    }
}
