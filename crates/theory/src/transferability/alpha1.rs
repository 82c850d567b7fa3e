//! alpha1: how much the transferred attack moves the evaluated network, relative to that network's own attack.

use serde::{Deserialize, Serialize};

use super::intervals;
use super::references::References;
use super::unit_deviations::{Standing, UnitDeviations};
use super::{PerImage, TransferabilityError};
use crate::statistics::{Estimate, Exclusions, Over, mean_and_error, median, median_interval, proportion};

/// alpha1 of one direction (paper §2.1), `mean` being the paper's mean of ratios.
///
/// alpha1(x) = |Delta of star -> diamond| / |Delta of diamond -> diamond|. It is at most 1 when the evaluated
/// network's own attack is exact; with approximate attacks it may exceed 1: nothing is clamped, exceedances are counted.
/// The plain numbers `median` .. `share_above_1` stand, with their errors, in `estimates` too.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Alpha1 {
    /// Mean over images of the ratios.
    #[serde(flatten)]
    pub mean: Estimate,
    /// Median over images of the ratios.
    pub median: f64,
    /// Mean numerator over mean denominator.
    pub ratio_of_means: f64,
    /// Mean of the ratios whose denominator is the larger of both deviations; in [0, 1].
    pub envelope: f64,
    /// Share of images whose ratio is above 1.
    pub share_above_1: f64,
    /// The same numbers with their uncertainty.
    pub estimates: Alpha1Estimates,
    /// What alpha1 gives for noise and for f -> f.
    pub references: References,
}

/// The other summaries of alpha1 with their uncertainty.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Alpha1Estimates {
    /// Median of the ratios.
    pub median: Estimate,
    /// Ratio of the means.
    pub ratio_of_means: Estimate,
    /// Mean of the envelope ratios.
    pub envelope: Estimate,
    /// Share of ratios above 1.
    pub share_above_1: Estimate,
}

/// Ratios of a network to itself.
const SELF: f64 = 1.0;

impl Alpha1 {
    pub(super) fn new(
        units: &UnitDeviations,
        per_image: &PerImage,
        excluded: &Exclusions,
        replicates: usize,
        seed: u64,
    ) -> Result<Self, TransferabilityError> {
        let ratios: Vec<f64> = per_image.alpha1.iter().flatten().copied().collect();
        let envelopes: Vec<f64> = per_image.envelope.iter().flatten().copied().collect();
        let count = ratios.len();
        let Some((mean, _)) = mean_and_error(&ratios) else {
            return Err(super::report::nothing_left(units.images, excluded));
        };
        let of_mean = intervals::of_mean(&ratios, mean, "mean of ratios", false, replicates, seed)?;
        let envelope_mean = mean_and_error(&envelopes).map_or(0.0, |(mean, _)| mean);
        let envelope =
            intervals::of_mean(&envelopes, envelope_mean, "mean of envelope ratios", true, replicates, seed)?;
        let median_estimate = median_estimate(&ratios)?;
        let ratio = ratio_of_means(units, replicates, seed)?;
        let above = ratios.iter().filter(|&&ratio| ratio > 1.0).count();
        let share = share_estimate(above, count)?;
        let tag = |estimate: Estimate| estimate.with_exclusions(excluded.clone());
        Ok(Self {
            mean: tag(of_mean),
            median: median_estimate.value(),
            ratio_of_means: ratio.value(),
            envelope: envelope_mean,
            share_above_1: share.value(),
            estimates: Alpha1Estimates {
                median: tag(median_estimate),
                ratio_of_means: tag(ratio),
                envelope: tag(envelope),
                share_above_1: tag(share),
            },
            references: References { noise: None, permuted: None, itself: Some(SELF) },
        })
    }
}

fn median_estimate(ratios: &[f64]) -> Result<Estimate, TransferabilityError> {
    let value = median(ratios).unwrap_or(0.0);
    let estimate = Estimate::new(value, ratios.len(), Over::Images, "median; order statistics")?;
    Ok(match median_interval(ratios)? {
        Some(interval) => estimate.with_interval(interval),
        None => estimate.without_interval("fewer than 6 images"),
    })
}

fn share_estimate(above: usize, count: usize) -> Result<Estimate, TransferabilityError> {
    let Some(estimate) = proportion(above, count)? else {
        return Ok(Estimate::new(0.0, 0, Over::Images, "share of nothing")?);
    };
    Ok(if above < intervals::FEWEST_HITS || count - above < intervals::FEWEST_HITS {
        estimate.without_interval("no image on one side of 1")
    } else {
        estimate
    })
}

/// Sum of numerators over sum of denominators; the interval is bootstrap-t on the logarithmic scale.
fn ratio_of_means(units: &UnitDeviations, replicates: usize, seed: u64) -> Result<Estimate, TransferabilityError> {
    let defined = |sample: usize, norm: f64| match units.standing[sample] {
        Standing::Complete | Standing::CrossZero => Some(norm),
        Standing::OwnZero | Standing::ReferenceZero => None,
    };
    let sides: Vec<(f64, f64)> = (0..units.images)
        .filter_map(|image| {
            let top = units.over_restarts(image, |s| defined(s, units.cross_norm[s]))?;
            let bottom = units.over_restarts(image, |s| defined(s, units.reference_norm[s]))?;
            Some((top, bottom))
        })
        .collect();
    let top: f64 = sides.iter().map(|side| side.0).sum();
    let bottom: f64 = sides.iter().map(|side| side.1).sum();
    let estimate =
        Estimate::new(top / bottom, sides.len(), Over::Images, "ratio of means; bootstrap-t of the logarithm")?;
    let without: Vec<f64> = sides.iter().map(|(one, two)| ((top - one) / (bottom - two)).ln()).collect();
    if without.iter().any(|value| !value.is_finite()) {
        return Ok(estimate.without_interval("fewer than two images with a deviation above zero"));
    }
    intervals::on_log_scale(estimate, &without, replicates, seed)
}
