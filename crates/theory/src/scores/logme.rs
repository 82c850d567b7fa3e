//! LogME: the evidence of a Bayesian linear model from features to each class, maximised over its two precisions.

use super::{Features, Labels, ScoreError};

/// Guards of the published program: added to both denominators.
const GUARD: f64 = 1e-5;
/// The published program makes at most so many fixed-point steps, ...
const STEPS: usize = 11;
/// ... and stops where the ratio of precisions moves by less than this share.
const SETTLED: f64 = 1e-3;

/// LogME (You et al., ICML 2021, arXiv 2102.11005; fixed point of arXiv 2110.10545), higher is better.
///
/// For each class, y ∈ {0,1}ᴺ is the one-hot column, y = F w + noise, w ~ N(0, α⁻¹), noise ~ N(0, β⁻¹), and
///
/// log p(y|F,α,β) = D/2 ln α + N/2 ln β − ½ ln det(α + β FᵀF) − β/2 ‖y − F m‖² − α/2 ‖m‖² − N/2 ln 2π,
///
/// m = β (α + β FᵀF)⁻¹ Fᵀ y, maximised over α and β by a fixed-point iteration. The score is the mean over the classes
/// that occur, divided by N. Range: the whole line; it is a log density for each image and class, not a probability, so
/// values above 0 are ordinary. It depends on the scale of the labels but not on rotations of the features.
///
/// For more images than features this is the value of the published program (`thuml/LogME`, `_fit_fixed_point`). For more
/// features than images that program leaves the D − N zero eigenvalues out of the determinant but keeps D/2 ln α, so its
/// value changes when a column of zeros is added; here they are counted, and it does not.
///
/// # Errors
/// [`ScoreError::LengthMismatch`], [`ScoreError::NoVariation`] for features that are all zero.
///
/// ```
/// use transferscope_theory::{linear::Matrix, scores::{Features, Labels, logme}};
/// let labels = Labels::new(&(0..30).map(|i| i % 3).collect::<Vec<_>>())?;
/// let noise = |i: usize, j: usize| ((i * 13 + j * 7) as f64).sin();
/// let telling = Features::new(Matrix::from_fn(30, 3, |i, j| f64::from(u8::from(i % 3 == j)) + 0.1 * noise(i, j)))?;
/// let silent = Features::new(Matrix::from_fn(30, 3, noise))?;
/// assert!(logme(&telling, &labels)? > logme(&silent, &labels)? + 1.0);
/// # Ok::<(), transferscope_theory::scores::ScoreError>(())
/// ```
pub fn logme(features: &Features, labels: &Labels) -> Result<f64, ScoreError> {
    labels.check_rows("features", features.images())?;
    let rotated = features.raw()?;
    let axes = rotated.squares.len();
    let mut sums = vec![vec![0.0; axes]; labels.classes()];
    for (image, &class) in labels.as_slice().iter().enumerate() {
        sums[class].iter_mut().zip(rotated.projected.row(image)).for_each(|(sum, value)| *sum += value);
    }
    let mut total = 0.0;
    for (class, sum) in sums.iter().enumerate() {
        // (u_kᵀ y)² for the left singular vectors u_k = projected_k / s_k.
        let along: Vec<f64> = sum.iter().zip(&rotated.squares).map(|(sum, square)| sum * sum / square).collect();
        let length = labels.counts()[class] as f64;
        total += evidence(&along, length, &rotated.squares, labels.len() as f64, rotated.width as f64);
    }
    let score = total / labels.classes() as f64;
    match score.is_finite() {
        true => Ok(score),
        false => {
            Err(ScoreError::OutOfRange { score: "LogME", value: score, range: "of the finite numbers".to_owned() })
        }
    }
}

/// Evidence divided by N; `along` are the squares of y's parts along the axes and `length` is ‖y‖².
fn evidence(along: &[f64], length: f64, squares: &[f64], images: f64, width: f64) -> f64 {
    let left_over = length - along.iter().sum::<f64>();
    let (mut alpha, mut beta) = (1.0_f64, 1.0_f64);
    let (mut residual, mut norm) = (0.0, 0.0);
    for _ in 0..STEPS {
        let ratio = alpha / beta;
        let (mut determined, mut inner) = (0.0, 0.0);
        norm = 0.0;
        for (&part, &square) in along.iter().zip(squares) {
            determined += square / (square + ratio);
            norm += square * part / (ratio + square).powi(2);
            inner += part / (1.0 + square / ratio).powi(2);
        }
        residual = inner + left_over;
        alpha = determined / (norm + GUARD);
        beta = (images - determined) / (residual + GUARD);
        if (alpha / beta - ratio).abs() <= SETTLED * ratio {
            break;
        }
    }
    let missing = width - squares.len() as f64;
    let log_determinant: f64 =
        squares.iter().map(|square| (alpha + beta * square).ln()).sum::<f64>() + missing * alpha.ln();
    let evidence = width / 2.0 * alpha.ln() + images / 2.0 * beta.ln()
        - 0.5 * log_determinant
        - beta / 2.0 * residual
        - alpha / 2.0 * norm
        - images / 2.0 * (2.0 * std::f64::consts::PI).ln();
    evidence / images
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;
    use crate::linear::Matrix;

    /// A column of zeros carries no information: its determinant factor α cancels its D/2 ln α.
    #[test]
    fn a_column_of_zeros_changes_nothing_for_tall_and_wide_features() {
        for (images, width) in [(20, 5), (8, 15)] {
            let labels = Labels::new(&(0..images).map(|i| i % 2).collect::<Vec<_>>()).unwrap();
            let entry = |i: usize, j: usize| ((i * 7 + j * 3) as f64).cos() + (i % 2) as f64;
            let plain = Features::new(Matrix::from_fn(images, width, entry)).unwrap();
            let padded = Matrix::from_fn(images, width + 4, |i, j| if j < width { entry(i, j) } else { 0.0 });
            let padded = Features::new(padded).unwrap();
            let difference = logme(&plain, &labels).unwrap() - logme(&padded, &labels).unwrap();
            assert!(difference.abs() < 1e-9, "{difference}");
        }
    }
}
