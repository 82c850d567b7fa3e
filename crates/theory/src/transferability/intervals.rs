//! Which interval is offered for which measure; the coverage simulation decides (docs/results/coverage-images.md).

use super::TransferabilityError;
use super::outer_products::{OuterProducts, ProductStatistics};
use crate::statistics::{
    Estimate, Interval, Over, bootstrap_t_of_mean, mean_and_error, pseudo_values,
    student_interval,
};

/// Fewest images on each side of 1 for the interval of a share.
pub(super) const FEWEST_HITS: usize = 10;

/// A mean with its standard error and the bootstrap-t interval.
pub(super) fn of_mean(
    values: &[f64],
    mean: f64,
    method: &'static str,
    replicates: usize,
    seed: u64,
) -> Result<Estimate, TransferabilityError> {
    let estimate = Estimate::new(mean, values.len(), Over::Images, method)?;
    let Some((_, Some(error))) = mean_and_error(values) else {
        return Ok(estimate.without_interval("fewer than two images"));
    };
    offer(estimate.with_std_error(error)?, values, mean, 1.0, replicates, seed)
}

/// Above this many images the bootstrap is left out: Student's interval is as good and far cheaper.
const MOST_BOOTSTRAPPED: usize = 20_000;

/// The unbiased square of a mean of outer products, with standard error and interval.
///
/// The interval is bootstrap-t on the jackknife pseudo-values, which carries the skewness of heavy-tailed ratios, with
/// the standard error of [`ProductStatistics::variance`], which stays right near zero.
pub(super) fn of_square(
    products: &OuterProducts<'_>,
    statistics: &ProductStatistics,
    replicates: usize,
    seed: u64,
) -> Result<Option<Estimate>, TransferabilityError> {
    let Some(value) = statistics.unbiased_squared() else {
        return Ok(None);
    };
    let count = products.count();
    let estimate = Estimate::new(
        value,
        count,
        Over::Images,
        "U-statistic; bootstrap-t of the jackknife pseudo-values",
    )?;
    let second_moment = products.kernel_second_moment();
    let (Some(without), Some(variance)) =
        (statistics.leave_one_out(), statistics.variance(second_moment))
    else {
        return Ok(Some(estimate.without_interval("fewer than four images")));
    };
    let error = variance.sqrt();
    let estimate = estimate.with_std_error(error)?;
    if statistics.degenerate_variance(second_moment) > MOSTLY_DEGENERATE * variance {
        return Ok(Some(match student_interval(value, error, count)? {
            Some(interval) => estimate.with_interval(interval),
            None => estimate,
        }));
    }
    let pseudo = pseudo_values(value, &without);
    let spread = mean_and_error(&pseudo).and_then(|(_, error)| error).unwrap_or(0.0);
    let stretch = if spread > 0.0 { error / spread } else { 1.0 };
    offer(estimate, &pseudo, value, stretch, replicates, seed).map(Some)
}

/// Above this share of the variance that a zero measure would have, the pseudo-values say nothing of the distribution of
/// the square, which is close to a centred chi-square: Student's interval is used.
const MOSTLY_DEGENERATE: f64 = 0.25;

/// Offers the bootstrap-t interval of the mean of `values`, moved to `centre` and stretched by `stretch`.
fn offer(
    estimate: Estimate,
    values: &[f64],
    centre: f64,
    stretch: f64,
    replicates: usize,
    seed: u64,
) -> Result<Estimate, TransferabilityError> {
    let Some((mean, Some(error))) = mean_and_error(values) else {
        return Ok(estimate.without_interval("fewer than two images"));
    };
    let replicates = if values.len() > MOST_BOOTSTRAPPED { 0 } else { replicates };
    let interval = bootstrap_t_of_mean(values, replicates, seed)?;
    Ok(match interval.or(student_interval(mean, error, values.len())?) {
        Some(interval) => {
            estimate.with_interval(interval.mapped(|end| centre + stretch * (end - mean))?)
        }
        None => estimate.without_interval("fewer than two images"),
    })
}

/// A positive value with the leave-one-out values of its logarithm: bootstrap-t on that scale.
pub(super) fn on_log_scale(
    estimate: Estimate,
    without: &[f64],
    replicates: usize,
    seed: u64,
) -> Result<Estimate, TransferabilityError> {
    let value = estimate.value();
    let pseudo = pseudo_values(value.ln(), without);
    let Some((_, Some(error))) = mean_and_error(&pseudo) else {
        return Ok(estimate.without_interval("fewer than two images"));
    };
    let offered = offer(estimate.with_std_error(value * error)?, &pseudo, value.ln(), 1.0, replicates, seed)?;
    Ok(match offered.interval() {
        Some(interval) => offered.with_interval(interval.mapped(f64::exp)?),
        None => offered,
    })
}

/// sign(u) sqrt|u|: from a squared scale that may be negative back to the scale of a norm (paper §7.2).
#[must_use]
pub fn signed_root(square: f64) -> f64 {
    square.signum() * square.abs().sqrt()
}

/// The interval of a square moved to the scale of the norm.
pub(super) fn rooted(interval: Interval) -> Result<Interval, TransferabilityError> {
    Ok(interval.mapped(signed_root)?)
}
