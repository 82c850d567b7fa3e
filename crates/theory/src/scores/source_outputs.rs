//! What a network says of its own source classes on the target images.

use super::ScoreError;
use crate::linear::Matrix;

/// Probabilities over source classes, N images x C_s: rows at least 0 with sum 1.
#[derive(Debug, Clone, PartialEq)]
pub struct SourceProbabilities {
    rows: Matrix,
}

/// How far a sum of f32 probabilities may be from 1.
const SUM_TOLERANCE: f64 = 1e-4;

impl SourceProbabilities {
    /// The softmax of logits, row by row.
    ///
    /// # Errors
    /// [`ScoreError::LookLikeProbabilities`] where every row is a distribution already, so that the caller decides.
    ///
    /// ```
    /// use transferscope_theory::{linear::Matrix, scores::SourceProbabilities};
    /// let logits = Matrix::from_rows(1, 2, vec![0.0, 3.0_f64.ln()])?;
    /// let source = SourceProbabilities::from_logits(&logits)?;
    /// assert!((source.rows().row(0)[1] - 0.75).abs() < 1e-15);
    /// assert_eq!(source.predictions(), [1]);
    /// # Ok::<(), transferscope_theory::scores::ScoreError>(())
    /// ```
    pub fn from_logits(logits: &Matrix) -> Result<Self, ScoreError> {
        if logits.rows() > 1 && logits.columns() > 1 && Self::from_probabilities(logits.clone()).is_ok() {
            return Err(ScoreError::LookLikeProbabilities);
        }
        let mut rows = logits.clone();
        let columns = rows.columns().max(1);
        for row in rows.as_mut_slice().chunks_mut(columns) {
            let largest = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            row.iter_mut().for_each(|value| *value = (*value - largest).exp());
            let sum: f64 = row.iter().sum();
            row.iter_mut().for_each(|value| *value /= sum);
        }
        Ok(Self { rows })
    }

    /// Probabilities as they are; rows are divided by their sum, which must be 1 to 1e-4.
    ///
    /// # Errors
    /// [`ScoreError::NotProbabilities`].
    pub fn from_probabilities(mut rows: Matrix) -> Result<Self, ScoreError> {
        let columns = rows.columns().max(1);
        for (row, values) in rows.as_mut_slice().chunks_mut(columns).enumerate() {
            let sum: f64 = values.iter().sum();
            if let Some(value) = values.iter().find(|value| **value < 0.0) {
                return Err(ScoreError::NotProbabilities { row, found: value.to_string() });
            }
            if (sum - 1.0).abs() > SUM_TOLERANCE {
                return Err(ScoreError::NotProbabilities { row, found: format!("the sum {sum}") });
            }
            values.iter_mut().for_each(|value| *value /= sum);
        }
        Ok(Self { rows })
    }

    /// One row an image.
    #[must_use]
    pub fn rows(&self) -> &Matrix {
        &self.rows
    }

    /// The most probable source class of each image, the first on a tie.
    #[must_use]
    pub fn predictions(&self) -> Vec<usize> {
        (0..self.rows.rows())
            .map(|row| {
                let values = self.rows.row(row);
                (0..values.len()).fold(0, |best, class| if values[class] > values[best] { class } else { best })
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;

    #[test]
    fn what_is_no_distribution_is_refused_and_what_is_one_is_not_taken_for_logits() {
        let matrix = |values: [f64; 4]| Matrix::from_rows(2, 2, values.to_vec()).unwrap();
        let probabilities = matrix([0.25, 0.75, 1.0, 0.0]);
        assert!(SourceProbabilities::from_probabilities(probabilities.clone()).is_ok());
        assert_eq!(SourceProbabilities::from_logits(&probabilities), Err(ScoreError::LookLikeProbabilities));
        for bad in [[0.5, 0.6, 1.0, 0.0], [1.5, -0.5, 1.0, 0.0]] {
            assert!(matches!(
                SourceProbabilities::from_probabilities(matrix(bad)),
                Err(ScoreError::NotProbabilities { row: 0, .. })
            ));
        }
        // Logits of 800 do not overflow.
        assert!(SourceProbabilities::from_logits(&matrix([800.0, 0.0, -800.0, 0.0])).is_ok());
    }
}
