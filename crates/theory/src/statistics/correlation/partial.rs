//! Correlation that remains once covariates (family, source accuracy) are accounted for.

use serde::{Deserialize, Serialize};
use statrs::distribution::{ContinuousCDF, StudentsT};

use super::coefficient::{CorrelationError, check_columns, standardise};
use crate::linear::{Matrix, default_relative_cutoff, thin_svd};

/// A partial Pearson correlation and its test.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct PartialCorrelation {
    /// Correlation of the residuals, in [−1, 1].
    pub correlation: f64,
    /// Number of networks.
    pub n: usize,
    /// Number of independent covariates that were removed (the intercept not counted).
    pub covariates: usize,
    /// Degrees of freedom, n − 2 − covariates.
    pub degrees_of_freedom: usize,
    /// Two-sided p of Student's t with these degrees of freedom; assumes normal residuals.
    pub p_value: f64,
}

/// Pearson correlation of the residuals of scores and outcomes after least squares on the covariates and a constant.
///
/// Each covariate has one value per network; a family indicator is 0 or 1. Dependent covariates are counted once
/// (their rank is what is removed). p is two-sided, from t = r √(df/(1−r²)).
///
/// # Errors
///
/// [`CorrelationError`] for unequal lengths, values that are not finite, no degree of freedom left
/// ([`CorrelationError::TooFew`]), or a column that the covariates explain wholly ([`CorrelationError::Constant`]).
///
/// # Examples
///
/// Within each of two families the score says nothing, although overall it seems to:
///
/// ```
/// use transferscope_theory::statistics::correlation::partial_correlation;
///
/// let score = [1.0, 2.0, 3.0, 11.0, 12.0, 13.0];
/// let outcome = [5.0, 6.0, 5.0, 25.0, 26.0, 25.0];
/// let family = vec![0.0, 0.0, 0.0, 1.0, 1.0, 1.0];
/// let partial = partial_correlation(&score, &outcome, &[family])?;
/// assert!(partial.correlation.abs() < 1e-12 && partial.degrees_of_freedom == 3);
/// # Ok::<(), transferscope_theory::statistics::correlation::CorrelationError>(())
/// ```
pub fn partial_correlation(
    scores: &[f64],
    outcomes: &[f64],
    covariates: &[Vec<f64>],
) -> Result<PartialCorrelation, CorrelationError> {
    check_columns(scores, outcomes, 3)?;
    let n = scores.len();
    let mut columns = Vec::new();
    for covariate in covariates {
        check_columns(scores, covariate, 3)?;
        // A constant covariate removes nothing that the intercept does not.
        if let Ok(column) = standardise(covariate) {
            columns.push(column);
        }
    }
    let basis = orthonormal_basis(&columns, n);
    let rank = basis.len();
    if n < rank + 3 {
        return Err(CorrelationError::TooFew { needed: rank + 3, found: n });
    }
    let left = residual(&standardise(scores)?, &basis)?;
    let right = residual(&standardise(outcomes)?, &basis)?;
    let dot: f64 = left.iter().zip(&right).map(|(l, r)| l * r).sum();
    let correlation = dot.clamp(-1.0, 1.0);
    let degrees_of_freedom = n - 2 - rank;
    Ok(PartialCorrelation {
        correlation,
        n,
        covariates: rank,
        degrees_of_freedom,
        p_value: student_p(correlation, degrees_of_freedom),
    })
}

/// Two-sided p of a correlation under normality.
pub(crate) fn student_p(correlation: f64, degrees_of_freedom: usize) -> f64 {
    let rest = 1.0 - correlation * correlation;
    if rest <= 0.0 {
        return 0.0;
    }
    let df = degrees_of_freedom as f64;
    let t = correlation.abs() * (df / rest).sqrt();
    // Degrees of freedom are at least one here, so the distribution exists.
    StudentsT::new(0.0, 1.0, df).map_or(1.0, |law| (2.0 * law.sf(t)).min(1.0))
}

/// Orthonormal basis of the centred columns, by thin SVD, dependent directions left out.
fn orthonormal_basis(columns: &[Vec<f64>], n: usize) -> Vec<Vec<f64>> {
    // One row per covariate, so the right singular vectors span the covariates; finite by the checks before.
    let matrix = Matrix::from_fn(columns.len(), n, |row, column| columns[row][column]);
    let Ok(svd) = thin_svd(&matrix) else {
        return Vec::new();
    };
    let cut = svd.values.first().copied().unwrap_or(0.0) * default_relative_cutoff(n);
    (0..svd.values.len()).filter(|&index| svd.values[index] > cut).map(|index| svd.right.row(index).to_vec()).collect()
}

/// What is left of a standardised column outside the basis, standardised again.
fn residual(column: &[f64], basis: &[Vec<f64>]) -> Result<Vec<f64>, CorrelationError> {
    let mut left = column.to_vec();
    // Twice, so that the second pass removes the rounding of the first.
    for _ in 0..2 {
        for direction in basis {
            let along: f64 = left.iter().zip(direction).map(|(l, d)| l * d).sum();
            left.iter_mut().zip(direction).for_each(|(l, d)| *l -= along * d);
        }
    }
    let length = left.iter().map(|value| value * value).sum::<f64>().sqrt();
    // The column had length one; less than this is rounding.
    if length < 1e-10 {
        return Err(CorrelationError::Constant);
    }
    left.iter_mut().for_each(|value| *value /= length);
    Ok(left)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;
    use crate::statistics::correlation::{CorrelationKind, correlation};

    #[test]
    fn one_covariate_follows_the_textbook_formula() {
        let x = [1.0, 4.0, 2.0, 6.0, 3.0, 8.0];
        let y = [2.0, 3.0, 2.5, 7.0, 5.0, 6.0];
        let z = [1.0, 2.0, 3.0, 5.0, 4.0, 6.5];
        let r = |a: &[f64], b: &[f64]| correlation(CorrelationKind::Pearson, a, b).unwrap();
        let (xy, xz, yz) = (r(&x, &y), r(&x, &z), r(&y, &z));
        let expected = (xy - xz * yz) / ((1.0 - xz * xz) * (1.0 - yz * yz)).sqrt();
        let partial = partial_correlation(&x, &y, &[z.to_vec()]).unwrap();
        // Roundings of the subtraction, divided by residual spreads of about 0.1.
        assert!((partial.correlation - expected).abs() < 1e-12);
        // The same covariate twice is one covariate.
        let twice = partial_correlation(&x, &y, &[z.to_vec(), z.to_vec()]).unwrap();
        assert_eq!(twice.covariates, 1);
        assert!((twice.correlation - expected).abs() < 1e-12);
    }

    #[test]
    fn without_covariates_it_is_pearson_with_its_t_test() {
        let (x, y) = ([1.0, 2.0, 3.0, 4.0, 5.0], [2.0, 1.0, 4.0, 3.0, 5.0]);
        let partial = partial_correlation(&x, &y, &[]).unwrap();
        assert!((partial.correlation - 0.8).abs() < 1e-15);
        // scipy 1.17.1: pearsonr(x, y).pvalue
        assert!((partial.p_value - 0.104_088_038_661_827_82).abs() < 1e-10);
    }

    #[test]
    fn a_score_that_is_the_family_has_nothing_left() {
        let family = vec![0.0, 0.0, 0.0, 1.0, 1.0];
        assert_eq!(
            partial_correlation(&family, &[1.0, 2.0, 3.0, 4.0, 6.0], std::slice::from_ref(&family)),
            Err(CorrelationError::Constant)
        );
    }
}
