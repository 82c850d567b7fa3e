//! The chance that a planned number of networks would show a correlation that is there.

use serde::{Deserialize, Serialize};
use statrs::distribution::{ContinuousCDF, Normal};
use thiserror::Error;

use super::draws::{Draws, Purpose};
use super::permutation_test::permutation_test_with;
use crate::statistics::correlation::CorrelationKind;

/// Random permutations per simulated study above eight networks; fewer than in a real test, p near 0.05 is still
/// known to ±0.014, which averages out over the simulations.
const DRAWS: u64 = 499;

/// Why there is no power.
#[derive(Debug, Clone, Copy, PartialEq, Error)]
pub enum PowerError {
    /// Too few networks to test anything.
    #[error("expected at least {needed} networks, found {found}")]
    TooFew {
        /// The least number.
        needed: usize,
        /// The number given.
        found: usize,
    },
    /// A setting is out of range.
    #[error(
        "expected a true correlation strictly between -1 and 1, alpha strictly between 0 and 1 and at least 100 simulations; found {correlation}, {alpha}, {simulations}"
    )]
    Settings {
        /// The true correlation given.
        correlation: f64,
        /// The level given.
        alpha: f64,
        /// The number of simulations given.
        simulations: usize,
    },
}

/// Power of a design.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Power {
    /// Share of simulated studies that reject in the right direction.
    pub power: f64,
    /// Standard error of that share.
    pub std_error: f64,
    /// Number of networks of the design.
    pub networks: usize,
    /// True correlation of the normal data behind it.
    pub correlation: f64,
}

fn check(networks: usize, needed: usize, correlation: f64, alpha: f64) -> Result<(), PowerError> {
    if networks < needed {
        return Err(PowerError::TooFew { needed, found: networks });
    }
    let inside = correlation > -1.0 && correlation < 1.0 && alpha > 0.0 && alpha < 1.0;
    if inside { Ok(()) } else { Err(PowerError::Settings { correlation, alpha, simulations: 0 }) }
}

/// Power of the two-sided permutation test of `kind` at level `alpha`, for jointly normal score and outcome.
///
/// Simulated, `simulations` studies from `seed`; only rejections with the sign of the true correlation count.
///
/// # Errors
///
/// [`PowerError`] below three networks, or for settings out of range.
///
/// # Examples
///
/// Four networks cannot reject at 5 %, whatever is true: the smallest p is 2/24.
///
/// ```
/// use transferscope_theory::statistics::correlation::CorrelationKind;
/// use transferscope_theory::statistics::networks::permutation_power;
///
/// let power = permutation_power(CorrelationKind::Pearson, 4, 0.99, 0.05, 200, 0)?;
/// assert_eq!(power.power, 0.0);
/// # Ok::<(), transferscope_theory::statistics::networks::PowerError>(())
/// ```
pub fn permutation_power(
    kind: CorrelationKind,
    networks: usize,
    correlation: f64,
    alpha: f64,
    simulations: usize,
    seed: u64,
) -> Result<Power, PowerError> {
    check(networks, 3, correlation, alpha)?;
    if simulations < 100 {
        return Err(PowerError::Settings { correlation, alpha, simulations });
    }
    let mut draws = Draws::new(seed, Purpose::Power);
    let rest = (1.0 - correlation * correlation).sqrt();
    let mut rejections = 0_usize;
    for study in 0..simulations {
        let x: Vec<f64> = (0..networks).map(|_| draws.standard_normal()).collect();
        let y: Vec<f64> = x.iter().map(|x| correlation * x + rest * draws.standard_normal()).collect();
        // Continuous data have a correlation; a study that had none would count as not rejecting.
        if let Ok(test) = permutation_test_with(kind, &x, &y, seed ^ study as u64, DRAWS) {
            let right_way = test.correlation * correlation >= 0.0;
            rejections += usize::from(right_way && test.p_value <= alpha + 1e-12);
        }
    }
    let power = rejections as f64 / simulations as f64;
    Ok(Power { power, std_error: (power * (1.0 - power) / simulations as f64).sqrt(), networks, correlation })
}

/// Power of the two-sided test by Fisher's z at level `alpha`, in closed form:
/// Φ(√(n−3)·atanh|ρ| − z), z the upper `alpha`/2 point; only rejections of the right sign count.
///
/// # Errors
///
/// [`PowerError`] below four networks, or for settings out of range.
///
/// # Examples
///
/// ```
/// use transferscope_theory::statistics::networks::fisher_power;
///
/// // Ten networks see a true correlation of 0.5 only one time in three.
/// let power = fisher_power(10, 0.5, 0.05)?;
/// assert!((power - 0.306).abs() < 1e-3);
/// # Ok::<(), transferscope_theory::statistics::networks::PowerError>(())
/// ```
pub fn fisher_power(networks: usize, correlation: f64, alpha: f64) -> Result<f64, PowerError> {
    check(networks, 4, correlation, alpha)?;
    let normal = Normal::standard();
    let shift = ((networks - 3) as f64).sqrt() * correlation.abs().atanh();
    Ok(normal.cdf(shift - normal.inverse_cdf(1.0 - alpha / 2.0)))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;

    #[test]
    fn grows_with_the_correlation_and_the_networks_and_agrees_with_the_closed_form() {
        let power = |n, rho| permutation_power(CorrelationKind::Pearson, n, rho, 0.05, 400, 5).unwrap().power;
        let (few, more, strong) = (power(6, 0.6), power(12, 0.6), power(6, 0.95));
        assert!(few < more && few < strong, "{few} {more} {strong}");
        // Two approximations, and 400 simulations (standard error 0.025).
        assert!((more - fisher_power(12, 0.6, 0.05).unwrap()).abs() < 0.1, "{more}");
    }
}
