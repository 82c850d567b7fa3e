//! A mixture of normal distributions with full covariances, fitted by expectation maximisation.

use super::ScoreError;
use super::cholesky::cholesky;
use crate::linear::{Matrix, dot, product::cross};

/// Added to every variance, as in scikit-learn, so that a component of few images stays a density.
const FLOOR: f64 = 1e-6;
/// The mean log-likelihood has settled when it moves by less.
const SETTLED: f64 = 1e-3;
const ITERATIONS: usize = 100;

struct Component {
    log_weight: f64,
    mean: Vec<f64>,
    /// Lower Cholesky factor of the covariance.
    factor: Vec<f64>,
    log_determinant: f64,
}

/// The posterior probability of each component for each row, N x components, after fitting from a hard assignment.
///
/// Steps, floor, tolerance and limit are those of scikit-learn's `GaussianMixture`; components without rows at the start
/// are left out.
pub(super) fn posteriors(rows: &Matrix, assignment: &[usize], components: usize) -> Result<Matrix, ScoreError> {
    let mut counts = vec![0_usize; components];
    assignment.iter().for_each(|&component| counts[component] += 1);
    let used: Vec<usize> = (0..components).filter(|&component| counts[component] > 0).collect();
    let mut share = Matrix::from_fn(rows.rows(), used.len(), |i, k| f64::from(u8::from(assignment[i] == used[k])));
    let mut mixture = maximise(rows, &share)?;
    let mut last = f64::NEG_INFINITY;
    for _ in 0..ITERATIONS {
        let likelihood = expect(rows, &mixture, &mut share);
        mixture = maximise(rows, &share)?;
        if (likelihood - last).abs() < SETTLED {
            break;
        }
        last = likelihood;
    }
    expect(rows, &mixture, &mut share);
    Ok(share)
}

fn maximise(rows: &Matrix, share: &Matrix) -> Result<Vec<Component>, ScoreError> {
    let (images, width) = (rows.rows(), rows.columns());
    let mut masses: Vec<f64> = Vec::with_capacity(share.columns());
    let mut mixture = Vec::with_capacity(share.columns());
    let means = cross(share, rows)?;
    for component in 0..share.columns() {
        let mass = (0..images).map(|i| share[(i, component)]).sum::<f64>() + 10.0 * f64::EPSILON;
        let mean: Vec<f64> = means.row(component).iter().map(|sum| sum / mass).collect();
        let weighted = Matrix::from_fn(images, width, |i, j| share[(i, component)].sqrt() * (rows[(i, j)] - mean[j]));
        let mut factor = cross(&weighted, &weighted)?.scaled(1.0 / mass);
        (0..width).for_each(|j| factor[(j, j)] += FLOOR);
        cholesky(factor.as_mut_slice(), width)
            .ok_or(ScoreError::NoConvergence { score: "NLEEP's mixture", iterations: 0 })?;
        let log_determinant = 2.0 * (0..width).map(|j| factor[(j, j)].ln()).sum::<f64>();
        masses.push(mass);
        mixture.push(Component { log_weight: 0.0, mean, factor: factor.as_slice().to_vec(), log_determinant });
    }
    let total: f64 = masses.iter().sum();
    mixture.iter_mut().zip(masses).for_each(|(component, mass)| component.log_weight = (mass / total).ln());
    Ok(mixture)
}

/// Fills in the posteriors; returns the mean log-likelihood of a row.
fn expect(rows: &Matrix, mixture: &[Component], share: &mut Matrix) -> f64 {
    let (images, width) = (rows.rows(), rows.columns());
    let constant = width as f64 * (2.0 * std::f64::consts::PI).ln();
    let mut total = 0.0;
    let mut solved = vec![0.0; width];
    let mut logs = vec![0.0; mixture.len()];
    for image in 0..images {
        for (component, log) in mixture.iter().zip(&mut logs) {
            // L z = x − mean; ‖z‖² is the squared Mahalanobis distance.
            for j in 0..width {
                let row = &component.factor[j * width..j * width + j];
                let left = rows[(image, j)] - component.mean[j] - dot(row, &solved[..j]);
                solved[j] = left / component.factor[j * width + j];
            }
            let distance = dot(&solved, &solved);
            *log = component.log_weight - 0.5 * (constant + component.log_determinant + distance);
        }
        let largest = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let sum: f64 = logs.iter().map(|log| (log - largest).exp()).sum();
        total += largest + sum.ln();
        for (component, log) in logs.iter().enumerate() {
            share[(image, component)] = (log - largest).exp() / sum;
        }
    }
    total / images as f64
}
