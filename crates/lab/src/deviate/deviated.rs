//! What a run over a pair gives: rows of numbers by image, merged in the order of the data.

use super::{Attacked, Seen};
use transferscope_theory::{
    deviation::{DeviationError, Deviations, PairDeviations},
    jacobian::JacobianMomentSums,
};

/// Rows of numbers, one behind the other: `[rows, width]`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rows {
    /// Numbers a row.
    pub width: usize,
    /// All numbers.
    pub values: Vec<f64>,
}

impl Rows {
    /// How many rows there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.values.len().checked_div(self.width).unwrap_or(0)
    }

    /// One row.
    #[must_use]
    pub fn row(&self, index: usize) -> &[f64] {
        &self.values[index * self.width..(index + 1) * self.width]
    }

    pub(super) fn append(&mut self, other: Self) {
        if other.width > 0 {
            self.width = other.width;
        }
        self.values.extend(other.values);
    }

    fn deviations(&self) -> Result<Deviations, DeviationError> {
        Deviations::new(self.values.clone(), self.count(), self.width)
    }
}

/// The sizes of perturbations, one number a perturbed image.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sizes {
    /// The largest change of a pixel.
    pub linf: Vec<f64>,
    /// The Euclidean length.
    pub l2: Vec<f64>,
}

impl Sizes {
    pub(super) fn append(&mut self, other: Self) {
        self.linf.extend(other.linf);
        self.l2.extend(other.l2);
    }
}

/// What a run over a pair gave. Everything with an entry for each perturbed image has the restarts of one image one
/// behind the other.
#[derive(Clone, Debug, Default)]
pub struct Deviated {
    /// The images that were measured, by their global id.
    pub ids: Vec<u64>,
    /// Their labels, where the data have labels.
    pub labels: Option<Vec<u32>>,
    /// Images that were left out because a network did not get them right.
    pub filtered: usize,
    /// How many perturbed images there are for each image.
    pub restarts: usize,
    /// Clean outputs of the source, one row an image.
    pub source_clean: Rows,
    /// Clean outputs of the target.
    pub target_clean: Rows,
    /// Clean predictions of the source.
    pub source_prediction: Vec<usize>,
    /// Clean predictions of the target.
    pub target_prediction: Vec<usize>,
    /// How the source moved under the attack built on itself.
    pub source_under_source: Rows,
    /// How the target moved under the attack built on the source.
    pub target_under_source: Rows,
    /// How the target moved under the attack built on itself.
    pub target_under_target: Rows,
    /// How the source moved under the attack built on the target.
    pub source_under_target: Rows,
    /// How the source moved under noise (absent for first-order measures).
    pub source_under_noise: Rows,
    /// How the target moved under noise.
    pub target_under_noise: Rows,
    /// The source's prediction under each attack: on itself, on the target.
    pub source_prediction_under: [Vec<usize>; 2],
    /// The target's prediction under each attack: on itself, on the source.
    pub target_prediction_under: [Vec<usize>; 2],
    /// How large the perturbations of the attack on the source were.
    pub source_attack_sizes: Sizes,
    /// How large the perturbations of the attack on the target were.
    pub target_attack_sizes: Sizes,
    /// Images at which the first gradient was zero: of the attack on the source, on the target.
    pub zero_gradients: [usize; 2],
    /// Largest singular value by image, for first-order measures: of the source, of the target.
    pub top_values: [Vec<f64>; 2],
    /// Relative gap between the used singular value and the next, by image: of the source, of the target.
    pub gaps: [Vec<f64>; 2],
    /// Perturbed images, where they were kept: attack on the source, attack on the target.
    pub perturbed: [Vec<f32>; 2],
    /// Sums over both Jacobians, where they were asked for.
    pub moments: Option<JacobianMomentSums>,
}

impl Deviated {
    /// Puts the images of a later chunk behind these.
    pub(crate) fn append(&mut self, other: Self) -> Result<(), String> {
        self.ids.extend(other.ids);
        match (&mut self.labels, other.labels) {
            (Some(labels), Some(more)) => labels.extend(more),
            (labels, more) => *labels = labels.take().or(more),
        }
        self.filtered += other.filtered;
        self.restarts = other.restarts;
        self.source_clean.append(other.source_clean);
        self.target_clean.append(other.target_clean);
        self.source_prediction.extend(other.source_prediction);
        self.target_prediction.extend(other.target_prediction);
        self.source_under_source.append(other.source_under_source);
        self.target_under_source.append(other.target_under_source);
        self.target_under_target.append(other.target_under_target);
        self.source_under_target.append(other.source_under_target);
        self.source_under_noise.append(other.source_under_noise);
        self.target_under_noise.append(other.target_under_noise);
        for (all, more) in self.source_prediction_under.iter_mut().zip(other.source_prediction_under) {
            all.extend(more);
        }
        for (all, more) in self.target_prediction_under.iter_mut().zip(other.target_prediction_under) {
            all.extend(more);
        }
        self.source_attack_sizes.append(other.source_attack_sizes);
        self.target_attack_sizes.append(other.target_attack_sizes);
        for (all, more) in self.zero_gradients.iter_mut().zip(other.zero_gradients) {
            *all += more;
        }
        for (all, more) in self.top_values.iter_mut().zip(other.top_values) {
            all.extend(more);
        }
        for (all, more) in self.gaps.iter_mut().zip(other.gaps) {
            all.extend(more);
        }
        for (all, more) in self.perturbed.iter_mut().zip(other.perturbed) {
            all.extend(more);
        }
        match (&mut self.moments, other.moments) {
            (Some(sums), Some(more)) => sums.merge(more).map_err(|error| error.to_string())?,
            (sums, more) => *sums = sums.take().or(more),
        }
        Ok(())
    }

    /// Fills in the deviations from the attack on each network and what the other made of it.
    pub(super) fn join(
        &mut self,
        source: Attacked,
        target: Attacked,
        source_seen: Seen,
        target_seen: Seen,
        keep_images: bool,
    ) {
        self.source_under_source = source.own;
        self.target_under_source = target_seen.moved;
        self.target_under_target = target.own;
        self.source_under_target = source_seen.moved;
        self.source_under_noise = source.under_noise;
        self.target_under_noise = target.under_noise;
        self.source_prediction_under = [source.prediction_under, source_seen.prediction];
        self.target_prediction_under = [target.prediction_under, target_seen.prediction];
        self.source_attack_sizes = source.sizes;
        self.target_attack_sizes = target.sizes;
        self.zero_gradients = [source.zero_gradients, target.zero_gradients];
        if keep_images {
            self.perturbed = [source.perturbed, target.perturbed];
        }
    }

    /// The four deviations of the pair.
    ///
    /// # Errors
    /// Where there is no image, or a deviation is not finite.
    pub fn pair_deviations(&self) -> Result<PairDeviations, DeviationError> {
        Ok(PairDeviations {
            source_under_source: self.source_under_source.deviations()?,
            target_under_source: self.target_under_source.deviations()?,
            target_under_target: self.target_under_target.deviations()?,
            source_under_target: self.source_under_target.deviations()?,
        })
    }

    /// How both networks moved under noise: source, target. `None` for first-order measures.
    ///
    /// # Errors
    /// Where a deviation is not finite.
    pub fn noise_deviations(&self) -> Result<Option<[Deviations; 2]>, DeviationError> {
        if self.source_under_noise.count() == 0 {
            return Ok(None);
        }
        Ok(Some([self.source_under_noise.deviations()?, self.target_under_noise.deviations()?]))
    }
}
