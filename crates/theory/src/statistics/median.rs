//! The median with a distribution-free interval from order statistics.

use statrs::distribution::{Binomial, DiscreteCDF};

use super::{EstimateError, Interval, LEVEL};

/// The median; `None` of nothing. Values are finite.
#[must_use]
pub fn median(values: &[f64]) -> Option<f64> {
    let sorted = sorted(values);
    let count = sorted.len();
    match count {
        0 => None,
        _ if count % 2 == 1 => Some(sorted[count / 2]),
        _ => Some(0.5 * (sorted[count / 2 - 1] + sorted[count / 2])),
    }
}

/// Interval of the median between interpolated order statistics (Hettmansperger and Sheather, 1986).
///
/// The interval [x_(k), x_(N+1-k)] covers with probability 1 - 2 P(Bin(N, 1/2) < k). The two neighbouring k that
/// enclose 95 % are mixed by their rule, which is exact in the middle of a symmetric distribution and close elsewhere.
/// `None` below six values, where even the extremes do not cover 95 %.
///
/// # Errors
/// [`EstimateError::Interval`] for values that are not finite.
pub fn median_interval(values: &[f64]) -> Result<Option<Interval>, EstimateError> {
    let sorted = sorted(values);
    let count = sorted.len();
    let Ok(binomial) = Binomial::new(0.5, count as u64) else {
        return Ok(None);
    };
    // coverage(k) falls with k; k = 1 uses the extremes.
    let coverage = |k: usize| 1.0 - 2.0 * binomial.cdf(k as u64 - 1);
    let Some(wide) = (1..=count / 2).rev().find(|&k| coverage(k) >= LEVEL) else {
        return Ok(None);
    };
    let narrow = wide + 1;
    let (low, high) = (sorted[wide - 1], sorted[count - wide]);
    if 2 * narrow > count + 1 {
        return Interval::new(low, high).map(Some);
    }
    let share = (coverage(wide) - LEVEL) / (coverage(wide) - coverage(narrow));
    let rest = (count - wide) as f64;
    let mix = rest * share / (wide as f64 + (rest - wide as f64) * share);
    Interval::new(low + mix * (sorted[narrow - 1] - low), high + mix * (sorted[count - narrow] - high)).map(Some)
}

fn sorted(values: &[f64]) -> Vec<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted
}

#[cfg(test)]
mod tests {
    use super::*;

    /// For N = 10 the enclosing pairs are k = 2 (97.9 %) and k = 3 (89.1 %): the ends lie between them.
    #[test]
    fn the_ends_lie_between_the_enclosing_order_statistics() -> Result<(), EstimateError> {
        let values: Vec<f64> = (1..=10).map(f64::from).collect();
        let interval = median_interval(&values)?.ok_or(EstimateError::Value(0.0))?;
        assert!(interval.low() > 2.0 && interval.low() < 3.0);
        assert!((interval.low() + interval.high() - 11.0).abs() < 1e-12);
        assert_eq!(median(&values), Some(5.5));
        assert_eq!(median_interval(&values[..5])?, None);
        Ok(())
    }
}
