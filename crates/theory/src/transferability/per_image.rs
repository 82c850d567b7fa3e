//! Values per image, and the paired difference of two results over the same images.

use std::collections::BTreeMap;

use super::TransferabilityError;
use super::intervals::{HEAVY_TAIL, heavy_tailed, heavy_tailed_for_centred};
use super::unit_deviations::UnitDeviations;
use crate::statistics::{Estimate, Over, mean_and_error, student_interval};

/// What each image contributed; `None` where it was excluded.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PerImage {
    /// alpha1 of the image, averaged over restarts.
    pub alpha1: Vec<Option<f64>>,
    /// The envelope ratio of the image.
    pub envelope: Vec<Option<f64>>,
    /// Jackknife pseudo-values of the unbiased square of alpha2; their mean is that square.
    pub alpha2_squared: Vec<Option<f64>>,
    /// Jackknife pseudo-values of the unbiased square of the combined measure.
    pub combined_squared: Vec<Option<f64>>,
}

impl PerImage {
    pub(super) fn of_ratios(units: &UnitDeviations) -> Self {
        let over = |value: &dyn Fn(usize) -> Option<f64>| {
            (0..units.images).map(|image| units.over_restarts(image, value)).collect()
        };
        Self {
            alpha1: over(&|sample| units.ratio(sample)),
            envelope: over(&|sample| units.envelope(sample)),
            alpha2_squared: Vec::new(),
            combined_squared: Vec::new(),
        }
    }
}

/// Differences "first minus second" of two results over the images that both measured.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct PairedDifference {
    /// Of the mean ratios.
    pub alpha1: Estimate,
    /// Of the mean envelope ratios.
    pub envelope: Estimate,
    /// Of the unbiased squares of alpha2.
    pub alpha2_squared: Option<Estimate>,
    /// Of the unbiased squares of the combined measure.
    pub combined_squared: Option<Estimate>,
    /// Of alpha2 itself, signed root of the unbiased square, by the delta method; `None` where a square is not well
    /// above zero.
    pub alpha2: Option<Estimate>,
    /// Of the combined measure itself.
    pub combined: Option<Estimate>,
}

/// The paired difference of two results.
///
/// `first_images` and `second_images` number the images of each result; images are matched by number. The pseudo-values
/// of the squares are those of each whole result, so measure both on the same images where possible.
///
/// # Errors
/// [`TransferabilityError::ImageNumbers`] for wrong or repeated numbers, [`TransferabilityError::TooFewShared`] below
/// two shared images.
pub fn paired_difference(
    first: &PerImage,
    first_images: &[u64],
    second: &PerImage,
    second_images: &[u64],
) -> Result<PairedDifference, TransferabilityError> {
    let places = pair_up(first, first_images, second, second_images)?;
    let pairs = |left: &[Option<f64>], right: &[Option<f64>]| -> Vec<(f64, f64)> {
        places.iter().filter_map(|&(i, j)| Some(((*left.get(i)?)?, (*right.get(j)?)?))).collect()
    };
    let alpha2 = pairs(&first.alpha2_squared, &second.alpha2_squared);
    let combined = pairs(&first.combined_squared, &second.combined_squared);
    let alpha1 = pairs(&first.alpha1, &second.alpha1);
    let ratios = [sides(&alpha1).0, sides(&alpha1).1];
    let unless = |heavy: bool, estimate: Estimate| match heavy {
        true => estimate.without_interval(HEAVY_TAIL),
        false => estimate,
    };
    let heavy = ratios.iter().any(|ratios| heavy_tailed(ratios));
    // Squares of heavy-tailed ratios need more images than their means: 89 % at 500 with a coefficient of variation of 1.8.
    let heavy_squared = ratios.iter().any(|ratios| heavy_tailed_for_centred(ratios));
    Ok(PairedDifference {
        alpha1: unless(heavy, difference(&alpha1)?),
        envelope: difference(&pairs(&first.envelope, &second.envelope))?,
        alpha2_squared: squared_difference(&alpha2),
        combined_squared: squared_difference(&combined).map(|estimate| unless(heavy_squared, estimate)),
        alpha2: rooted_difference(&alpha2)?,
        combined: rooted_difference(&combined)?.map(|estimate| unless(heavy_squared, estimate)),
    })
}

