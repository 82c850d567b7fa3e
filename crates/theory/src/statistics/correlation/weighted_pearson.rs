//! Pearson correlation in which networks count with different weights.

use super::coefficient::{CorrelationError, check_columns, standardise};

/// Weighted Pearson correlation: cov_w(x, y) / √(cov_w(x, x) · cov_w(y, y)), weighted means removed. In [−1, 1].
///
/// `weights` are at least 0; only their ratios matter, and equal weights give the plain Pearson correlation.
///
/// # Errors
///
/// [`CorrelationError`] as for [`super::correlation`]; a negative or non-finite weight counts as a value that is not
/// finite, and a column that is constant where the weight is positive as constant.
///
/// # Examples
///
/// ```
/// use transferscope_theory::statistics::correlation::weighted_pearson;
///
/// // The third network has weight 0, and the other two lie on a line.
/// let value = weighted_pearson(&[0.0, 1.0, 5.0], &[2.0, 3.0, -9.0], &[1.0, 1.0, 0.0])?;
/// assert!((value - 1.0).abs() < 1e-15);
/// # Ok::<(), transferscope_theory::statistics::correlation::CorrelationError>(())
/// ```
pub fn weighted_pearson(scores: &[f64], outcomes: &[f64], weights: &[f64]) -> Result<f64, CorrelationError> {
    check_columns(scores, outcomes, 2)?;
    check_columns(scores, weights, 2)?;
    if let Some(index) = weights.iter().position(|weight| *weight < 0.0) {
        return Err(CorrelationError::NotFinite { index });
    }
    let kept: Vec<usize> = (0..weights.len()).filter(|&index| weights[index] > 0.0).collect();
    if kept.len() < 2 {
        return Err(CorrelationError::TooFew { needed: 2, found: kept.len() });
    }
    let pick = |values: &[f64]| kept.iter().map(|&index| values[index]).collect::<Vec<f64>>();
    let weights = pick(weights);
    // Standardising first costs nothing (the result is unchanged) and finds constant and huge columns.
    let scores = standardise(&pick(scores))?;
    let outcomes = standardise(&pick(outcomes))?;
    let total: f64 = weights.iter().sum();
    let mean = |values: &[f64]| values.iter().zip(&weights).map(|(v, w)| v * w).sum::<f64>() / total;
    let (score_mean, outcome_mean) = (mean(&scores), mean(&outcomes));
    let moment = |left: &[f64], left_mean: f64, right: &[f64], right_mean: f64| {
        left.iter().zip(right).zip(&weights).map(|((l, r), w)| w * (l - left_mean) * (r - right_mean)).sum::<f64>()
    };
    let both = moment(&scores, score_mean, &outcomes, outcome_mean);
    let score_spread = moment(&scores, score_mean, &scores, score_mean);
    let outcome_spread = moment(&outcomes, outcome_mean, &outcomes, outcome_mean);
    if score_spread <= 0.0 || outcome_spread <= 0.0 {
        return Err(CorrelationError::Constant);
    }
    Ok((both / score_spread.sqrt() / outcome_spread.sqrt()).clamp(-1.0, 1.0))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;
    use crate::statistics::correlation::{CorrelationKind, correlation};

    #[test]
    fn a_whole_weight_is_a_repeated_network() {
        let (x, y) = ([1.0, 2.0, 4.0, 3.0], [2.0, 1.0, 5.0, 3.0]);
        let weighted = weighted_pearson(&x, &y, &[1.0, 2.0, 1.0, 1.0]).unwrap();
        let repeated =
            correlation(CorrelationKind::Pearson, &[1.0, 2.0, 2.0, 4.0, 3.0], &[2.0, 1.0, 1.0, 5.0, 3.0]).unwrap();
        // A dozen roundings of numbers near one.
        assert!((weighted - repeated).abs() < 1e-14);
    }
}
