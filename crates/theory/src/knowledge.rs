//! Knowledge transfer distance: how well an affine head on a source network predicts the ground truth.

use crate::linear::{LinearError, Matrix, PositiveSemidefinite};
pub use crate::matching::HELD_OUT_EVERY;
use crate::matching::{Matching, MatchingError, OutputMomentSums, function_matching, function_matching_interleaved};

/// KTD = min over affine g of |y − g∘f_S|_{D,H} (paper §1.3), with R² and the optimal head, in sample.
///
/// `features` is N x d_S (outputs or penultimate features), `truth` N x d_T; `weight` is H, d_T x d_T, `None` the
/// identity. In sample the square is too small by about (d_S+1)/N of itself; see [`knowledge_transfer_held_out`].
///
/// # Errors
///
/// [`MatchingError`] for different numbers of rows, no rows, or H of another size.
///
/// # Examples
///
/// ```
/// use transferscope_theory::knowledge::knowledge_transfer;
/// use transferscope_theory::linear::Matrix;
///
/// // y = 1, 1, 3, 3 on a feature 0, 1, 0, 1 that says nothing: KTD is the spread of y.
/// let features = Matrix::from_rows(4, 1, vec![0.0, 1.0, 0.0, 1.0])?;
/// let truth = Matrix::from_rows(4, 1, vec![1.0, 1.0, 3.0, 3.0])?;
/// let transfer = knowledge_transfer(&features, &truth, None)?;
/// assert!((transfer.distance - 1.0).abs() < 1e-15 && transfer.r2 == Some(0.0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn knowledge_transfer(
    features: &Matrix,
    truth: &Matrix,
    weight: Option<&PositiveSemidefinite>,
) -> Result<Matching, MatchingError> {
    function_matching(&OutputMomentSums::over(truth, features)?.finish()?, weight)
}

/// The same with the head fitted on four of every five samples and measured on the fifth (paper §7.8, §12.1).
///
/// # Errors
///
/// As [`knowledge_transfer`], and [`MatchingError::TooFewSamples`] below [`HELD_OUT_EVERY`] samples.
pub fn knowledge_transfer_held_out(
    features: &Matrix,
    truth: &Matrix,
    weight: Option<&PositiveSemidefinite>,
) -> Result<Matching, MatchingError> {
    function_matching_interleaved(truth, features, weight)
}

/// One-hot rows of class labels, N x classes.
///
/// # Errors
///
/// [`LinearError::WrongShape`] for a label that is not below `classes`.
pub fn one_hot(labels: &[usize], classes: usize) -> Result<Matrix, LinearError> {
    if let Some(&label) = labels.iter().find(|label| **label >= classes) {
        return Err(LinearError::WrongShape {
            expected: format!("labels below {classes}, found label {label}"),
            found_rows: labels.len(),
            found_columns: 1,
        });
    }
    Ok(Matrix::from_fn(labels.len(), classes, |row, class| if labels[row] == class { 1.0 } else { 0.0 }))
}

/// The weight H = diag(1/p_c) that turns the explained part of KTD² into the H-score (paper §5.3).
///
/// p_c is the share of class c; a class that never occurs has weight 0, since its column of y is constant.
///
/// # Errors
///
/// [`LinearError::WrongShape`] for a label that is not below `classes`.
///
/// # Examples
///
/// A feature that is the label: the H-score is classes − 1, its maximum, and KTD is 0.
///
/// ```
/// use transferscope_theory::knowledge::{class_share_weight, knowledge_transfer, one_hot};
///
/// let labels = [0, 1, 2, 2, 1, 0, 0];
/// let truth = one_hot(&labels, 3)?;
/// let weight = class_share_weight(&labels, 3)?;
/// let transfer = knowledge_transfer(&truth, &truth, Some(&weight))?;
/// assert!((transfer.explained - 2.0).abs() < 1e-12 && transfer.squared < 1e-12);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn class_share_weight(labels: &[usize], classes: usize) -> Result<PositiveSemidefinite, LinearError> {
    let truth = one_hot(labels, classes)?;
    let inverse: Vec<f64> = (0..classes)
        .map(|class| truth.column(class).iter().sum::<f64>())
        .map(|count| if count > 0.0 { labels.len() as f64 / count } else { 0.0 })
        .collect();
    PositiveSemidefinite::new(&Matrix::diagonal(&inverse))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;
    use crate::matching::is_held_out;

    /// paper §5.3: tr(Cov(f)⁺ Cov(E[f|y])), computed class by class, is the explained part under diag(1/p).
    #[test]
    fn explained_under_the_class_weight_is_the_h_score() {
        let labels: Vec<usize> = (0..40).map(|i| (i * i + i / 3) % 3).collect();
        let features = Matrix::from_fn(40, 4, |i, j| {
            ((i * (j + 3)) as f64).sin() + labels[i] as f64 * if j == 1 { 0.8 } else { 0.1 }
        });
        let mean = |rows: &[usize]| -> Vec<f64> {
            (0..4).map(|j| rows.iter().map(|&i| features[(i, j)]).sum::<f64>() / rows.len() as f64).collect()
        };
        let all: Vec<usize> = (0..40).collect();
        let centre = mean(&all);
        let mut covariance = Matrix::zeros(4, 4);
        for &i in &all {
            for a in 0..4 {
                for b in 0..4 {
                    covariance[(a, b)] += (features[(i, a)] - centre[a]) * (features[(i, b)] - centre[b]) / 40.0;
                }
            }
        }
        let mut between = Matrix::zeros(4, 4);
        for class in 0..3 {
            let rows: Vec<usize> = all.iter().copied().filter(|&i| labels[i] == class).collect();
            let own = mean(&rows);
            for a in 0..4 {
                for b in 0..4 {
                    between[(a, b)] += rows.len() as f64 / 40.0 * (own[a] - centre[a]) * (own[b] - centre[b]);
                }
            }
        }
        let inverse = PositiveSemidefinite::new(&covariance).unwrap().pseudo_inverse();
        let h_score = inverse.multiply(&between).unwrap().trace();
        let truth = one_hot(&labels, 3).unwrap();
        let weight = class_share_weight(&labels, 3).unwrap();
        let transfer = knowledge_transfer(&features, &truth, Some(&weight)).unwrap();
        assert!((transfer.explained - h_score).abs() < 1e-10, "{} {h_score}", transfer.explained);
        assert!(transfer.explained > 0.05 && transfer.explained < 2.0);
    }

    #[test]
    fn held_out_residuals_are_those_of_the_fitted_head() {
        let features = Matrix::from_fn(23, 2, |i, j| ((i * 5 + j * 7) as f64).sin());
        let truth = Matrix::from_fn(23, 1, |i, _| features[(i, 0)] + 0.3 * ((i * i) as f64).cos());
        let transfer = knowledge_transfer_held_out(&features, &truth, None).unwrap();
        let held: Vec<usize> = (0..23).filter(|&row| is_held_out(row, 23)).collect();
        let square: f64 =
            held.iter().map(|&i| (truth[(i, 0)] - transfer.map.apply(features.row(i))[0]).powi(2)).sum::<f64>()
                / held.len() as f64;
        assert_eq!(transfer.samples, 4);
        assert!((transfer.squared - square).abs() < 1e-12);
    }
}
