//! A value of one network over its training seeds, with an error from the variance that all networks share.

use serde::{Deserialize, Serialize};
use transferscope_theory::statistics::student_point;

/// The mean over training seeds with its uncertainty.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Spread {
    /// The mean over seeds.
    pub mean: f64,
    /// The value of each seed, in the study's order.
    pub seeds: Vec<f64>,
    /// Standard error of the mean, from the pooled within-network variance; `None` with one seed.
    pub std_error: Option<f64>,
    /// The 95 % interval over training seeds, Student's t with the pooled degrees of freedom.
    pub ci95: Option<[f64; 2]>,
}

/// Variance within networks, pooled over them, and its degrees of freedom; `None` where no network has two seeds.
///
/// s² = Σ_i Σ_k (v_ik − v̄_i)² / Σ_i (K_i − 1): a network of three seeds alone knows its variance badly.
///
/// ```
/// use transferscope_study::verdict::pooled_variance;
/// // Within-network sums of squares 2 and 0.5, two degrees of freedom.
/// let (variance, degrees) = pooled_variance(&[vec![1.0, 3.0], vec![5.0, 6.0]]).ok_or("two seeds each")?;
/// assert_eq!((variance, degrees), (1.25, 2));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "counts of seeds are small")]
pub fn pooled_variance(networks: &[Vec<f64>]) -> Option<(f64, usize)> {
    let (mut squares, mut degrees) = (0.0, 0);
    for seeds in networks.iter().filter(|seeds| seeds.len() > 1) {
        let mean = mean(seeds);
        squares += seeds.iter().map(|value| (value - mean).powi(2)).sum::<f64>();
        degrees += seeds.len() - 1;
    }
    (degrees > 0).then(|| (squares / degrees as f64, degrees))
}

/// One network's mean over seeds, with the error that the pooled variance gives; `None` without a seed.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "counts of seeds are small")]
pub fn spread(seeds: &[f64], pooled: Option<(f64, usize)>) -> Option<Spread> {
    if seeds.is_empty() {
        return None;
    }
    let mean = mean(seeds);
    let std_error = pooled.map(|(variance, _)| (variance / seeds.len() as f64).sqrt());
    let point = pooled.and_then(|(_, degrees)| student_point(degrees as f64));
    let ci95 = std_error.zip(point).map(|(error, point)| [mean - point * error, mean + point * error]);
    Some(Spread { mean, seeds: seeds.to_vec(), std_error, ci95 })
}

/// The mean; 0 of nothing.
#[expect(clippy::cast_precision_loss, reason = "counts of seeds are small")]
pub(crate) fn mean(values: &[f64]) -> f64 {
    if values.is_empty() { 0.0 } else { values.iter().sum::<f64>() / values.len() as f64 }
}
