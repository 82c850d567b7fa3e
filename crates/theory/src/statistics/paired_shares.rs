//! The difference of two shares over the same images.

use super::{Estimate, EstimateError, Interval, Over, normal_point};

/// The share of images that the first of a pair has, less the share that the second has, with the interval of Agresti and Min (2005,
/// "Simple improved confidence intervals for comparing matched proportions"): Wald's after half an image is added to each
/// of the four cells. `None` of no images.
///
/// The standard error is √((b + c) − (b − c)²/n) / n, with b images that only the first has and c that only the second has.
///
/// ```
/// use transferscope_theory::statistics::paired_difference;
/// let images = [(true, true), (true, false), (false, false), (true, false)];
/// let gain = paired_difference(&images)?.ok_or("there are images")?;
/// assert_eq!((gain.value(), gain.count()), (0.5, 4));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`EstimateError`] in no case: all numbers are finite.
pub fn paired_difference(images: &[(bool, bool)]) -> Result<Option<Estimate>, EstimateError> {
    if images.is_empty() {
        return Ok(None);
    }
    let count = |wanted: (bool, bool)| images.iter().filter(|image| **image == wanted).count() as f64;
    let (n, b, c) = (images.len() as f64, count((true, false)), count((false, true)));
    let error = |n: f64, b: f64, c: f64| ((b + c) - (b - c).powi(2) / n).max(0.0).sqrt() / n;
    let (centre, reach) = ((b - c) / (n + 2.0), normal_point() * error(n + 2.0, b + 0.5, c + 0.5));
    let interval = Interval::new((centre - reach).max(-1.0), (centre + reach).min(1.0))?;
    let method = "paired difference of shares, Agresti-Min interval";
    let estimate = Estimate::new((b - c) / n, images.len(), Over::Images, method)?;
    Ok(Some(estimate.with_std_error(error(n, b, c))?.with_interval(interval)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const IMAGES: [(bool, bool); 6] =
        [(true, false), (true, false), (true, false), (false, true), (true, true), (false, false)];

    /// Swapping the two turns the sign of everything.
    #[test]
    fn the_difference_is_antisymmetric() -> Result<(), EstimateError> {
        let swapped = IMAGES.map(|(first, second)| (second, first));
        let (Some(one), Some(other)) = (paired_difference(&IMAGES)?, paired_difference(&swapped)?) else {
            panic!("there are images")
        };
        assert_eq!(one.value(), -other.value());
        assert_eq!(one.std_error(), other.std_error());
        let ends = |estimate: &Estimate| estimate.interval().map(|interval| (interval.low(), interval.high()));
        assert_eq!(ends(&one), ends(&other).map(|(low, high)| (-high, -low)));
        Ok(())
    }

    /// By hand: n = 6, b = 3, c = 1: value 1/3, error √(4 − 4/6)/6.
    #[test]
    fn a_table_by_hand() -> Result<(), EstimateError> {
        let gain = paired_difference(&IMAGES)?;
        let (value, error) = gain.map_or((0.0, None), |gain| (gain.value(), gain.std_error()));
        assert!((value - 1.0 / 3.0).abs() < 1e-15);
        assert!(error.is_some_and(|error| (error - (4.0_f64 - 4.0 / 6.0).sqrt() / 6.0).abs() < 1e-15));
        Ok(())
    }

    #[test]
    fn no_images_have_no_difference() {
        assert_eq!(paired_difference(&[]), Ok(None));
    }
}
