//! TransRate: the coding rate of all features less the mean coding rate of a class.

use super::cholesky::cholesky;
use super::{Features, Labels, ScoreError};
use crate::linear::{
    Matrix,
    product::{cross, times_transposed},
};

/// The distortion of the published program.
pub const TRANSRATE_EPSILON: f64 = 1e-4;

/// TransRate = R(F) − mean over classes of R(F_c) with R(Z) = ½ ln det(I + ZᵀZ/(n ε)) (Huang et al., ICML 2022), higher is
/// better.
///
/// F are the features less their mean, F_c those of class c (still less the overall mean), n the number of rows of Z. As in
/// the paper's own program and TLLib's, classes have equal weight. Range: the whole line (at least 0 where classes are
/// equally frequent). It is not invariant to the scale of the features, so networks with larger features get larger values.
///
/// # Errors
/// [`ScoreError::LengthMismatch`], [`ScoreError::NoVariation`].
///
/// ```
/// use transferscope_theory::{linear::Matrix, scores::{Features, Labels, transrate}};
/// // One feature ±1 that is the class: R = ½ ln(1 + 1/ε) overall and in each class, so the difference is 0.
/// let labels = Labels::new(&[0, 1, 0, 1])?;
/// let features = Features::new(Matrix::from_rows(4, 1, vec![-1.0, 1.0, -1.0, 1.0])?)?;
/// assert!(transrate(&features, &labels, 1e-4)?.abs() < 1e-12);
/// # Ok::<(), transferscope_theory::scores::ScoreError>(())
/// ```
pub fn transrate(features: &Features, labels: &Labels, epsilon: f64) -> Result<f64, ScoreError> {
    labels.check_rows("features", features.images())?;
    if !(epsilon.is_finite() && epsilon > 0.0) {
        return Err(ScoreError::Setting { what: "epsilon", expected: "above 0", found: epsilon.to_string() });
    }
    let rotated = features.centred()?;
    let images = labels.len() as f64;
    let whole = 0.5 * rotated.squares.iter().map(|square| (square / (images * epsilon)).ln_1p()).sum::<f64>();
    let mut within = 0.0;
    for class in 0..labels.classes() {
        let members = labels.images_of(class);
        let rows = Matrix::from_fn(members.len(), rotated.squares.len(), |i, k| rotated.projected[(members[i], k)]);
        within += rate(&rows, epsilon)?;
    }
    Ok(whole - within / labels.classes() as f64)
}

/// ½ ln det(I + ZᵀZ/(n ε)) = ½ ln det(I + ZZᵀ/(n ε)): the smaller of the two.
fn rate(rows: &Matrix, epsilon: f64) -> Result<f64, ScoreError> {
    let gram = if rows.rows() < rows.columns() { times_transposed(rows, rows)? } else { cross(rows, rows)? };
    let size = gram.rows();
    let mut matrix = gram.scaled(1.0 / (rows.rows() as f64 * epsilon));
    (0..size).for_each(|i| matrix[(i, i)] += 1.0);
    cholesky(matrix.as_mut_slice(), size).ok_or(ScoreError::OutOfRange {
        score: "TransRate",
        value: f64::INFINITY,
        range: "of the finite numbers".to_owned(),
    })?;
    Ok((0..size).map(|i| matrix[(i, i)].ln()).sum())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;

    /// Four points on two axes: class 0 at (±1, 0), class 1 at (0, ±1), ε = ½. Overall ZᵀZ/(nε) = diag(1, 1); within a
    /// class it is diag(2, 0): ½ (2 ln 2) − ½ ln 3.
    #[test]
    fn two_perpendicular_classes_by_hand() {
        let labels = Labels::new(&[0, 0, 1, 1]).unwrap();
        let rows = vec![1.0, 0.0, -1.0, 0.0, 0.0, 1.0, 0.0, -1.0];
        let features = Features::new(Matrix::from_rows(4, 2, rows).unwrap()).unwrap();
        let expected = 2.0_f64.ln() - 0.5 * 3.0_f64.ln();
        assert!((transrate(&features, &labels, 0.5).unwrap() - expected).abs() < 1e-12);
        assert!(transrate(&features, &labels, 0.0).is_err());
    }
}
