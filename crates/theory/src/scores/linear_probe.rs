//! The linear probe: a logistic regression on the features, scored on images that it has not seen.

use serde::{Deserialize, Serialize};

use super::{Classified, Features, Labels, ScoreError, folds::stratified_folds, logistic};
use crate::linear::Matrix;

/// How the probe is fitted.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct LinearProbe {
    /// Parts that are held out in turn, at least 2.
    pub folds: usize,
    /// scikit-learn's C: the penalty is ‖W‖²/(2 C) beside the summed cross entropy. Above 0.
    pub inverse_penalty: f64,
}

/// Five folds, C = 1.
impl Default for LinearProbe {
    fn default() -> Self {
        Self { folds: 5, inverse_penalty: 1.0 }
    }
}

/// Cross-validated accuracy of multinomial logistic regression on the features, in [0, 1], higher is better.
///
/// Each fold ([`stratified_folds`]) is predicted by a regression fitted to the others, on features standardised by mean and
/// standard deviation of those others. The minimum is unique and found to a slope of 1e-6, so the result depends on neither
/// a seed nor a solver. This is what fine-tuning only the last layer can expect; `correct` allows paired comparisons.
///
/// # Errors
/// [`ScoreError::LengthMismatch`], [`ScoreError::TooFew`] with fewer images than folds, [`ScoreError::Setting`],
/// [`ScoreError::NoConvergence`].
///
/// ```
/// use transferscope_theory::{linear::Matrix, scores::{Features, Labels, LinearProbe, linear_probe}};
/// let labels = Labels::new(&(0..20).map(|i| usize::from(i >= 10)).collect::<Vec<_>>())?;
/// let features = Features::new(Matrix::from_fn(20, 1, |i, _| i as f64))?;
/// // Held out, only images beside the border can be wrong.
/// assert!(linear_probe(&features, &labels, LinearProbe::default())?.accuracy >= 0.9);
/// # Ok::<(), transferscope_theory::scores::ScoreError>(())
/// ```
pub fn linear_probe(features: &Features, labels: &Labels, probe: LinearProbe) -> Result<Classified, ScoreError> {
    labels.check_rows("features", features.images())?;
    if probe.folds < 2 {
        return Err(ScoreError::Setting { what: "folds", expected: "at least 2", found: probe.folds.to_string() });
    }
    if !(probe.inverse_penalty.is_finite() && probe.inverse_penalty > 0.0) {
        let found = probe.inverse_penalty.to_string();
        return Err(ScoreError::Setting { what: "the inverse penalty", expected: "above 0", found });
    }
    if features.images() < probe.folds {
        return Err(ScoreError::TooFew {
            score: "the linear probe",
            needed: probe.folds,
            of: "images",
            found: features.images(),
        });
    }
    let folds = stratified_folds(labels, probe.folds);
    let mut correct = vec![false; labels.len()];
    for fold in 0..probe.folds {
        let (unseen, seen): (Vec<usize>, Vec<usize>) = (0..labels.len()).partition(|&image| folds[image] == fold);
        let scale = scale_of(features.matrix(), &seen);
        let rows = |images: &[usize]| {
            Matrix::from_fn(images.len(), scale.len(), |i, j| {
                (features.matrix()[(images[i], j)] - scale[j].0) / scale[j].1
            })
        };
        let own: Vec<usize> = seen.iter().map(|&image| labels.as_slice()[image]).collect();
        let fitted = logistic::fit(&rows(&seen), &own, labels.classes(), probe.inverse_penalty)?;
        for (image, prediction) in unseen.iter().zip(fitted.predictions(&rows(&unseen))?) {
            correct[*image] = prediction == labels.as_slice()[*image];
        }
    }
    Ok(Classified::new(correct))
}

/// Mean and standard deviation of each feature over some images; 1 where it does not vary.
fn scale_of(matrix: &Matrix, images: &[usize]) -> Vec<(f64, f64)> {
    let count = images.len() as f64;
    (0..matrix.columns())
        .map(|column| {
            let mean = images.iter().map(|&image| matrix[(image, column)]).sum::<f64>() / count;
            let variance = images.iter().map(|&image| (matrix[(image, column)] - mean).powi(2)).sum::<f64>() / count;
            (mean, if variance > 0.0 { variance.sqrt() } else { 1.0 })
        })
        .collect()
}
