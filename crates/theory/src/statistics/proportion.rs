//! The interval of a share of samples.

use super::{EstimateError, Interval, normal_point};

/// Wilson's score interval for `hits` of `count`; `None` of nothing.
///
/// # Errors
/// [`EstimateError::Interval`] in no case with hits <= count.
pub fn wilson_interval(hits: usize, count: usize) -> Result<Option<Interval>, EstimateError> {
    if count == 0 {
        return Ok(None);
    }
    let (n, z) = (count as f64, normal_point());
    let share = hits as f64 / n;
    let centre = (share + z * z / (2.0 * n)) / (1.0 + z * z / n);
    let half = z / (1.0 + z * z / n) * (share * (1.0 - share) / n + z * z / (4.0 * n * n)).sqrt();
    Interval::new((centre - half).max(0.0), (centre + half).min(1.0)).map(Some)
}
