//! What sums over the images alone can say of one direction: values, standard errors, and intervals for many images.

use serde::Serialize;

use super::TransferabilityError;
use super::intervals::{self, signed_root};
use super::kernel_moment::squared_inner_products;
use super::outer_products::{degenerate_variance, variance_of_square};
use crate::linear::dot;
use crate::statistics::{Estimate, Exclusions, Interval, Over, proportion, student_interval};

/// The measures of one direction, computed in one pass ([`DirectionSums`](super::DirectionSums)).
///
/// Values and standard errors are those of [`DirectionReport`](super::DirectionReport). Intervals that would need a
/// bootstrap are withheld, and given by Student's quantile above 20,000 images, as the report does.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DirectionSummary {
    /// alpha1.
    pub alpha1: SummaryAlpha1,
    /// alpha2; `None` when the attack moved the evaluated network at no image.
    pub alpha2: Option<SummaryMeasure>,
    /// The combined measure.
    pub combined: SummaryMeasure,
    /// Images that came, exclusions included.
    pub images: usize,
    /// Restarts per image.
    pub restarts: usize,
    /// Samples (image and restart) by the reason for which they were left out.
    pub excluded: Exclusions,
}

/// alpha1 (paper §2.1) from sums.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SummaryAlpha1 {
    /// Mean of ratios, as in the paper.
    pub mean: Estimate,
    /// Mean numerator over mean denominator; its error is that of the first-order expansion.
    pub ratio_of_means: Estimate,
    /// Mean of the ratios whose denominator is the larger of both deviations.
    pub envelope: Estimate,
    /// Share of images whose ratio is above 1.
    pub share_above_1: Estimate,
}

/// alpha2 (paper §2.2) or the combined measure (§2.3) from sums.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SummaryMeasure {
    /// |E\[c a bᵀ\]|, plug-in.
    #[serde(flatten)]
    pub norm: Estimate,
    /// Its square.
    pub squared: f64,
    /// The U-statistic of the square (§7.2); `None` for one image.
    pub unbiased_squared: Option<Estimate>,
    /// Divided by the root of |E a aᵀ| |E c² b bᵀ| (§2.7).
    pub normalised: Option<f64>,
    /// |E\[c a bᵀ\] - E\[a\] E\[c b\]ᵀ| (§7.5).
    pub centred: f64,
}

/// Sums over the ratios of the images.
#[derive(Debug, Clone, Copy)]
pub(super) struct RatioSums {
    pub count: f64,
    ratio: [f64; 2],
    envelope: [f64; 2],
    above: f64,
    top: f64,
    bottom: f64,
    top_squared: f64,
    bottom_squared: f64,
    product: f64,
}

impl RatioSums {
    /// In the order of the layout of [`DirectionSums`](super::DirectionSums).
    pub fn from_slice(sums: &[f64]) -> Self {
        Self {
            count: sums[0],
            ratio: [sums[1], sums[2]],
            envelope: [sums[3], sums[4]],
            above: sums[5],
            top: sums[6],
            bottom: sums[7],
            top_squared: sums[8],
            bottom_squared: sums[9],
            product: sums[10],
        }
    }

    /// Standard error of the mean of values with this sum and sum of squares.
    fn error(&self, [sum, squares]: [f64; 2]) -> Option<f64> {
        let n = self.count;
        (n > 1.0).then(|| ((squares - sum * sum / n).max(0.0) / (n - 1.0) / n).sqrt())
    }
}

/// Sums over the outer products of the images: sum M_i, sum q_i with q_i = |M_i|², and so on.
#[derive(Debug, Clone, Copy)]
pub(super) struct SquareSums<'a> {
    pub count: f64,
    pub own_kernel: f64,
    pub own_kernel_squared: f64,
    pub matrix: &'a [f64],
    pub left: &'a [f64],
    pub right: &'a [f64],
    pub own: &'a [f64],
    pub other: &'a [f64],
    pub kernel_weighted: &'a [f64],
    pub fourth: Option<&'a [f64]>,
}

impl DirectionSummary {
    pub(super) fn new(
        images: usize,
        restarts: usize,
        excluded: Exclusions,
        ratios: &RatioSums,
        unit: &SquareSums<'_>,
        ratio: &SquareSums<'_>,
    ) -> Result<Self, TransferabilityError> {
        let mean = ratios.ratio[0] / ratios.count;
        let heavy = ratios.error(ratios.ratio).is_some_and(|error| error > intervals::HEAVY_FROM * mean.abs());
        Ok(Self {
            alpha1: alpha1(ratios, heavy, &excluded)?,
            alpha2: if unit.count > 0.0 { Some(measure(unit, false, &excluded)?) } else { None },
            combined: measure(ratio, heavy, &excluded)?,
            images,
            restarts,
            excluded,
        })
    }
}

