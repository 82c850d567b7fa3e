//! Fitting a multinomial logistic regression, and using it.

use super::{minimise::minimise, problem::Problem};

/// The largest component of the gradient at which a fit counts as converged.
const TOLERANCE: f64 = 1e-5;
/// Iterations after which a fit is given up (and said to be unconverged).
const MOST_ITERATIONS: usize = 500;

/// Why a regression cannot be fitted.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum LogisticError {
    /// Numbers of features and labels do not fit.
    #[error("expected {expected} features ({labels} labels of {width} features each, at least one), found {found}")]
    Size {
        /// labels · width.
        expected: usize,
        /// Labels given.
        labels: usize,
        /// Features of a sample.
        width: usize,
        /// Features given.
        found: usize,
    },
    /// A label that is no class.
    #[error("expected labels below the {classes} classes, found {found}")]
    Label {
        /// How many classes there are.
        classes: usize,
        /// The label.
        found: u32,
    },
    /// A feature is NaN or infinite.
    #[error("expected finite features, found {found} in sample {sample}")]
    Feature {
        /// The sample, from 0.
        sample: usize,
        /// The number, as text.
        found: String,
    },
    /// The penalty is out of range.
    #[error("expected a finite penalty of at least 0, found {0}")]
    Penalty(f64),
}

/// A linear classifier on raw features: logits W x + b.
#[derive(Clone, Debug, PartialEq)]
pub struct Logistic {
    /// W, classes × width, row by row.
    pub weight: Vec<f64>,
    /// b, one number a class.
    pub bias: Vec<f64>,
}

impl Logistic {
    /// The logits of one sample.
    #[must_use]
    pub fn logits(&self, features: &[f32]) -> Vec<f64> {
        let product = |row: &[f64]| row.iter().zip(features).map(|(w, &x)| w * f64::from(x)).sum::<f64>();
        self.weight.chunks(features.len().max(1)).zip(&self.bias).map(|(row, bias)| bias + product(row)).collect()
    }

    /// The class of the largest logit (the first of equal ones).
    #[must_use]
    pub fn predict(&self, features: &[f32]) -> usize {
        let mut best = (0, f64::NEG_INFINITY);
        for (class, logit) in self.logits(features).into_iter().enumerate() {
            if logit > best.1 {
                best = (class, logit);
            }
        }
        best.0
    }
}

/// A fitted regression.
#[derive(Clone, Debug, PartialEq)]
pub struct LogisticFit {
    /// On raw features.
    pub model: Logistic,
    /// The minimum of mean cross entropy + λ/2 ‖W‖² (W of standardised features).
    pub loss: f64,
    /// Steps of L-BFGS.
    pub iterations: usize,
    /// Whether the gradient is as small as asked.
    pub converged: bool,
}

