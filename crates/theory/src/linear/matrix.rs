//! A dense f64 matrix in row order: the one matrix type of this crate.

use std::ops::{Index, IndexMut};

use serde::Serialize;

use super::LinearError;

/// Inner product of two slices of equal length, summed in index order over four interleaved partial sums.
///
/// The four sums let the processor overlap additions; their order is fixed, so the bits are too. Entries beyond the
/// shorter slice are ignored.
#[inline]
#[must_use]
pub fn dot(left: &[f64], right: &[f64]) -> f64 {
    let length = left.len().min(right.len());
    let (left, right) = (&left[..length], &right[..length]);
    let mut sums = [0.0_f64; 4];
    let left_blocks = left.chunks_exact(4);
    let right_blocks = right.chunks_exact(4);
    let tail: f64 = left_blocks.remainder().iter().zip(right_blocks.remainder()).map(|(a, b)| a * b).sum();
    for (a, b) in left_blocks.zip(right_blocks) {
        for lane in 0..4 {
            sums[lane] += a[lane] * b[lane];
        }
    }
    (sums[0] + sums[2]) + (sums[1] + sums[3]) + tail
}

/// A dense matrix of finite f64 values, stored row after row.
///
/// ```
/// use transferscope_theory::linear::Matrix;
/// let a = Matrix::from_rows(2, 2, vec![1.0, 2.0, 3.0, 4.0])?;
/// assert_eq!(a.multiply(&a.transposed())?.as_slice(), &[5.0, 11.0, 11.0, 25.0]);
/// # Ok::<(), transferscope_theory::linear::LinearError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Matrix {
    rows: usize,
    columns: usize,
    values: Vec<f64>,
}

impl Matrix {
    /// A `rows` x `columns` matrix from values in row order.
    ///
    /// # Errors
    /// [`LinearError::WrongLength`] and [`LinearError::NotFinite`].
    pub fn from_rows(rows: usize, columns: usize, values: Vec<f64>) -> Result<Self, LinearError> {
        let expected = rows.saturating_mul(columns);
        if values.len() != expected {
            return Err(LinearError::WrongLength { rows, columns, expected, found: values.len() });
        }
        if let Some(at) = values.iter().position(|value| !value.is_finite()) {
            return Err(LinearError::NotFinite { row: at / columns, column: at % columns, value: values[at] });
        }
        Ok(Self { rows, columns, values })
    }

    /// All zeros.
    #[must_use]
    pub fn zeros(rows: usize, columns: usize) -> Self {
        Self { rows, columns, values: vec![0.0; rows * columns] }
    }

    /// Ones on the diagonal.
    #[must_use]
    pub fn identity(size: usize) -> Self {
        Self::diagonal(&vec![1.0; size])
    }

    /// The given values on the diagonal, zero elsewhere.
    #[must_use]
    pub fn diagonal(values: &[f64]) -> Self {
        let mut matrix = Self::zeros(values.len(), values.len());
        for (i, &value) in values.iter().enumerate() {
            matrix[(i, i)] = value;
        }
        matrix
    }

    /// Each entry from its row and column.
    #[must_use]
    pub fn from_fn(rows: usize, columns: usize, entry: impl Fn(usize, usize) -> f64) -> Self {
        let mut values = Vec::with_capacity(rows * columns);
        for row in 0..rows {
            values.extend((0..columns).map(|column| entry(row, column)));
        }
        Self { rows, columns, values }
    }

    /// Number of rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Number of columns.
    #[must_use]
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// All values in row order.
    #[must_use]
    pub fn as_slice(&self) -> &[f64] {
        &self.values
    }

    /// All values in row order, to be changed in place.
    #[must_use]
    pub fn as_mut_slice(&mut self) -> &mut [f64] {
        &mut self.values
    }

    /// The values of one row.
    #[must_use]
    pub fn row(&self, row: usize) -> &[f64] {
        &self.values[row * self.columns..(row + 1) * self.columns]
    }

    /// A copy of one column.
    #[must_use]
    pub fn column(&self, column: usize) -> Vec<f64> {
        (0..self.rows).map(|row| self[(row, column)]).collect()
    }

    /// Rows and columns swapped.
    #[must_use]
    pub fn transposed(&self) -> Self {
        Self::from_fn(self.columns, self.rows, |i, j| self[(j, i)])
    }

    /// The product `self` x `right`.
    ///
    /// # Errors
    /// [`LinearError::WrongShape`] when `right` has not as many rows as `self` has columns.
    pub fn multiply(&self, right: &Self) -> Result<Self, LinearError> {
        self.multiply_transposed(&right.transposed()).map_err(|_| LinearError::WrongShape {
            expected: format!("{} rows", self.columns),
            found_rows: right.rows,
            found_columns: right.columns,
        })
    }

    /// The product `self` x `rightᵀ`, both read along their rows.
    ///
    /// # Errors
    /// [`LinearError::WrongShape`] when the two have different numbers of columns.
    pub fn multiply_transposed(&self, right: &Self) -> Result<Self, LinearError> {
        if self.columns != right.columns {
            return Err(LinearError::WrongShape {
                expected: format!("{} columns", self.columns),
                found_rows: right.rows,
                found_columns: right.columns,
            });
        }
        Ok(Self::from_fn(self.rows, right.rows, |i, j| dot(self.row(i), right.row(j))))
    }

    /// `self` times a vector; entries beyond the number of columns are ignored.
    #[must_use]
    pub fn apply(&self, vector: &[f64]) -> Vec<f64> {
        (0..self.rows).map(|i| dot(self.row(i), vector)).collect()
    }

    /// Every entry times `factor`.
    #[must_use]
    pub fn scaled(&self, factor: f64) -> Self {
        let values = self.values.iter().map(|value| factor * value).collect();
        Self { rows: self.rows, columns: self.columns, values }
    }

    /// `self + factor * other`.
    ///
    /// # Errors
    /// [`LinearError::WrongShape`] when the shapes differ.
    pub fn plus_scaled(&self, factor: f64, other: &Self) -> Result<Self, LinearError> {
        if (self.rows, self.columns) != (other.rows, other.columns) {
            return Err(LinearError::WrongShape {
                expected: format!("{} rows and {} columns", self.rows, self.columns),
                found_rows: other.rows,
                found_columns: other.columns,
            });
        }
        let values = self.values.iter().zip(&other.values).map(|(one, two)| one + factor * two).collect();
        Ok(Self { rows: self.rows, columns: self.columns, values })
    }

    /// Sum of the squares of all entries, the squared Frobenius norm.
    #[must_use]
    pub fn squared_norm(&self) -> f64 {
        dot(&self.values, &self.values)
    }

    /// The Frobenius norm.
    #[must_use]
    pub fn norm(&self) -> f64 {
        self.squared_norm().sqrt()
    }

    /// Sum of the diagonal.
    #[must_use]
    pub fn trace(&self) -> f64 {
        (0..self.rows.min(self.columns)).map(|i| self[(i, i)]).sum()
    }
}

impl Index<(usize, usize)> for Matrix {
    type Output = f64;

    fn index(&self, (row, column): (usize, usize)) -> &f64 {
        &self.values[row * self.columns + column]
    }
}

impl IndexMut<(usize, usize)> for Matrix {
    fn index_mut(&mut self, (row, column): (usize, usize)) -> &mut f64 {
        &mut self.values[row * self.columns + column]
    }
}
