//! Multinomial logistic regression with an L2 penalty: the classifier behind the linear probe.

use super::ScoreError;
use super::minimise::minimise;
use super::product::{times_transposed, transposed_times};
use crate::linear::Matrix;

/// A fitted classifier: logits = x Wᵀ + b.
pub(super) struct Logistic {
    weights: Matrix,
    biases: Vec<f64>,
}

const SCORE: &str = "the linear probe";
/// Largest slope of the mean loss that counts as its minimum.
const TOLERANCE: f64 = 1e-6;
const ITERATIONS: usize = 2000;

/// Minimises mean cross entropy + ‖W‖² / (2 · strength · N); biases are free. With strength 1 this is scikit-learn's default
/// up to the factor N. The penalty makes the minimum unique up to a shift of all biases.
pub(super) fn fit(
    rows: &Matrix,
    labels: &[usize],
    classes: usize,
    inverse_penalty: f64,
) -> Result<Logistic, ScoreError> {
    let (images, width) = (rows.rows(), rows.columns());
    let penalty = 1.0 / (inverse_penalty * images as f64);
    let split = |point: &[f64]| -> Result<(Matrix, Vec<f64>), ScoreError> {
        let (weights, biases) = point.split_at(classes * width);
        Ok((Matrix::from_rows(classes, width, weights.to_vec())?, biases.to_vec()))
    };
    let mut failure = None;
    let found = minimise(vec![0.0; classes * (width + 1)], TOLERANCE, ITERATIONS, |point, gradient| {
        let made = split(point).and_then(|(weights, biases)| {
            let mut residual = times_transposed(rows, &weights)?;
            let loss = softmax_residual(&mut residual, &biases, labels);
            Ok((transposed_times(&residual, rows)?, residual, loss))
        });
        match made {
            Err(error) => {
                failure = Some(error);
                f64::INFINITY
            }
            Ok((slopes, residual, loss)) => {
                let (of_weights, of_biases) = gradient.split_at_mut(classes * width);
                for (slope, (sum, weight)) in of_weights.iter_mut().zip(slopes.as_slice().iter().zip(point)) {
                    *slope = sum / images as f64 + penalty * weight;
                }
                of_biases.fill(0.0);
                for row in residual.as_slice().chunks(classes) {
                    of_biases.iter_mut().zip(row).for_each(|(slope, value)| *slope += value / images as f64);
                }
                let squares: f64 = point[..classes * width].iter().map(|weight| weight * weight).sum();
                loss / images as f64 + 0.5 * penalty * squares
            }
        }
    });
    if let Some(error) = failure {
        return Err(error);
    }
    // A line search that ends in rounding leaves slopes far below what could turn a prediction.
    if found.slope > 100.0 * TOLERANCE {
        return Err(ScoreError::NoConvergence { score: SCORE, iterations: found.iterations, slope: found.slope });
    }
    let (weights, biases) = split(&found.point)?;
    Ok(Logistic { weights, biases })
}

/// Turns logits into probabilities less one-hot labels; returns the summed cross entropy.
fn softmax_residual(logits: &mut Matrix, biases: &[f64], labels: &[usize]) -> f64 {
    let classes = biases.len();
    let mut loss = 0.0;
    for (row, &label) in logits.as_mut_slice().chunks_mut(classes).zip(labels) {
        row.iter_mut().zip(biases).for_each(|(logit, bias)| *logit += bias);
        let largest = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let own = row[label] - largest;
        row.iter_mut().for_each(|logit| *logit = (*logit - largest).exp());
        let sum: f64 = row.iter().sum();
        row.iter_mut().for_each(|value| *value /= sum);
        row[label] -= 1.0;
        loss += sum.ln() - own;
    }
    loss
}

impl Logistic {
    /// The most probable class of each row, the first on a tie.
    pub(super) fn predictions(&self, rows: &Matrix) -> Result<Vec<usize>, ScoreError> {
        let logits = times_transposed(rows, &self.weights)?;
        Ok((0..rows.rows())
            .map(|row| {
                let value = |class: usize| logits[(row, class)] + self.biases[class];
                (0..self.biases.len()).fold(0, |best, class| if value(class) > value(best) { class } else { best })
            })
            .collect())
    }
}
