//! Deviations divided by their norms, with the policy for samples where that is impossible (paper §6.5).

use crate::deviation::{DirectionDeviations, euclidean_norm};
use crate::statistics::Exclusions;

/// The attack moved nothing on the network it was built on: the sample is dropped everywhere.
pub const OWN_DEVIATION_ZERO: &str = "own deviation zero";
/// The evaluated network's own attack moved nothing, so alpha1 is undefined: the sample is dropped everywhere.
pub const REFERENCE_DEVIATION_ZERO: &str = "evaluated network's own attack moved nothing";
/// The attack moved nothing on the evaluated network: alpha1 is 0 there, the sample counts for alpha1 and combined, and
/// is dropped for alpha2, which has no direction to compare.
pub const CROSS_DEVIATION_ZERO: &str = "zero cross deviation kept for alpha1 and combined, dropped for alpha2";

/// What can be said of one sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    Complete,
    CrossZero,
    OwnZero,
    ReferenceZero,
}

/// Unit deviations of both networks and the ratio of norms, per sample.
#[derive(Debug, Clone)]
pub(crate) struct UnitDeviations {
    pub restarts: usize,
    pub images: usize,
    pub own_outputs: usize,
    pub other_outputs: usize,
    /// Unit vectors a, N R x d_star; zero where undefined.
    pub own: Vec<f64>,
    /// Unit vectors b, N R x d_diamond; zero where undefined.
    pub other: Vec<f64>,
    /// |Delta of star -> diamond| per sample.
    pub cross_norm: Vec<f64>,
    /// |Delta of diamond -> diamond| per sample.
    pub reference_norm: Vec<f64>,
    pub standing: Vec<Standing>,
}

impl UnitDeviations {
    pub fn new(direction: &DirectionDeviations<'_>) -> Self {
        let own = direction.own_under_own();
        let other = direction.other_under_own();
        let mut units = Self {
            restarts: direction.restarts(),
            images: direction.images(),
            own_outputs: own.outputs(),
            other_outputs: other.outputs(),
            own: own.as_slice().to_vec(),
            other: other.as_slice().to_vec(),
            cross_norm: vec![0.0; own.samples()],
            reference_norm: direction.reference_norms().to_vec(),
            standing: vec![Standing::Complete; own.samples()],
        };
        for sample in 0..own.samples() {
            let a = &mut units.own[sample * units.own_outputs..(sample + 1) * units.own_outputs];
            let own_norm = normalise(a);
            let b = &mut units.other[sample * units.other_outputs..(sample + 1) * units.other_outputs];
            let cross = normalise(b);
            units.cross_norm[sample] = cross;
            units.standing[sample] = if own_norm == 0.0 {
                Standing::OwnZero
            } else if units.reference_norm[sample] == 0.0 {
                Standing::ReferenceZero
            } else if cross == 0.0 {
                Standing::CrossZero
            } else {
                Standing::Complete
            };
        }
        units
    }

    /// alpha1 of one sample (paper §2.1), where defined.
    pub fn ratio(&self, sample: usize) -> Option<f64> {
        match self.standing[sample] {
            Standing::Complete | Standing::CrossZero => Some(self.cross_norm[sample] / self.reference_norm[sample]),
            Standing::OwnZero | Standing::ReferenceZero => None,
        }
    }

    /// The ratio with the larger of both deviations as denominator, in [0, 1] (paper §6.1).
    pub fn envelope(&self, sample: usize) -> Option<f64> {
        let largest = self.cross_norm[sample].max(self.reference_norm[sample]);
        self.ratio(sample).map(|_| self.cross_norm[sample] / largest)
    }

    /// Mean of `value` over the restarts of an image at which it is defined.
    pub fn over_restarts(&self, image: usize, value: impl Fn(usize) -> Option<f64>) -> Option<f64> {
        let (mut sum, mut count) = (0.0, 0.0);
        for value in self.samples_of(image).filter_map(value) {
            sum += value;
            count += 1.0;
        }
        (count > 0.0).then(|| sum / count)
    }

    pub fn samples_of(&self, image: usize) -> std::ops::Range<usize> {
        image * self.restarts..(image + 1) * self.restarts
    }

    /// Counts samples by reason.
    pub fn exclusions(&self) -> Exclusions {
        let mut excluded = Exclusions::none();
        for standing in &self.standing {
            match standing {
                Standing::Complete => {}
                Standing::CrossZero => excluded.add(CROSS_DEVIATION_ZERO, 1),
                Standing::OwnZero => excluded.add(OWN_DEVIATION_ZERO, 1),
                Standing::ReferenceZero => excluded.add(REFERENCE_DEVIATION_ZERO, 1),
            }
        }
        excluded
    }
}

/// Divides by the norm, which is returned; a zero vector stays zero.
fn normalise(vector: &mut [f64]) -> f64 {
    let norm = euclidean_norm(vector);
    if norm > 0.0 {
        vector.iter_mut().for_each(|value| *value /= norm);
    }
    norm
}
