//! Means and covariances of two sets of outputs by matrix products: as the theory's accumulator, for wide hidden layers.

use transferscope_theory::{
    linear::{Matrix, product::cross},
    matching::{Matching, MatchingError, OutputMoments, function_matching, function_matching_held_out, is_held_out},
};

/// Second moments of star (N x a) and diamond (N x b), centred before they are multiplied, divided by N.
pub(super) fn output_moments(star: &Matrix, diamond: &Matrix) -> Result<OutputMoments, MatchingError> {
    let (star_mean, diamond_mean) = (mean(star), mean(diamond));
    let (star, diamond) = (centred(star, &star_mean), centred(diamond, &diamond_mean));
    let share = 1.0 / star.rows() as f64;
    Ok(OutputMoments {
        samples: star.rows(),
        cross: cross(&star, &diamond)?.scaled(share),
        star: symmetric(&cross(&star, &star)?.scaled(share)),
        diamond: symmetric(&cross(&diamond, &diamond)?.scaled(share)),
        star_mean,
        diamond_mean,
    })
}

/// An affine fit on all samples, and the same fitted on four of every five samples and measured on the fifth.
pub(super) fn in_sample_and_held_out(star: &Matrix, diamond: &Matrix) -> Result<(Matching, Matching), MatchingError> {
    let held_out = |row: usize| is_held_out(row, star.rows());
    let part = |keep: &dyn Fn(usize) -> bool| output_moments(&rows(star, keep)?, &rows(diamond, keep)?);
    let (fitted, measured) = (part(&|row| !held_out(row))?, part(&held_out)?);
    let in_sample = function_matching(&pooled(&fitted, &measured)?, None)?;
    Ok((in_sample, function_matching_held_out(&fitted, &measured, None)?))
}

/// The moments of all samples from those of two parts: E Cov + Cov E.
fn pooled(one: &OutputMoments, two: &OutputMoments) -> Result<OutputMoments, MatchingError> {
    let samples = one.samples + two.samples;
    let (p, q) = (one.samples as f64 / samples as f64, two.samples as f64 / samples as f64);
    let mean = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| p * a + q * b).collect();
    let apart = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a - b).collect::<Vec<f64>>();
    let star = apart(&one.star_mean, &two.star_mean);
    let diamond = apart(&one.diamond_mean, &two.diamond_mean);
    let covariance = |a: &Matrix, b: &Matrix, left: &[f64], right: &[f64]| {
        let between = Matrix::from_fn(left.len(), right.len(), |i, j| left[i] * right[j]);
        a.scaled(p).plus_scaled(q, b)?.plus_scaled(p * q, &between)
    };
    Ok(OutputMoments {
        samples,
        star_mean: mean(&one.star_mean, &two.star_mean),
        diamond_mean: mean(&one.diamond_mean, &two.diamond_mean),
        cross: covariance(&one.cross, &two.cross, &star, &diamond)?,
        star: covariance(&one.star, &two.star, &star, &star)?,
        diamond: covariance(&one.diamond, &two.diamond, &diamond, &diamond)?,
    })
}

fn mean(matrix: &Matrix) -> Vec<f64> {
    let mut sums = vec![0.0; matrix.columns()];
    for row in matrix.as_slice().chunks_exact(matrix.columns().max(1)) {
        sums.iter_mut().zip(row).for_each(|(sum, value)| *sum += value);
    }
    sums.iter().map(|sum| sum / matrix.rows() as f64).collect()
}

fn centred(matrix: &Matrix, mean: &[f64]) -> Matrix {
    let mut result = matrix.clone();
    for row in result.as_mut_slice().chunks_exact_mut(mean.len().max(1)) {
        row.iter_mut().zip(mean).for_each(|(value, mean)| *value -= mean);
    }
    result
}

/// The kernels may sum the two triangles in different orders.
fn symmetric(matrix: &Matrix) -> Matrix {
    Matrix::from_fn(matrix.rows(), matrix.rows(), |i, j| if i < j { matrix[(j, i)] } else { matrix[(i, j)] })
}

fn rows(matrix: &Matrix, keep: &dyn Fn(usize) -> bool) -> Result<Matrix, MatchingError> {
    let mut values = Vec::with_capacity(matrix.as_slice().len());
    let kept = (0..matrix.rows()).filter(|&row| keep(row));
    let count = kept.map(|row| values.extend_from_slice(matrix.row(row))).count();
    Ok(Matrix::from_rows(count, matrix.columns(), values)?)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use transferscope_theory::{
        knowledge::{knowledge_transfer, knowledge_transfer_held_out},
        matching::OutputMomentSums,
    };

    use super::*;

    /// Entries of order one, 200 samples: both routes agree to rounding.
    #[test]
    fn the_route_of_products_is_the_route_of_sums() {
        let star = Matrix::from_fn(203, 2, |i, j| ((i * 3 + j) as f64).sin());
        let diamond = Matrix::from_fn(203, 4, |i, j| ((i * 2 + 5 * j) as f64).cos() + 0.3 * star[(i, 0)]);
        let (fast, slow) = (
            output_moments(&star, &diamond).unwrap(),
            OutputMomentSums::over(&star, &diamond).unwrap().finish().unwrap(),
        );
        for (one, two) in [(&fast.cross, &slow.cross), (&fast.star, &slow.star), (&fast.diamond, &slow.diamond)] {
            assert!(one.plus_scaled(-1.0, two).unwrap().norm() < 1e-13);
        }
        let (inside, outside) = in_sample_and_held_out(&star, &diamond).unwrap();
        let expected = knowledge_transfer(&diamond, &star, None).unwrap();
        assert!((inside.distance - expected.distance).abs() < 1e-12);
        let expected = knowledge_transfer_held_out(&diamond, &star, None).unwrap();
        assert_eq!(outside.samples, 40);
        assert!((outside.distance - expected.distance).abs() < 1e-12);
    }
}
