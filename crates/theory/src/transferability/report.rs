//! Everything that is reported of one direction of attack.

use serde::{Deserialize, Serialize};

use super::outer_products::Weight;
use super::unit_deviations::UnitDeviations;
use super::{Alpha1, DirectionMeasure, NoiseReference, PerImage, TransferabilityError};
use crate::deviation::DirectionDeviations;
use crate::statistics::Exclusions;

/// How much resampling is done, and from which seed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportOptions {
    /// Random pairings for the null distributions; 0 leaves them out.
    pub permutations: usize,
    /// Bootstrap replicates for the intervals that use them.
    pub replicates: usize,
    /// Seed of both.
    pub seed: u64,
}

impl Default for ReportOptions {
    fn default() -> Self {
        Self { permutations: 999, replicates: 999, seed: 0 }
    }
}

/// The measures of one direction (attack built on star, seen on diamond), with errors and reference values.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DirectionReport {
    /// alpha1 and its other summaries.
    pub alpha1: Alpha1,
    /// alpha2; `None` when the attack moved the evaluated network at no image.
    pub alpha2: Option<DirectionMeasure>,
    /// The combined measure.
    pub combined: DirectionMeasure,
    /// Images that came, exclusions included.
    pub images: usize,
    /// Restarts per image.
    pub restarts: usize,
    /// Samples (image and restart) by the reason for which they were left out.
    pub excluded: Exclusions,
    /// Values per image, for paired comparison; not serialised.
    #[serde(skip)]
    pub per_image: PerImage,
}

impl DirectionReport {
    /// Computes all measures of one direction.
    ///
    /// Samples follow the policy of paper §6.5: see [`OWN_DEVIATION_ZERO`](super::OWN_DEVIATION_ZERO) and its
    /// neighbours. Work: O(N d_S d_T) per permutation.
    ///
    /// # Errors
    /// [`TransferabilityError::NothingLeft`] when every sample is excluded.
    ///
    /// ```
    /// use transferscope_theory::deviation::{Deviations, DirectionDeviations, OtherUnderOther, OtherUnderOwn, OwnUnderOwn};
    /// use transferscope_theory::transferability::{DirectionReport, ReportOptions};
    /// // Two images; the attack moves the other network half as far as that network's own attack, always the same way.
    /// let own = Deviations::new(vec![1.0, 0.0, 2.0, 0.0], 2, 2)?;
    /// let seen = Deviations::new(vec![0.0, 1.0, 0.0, 3.0], 2, 2)?;
    /// let best = Deviations::new(vec![2.0, 0.0, 0.0, 6.0], 2, 2)?;
    /// let direction = DirectionDeviations::new(OwnUnderOwn(&own), OtherUnderOwn(&seen), OtherUnderOther(&best))?;
    /// let report = DirectionReport::new(&direction, &ReportOptions::default())?;
    /// assert_eq!(report.alpha1.mean.value(), 0.5);
    /// assert_eq!(report.alpha2.as_ref().map(|alpha2| alpha2.norm.value()), Some(1.0));
    /// assert_eq!(report.combined.norm.value(), 0.5);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn new(direction: &DirectionDeviations<'_>, options: &ReportOptions) -> Result<Self, TransferabilityError> {
        let units = UnitDeviations::new(direction);
        let excluded = units.exclusions();
        let mut per_image = PerImage::of_ratios(&units);
        let alpha1 = Alpha1::new(&units, &per_image, &excluded, options.replicates, options.seed)?;
        let alpha2 = match DirectionMeasure::new(&units, Weight::Unit, &excluded, options) {
            Ok((measure, pseudo)) => {
                per_image.alpha2_squared = pseudo;
                Some(measure)
            }
            Err(TransferabilityError::NothingLeft { .. }) => None,
            Err(error) => return Err(error),
        };
        let (combined, pseudo) = DirectionMeasure::new(&units, Weight::Ratio, &excluded, options)?;
        per_image.combined_squared = pseudo;
        Ok(Self { alpha1, alpha2, combined, images: units.images, restarts: units.restarts, excluded, per_image })
    }

    /// The same with the reference values under noise.
    #[must_use]
    pub fn with_noise(mut self, noise: &NoiseReference) -> Self {
        self.alpha1.references.noise = Some(noise.alpha1);
        if let Some(alpha2) = &mut self.alpha2 {
            alpha2.references.noise = noise.alpha2;
        }
        self.combined.references.noise = Some(noise.combined);
        self
    }
}

pub(super) fn nothing_left(images: usize, excluded: &Exclusions) -> TransferabilityError {
    let reasons: Vec<String> = excluded.iter().map(|(reason, count)| format!("{reason}: {count}")).collect();
    TransferabilityError::NothingLeft { images, reasons: reasons.join(", ") }
}
