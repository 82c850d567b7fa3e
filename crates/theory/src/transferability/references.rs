//! Reference values: what a measure gives where there is nothing to find, or everything.

use serde::{Deserialize, Serialize};

use super::TransferabilityError;
use super::outer_products::{OuterProducts, Weight};
use super::unit_deviations::UnitDeviations;
use crate::deviation::DirectionDeviations;
use crate::statistics::{PermutationNull, Permutations};

/// The reference values that stand beside a measure.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct References {
    /// Under random noise of the same budget instead of the attack.
    pub noise: Option<f64>,
    /// Mean over random pairings of images.
    pub permuted: Option<f64>,
    /// Of the attacked network to itself, the ceiling.
    #[serde(rename = "self")]
    pub itself: Option<f64>,
}

/// The measures of deviations under noise instead of the attack.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct NoiseReference {
    /// Mean of |Delta of diamond under noise| / |Delta of diamond -> diamond|.
    pub alpha1: f64,
    /// alpha2 of the deviations of both networks under the same noise; `None` when the noise moved nothing.
    pub alpha2: Option<f64>,
    /// The combined measure of them.
    pub combined: f64,
    /// The centred alpha2 of them.
    pub centred: Option<f64>,
}

/// Measures under noise: `own` under noise, `other` under the same noise, and `other` under its own attack, handed over
/// as a direction whose attack is the noise.
///
/// # Errors
/// [`TransferabilityError::NothingLeft`] when no sample is left.
pub fn noise_reference(noise: &DirectionDeviations<'_>) -> Result<NoiseReference, TransferabilityError> {
    let units = UnitDeviations::new(noise);
    let ratios: Vec<f64> =
        (0..units.images).filter_map(|image| units.over_restarts(image, |sample| units.ratio(sample))).collect();
    if ratios.is_empty() {
        return Err(super::report::nothing_left(units.images, &units.exclusions()));
    }
    let unit = OuterProducts::new(&units, Weight::Unit, |_| 1.0);
    let ratio = OuterProducts::new(&units, Weight::Ratio, |_| 1.0);
    let (mut alpha2, mut centred) = (None, None);
    if unit.count() > 0 {
        let statistics = unit.statistics()?;
        alpha2 = Some(statistics.plug_in_squared().sqrt());
        centred = Some(unit.centred_square(&statistics).sqrt());
    }
    Ok(NoiseReference {
        alpha1: ratios.iter().sum::<f64>() / ratios.len() as f64,
        alpha2,
        combined: ratio.statistics()?.plug_in_squared().sqrt(),
        centred,
    })
}

/// Null distributions of the norm and of the centred norm when images are paired at random.
pub(super) fn permutation_nulls(
    products: &OuterProducts<'_>,
    norm: f64,
    centred: f64,
    permutations: usize,
    seed: u64,
) -> Result<(Option<PermutationNull>, Option<PermutationNull>), TransferabilityError> {
    let mut orders = Permutations::new(products.count(), seed);
    let mut norms = Vec::with_capacity(permutations);
    let mut centred_norms = Vec::with_capacity(permutations);
    for _ in 0..permutations {
        let (square, centred_square) = products.paired_with(orders.draw()).squares()?;
        norms.push(square.sqrt());
        centred_norms.push(centred_square.sqrt());
    }
    Ok((PermutationNull::from_draws(norm, norms), PermutationNull::from_draws(centred, centred_norms)))
}
