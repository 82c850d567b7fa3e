//! The linear probe: a logistic regression on the features, scored on images that it has not seen.

use serde::{Deserialize, Serialize};

use super::{Classified, Features, Labels, ScoreError, folds::stratified_folds};
use crate::logistic::fit_logistic;

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
/// Each fold ([`stratified_folds`]) is predicted by a regression fitted to the others ([`fit_logistic`]), on features
/// standardised by mean and standard deviation of those others. The minimum is unique, so the result depends on neither a
/// seed nor a solver. This is what fine-tuning only the last layer can expect; `correct` allows paired comparisons.
///
/// # Errors
/// [`ScoreError::LengthMismatch`], [`ScoreError::TooFew`] with fewer images than folds, [`ScoreError::Setting`],
/// [`ScoreError::Logistic`], [`ScoreError::NoConvergence`].
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
        let values = features.matrix();
        #[expect(clippy::cast_possible_truncation, reason = "features come from f32 networks")]
        let rows: Vec<f32> = seen.iter().flat_map(|&image| values.row(image)).map(|&value| value as f32).collect();
        let own: Vec<u32> = seen.iter().map(|&image| labels.as_slice()[image] as u32).collect();
        let penalty = 1.0 / (probe.inverse_penalty * seen.len() as f64);
        let fitted = fit_logistic(&rows, &own, values.columns(), labels.classes(), penalty)?;
        if !fitted.converged {
            return Err(ScoreError::NoConvergence { score: "the linear probe", iterations: fitted.iterations });
        }
        for &image in &unseen {
            #[expect(clippy::cast_possible_truncation, reason = "as above")]
            let row: Vec<f32> = values.row(image).iter().map(|&value| value as f32).collect();
            correct[image] = fitted.model.predict(&row) == labels.as_slice()[image];
        }
    }
    Ok(Classified::new(correct))
}
