//! Means and covariances of the outputs of two networks, summed chunk by chunk.

use super::MatchingError;
use crate::linear::Matrix;
use crate::statistics::{CHUNK, OrderedSum};

/// Means and second moments of star and diamond outputs over the samples.
#[derive(Debug, Clone, PartialEq)]
pub struct OutputMoments {
    /// Number of samples averaged.
    pub samples: usize,
    /// E f_star, of length d_star.
    pub star_mean: Vec<f64>,
    /// E f_diamond, of length d_diamond.
    pub diamond_mean: Vec<f64>,
    /// Cov(f_star, f_diamond), d_star x d_diamond (divided by N, not N − 1).
    pub cross: Matrix,
    /// Cov(f_star).
    pub star: Matrix,
    /// Cov(f_diamond).
    pub diamond: Matrix,
}

/// Sums outputs, their squares and products over chunks of 64 samples; merges to the same bits for any split.
///
/// Values are taken relative to a fixed shift (zero unless set), which changes no covariance but saves digits where
/// means are large against spreads; all parts that are merged must use the same shift.
///
/// # Examples
///
/// ```
/// use transferscope_theory::linear::Matrix;
/// use transferscope_theory::matching::OutputMomentSums;
///
/// let star = Matrix::from_rows(3, 1, vec![1.0, 2.0, 6.0])?;
/// let diamond = Matrix::from_rows(3, 1, vec![0.0, 1.0, 2.0])?;
/// let moments = OutputMomentSums::over(&star, &diamond)?.finish()?;
/// assert_eq!(moments.star_mean, [3.0]);
/// assert!((moments.cross[(0, 0)] - 5.0 / 3.0).abs() < 1e-15);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct OutputMomentSums {
    star_shift: Vec<f64>,
    diamond_shift: Vec<f64>,
    sums: OrderedSum,
}

impl OutputMomentSums {
    /// Empty sums for d_star and d_diamond outputs, without shift.
    #[must_use]
    pub fn new(star_outputs: usize, diamond_outputs: usize) -> Self {
        Self::with_shift(vec![0.0; star_outputs], vec![0.0; diamond_outputs])
    }

    /// Empty sums of outputs relative to these values, for example those of the first sample.
    #[must_use]
    pub fn with_shift(star_shift: Vec<f64>, diamond_shift: Vec<f64>) -> Self {
        let (star, diamond) = (star_shift.len(), diamond_shift.len());
        let length = 1 + star + diamond + star * diamond + star * star + diamond * diamond;
        Self { star_shift, diamond_shift, sums: OrderedSum::new(length) }
    }

    /// Adds the samples of chunk number `chunk`: one row per sample in both matrices.
    ///
    /// # Errors
    ///
    /// [`MatchingError`] for other numbers of rows or columns, or a chunk added twice.
    pub fn add_chunk(&mut self, chunk: usize, star: &Matrix, diamond: &Matrix) -> Result<(), MatchingError> {
        check_columns(star, self.star_shift.len())?;
        check_columns(diamond, self.diamond_shift.len())?;
        if star.rows() != diamond.rows() {
            return Err(MatchingError::Rows { expected: star.rows(), found: diamond.rows() });
        }
        let rows = (0..star.rows()).map(|row| (star.row(row), diamond.row(row)));
        self.add_rows(chunk, rows)
    }

