//! Seeded bootstrap weights over images, and the bootstrap-t interval built on them (paper §7.6).

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::{EstimateError, Interval, LEVEL};

/// How often each of `count` images is drawn in one bootstrap replicate; the weights sum to `count`.
#[derive(Debug, Clone)]
pub struct BootstrapWeights {
    generator: ChaCha8Rng,
    weights: Vec<f64>,
}

impl BootstrapWeights {
    /// A stream of replicates for `count` images from a seed.
    #[must_use]
    pub fn new(count: usize, seed: u64) -> Self {
        Self { generator: ChaCha8Rng::seed_from_u64(seed), weights: vec![0.0; count] }
    }

    /// The weights of the next replicate.
    pub fn draw(&mut self) -> &[f64] {
        let count = self.weights.len();
        self.weights.fill(0.0);
        for _ in 0..count {
            let image = self.generator.random_range(0..count);
            self.weights[image] += 1.0;
        }
        &self.weights
    }
}

/// The bootstrap-t interval from studentised replicates (theta* - theta)/se*.
///
/// value - q(97.5 %) se .. value - q(2.5 %) se. `None` with fewer than 39 replicates, which hold no 2.5 % point.
///
/// # Errors
/// [`EstimateError::Interval`] when value or error is not finite.
pub fn bootstrap_t_interval(
    value: f64,
    std_error: f64,
    mut studentised: Vec<f64>,
) -> Result<Option<Interval>, EstimateError> {
    if studentised.len() < 39 {
        return Ok(None);
    }
    studentised.sort_by(f64::total_cmp);
    let tail = (1.0 - LEVEL) / 2.0;
    let low = quantile(&studentised, tail);
    let high = quantile(&studentised, 1.0 - tail);
    Interval::new(value - high * std_error, value - low * std_error).map(Some)
}

/// The quantile of sorted values at probability p, the (B + 1) p-th order statistic, interpolated.
#[must_use]
pub fn quantile(sorted: &[f64], probability: f64) -> f64 {
    let place = ((sorted.len() as f64 + 1.0) * probability - 1.0).clamp(0.0, sorted.len() as f64 - 1.0);
    let below = place.floor() as usize;
    let above = (below + 1).min(sorted.len() - 1);
    sorted[below] + (place - below as f64) * (sorted[above] - sorted[below])
}

/// Bootstrap-t for the mean: skewed values get an interval that is skewed the other way.
///
/// Replicates in which all drawn values are equal carry no error and are skipped. `None` when fewer than half of the
/// replicates remain, or below three values.
///
/// # Errors
/// [`EstimateError::Interval`] when a value is not finite.
pub fn bootstrap_t_of_mean(values: &[f64], replicates: usize, seed: u64) -> Result<Option<Interval>, EstimateError> {
    let Some((mean, Some(error))) = super::mean_and_error(values) else {
        return Ok(None);
    };
    let count = values.len() as f64;
    let mut weights = BootstrapWeights::new(values.len(), seed);
    let mut studentised = Vec::with_capacity(replicates);
    for _ in 0..replicates {
        let weights = weights.draw();
        let resampled: f64 = weights.iter().zip(values).map(|(w, x)| w * x).sum::<f64>() / count;
        let squares: f64 = weights.iter().zip(values).map(|(w, x)| w * (x - resampled).powi(2)).sum();
        let spread = (squares / (count - 1.0) / count).sqrt();
        if spread > 1e-12 * error {
            studentised.push((resampled - mean) / spread);
        }
    }
    if values.len() < 3 || 2 * studentised.len() < replicates {
        return Ok(None);
    }
    bootstrap_t_interval(mean, error, studentised)
}
