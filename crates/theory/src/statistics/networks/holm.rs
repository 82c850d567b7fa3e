//! Holm's adjustment of several p values for having looked at several things.

use thiserror::Error;

/// A p value is not a probability.
#[derive(Debug, Clone, Copy, PartialEq, Error)]
#[error("expected p values from 0 to 1, found {found} at position {index}")]
pub struct HolmError {
    /// Position of the offending value.
    pub index: usize,
    /// The value.
    pub found: f64,
}

/// Holm-adjusted p values, in the order given: the largest of (m − rank)·p over the smaller ones, at most 1.
///
/// Rejecting where the adjusted p is at most α keeps the chance of any false rejection at or below α, whatever
/// the dependence. Source: Holm 1979.
///
/// # Errors
///
/// [`HolmError`] where a p is not in [0, 1].
///
/// # Examples
///
/// ```
/// use transferscope_theory::statistics::networks::holm;
///
/// assert_eq!(holm(&[0.01, 0.04, 0.03])?, [0.03, 0.06, 0.06]);
/// # Ok::<(), transferscope_theory::statistics::networks::HolmError>(())
/// ```
pub fn holm(p_values: &[f64]) -> Result<Vec<f64>, HolmError> {
    if let Some(index) = p_values.iter().position(|p| !(0.0..=1.0).contains(p)) {
        return Err(HolmError { index, found: p_values[index] });
    }
    let mut order: Vec<usize> = (0..p_values.len()).collect();
    order.sort_by(|&a, &b| p_values[a].total_cmp(&p_values[b]));
    let mut adjusted = vec![0.0; p_values.len()];
    let mut largest = 0.0_f64;
    for (rank, index) in order.into_iter().enumerate() {
        largest = largest.max((p_values.len() - rank) as f64 * p_values[index]).min(1.0);
        adjusted[index] = largest;
    }
    Ok(adjusted)
}
