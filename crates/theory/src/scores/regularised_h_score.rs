//! The H-score with a covariance shrunk towards a multiple of the identity.

use super::{Features, Labels, ScoreError};

/// A regularised H-score with the shrinkage that it used.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RegularisedHScore {
    /// The score.
    pub value: f64,
    /// Ledoit and Wolf's intensity α in [0, 1].
    pub shrinkage: f64,
}

/// H_α = tr(Σ_α⁻¹ (1 − α) Cov(E\[f|y\])) with Σ_α = (1 − α) S + α μ I (Ibrahim, Ponomareva, Mazumder, "Newer is not
/// always better", 2021), in [0, (C − 1) N/(N − 1)], higher is better.
///
/// S = XᵀX/N is the covariance of the centred features, μ = tr S / D, and α the intensity of Ledoit and Wolf (2004) as in
/// scikit-learn: b/d, with d = (‖S‖² − D μ²)/D and b = (Σ_i ‖x_i‖⁴/N − ‖S‖²)/(N D), b at most d. As in published code
/// (TLLib, `regularized_h_score`) the covariance between classes is divided by N − 1 and S by N, so that with α = 0 the
/// score is N/(N − 1) times the plain one.
///
/// # Errors
/// [`ScoreError::LengthMismatch`], [`ScoreError::NoVariation`].
///
/// ```
/// use transferscope_theory::{linear::Matrix, scores::{Features, Labels, h_score, regularised_h_score}};
/// // Twelve images, forty random features: the plain score is fooled (3 of 3), the shrunk one much less.
/// let labels = Labels::new(&(0..12).map(|i| i % 4).collect::<Vec<_>>())?;
/// let features = Features::new(Matrix::from_fn(12, 40, |i, j| (((i + 1) * (j + 2)) as f64 * 1.7).sin()))?;
/// assert!(regularised_h_score(&features, &labels)?.value < 0.6 * h_score(&features, &labels)?);
/// # Ok::<(), transferscope_theory::scores::ScoreError>(())
/// ```
pub fn regularised_h_score(features: &Features, labels: &Labels) -> Result<RegularisedHScore, ScoreError> {
    labels.check_rows("features", features.images())?;
    let rotated = features.centred()?;
    let (images, width) = (features.images() as f64, rotated.width as f64);
    let mean_variance = rotated.squares.iter().sum::<f64>() / (images * width);
    let squared_norm: f64 = rotated.squares.iter().map(|square| (square / images).powi(2)).sum();
    let fourth: f64 = (0..features.images())
        .map(|image| rotated.projected.row(image).iter().map(|value| value * value).sum::<f64>().powi(2))
        .sum();
    let spread = (squared_norm - width * mean_variance * mean_variance) / width;
    let error = ((fourth / images - squared_norm) / (images * width)).clamp(0.0, spread.max(0.0));
    let shrinkage = if error > 0.0 { error / spread } else { 0.0 };
    let kept = 1.0 - shrinkage;
    let value = rotated
        .between(labels)
        .iter()
        .zip(&rotated.squares)
        .map(|(between, square)| kept * between / (images - 1.0) / (kept * square / images + shrinkage * mean_variance))
        .sum();
    Ok(RegularisedHScore { value, shrinkage })
}
