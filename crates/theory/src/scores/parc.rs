//! PARC: whether images of one class are near each other, pair by pair, in ranks.

use super::{Features, Labels, ScoreError};
use crate::linear::product::times_transposed;
use crate::linear::{Matrix, dot};
use crate::statistics::correlation::{CorrelationKind, correlation};

/// PARC (Bolya, Mittapalli, Hoffman, NeurIPS 2021): 100 times the Spearman correlation, over all pairs of images, of the
/// features' distance (1 − Pearson correlation of two images' standardised features) with the labels' distance
/// (0 within a class, the same above 0 between classes), in [−100, 100], higher is better.
///
/// As in published code (`dbolya/parc`), features are first standardised over images (one that never varies stays 0) and no
/// dimension is reduced. Costs N²/2 distances of D products and their sorting, so the papers use 500 images.
///
/// # Errors
/// [`ScoreError::LengthMismatch`], [`ScoreError::TooFew`] below three images, and [`ScoreError::Undefined`] where an image's
/// standardised features are all equal, so that they correlate with nothing.
///
/// ```
/// use transferscope_theory::{linear::Matrix, scores::{Features, Labels, parc}};
/// // Two classes that point in opposite directions: each pair within a class is nearer than any pair between them.
/// let labels = Labels::new(&[0, 1, 0, 1])?;
/// let features = Features::new(Matrix::from_rows(4, 2, vec![1.0, 0.0, 0.0, 1.0, 2.0, 0.0, 0.0, 2.0])?)?;
/// assert!((parc(&features, &labels)? - 100.0).abs() < 1e-9);
/// # Ok::<(), transferscope_theory::scores::ScoreError>(())
/// ```
pub fn parc(features: &Features, labels: &Labels) -> Result<f64, ScoreError> {
    labels.check_rows("features", features.images())?;
    let images = features.images();
    if images < 3 {
        return Err(ScoreError::TooFew { score: "PARC", needed: 3, of: "images", found: images });
    }
    let unit = unit_rows(features.matrix())?;
    let similarity = times_transposed(&unit, &unit)?;
    let pairs = images * (images - 1) / 2;
    let (mut of_features, mut of_labels) = (Vec::with_capacity(pairs), Vec::with_capacity(pairs));
    for i in 0..images {
        for j in i + 1..images {
            // Rounded to 2⁻⁴⁰: equal angles are one tie whatever order their products were summed in.
            of_features.push(((1.0 - similarity[(i, j)]) * GRAIN).round());
            of_labels.push(f64::from(u8::from(labels.as_slice()[i] != labels.as_slice()[j])));
        }
    }
    let spearman = correlation(CorrelationKind::Spearman, &of_features, &of_labels);
    spearman.map(|value| 100.0 * value).map_err(|_| ScoreError::NoVariation)
}

/// 2⁴⁰ steps between 0 and 1.
const GRAIN: f64 = (1_u64 << 40) as f64;

/// Standardised over images, then each image less its mean and scaled to length one.
fn unit_rows(matrix: &Matrix) -> Result<Matrix, ScoreError> {
    let (rows, columns) = (matrix.rows(), matrix.columns());
    let scale: Vec<(f64, f64)> = (0..columns)
        .map(|column| {
            let mean = (0..rows).map(|row| matrix[(row, column)]).sum::<f64>() / rows as f64;
            let variance = (0..rows).map(|row| (matrix[(row, column)] - mean).powi(2)).sum::<f64>() / rows as f64;
            (mean, if variance > 0.0 { variance.sqrt() } else { 1.0 })
        })
        .collect();
    let mut unit = Matrix::from_fn(rows, columns, |i, j| (matrix[(i, j)] - scale[j].0) / scale[j].1);
    for (image, row) in unit.as_mut_slice().chunks_mut(columns).enumerate() {
        let mean = row.iter().sum::<f64>() / columns as f64;
        row.iter_mut().for_each(|value| *value -= mean);
        let length = dot(row, row).sqrt();
        if length <= 1e-12 * (columns as f64).sqrt() * (1.0 + mean.abs()) {
            return Err(ScoreError::Undefined {
                score: "PARC",
                image,
                why: "standardised features that are all equal, which correlate with nothing",
            });
        }
        row.iter_mut().for_each(|value| *value /= length);
    }
    Ok(unit)
}
