//! NCE: minus the conditional entropy of the labels given the network's hard predictions.

use super::{Labels, ScoreError, SourceProbabilities};
use crate::linear::Matrix;

/// NCE = Σ_{y,z} P(y,z) ln P(y|z) over hard predictions z (Tran, Nguyen, Hassner, ICCV 2019), in [−ln C, 0], higher is
/// better.
///
/// 0 where each predicted source class holds one target class only; −H(y) where predictions say nothing. In sample it is
/// biased upwards: with many source classes and few images each prediction stands alone and NCE nears 0.
///
/// # Errors
/// [`ScoreError::LengthMismatch`].
///
/// ```
/// use transferscope_theory::{linear::Matrix, scores::{Labels, SourceProbabilities, nce}};
/// // Predictions 0,0,1,1 for labels 0,1,1,1: source class 0 is a coin over half of the images, source class 1 is certain.
/// let source = Matrix::from_rows(4, 2, vec![2.0, 0.0, 2.0, 0.0, 0.0, 2.0, 0.0, 2.0])?;
/// let score = nce(&SourceProbabilities::from_logits(&source)?, &Labels::new(&[0, 1, 1, 1])?)?;
/// assert!((score + 0.5 * 2.0_f64.ln()).abs() < 1e-15);
/// # Ok::<(), transferscope_theory::scores::ScoreError>(())
/// ```
pub fn nce(source: &SourceProbabilities, labels: &Labels) -> Result<f64, ScoreError> {
    labels.check_rows("outputs", source.rows().rows())?;
    let mut joint = Matrix::zeros(source.rows().columns(), labels.classes());
    for (prediction, &class) in source.predictions().into_iter().zip(labels.as_slice()) {
        joint[(prediction, class)] += 1.0;
    }
    let mut sum = 0.0;
    for prediction in 0..joint.rows() {
        let total: f64 = joint.row(prediction).iter().sum();
        for count in joint.row(prediction).iter().filter(|count| **count > 0.0) {
            sum += count * (count / total).ln();
        }
    }
    Ok(sum / labels.len() as f64)
}
