//! The H-score: how much of the features' spread is spread between classes.

use super::{Features, Labels, ScoreError};

/// H = tr(Cov(f)⁺ Cov(E\[f|y\])) (Bao et al., ICIP 2019), in [0, min(C − 1, rank)], higher is better.
///
/// It is the explained part of the knowledge transfer distance under the weight diag(1/p_c) (paper §5.3), and does not
/// change under any invertible affine map of the features. In sample it is biased upwards: features of D independent
/// random numbers already give about (C − 1) D / N, and with D ≥ N − 1 it is C − 1 whatever the features are; see
/// [`regularised_h_score`](super::regularised_h_score()). Published code inverts with a cutoff of 1e-15, and published
/// tables hold values far above C − 1; here eigenvalues at or below max(N, D) · 2⁻⁵² of the largest count as zero.
///
/// # Errors
/// [`ScoreError::LengthMismatch`], [`ScoreError::NoVariation`].
///
/// ```
/// use transferscope_theory::{linear::Matrix, scores::{Features, Labels, h_score}};
/// // A feature that is the class: the maximum, C - 1 = 1.
/// let labels = Labels::new(&[0, 1, 1, 0, 1])?;
/// let features = Features::new(Matrix::from_rows(5, 1, vec![0.0, 1.0, 1.0, 0.0, 1.0])?)?;
/// assert!((h_score(&features, &labels)? - 1.0).abs() < 1e-12);
/// # Ok::<(), transferscope_theory::scores::ScoreError>(())
/// ```
pub fn h_score(features: &Features, labels: &Labels) -> Result<f64, ScoreError> {
    labels.check_rows("features", features.images())?;
    let rotated = features.centred()?;
    Ok(rotated.between(labels).iter().zip(&rotated.squares).map(|(between, square)| between / square).sum())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;
    use crate::{
        knowledge::{class_share_weight, knowledge_transfer, one_hot},
        linear::Matrix,
    };

    /// paper §5.3: two definitions, one number.
    #[test]
    fn it_is_the_explained_part_of_the_knowledge_transfer_distance() {
        let labels: Vec<usize> = (0..40).map(|i| (i * i + i / 3) % 3).collect();
        let matrix = Matrix::from_fn(40, 4, |i, j| ((i * (j + 3)) as f64).sin() + 0.4 * labels[i] as f64);
        let transfer =
            knowledge_transfer(&matrix, &one_hot(&labels, 3).unwrap(), Some(&class_share_weight(&labels, 3).unwrap()))
                .unwrap();
        let score = h_score(&Features::new(matrix).unwrap(), &Labels::new(&labels).unwrap()).unwrap();
        assert!((score - transfer.explained).abs() < 1e-10, "{score} {}", transfer.explained);
    }

    /// With at least as many features as images less one, every feature set explains everything: C − 1 exactly.
    #[test]
    fn with_more_features_than_images_it_is_at_its_bound_and_not_above() {
        let labels = Labels::new(&(0..12).map(|i| i % 4).collect::<Vec<_>>()).unwrap();
        let features = Features::new(Matrix::from_fn(12, 40, |i, j| (((i + 1) * (j + 2)) as f64 * 1.7).sin())).unwrap();
        let score = h_score(&features, &labels).unwrap();
        assert!((score - 3.0).abs() < 1e-6, "{score}");
    }

    #[test]
    fn invertible_affine_maps_change_nothing() {
        let labels = Labels::new(&(0..30).map(|i| i % 3).collect::<Vec<_>>()).unwrap();
        let x = |i: usize, j: usize| ((i * 5 + j * 11) as f64).sin() + if j == 0 { (i % 3) as f64 } else { 0.0 };
        let plain = Features::new(Matrix::from_fn(30, 2, x)).unwrap();
        // (x, y) -> (3 x + 100 y + 7, 5 y - 2): invertible, far from orthogonal.
        let map = |i: usize, j: usize| if j == 0 { 3.0 * x(i, 0) + 100.0 * x(i, 1) + 7.0 } else { 5.0 * x(i, 1) - 2.0 };
        let mapped = Features::new(Matrix::from_fn(30, 2, map)).unwrap();
        assert!((h_score(&plain, &labels).unwrap() - h_score(&mapped, &labels).unwrap()).abs() < 1e-9);
    }
}
