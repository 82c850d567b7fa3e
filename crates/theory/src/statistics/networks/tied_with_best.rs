//! Which networks cannot be told from the best one, from paired per-image outcomes.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::draws::{Draws, Purpose};

/// Sign flips drawn; with the observed signs 2,000.
const FLIPS: usize = 1_999;

/// Why there is no group.
#[derive(Debug, Clone, Copy, PartialEq, Error)]
pub enum TiedWithBestError {
    /// Fewer than two networks or two images, or rows of different length.
    #[error("expected at least 2 networks with the same number of images, at least 2; found {networks} networks")]
    Shape {
        /// Number of networks given.
        networks: usize,
    },
    /// A value is NaN or infinite.
    #[error("network {network} has a value that is not finite at image {image}")]
    NotFinite {
        /// Position of the network.
        network: usize,
        /// Position of the image.
        image: usize,
    },
    /// The error rate is not a probability.
    #[error("expected alpha strictly between 0 and 1, found {found}")]
    Alpha {
        /// The value given.
        found: f64,
    },
}

/// One network against the best.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct TiedNetwork {
    /// Position of the network in the input.
    pub network: usize,
    /// Its mean outcome.
    pub mean: f64,
    /// Mean of the best network minus this mean, over the same images; 0 for the best itself.
    pub behind: f64,
    /// Standard error of that paired difference.
    pub std_error: f64,
    /// p of "no network is better than this one".
    pub p_value: f64,
    /// Whether it belongs to the group.
    pub tied: bool,
}

/// The group of networks that may be the best.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TiedWithBest {
    /// All networks, highest mean first.
    pub networks: Vec<TiedNetwork>,
    /// Number of images.
    pub images: usize,
    /// Chance that the truly best network is left out of the group, at most.
    pub alpha: f64,
    /// Number of random sign patterns.
    pub flips: usize,
    /// Seed of the patterns.
    pub seed: u64,
}

/// Groups the networks whose lead over each other is within chance (multiple comparison with the best).
///
/// `outcomes[k][i]` is the outcome of network k on image i (1 or 0 for right or wrong, or any number; higher is
/// better), the images being the same for all. For each k, the largest paired t of any other network over k is
/// compared with its law when the sign of each image's differences is a coin, all networks flipped together, so
/// that their correlation is kept. k stays in the group where p > `alpha`; the truly best network is then left out with
/// probability at most about `alpha`, whatever the number of networks. The observed best always stays.
/// Source: the confidence set for the best treatment (Hsu 1996), calibrated by sign flips.
///
/// # Errors
///
/// [`TiedWithBestError`] for bad shapes, values that are not finite, or `alpha` out of range.
///
/// # Examples
///
/// ```
/// use transferscope_theory::statistics::networks::tied_with_best;
///
/// // The first two differ on one image of twenty; the third is wrong on half of them.
/// let first = vec![1.0; 20];
/// let mut second = first.clone();
/// second[3] = 0.0;
/// let third: Vec<f64> = (0..20).map(|i| f64::from(i % 2)).collect();
/// let group = tied_with_best(&[first, second, third], 0.05, 0)?;
/// let tied: Vec<bool> = group.networks.iter().map(|network| network.tied).collect();
/// assert_eq!(tied, [true, true, false]);
/// # Ok::<(), transferscope_theory::statistics::networks::TiedWithBestError>(())
/// ```
pub fn tied_with_best(outcomes: &[Vec<f64>], alpha: f64, seed: u64) -> Result<TiedWithBest, TiedWithBestError> {
    let count = outcomes.len();
    let images = outcomes.first().map_or(0, Vec::len);
    if count < 2 || images < 2 || outcomes.iter().any(|row| row.len() != images) {
        return Err(TiedWithBestError::Shape { networks: count });
    }
    if !(alpha > 0.0 && alpha < 1.0) {
        return Err(TiedWithBestError::Alpha { found: alpha });
    }
    for (network, row) in outcomes.iter().enumerate() {
        if let Some(image) = row.iter().position(|value| !value.is_finite()) {
            return Err(TiedWithBestError::NotFinite { network, image });
        }
    }
    let squares = squared_differences(outcomes);
    let sums: Vec<f64> = outcomes.iter().map(|row| row.iter().sum()).collect();
    let observed = leads(&sums, &squares, images);
    let mut exceeded = vec![1_usize; count];
    let mut draws = Draws::new(seed, Purpose::SignFlip);
    for _ in 0..FLIPS {
        let signs: Vec<f64> = (0..images).map(|_| if draws.coin() { 1.0 } else { -1.0 }).collect();
        let flipped: Vec<f64> =
            outcomes.iter().map(|row| row.iter().zip(&signs).map(|(value, sign)| value * sign).sum()).collect();
        for (network, lead) in leads(&flipped, &squares, images).into_iter().enumerate() {
            exceeded[network] += usize::from(lead >= observed[network] - 1e-12);
        }
    }
    let mut order: Vec<usize> = (0..count).collect();
    order.sort_by(|&a, &b| sums[b].total_cmp(&sums[a]));
    let best = order[0];
    let networks = order
        .into_iter()
        .map(|network| {
            let behind = (sums[best] - sums[network]) / images as f64;
            let spread = squares[best][network] / images as f64 - behind * behind;
            let p_value = exceeded[network] as f64 / (FLIPS + 1) as f64;
            TiedNetwork {
                network,
                mean: sums[network] / images as f64,
                behind,
                std_error: (spread.max(0.0) / (images - 1) as f64).sqrt(),
                p_value,
                tied: network == best || p_value > alpha,
            }
        })
        .collect();
    Ok(TiedWithBest { networks, images, alpha, flips: FLIPS, seed })
}