fn alpha1(sums: &RatioSums, heavy: bool, excluded: &Exclusions) -> Result<SummaryAlpha1, TransferabilityError> {
    let count = sums.count as usize;
    let of = |value: f64, error: Option<f64>, method: &'static str, heavy: bool| -> Result<_, TransferabilityError> {
        let estimate = Estimate::new(value, count, Over::Images, method)?.with_exclusions(excluded.clone());
        Ok(match error {
            Some(error) => with_interval(estimate.with_std_error(error)?, value, error, count, heavy)?,
            None => estimate.without_interval("fewer than two images"),
        })
    };
    let n = sums.count;
    let quotient = sums.top / sums.bottom;
    // Variance of top - quotient bottom, whose mean is zero, over the mean of bottom.
    let residual = sums.top_squared - 2.0 * quotient * sums.product + quotient * quotient * sums.bottom_squared;
    let error = (n > 1.0).then(|| (residual.max(0.0) / (n - 1.0) / n).sqrt() / (sums.bottom / n));
    let share = proportion(sums.above as usize, count)?;
    Ok(SummaryAlpha1 {
        mean: of(sums.ratio[0] / n, sums.error(sums.ratio), "mean of ratios; one pass", heavy)?,
        ratio_of_means: of(quotient, error, "ratio of means; one pass, first-order error", heavy)?,
        envelope: of(sums.envelope[0] / n, sums.error(sums.envelope), "mean of envelope ratios; one pass", false)?,
        share_above_1: match share {
            Some(share) if sums.above == 0.0 || sums.above == n => share.without_interval("no image on one side of 1"),
            Some(share) => share,
            None => Estimate::new(0.0, 0, Over::Images, "share of nothing")?,
        }
        .with_exclusions(excluded.clone()),
    })
}

fn measure(sums: &SquareSums<'_>, heavy: bool, excluded: &Exclusions) -> Result<SummaryMeasure, TransferabilityError> {
    let (n, total) = (sums.count, dot(sums.matrix, sums.matrix));
    let squared = total / (n * n);
    let (own, other) = (dot(sums.own, sums.own).sqrt() / n, dot(sums.other, sums.other).sqrt() / n);
    let mut centred = 0.0;
    for (row, a) in sums.matrix.chunks_exact(sums.right.len()).zip(sums.left) {
        for (entry, b) in row.iter().zip(sums.right) {
            centred += (entry - a * b / n).powi(2);
        }
    }
    let unbiased = if n > 1.0 { Some(unbiased(sums, total, heavy)?.with_exclusions(excluded.clone())) } else { None };
    let mut norm = Estimate::new(squared.sqrt(), n as usize, Over::Images, "plug-in norm; one pass")?
        .with_exclusions(excluded.clone());
    match &unbiased {
        None => norm = norm.without_interval("fewer than two images"),
        Some(square) => {
            if let Some(error) = square.std_error()
                && squared > 0.0
            {
                norm = norm.with_std_error(error / (2.0 * squared.sqrt()))?;
            }
            norm = match square.interval() {
                Some(interval) => norm.with_interval(interval.mapped(signed_root)?),
                None => norm.without_interval(square.no_interval_because().unwrap_or_default().to_owned()),
            };
        }
    }
    Ok(SummaryMeasure {
        norm,
        squared,
        unbiased_squared: unbiased,
        normalised: (own * other > 0.0).then(|| (squared / (own * other)).min(1.0).sqrt()),
        centred: centred.sqrt() / n,
    })
}

/// The U-statistic with the error of the report: the same formula, its sums over images taken from fourth moments.
fn unbiased(sums: &SquareSums<'_>, total: f64, heavy: bool) -> Result<Estimate, TransferabilityError> {
    let n = sums.count;
    let pairs = n * (n - 1.0);
    let value = (total - sums.own_kernel) / pairs;
    let count = n as usize;
    let estimate = Estimate::new(value, count, Over::Images, "U-statistic; one pass, error from fourth moments")?;
    let Some(fourth) = sums.fourth else {
        return Ok(estimate.without_interval("several restarts, or too many outputs for fourth moments"));
    };
    let second_moment = (dot(fourth, fourth) - sums.own_kernel_squared).max(0.0) / pairs;
    let inner_squared = squared_inner_products(fourth, sums.matrix, sums.left.len(), sums.right.len());
    let rows = inner_squared - 2.0 * dot(sums.kernel_weighted, sums.matrix) + sums.own_kernel_squared;
    let Some(variance) = variance_of_square(n, value, second_moment, rows) else {
        return Ok(estimate.without_interval("fewer than four images"));
    };
    let error = variance.max(0.0).sqrt();
    let estimate = estimate.with_std_error(error)?;
    let degenerate = degenerate_variance(n, value, second_moment);
    if !heavy
        && let Some(near_zero) = intervals::near_zero(value, degenerate, second_moment * n / sums.own_kernel, count)?
    {
        return Ok(match near_zero {
            Ok(interval) => estimate.with_interval(interval),
            Err(reason) => estimate.without_interval(reason),
        });
    }
    with_interval(estimate, value, error, count, heavy)
}

/// Student's interval where the report would give it too, else the reason why there is none.
fn with_interval(
    estimate: Estimate,
    value: f64,
    error: f64,
    count: usize,
    heavy: bool,
) -> Result<Estimate, TransferabilityError> {
    if heavy {
        return Ok(estimate.without_interval(intervals::HEAVY_TAIL));
    }
    let interval: Option<Interval> =
        if count > intervals::MOST_BOOTSTRAPPED { student_interval(value, error, count)? } else { None };
    Ok(match interval {
        Some(interval) => estimate.with_interval(interval),
        None => estimate.without_interval("one pass over sums cannot resample; a report of single images can"),
    })
}
