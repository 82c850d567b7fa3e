//! The exact Wasserstein-1 distance of two samples of numbers.

use super::WassersteinError;

/// W₁ = ∫ |F(t) − G(t)| dt between the empirical distributions of two samples, whose sizes may differ.
///
/// # Errors
///
/// [`WassersteinError`] for an empty sample or a number that is not finite.
///
/// # Examples
///
/// ```
/// use transferscope_theory::matching::wasserstein::one_dimension_distance;
///
/// // Half of the mass at 0 must go to 1.
/// assert_eq!(one_dimension_distance(&[0.0], &[0.0, 1.0])?, 0.5);
/// # Ok::<(), transferscope_theory::matching::wasserstein::WassersteinError>(())
/// ```
pub fn one_dimension_distance(left: &[f64], right: &[f64]) -> Result<f64, WassersteinError> {
    if left.is_empty() || right.is_empty() {
        return Err(WassersteinError::Empty { left: left.len(), right: right.len() });
    }
    if left.iter().chain(right).any(|value| !value.is_finite()) {
        return Err(WassersteinError::NotFinite);
    }
    let sorted = |values: &[f64]| {
        let mut values = values.to_vec();
        values.sort_by(f64::total_cmp);
        values
    };
    let (left, right) = (sorted(left), sorted(right));
    if left.len() == right.len() {
        // Sorted points pair up.
        let sum: f64 = left.iter().zip(&right).map(|(l, r)| (l - r).abs()).sum();
        return Ok(sum / left.len() as f64);
    }
    let (mut i, mut j, mut area) = (0, 0, 0.0);
    let mut at = left[0].min(right[0]);
    while i < left.len() || j < right.len() {
        let next = match (left.get(i), right.get(j)) {
            (Some(l), Some(r)) => l.min(*r),
            (Some(l), None) => *l,
            (None, Some(r)) => *r,
            (None, None) => at,
        };
        let gap = i as f64 / left.len() as f64 - j as f64 / right.len() as f64;
        area += gap.abs() * (next - at);
        at = next;
        while left.get(i).is_some_and(|value| *value <= at) {
            i += 1;
        }
        while right.get(j).is_some_and(|value| *value <= at) {
            j += 1;
        }
    }
    Ok(area)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;

    #[test]
    fn repeating_every_point_changes_nothing() {
        let (left, right) = ([0.3, 2.0, -1.0], [5.0, 0.5]);
        let twice: Vec<f64> = left.iter().chain(&left).copied().collect();
        let once = one_dimension_distance(&left, &right).unwrap();
        // A handful of roundings of numbers of order one.
        assert!((one_dimension_distance(&twice, &right).unwrap() - once).abs() < 1e-14);
        // By hand: quantiles at sixths are −1,−1,.3,.3,2,2 and .5,.5,.5,5,5,5.
        assert!((once - (1.5 + 1.5 + 0.2 + 4.7 + 3.0 + 3.0) / 6.0).abs() < 1e-14);
    }
}
