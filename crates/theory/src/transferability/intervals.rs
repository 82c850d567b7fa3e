//! Which interval is offered for which measure; the coverage simulation decides (docs/results/coverage-images.md).

use super::TransferabilityError;
use crate::statistics::{
    Estimate, Interval, Over, bootstrap_t_of_mean, mean_and_error, student_interval,
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
    let estimate = estimate.with_std_error(error)?;
    let interval = bootstrap_t_of_mean(values, replicates, seed)?;
    Ok(match interval.or(student_interval(mean, error, values.len())?) {
        Some(interval) => estimate.with_interval(interval),
        None => estimate.without_interval("fewer than two images"),
    })
}

/// A positive value whose interval is Student's on the logarithmic scale.
pub(super) fn on_log_scale(
    estimate: Estimate,
    log_error: f64,
    count: usize,
) -> Result<Estimate, TransferabilityError> {
    let value = estimate.value();
    let estimate = estimate.with_std_error(value * log_error)?;
    Ok(match student_interval(value.ln(), log_error, count)? {
        Some(interval) => estimate.with_interval(interval.mapped(f64::exp)?),
        None => estimate.without_interval("fewer than two images"),
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
