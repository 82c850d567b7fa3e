//! The labels of the target images, checked, with absent classes dropped.

use super::ScoreError;

/// Class labels of the target images. Classes that no image has are dropped: the others are numbered from 0 in order.
///
/// ```
/// use transferscope_theory::scores::Labels;
/// let labels = Labels::new(&[5, 2, 5, 9])?;
/// assert_eq!((labels.classes(), labels.as_slice()), (3, &[1, 0, 1, 2][..]));
/// # Ok::<(), transferscope_theory::scores::ScoreError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Labels {
    labels: Vec<usize>,
    counts: Vec<usize>,
}

impl Labels {
    /// Labels of at least two classes.
    ///
    /// # Errors
    /// [`ScoreError::TooFew`] where only one class occurs, or none.
    pub fn new(labels: &[usize]) -> Result<Self, ScoreError> {
        let mut present = labels.to_vec();
        present.sort_unstable();
        present.dedup();
        if present.len() < 2 {
            return Err(ScoreError::TooFew { score: "every score", needed: 2, of: "classes", found: present.len() });
        }
        let labels: Vec<usize> = labels.iter().map(|label| present.partition_point(|other| other < label)).collect();
        let mut counts = vec![0; present.len()];
        labels.iter().for_each(|&label| counts[label] += 1);
        Ok(Self { labels, counts })
    }

    /// How many images.
    #[must_use]
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Never: two classes need two images.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// How many classes occur.
    #[must_use]
    pub fn classes(&self) -> usize {
        self.counts.len()
    }

    /// The class of each image, below [`classes`](Self::classes).
    #[must_use]
    pub fn as_slice(&self) -> &[usize] {
        &self.labels
    }

    /// How many images each class has.
    #[must_use]
    pub fn counts(&self) -> &[usize] {
        &self.counts
    }

    /// The images of one class, in order.
    pub(super) fn images_of(&self, class: usize) -> Vec<usize> {
        (0..self.labels.len()).filter(|&image| self.labels[image] == class).collect()
    }

    pub(super) fn check_rows(&self, what: &'static str, rows: usize) -> Result<(), ScoreError> {
        match rows == self.len() {
            true => Ok(()),
            false => Err(ScoreError::LengthMismatch { what, expected: self.len(), found: rows }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_class_is_refused() {
        assert!(matches!(Labels::new(&[3, 3]), Err(ScoreError::TooFew { found: 1, .. })));
        assert!(matches!(Labels::new(&[]), Err(ScoreError::TooFew { found: 0, .. })));
    }
}