/// Minimises mean cross entropy + λ/2 ‖W‖² over W and b, where W weighs features standardised by their mean and standard
/// deviation over these samples; the bias is not penalised. Convex: the result does not depend on the start.
///
/// `features` are N × width, row by row; the model returned takes raw features. A class without samples is allowed.
///
/// ```
/// use transferscope_theory::logistic::fit_logistic;
/// // One feature; class 1 lies right of class 0.
/// let features = [-2.0_f32, -1.0, 1.0, 2.0];
/// let fit = fit_logistic(&features, &[0, 0, 1, 1], 1, 2, 0.1)?;
/// assert!(fit.converged);
/// assert_eq!(features.map(|x| fit.model.predict(&[x])), [0, 0, 1, 1]);
/// # Ok::<(), transferscope_theory::logistic::LogisticError>(())
/// ```
///
/// # Errors
/// See [`LogisticError`].
pub fn fit_logistic(
    features: &[f32],
    labels: &[u32],
    width: usize,
    classes: usize,
    penalty: f64,
) -> Result<LogisticFit, LogisticError> {
    let expected = labels.len() * width;
    if expected == 0 || features.len() != expected {
        return Err(LogisticError::Size { expected, labels: labels.len(), width, found: features.len() });
    }
    if let Some(&found) = labels.iter().find(|label| **label as usize >= classes) {
        return Err(LogisticError::Label { classes, found });
    }
    if let Some(place) = features.iter().position(|x| !x.is_finite()) {
        return Err(LogisticError::Feature { sample: place / width, found: features[place].to_string() });
    }
    if !(penalty.is_finite() && penalty >= 0.0) {
        return Err(LogisticError::Penalty(penalty));
    }
    let problem = Problem::new(features, labels, width, classes, penalty);
    let start = vec![0.0; classes * width + classes];
    let found = minimise(|point| problem.loss(point), start, TOLERANCE, MOST_ITERATIONS);
    let (standardised, shifted) = found.point.split_at(classes * width);
    // W z + b with z = (x − m)/s is (W/s) x + (b − W m/s).
    let weight: Vec<f64> = standardised
        .chunks(width)
        .flat_map(|row| row.iter().zip(&problem.inverse_std).map(|(w, inv)| w * inv))
        .collect();
    let bias = shifted
        .iter()
        .zip(weight.chunks(width))
        .map(|(b, row)| b - row.iter().zip(&problem.mean).map(|(w, mean)| w * mean).sum::<f64>())
        .collect();
    Ok(LogisticFit {
        model: Logistic { weight, bias },
        loss: found.value,
        iterations: found.iterations,
        converged: found.slope <= TOLERANCE,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Without features that tell classes apart, the best prediction is the share of each class: the loss is the entropy.
    #[test]
    fn a_constant_feature_leaves_the_entropy_of_the_labels() -> Result<(), LogisticError> {
        let fit = fit_logistic(&[3.0; 4], &[0, 0, 0, 1], 1, 2, 0.0)?;
        let entropy = -(0.75_f64 * 0.75_f64.ln() + 0.25 * 0.25_f64.ln());
        assert!(fit.converged && (fit.loss - entropy).abs() < 1e-8, "{}", fit.loss);
        assert_eq!(fit.model.predict(&[3.0]), 0);
        Ok(())
    }

    /// Standardisation makes the fit blind to the scale and the origin of a feature.
    #[test]
    fn scaling_and_shifting_features_changes_no_prediction() -> Result<(), LogisticError> {
        let features: Vec<f32> = (0..40_u16).map(|k| f32::from(k * 37 % 41) / 41.0).collect();
        let labels: Vec<u32> = (0..20).map(|k| k * 7 % 3).collect();
        let moved: Vec<f32> =
            features.iter().enumerate().map(|(k, x)| if k % 2 == 0 { 8.0 * x + 16.0 } else { *x }).collect();
        let one = fit_logistic(&features, &labels, 2, 3, 0.01)?;
        let other = fit_logistic(&moved, &labels, 2, 3, 0.01)?;
        // Both end within 1e-5 of a zero gradient; with curvature at least λ = 0.01 the losses agree to 1e-7,
        // and features moved to 16 round at 1e-6 of their spread.
        assert!((one.loss - other.loss).abs() < 1e-5, "{} {}", one.loss, other.loss);
        for (row, moved) in features.chunks(2).zip(moved.chunks(2)) {
            assert_eq!(one.model.predict(row), other.model.predict(moved));
        }
        Ok(())
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        assert!(matches!(fit_logistic(&[1.0], &[0, 1], 1, 2, 0.0), Err(LogisticError::Size { .. })));
        assert!(matches!(fit_logistic(&[], &[], 1, 2, 0.0), Err(LogisticError::Size { .. })));
        assert!(matches!(fit_logistic(&[1.0], &[2], 1, 2, 0.0), Err(LogisticError::Label { found: 2, .. })));
        assert!(matches!(fit_logistic(&[f32::NAN], &[0], 1, 2, 0.0), Err(LogisticError::Feature { sample: 0, .. })));
        assert!(matches!(fit_logistic(&[1.0], &[0], 1, 2, f64::NAN), Err(LogisticError::Penalty(_))));
    }
}
