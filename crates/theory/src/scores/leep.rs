//! LEEP: the log-likelihood of the labels under the network's own classes, translated by their joint counts.

use super::{Labels, ScoreError, SourceProbabilities};
use crate::linear::{Matrix, dot};

/// LEEP (Nguyen et al., ICML 2020), at most 0, higher is better.
///
/// With θ_z(x) the probability that the network gives to its source class z: P(y,z) = mean over images of θ_z(x_i) where
/// y_i = y, P(y|z) = P(y,z)/P(z), and LEEP = mean of ln Σ_z P(y_i|z) θ_z(x_i). A source class without any mass has no
/// P(y|z) and no weight in the sum: it is skipped, where published code divides by zero. A network without a head over
/// source classes has no LEEP. One network that says the same of every image gives −H(y), the entropy of the labels.
///
/// # Errors
/// [`ScoreError::LengthMismatch`].
///
/// ```
/// use transferscope_theory::{linear::Matrix, scores::{Labels, SourceProbabilities, leep}};
/// // Two equal classes, and a network that says nothing of either: ln 1/2.
/// let labels = Labels::new(&[0, 1, 0, 1])?;
/// let source = SourceProbabilities::from_logits(&Matrix::zeros(4, 3))?;
/// assert!((leep(&source, &labels)? + 2.0_f64.ln()).abs() < 1e-15);
/// # Ok::<(), transferscope_theory::scores::ScoreError>(())
/// ```
pub fn leep(source: &SourceProbabilities, labels: &Labels) -> Result<f64, ScoreError> {
    labels.check_rows("outputs", source.rows().rows())?;
    let likelihoods = expected_predictions(source.rows(), labels);
    Ok(likelihoods.iter().map(|likelihood| likelihood.ln()).sum::<f64>() / labels.len() as f64)
}

/// Σ_z P(y_i|z) θ_z(x_i) for each image, above 0: an image's own mass is part of P(y_i, z).
pub(super) fn expected_predictions(source: &Matrix, labels: &Labels) -> Vec<f64> {
    let outputs = source.columns();
    let mut given_source = Matrix::zeros(labels.classes(), outputs);
    let mut mass = vec![0.0; outputs];
    for (image, &class) in labels.as_slice().iter().enumerate() {
        for (output, value) in source.row(image).iter().enumerate() {
            given_source[(class, output)] += value;
            mass[output] += value;
        }
    }
    for class in 0..labels.classes() {
        for (output, total) in mass.iter().enumerate() {
            let joint = given_source[(class, output)];
            given_source[(class, output)] = if *total > 0.0 { joint / total } else { 0.0 };
        }
    }
    labels
        .as_slice()
        .iter()
        .enumerate()
        .map(|(image, &class)| dot(given_source.row(class), source.row(image)).clamp(f64::MIN_POSITIVE, 1.0))
        .collect()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;

    /// A certain network with one source class a target class explains everything; a source class that is never used
    /// changes nothing (published code gives NaN).
    #[test]
    fn a_certain_network_gives_zero_with_or_without_an_empty_source_class() {
        let labels = Labels::new(&[0, 1, 1, 0]).unwrap();
        for columns in [2, 3] {
            let rows = Matrix::from_fn(4, columns, |i, j| f64::from(u8::from(j == labels.as_slice()[i])));
            let source = SourceProbabilities::from_probabilities(rows).unwrap();
            assert_eq!(leep(&source, &labels), Ok(0.0));
        }
    }
}