fn squared_differences(outcomes: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let square = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(x, y)| (x - y) * (x - y)).sum();
    outcomes.iter().map(|a| outcomes.iter().map(|b| square(a, b)).collect()).collect()
}

/// For each network, the largest paired t of another network over it; 0 against one that never differs.
fn leads(sums: &[f64], squares: &[Vec<f64>], images: usize) -> Vec<f64> {
    let n = images as f64;
    (0..sums.len())
        .map(|k| {
            (0..sums.len())
                .filter(|&j| j != k)
                .map(|j| {
                    let difference = sums[j] - sums[k];
                    // Sign flips leave the squares alone, so only the mean part of the variance changes. A spread of
                    // zero is a difference that is the same on every image: as large as a t can be.
                    let spread = (squares[j][k] - difference * difference / n).max(1e-12 * squares[j][k]);
                    if squares[j][k] == 0.0 { 0.0 } else { difference / (n * spread / (n - 1.0)).sqrt() }
                })
                .fold(f64::NEG_INFINITY, f64::max)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;

    #[test]
    fn an_identical_twin_is_tied_and_a_constant_lead_is_not() {
        let base: Vec<f64> = (0..30).map(|i| f64::from(i % 3)).collect();
        let worse: Vec<f64> = base.iter().map(|value| value - 0.1).collect();
        let group = tied_with_best(&[worse, base.clone(), base], 0.05, 1).unwrap();
        let tied: Vec<(usize, bool)> = group.networks.iter().map(|network| (network.network, network.tied)).collect();
        assert_eq!(tied, [(1, true), (2, true), (0, false)]);
        assert!((group.networks[2].behind - 0.1).abs() < 1e-12);
        assert!(group.networks[2].std_error < 1e-8);
    }

    #[test]
    fn bad_input_is_an_error() {
        assert_eq!(tied_with_best(&[vec![1.0, 2.0]], 0.05, 0), Err(TiedWithBestError::Shape { networks: 1 }));
        assert_eq!(
            tied_with_best(&[vec![1.0, f64::NAN], vec![1.0, 2.0]], 0.05, 0),
            Err(TiedWithBestError::NotFinite { network: 0, image: 1 })
        );
    }
}
