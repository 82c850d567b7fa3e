//! A share of images, with Wilson's interval.

use super::{Estimate, EstimateError, Interval, Over, normal_point};

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
    // The ends are exactly 0 and 1 there; rounding would leave a hair.
    let low = if hits == 0 { 0.0 } else { centre - half };
    let high = if hits == count { 1.0 } else { centre + half };
    Interval::new(low, high).map(Some)
}

/// The share `successes / trials` with Wilson's score interval (Wilson 1927), which stays in `[0,1]` and is sensible at
/// 0 and at 1, where the usual p ± 1.96 √(p(1−p)/n) is empty. `None` for no trials.
///
/// The standard error is √(p(1−p)/n).
///
/// # Errors
/// Where there are more successes than trials, so that the share is above 1.
///
/// ```
/// use transferscope_theory::statistics::proportion;
/// let share = proportion(600, 1000)?.ok_or("there were trials")?;
/// let interval = share.interval().ok_or("Wilson's interval always exists")?;
/// assert!((interval.low() - 0.5693).abs() < 1e-4 && (interval.high() - 0.6299).abs() < 1e-4);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn proportion(successes: usize, trials: usize) -> Result<Option<Estimate>, EstimateError> {
    if trials == 0 {
        return Ok(None);
    }
    if successes > trials {
        return Err(EstimateError::Value(successes as f64 / trials as f64));
    }
    let n = trials as f64;
    let share = successes as f64 / n;
    let estimate = Estimate::new(share, trials, Over::Images, "share, Wilson interval")?
        .with_std_error((share * (1.0 - share) / n).sqrt())?;
    Ok(match wilson_interval(successes, trials)? {
        Some(interval) => Some(estimate.with_interval(interval)),
        None => Some(estimate),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Wilson's interval is where the score test does not reject: |p̂ − p| = z √(p(1−p)/n) at both ends.
    #[test]
    fn the_ends_solve_the_score_equation() -> Result<(), EstimateError> {
        for (successes, trials) in [(0, 10), (3, 10), (10, 10), (600, 1000)] {
            let Some(estimate) = proportion(successes, trials)? else {
                continue;
            };
            let Some(interval) = estimate.interval() else {
                continue;
            };
            for end in [interval.low(), interval.high()] {
                let distance = (estimate.value() - end).abs();
                let reach = normal_point() * (end * (1.0 - end) / trials as f64).sqrt();
                assert!((distance - reach).abs() < 1e-12, "{successes}/{trials} at {end}");
            }
        }
        Ok(())
    }

    #[test]
    fn no_trials_give_no_share() {
        assert_eq!(proportion(0, 0), Ok(None));
        assert!(proportion(2, 1).is_err());
    }
}
