//! The three deviations of one direction of attack, checked against each other.

use super::{DeviationError, Deviations};

/// The attacked network's output, moved by the attack built on itself (Delta of star -> star).
#[derive(Debug, Clone, Copy)]
pub struct OwnUnderOwn<'a>(pub &'a Deviations);

/// The evaluated network's output, moved by the attack built on the attacked one (Delta of star -> diamond).
#[derive(Debug, Clone, Copy)]
pub struct OtherUnderOwn<'a>(pub &'a Deviations);

/// The evaluated network's output, moved by the attack built on itself (Delta of diamond -> diamond).
#[derive(Debug, Clone, Copy)]
pub struct OtherUnderOther<'a>(pub &'a Deviations);

/// One direction: an attack built on `own` (star), seen on `other` (diamond).
///
/// ```
/// use transferscope_theory::deviation::{Deviations, DirectionDeviations, OtherUnderOther, OtherUnderOwn, OwnUnderOwn};
/// let own = Deviations::new(vec![1.0, 0.0], 1, 2)?;
/// let seen = Deviations::new(vec![0.5], 1, 1)?;
/// let best = Deviations::new(vec![2.0], 1, 1)?;
/// let direction = DirectionDeviations::new(OwnUnderOwn(&own), OtherUnderOwn(&seen), OtherUnderOther(&best))?;
/// assert_eq!(direction.images(), 1);
/// # Ok::<(), transferscope_theory::deviation::DeviationError>(())
/// ```
#[derive(Debug, Clone)]
pub struct DirectionDeviations<'a> {
    own: &'a Deviations,
    other: &'a Deviations,
    reference_norms: Vec<f64>,
    restarts: usize,
}

impl<'a> DirectionDeviations<'a> {
    /// Checks that the three agree: the same samples, and the same outputs for the evaluated network.
    ///
    /// # Errors
    /// [`DeviationError::Samples`], [`DeviationError::Outputs`].
    pub fn new(
        own_under_own: OwnUnderOwn<'a>,
        other_under_own: OtherUnderOwn<'a>,
        other_under_other: OtherUnderOther<'_>,
    ) -> Result<Self, DeviationError> {
        let (own, other, reference) = (own_under_own.0, other_under_own.0, other_under_other.0);
        check_samples("evaluated network under its own attack", own, reference.samples())?;
        if reference.outputs() != other.outputs() {
            return Err(DeviationError::Outputs {
                role: "evaluated network under its own attack",
                expected: other.outputs(),
                found: reference.outputs(),
            });
        }
        Self::from_norms(own, other, reference.norms())
    }

    /// As [`new`](Self::new) where only the norms |Delta of diamond -> diamond| were kept: nothing else of them is used.
    ///
    /// # Errors
    /// [`DeviationError::Samples`]; [`DeviationError::NotFinite`] for a norm that is not finite or negative.
    pub fn from_norms(
        own: &'a Deviations,
        other: &'a Deviations,
        reference_norms: Vec<f64>,
    ) -> Result<Self, DeviationError> {
        check_samples("evaluated network under the attack", own, other.samples())?;
        check_samples("evaluated network under its own attack", own, reference_norms.len())?;
        if let Some(sample) = reference_norms.iter().position(|norm| !(norm.is_finite() && *norm >= 0.0)) {
            return Err(DeviationError::NotFinite { sample, output: 0, value: reference_norms[sample] });
        }
        Ok(Self { own, other, reference_norms, restarts: 1 })
    }

    /// Declares that every `restarts` consecutive samples belong to one image (paper §7.3).
    ///
    /// # Errors
    /// [`DeviationError::Restarts`] when the samples are not a multiple of it.
    pub fn with_restarts(mut self, restarts: usize) -> Result<Self, DeviationError> {
        if restarts == 0 || !self.own.samples().is_multiple_of(restarts) {
            return Err(DeviationError::Restarts { samples: self.own.samples(), restarts });
        }
        self.restarts = restarts;
        Ok(self)
    }

    /// Number of images.
    #[must_use]
    pub fn images(&self) -> usize {
        self.own.samples() / self.restarts
    }

    /// Restarts per image.
    #[must_use]
    pub fn restarts(&self) -> usize {
        self.restarts
    }

    /// Deviations of the attacked network under its own attack.
    #[must_use]
    pub fn own_under_own(&self) -> &'a Deviations {
        self.own
    }

    /// Deviations of the evaluated network under the attack.
    #[must_use]
    pub fn other_under_own(&self) -> &'a Deviations {
        self.other
    }

    /// |Delta of diamond -> diamond| per sample, the denominator of alpha1.
    #[must_use]
    pub fn reference_norms(&self) -> &[f64] {
        &self.reference_norms
    }
}

fn check_samples(role: &'static str, own: &Deviations, found: usize) -> Result<(), DeviationError> {
    if own.samples() == found {
        return Ok(());
    }
    Err(DeviationError::Samples { role, expected: own.samples(), found })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mismatches_name_what_was_expected_and_found() -> Result<(), DeviationError> {
        let two = Deviations::new(vec![1.0; 4], 2, 2)?;
        let three = Deviations::new(vec![1.0; 6], 3, 2)?;
        let narrow = Deviations::new(vec![1.0; 2], 2, 1)?;
        let samples = DirectionDeviations::new(OwnUnderOwn(&two), OtherUnderOwn(&three), OtherUnderOther(&two));
        assert_eq!(
            samples.err(),
            Some(DeviationError::Samples { role: "evaluated network under the attack", expected: 2, found: 3 })
        );
        let outputs = DirectionDeviations::new(OwnUnderOwn(&two), OtherUnderOwn(&narrow), OtherUnderOther(&two));
        assert_eq!(
            outputs.err(),
            Some(DeviationError::Outputs { role: "evaluated network under its own attack", expected: 1, found: 2 })
        );
        Ok(())
    }
}
