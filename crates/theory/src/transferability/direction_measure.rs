//! alpha2 and the combined measure: how far the directions of both deviations agree from image to image.

use serde::{Deserialize, Serialize};

use super::TransferabilityError;
use super::intervals::{self, signed_root};
use super::outer_products::{OuterProducts, ProductStatistics, Weight};
use super::references::{References, permutation_nulls};
use super::report::ReportOptions;
use super::unit_deviations::UnitDeviations;
use crate::statistics::{Estimate, Exclusions, Over, PermutationNull, pseudo_values};

/// alpha2 (paper §2.2) or the combined measure (§2.3, §2.6) of one direction.
///
/// `norm` is the plug-in value, the norm itself; it is biased up by about (1 - alpha2²)/(2 N alpha2) (§7.1). Its
/// interval is that of the unbiased square, moved to the scale of the norm by the signed root, so near zero it may lie
/// below the plug-in value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DirectionMeasure {
    /// |E\[c a bᵀ\]|, plug-in.
    #[serde(flatten)]
    pub norm: Estimate,
    /// Its square, as the image scripts of the released code report it.
    pub squared: f64,
    /// The U-statistic of the square (§7.2); may be negative; `None` for one image.
    pub unbiased_squared: Option<f64>,
    /// Its signed root.
    pub unbiased: Option<f64>,
    /// Divided by the root of |E a aᵀ| |E c² b bᵀ| (§2.7), in [0, 1]; 1 for f -> f.
    pub normalised: Option<f64>,
    /// Its square, the uncentred linear CKA of the unit deviations.
    pub normalised_squared: Option<f64>,
    /// |E\[c a bᵀ\] - E\[a\] E\[c b\]ᵀ| (§7.5): what is left when the mean directions are removed.
    pub centred: f64,
    /// The same numbers with their uncertainty.
    pub estimates: DirectionEstimates,
    /// Noise, permuted pairing, self.
    pub references: References,
    /// Null distribution of the norm under random pairing.
    pub permuted: Option<PermutationNull>,
    /// Null distribution of the centred norm under random pairing.
    pub permuted_centred: Option<PermutationNull>,
}

/// The square and the centred norm with their uncertainty.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DirectionEstimates {
    /// The U-statistic.
    pub unbiased_squared: Option<Estimate>,
    /// The centred norm.
    pub centred: Estimate,
}

impl DirectionMeasure {
    pub(super) fn new(
        units: &UnitDeviations,
        weight: Weight,
        excluded: &Exclusions,
        options: &ReportOptions,
    ) -> Result<(Self, Vec<Option<f64>>), TransferabilityError> {
        let products = OuterProducts::new(units, weight, |_| 1.0);
        if products.count() == 0 {
            return Err(super::report::nothing_left(units.images, excluded));
        }
        let statistics = products.statistics()?;
        let squared = statistics.plug_in_squared();
        let norm = squared.sqrt();
        let centred = products.centred_square(&statistics).sqrt();
        let (own, other) = self_norms(units, weight)?;
        let normalised_squared = (own * other > 0.0).then(|| (squared / (own * other)).min(1.0));
        let (permuted, permuted_centred) =
            permutation_nulls(&products, norm, centred, options.permutations, options.seed)?;
        let ratios = ratios(units);
        let heavy = weight != Weight::Unit && intervals::heavy_tailed(&ratios);
        let heavy_for_centred = weight != Weight::Unit && intervals::heavy_tailed_for_centred(&ratios);
        let unbiased = intervals::of_square(&products, &statistics, heavy, options.replicates, options.seed)?
            .map(|estimate| estimate.with_exclusions(excluded.clone()));
        let estimate = Estimate::new(
            norm,
            products.count(),
            Over::Images,
            "plug-in norm; interval of the unbiased square, signed root",
        )?
        .with_exclusions(excluded.clone());
        let estimate = as_norm(estimate, unbiased.as_ref())?;
        let mut pseudo = vec![None; units.images];
        if let (Some(whole), Some(without)) = (statistics.unbiased_squared(), statistics.leave_one_out()) {
            for (image, value) in products.images().iter().zip(pseudo_values(whole, &without)) {
                pseudo[*image] = Some(value);
            }
        }
        let centred_estimate =
            centred_estimate(&products, &statistics, heavy_for_centred, options)?.with_exclusions(excluded.clone());
        let measure = Self {
            norm: estimate,
            squared,
            unbiased_squared: statistics.unbiased_squared(),
            unbiased: statistics.unbiased_squared().map(signed_root),
            normalised: normalised_squared.map(f64::sqrt),
            normalised_squared,
            centred,
            estimates: DirectionEstimates { unbiased_squared: unbiased, centred: centred_estimate },
            references: References { noise: None, permuted: permuted.map(|null| null.mean), itself: Some(own) },
            permuted,
            permuted_centred,
        };
        Ok((measure, pseudo))
    }

    /// Whether the norm lies above 95 % of the permuted pairings; `None` without permutations.
    #[must_use]
    pub fn above_chance(&self) -> Option<bool> {
        self.permuted.map(|null| self.norm.value() > null.quantile95)
    }
}

fn ratios(units: &UnitDeviations) -> Vec<f64> {
    (0..units.images).filter_map(|image| units.over_restarts(image, |sample| units.ratio(sample))).collect()
}

/// |E a aᵀ| and |E c² b bᵀ|.
fn self_norms(units: &UnitDeviations, weight: Weight) -> Result<(f64, f64), TransferabilityError> {
    let own = OuterProducts::of_own(units, weight).squares()?.0.sqrt();
    let other = OuterProducts::of_other(units, weight).squares()?.0.sqrt();
    Ok((own, other))
}

/// The centred norm; its interval is that of the unbiased square of the centred products, moved by the signed root.
fn centred_estimate(
    products: &OuterProducts<'_>,
    statistics: &ProductStatistics,
    heavy: bool,
    options: &ReportOptions,
) -> Result<Estimate, TransferabilityError> {
    let norm = products.centred_square(statistics).sqrt();
    let estimate = Estimate::new(
        norm,
        products.count(),
        Over::Images,
        "centred norm; interval of the unbiased square, signed root",
    )?;
    let vectors = products.centred_vectors(statistics);
    let centred = products.with_centred(&vectors);
    let square = intervals::of_square(&centred, &centred.statistics()?, heavy, options.replicates, options.seed)?;
    as_norm(estimate, square.as_ref())
}

/// Moves error (delta method) and interval (signed root) of a square to its norm.
fn as_norm(mut norm: Estimate, square: Option<&Estimate>) -> Result<Estimate, TransferabilityError> {
    let Some(square) = square else {
        return Ok(norm.without_interval("fewer than two images"));
    };
    if let Some(error) = square.std_error()
        && norm.value() > 0.0
    {
        let value = norm.value();
        norm = norm.with_std_error(error / (2.0 * value))?;
    }
    Ok(match square.interval() {
        Some(interval) => norm.with_interval(intervals::rooted(interval)?),
        None => norm.without_interval(square.no_interval_because().unwrap_or("fewer than four images").to_owned()),
    })
}
