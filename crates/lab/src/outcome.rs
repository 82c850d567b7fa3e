//! What knowledge transfer really gave: accuracy on images that nothing was chosen on, and the gain over a reference.

use serde::{Deserialize, Serialize};
use transferscope_theory::statistics::{Estimate, EstimateError, paired_difference, proportion};

/// Right or wrong, for every image of the test data.
///
/// ```
/// use transferscope_lab::outcome::Outcome;
/// let outcome = Outcome::new(vec![5, 6, 7, 8], vec![true, true, false, true]).ok_or("there are images")?;
/// assert_eq!(outcome.accuracy.value(), 0.75);
/// let twin = Outcome::new(vec![5, 6, 7, 8], vec![false, true, false, false]).ok_or("there are images")?;
/// assert_eq!(outcome.gain_over(&twin)?.map(|gain| gain.value()), Some(0.5));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// The share that is right, over images, with Wilson's interval.
    pub accuracy: Estimate,
    /// How many are right.
    pub right: usize,
    /// The global ids of the images, in the order of the data.
    pub ids: Vec<u64>,
    /// Whether each is right.
    pub correct: Vec<bool>,
}

/// Why two outcomes cannot be compared.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum OutcomeError {
    /// They are of different images.
    #[error(
        "two outcomes can be compared only over the same images, but one has {first} and the other {second}, or other ones"
    )]
    Images {
        /// Images of the first.
        first: usize,
        /// Images of the second.
        second: usize,
    },
    /// A number is none.
    #[error(transparent)]
    Estimate(#[from] EstimateError),
}

impl Outcome {
    /// From right and wrong by image; `None` of no images or where the two differ in length.
    #[must_use]
    pub fn new(ids: Vec<u64>, correct: Vec<bool>) -> Option<Self> {
        if ids.len() != correct.len() {
            return None;
        }
        let right = correct.iter().filter(|correct| **correct).count();
        let accuracy = proportion(right, correct.len()).ok().flatten()?;
        Some(Self { accuracy, right, ids, correct })
    }

    /// Accuracy less the other's, paired by image; `None` of no images.
    ///
    /// # Errors
    /// Where the images are not the same.
    pub fn gain_over(&self, other: &Self) -> Result<Option<Estimate>, OutcomeError> {
        if self.ids != other.ids {
            return Err(OutcomeError::Images { first: self.ids.len(), second: other.ids.len() });
        }
        let pairs: Vec<(bool, bool)> = self.correct.iter().copied().zip(other.correct.iter().copied()).collect();
        Ok(paired_difference(&pairs)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outcomes_of_other_images_are_not_compared() {
        let outcome = |ids: Vec<u64>| Outcome::new(ids, vec![true, false]);
        let (Some(one), Some(other)) = (outcome(vec![0, 1]), outcome(vec![0, 2])) else { panic!("there are images") };
        assert!(matches!(one.gain_over(&other), Err(OutcomeError::Images { .. })));
        assert_eq!(Outcome::new(vec![], vec![]), None);
        assert_eq!(Outcome::new(vec![1], vec![]), None);
    }
}