    fn add_rows<'a>(
        &mut self,
        chunk: usize,
        rows: impl Iterator<Item = (&'a [f64], &'a [f64])>,
    ) -> Result<(), MatchingError> {
        let (stars, diamonds) = (self.star_shift.len(), self.diamond_shift.len());
        let length = 1 + stars + diamonds + stars * diamonds + stars * stars + diamonds * diamonds;
        let mut sums = vec![0.0; length];
        let mut joint = vec![0.0; stars + diamonds];
        for (star, diamond) in rows {
            for (slot, (value, shift)) in
                joint.iter_mut().zip(star.iter().zip(&self.star_shift).chain(diamond.iter().zip(&self.diamond_shift)))
            {
                *slot = value - shift;
            }
            let (star, diamond) = joint.split_at(stars);
            let mut slots = sums.iter_mut();
            let mut add = |value: f64| {
                if let Some(slot) = slots.next() {
                    *slot += value;
                }
            };
            add(1.0);
            joint.iter().for_each(|value| add(*value));
            for (left, right) in [(star, diamond), (star, star), (diamond, diamond)] {
                for l in left {
                    right.iter().for_each(|r| add(l * r));
                }
            }
        }
        Ok(self.sums.add_chunk(chunk, sums)?)
    }

    /// Sums over whole arrays, cut into chunks of 64 rows, relative to the first row.
    ///
    /// # Errors
    ///
    /// [`MatchingError::Rows`] where the arrays have different numbers of rows.
    pub fn over(star: &Matrix, diamond: &Matrix) -> Result<Self, MatchingError> {
        Self::over_selected(star, diamond, |_| true)
    }

    /// The same over the rows that `keep` selects by index (the shift is the first row of all, kept or not).
    ///
    /// # Errors
    ///
    /// [`MatchingError::Rows`] where the arrays have different numbers of rows.
    pub fn over_selected(star: &Matrix, diamond: &Matrix, keep: impl Fn(usize) -> bool) -> Result<Self, MatchingError> {
        if star.rows() != diamond.rows() {
            return Err(MatchingError::Rows { expected: star.rows(), found: diamond.rows() });
        }
        let first = |matrix: &Matrix| {
            if matrix.rows() == 0 { vec![0.0; matrix.columns()] } else { matrix.row(0).to_vec() }
        };
        let mut sums = Self::with_shift(first(star), first(diamond));
        let kept: Vec<usize> = (0..star.rows()).filter(|&row| keep(row)).collect();
        for (chunk, rows) in kept.chunks(CHUNK).enumerate() {
            sums.add_rows(chunk, rows.iter().map(|&row| (star.row(row), diamond.row(row))))?;
        }
        Ok(sums)
    }

    /// Takes in the sums over other chunks.
    ///
    /// # Errors
    ///
    /// [`MatchingError::Sum`] for other numbers of outputs or a chunk counted twice.
    pub fn merge(&mut self, other: Self) -> Result<(), MatchingError> {
        Ok(self.sums.merge(other.sums)?)
    }

    /// Means and covariances over all samples.
    ///
    /// # Errors
    ///
    /// [`MatchingError::TooFewSamples`] without samples, [`MatchingError::Sum`] where a chunk is missing.
    pub fn finish(&self) -> Result<OutputMoments, MatchingError> {
        let total = self.sums.total()?;
        let samples = total[0];
        if samples == 0.0 {
            return Err(MatchingError::TooFewSamples { needed: 1, found: 0, why: "a mean needs something to average" });
        }
        let (stars, diamonds) = (self.star_shift.len(), self.diamond_shift.len());
        let means: Vec<f64> = total[1..].iter().map(|sum| sum / samples).collect();
        let (first, second) = means.split_at(stars + diamonds);
        let (star, diamond) = first.split_at(stars);
        let (cross, second) = second.split_at(stars * diamonds);
        let (own, other) = second.split_at(stars * stars);
        let covariance = |raw: &[f64], left: &[f64], right: &[f64]| {
            let columns = right.len();
            Matrix::from_fn(left.len(), columns, |i, j| raw[i * columns + j] - left[i] * right[j])
        };
        let unshift = |mean: &[f64], shift: &[f64]| mean.iter().zip(shift).map(|(m, s)| m + s).collect::<Vec<f64>>();
        Ok(OutputMoments {
            samples: samples as usize,
            star_mean: unshift(star, &self.star_shift),
            diamond_mean: unshift(diamond, &self.diamond_shift),
            cross: covariance(cross, star, diamond),
            star: covariance(own, star, star),
            diamond: covariance(other, diamond, diamond),
        })
    }
}

fn check_columns(matrix: &Matrix, expected: usize) -> Result<(), MatchingError> {
    if matrix.columns() == expected {
        return Ok(());
    }
    Err(crate::linear::LinearError::WrongShape {
        expected: format!("{expected} columns, one per output"),
        found_rows: matrix.rows(),
        found_columns: matrix.columns(),
    }
    .into())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;

    #[test]
    fn any_split_gives_the_same_bits() {
        let star = Matrix::from_fn(200, 3, |i, j| ((i * 7 + j * 3) as f64).sin() + 5.0);
        let diamond = Matrix::from_fn(200, 2, |i, j| ((i * 5 + j) as f64).cos() * 1e3);
        let whole = OutputMomentSums::over(&star, &diamond).unwrap();
        let part = |chunk: usize| {
            let rows = (chunk * CHUNK)..((chunk + 1) * CHUNK).min(200);
            let cut =
                |matrix: &Matrix| Matrix::from_fn(rows.len(), matrix.columns(), |i, j| matrix[(rows.start + i, j)]);
            let mut sums = OutputMomentSums::with_shift(star.row(0).to_vec(), diamond.row(0).to_vec());
            sums.add_chunk(chunk, &cut(&star), &cut(&diamond)).unwrap();
            sums
        };
        let mut merged = part(3);
        for chunk in [1, 0, 2] {
            merged.merge(part(chunk)).unwrap();
        }
        assert_eq!(merged.finish().unwrap(), whole.finish().unwrap());
    }
}