/// The values of the first and of the second result.
fn sides(pairs: &[(f64, f64)]) -> (Vec<f64>, Vec<f64>) {
    pairs.iter().copied().unzip()
}

/// Both squares must be so many of their jackknife errors above zero for an interval of their difference: closer to zero
/// pseudo-values overstate the error, and the interval covers 97 to 100 % (docs/results/coverage-images.md).
const CLEARLY_ABOVE_ZERO: f64 = 6.0;
/// Below so many images more errors are asked for, as sqrt(200/N): of 50 images with six of them, those few samples that pass
/// are the ones that overstate the square (93 % coverage).
const IMAGES_FOR_SIX: f64 = 200.0;

/// Whether a square is clearly above zero, and its value.
fn clear_square(values: &[f64]) -> Option<f64> {
    let errors = CLEARLY_ABOVE_ZERO * (IMAGES_FOR_SIX / values.len() as f64).sqrt().max(1.0);
    match mean_and_error(values) {
        Some((mean, Some(error))) if mean > errors * error && mean > 0.0 => Some(mean),
        _ => None,
    }
}

/// Why the interval of a difference of squares is withheld.
const NEAR_ZERO: &str = "a square is not clearly above zero";

/// The difference of two squares; its interval only where both are clearly above zero.
fn squared_difference(pairs: &[(f64, f64)]) -> Option<Estimate> {
    let estimate = difference(pairs).ok()?;
    let (first, second) = sides(pairs);
    let clear = clear_square(&first).is_some() && clear_square(&second).is_some();
    // Two results that are the same everywhere differ by exactly nothing, near zero too.
    Some(if clear || first == second { estimate } else { estimate.without_interval(NEAR_ZERO) })
}

fn pair_up(
    first: &PerImage,
    first_images: &[u64],
    second: &PerImage,
    second_images: &[u64],
) -> Result<Vec<(usize, usize)>, TransferabilityError> {
    let numbered = |images: &[u64], expected: usize| {
        let places: BTreeMap<u64, usize> = images.iter().enumerate().map(|(place, &image)| (image, place)).collect();
        if places.len() == expected && images.len() == expected {
            Ok(places)
        } else {
            Err(TransferabilityError::ImageNumbers { expected, found: places.len() })
        }
    };
    let left = numbered(first_images, first.alpha1.len())?;
    let right = numbered(second_images, second.alpha1.len())?;
    Ok(left.iter().filter_map(|(image, &i)| right.get(image).map(|&j| (i, j))).collect())
}

fn difference(pairs: &[(f64, f64)]) -> Result<Estimate, TransferabilityError> {
    let differences: Vec<f64> = pairs.iter().map(|(one, two)| one - two).collect();
    let Some((mean, Some(error))) = mean_and_error(&differences) else {
        return Err(TransferabilityError::TooFewShared { needed: 2, found: differences.len() });
    };
    let estimate =
        Estimate::new(mean, differences.len(), Over::Images, "paired difference; Student")?.with_std_error(error)?;
    Ok(match student_interval(mean, error, differences.len())? {
        Some(interval) => estimate.with_interval(interval),
        None => estimate,
    })
}

/// sqrt(U1) - sqrt(U2) with the error of (p1_i / (2 sqrt U1) - p2_i / (2 sqrt U2)), the delta method on pseudo-values.
fn rooted_difference(pairs: &[(f64, f64)]) -> Result<Option<Estimate>, TransferabilityError> {
    // Nearer to zero the root is too curved for a linear approximation.
    let (first, second) = sides(pairs);
    let (Some(first), Some(second)) = (clear_square(&first).map(f64::sqrt), clear_square(&second).map(f64::sqrt))
    else {
        return Ok(None);
    };
    // p / (2 r) has mean r / 2, so adding r / 2 to each makes their mean the root itself.
    let linear: Vec<(f64, f64)> =
        pairs.iter().map(|(one, two)| (0.5 * (one / first + first), 0.5 * (two / second + second))).collect();
    difference(&linear).map(Some)
}
