//! A plain array: a shape and its numbers in row-major order.

use serde::{Deserialize, Serialize};

/// A dense array of `T` in row-major (C) order.
///
/// The product of `shape` always equals the number of elements; an empty shape is a scalar.
///
/// ```
/// use transferscope_network::array::Array;
/// let matrix = Array::new(vec![2, 3], vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0])?;
/// assert_eq!(matrix.row(1), &[4.0, 5.0, 6.0]);
/// # Ok::<(), transferscope_network::array::ArrayError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Array<T> {
    shape: Vec<usize>,
    data: Vec<T>,
}

/// Why an array could not be made.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum ArrayError {
    /// Shape and data disagree.
    #[error("an array of shape {shape:?} holds {expected} numbers, but {found} were given")]
    Length {
        /// The shape that was asked for.
        shape: Vec<usize>,
        /// The product of the shape.
        expected: usize,
        /// How many numbers there were.
        found: usize,
    },
    /// The product of the shape does not fit into memory.
    #[error("an array of shape {shape:?} is larger than this machine can address")]
    TooLarge {
        /// The shape that was asked for.
        shape: Vec<usize>,
    },
}

/// The number of elements of an array of this shape, or `None` where it overflows.
#[must_use]
pub fn element_count(shape: &[usize]) -> Option<usize> {
    shape.iter().try_fold(1_usize, |product, &size| product.checked_mul(size))
}

impl<T> Array<T> {
    /// An array of this shape.
    ///
    /// # Errors
    /// Where the data are not as many as the shape says.
    pub fn new(shape: Vec<usize>, data: Vec<T>) -> Result<Self, ArrayError> {
        let Some(expected) = element_count(&shape) else {
            return Err(ArrayError::TooLarge { shape });
        };
        if expected == data.len() {
            Ok(Self { shape, data })
        } else {
            Err(ArrayError::Length { shape, expected, found: data.len() })
        }
    }

    /// The sizes of the axes.
    #[must_use]
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// The numbers, row by row.
    #[must_use]
    pub fn data(&self) -> &[T] {
        &self.data
    }

    /// The numbers, to be changed in place.
    pub fn data_mut(&mut self) -> &mut [T] {
        &mut self.data
    }

    /// The numbers, given away.
    #[must_use]
    pub fn into_data(self) -> Vec<T> {
        self.data
    }

    /// How many numbers there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.data.len()
    }

    /// Whether there is no number at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.data.is_empty()
    }

    /// The size of the first axis (of the batch); 1 for a scalar.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.shape.first().copied().unwrap_or(1)
    }

    /// How many numbers one index of the first axis holds.
    #[must_use]
    pub fn row_length(&self) -> usize {
        self.shape.iter().skip(1).product()
    }

    /// The numbers at one index of the first axis.
    ///
    /// # Panics
    /// Where the index is not below [`Array::rows`].
    #[must_use]
    pub fn row(&self, index: usize) -> &[T] {
        let length = self.row_length();
        &self.data[index * length..(index + 1) * length]
    }

    /// The same numbers under another shape.
    ///
    /// # Errors
    /// Where the shape holds another number of elements.
    pub fn reshaped(self, shape: Vec<usize>) -> Result<Self, ArrayError> {
        Self::new(shape, self.data)
    }
}

impl<T: Copy> Array<T> {
    /// An array that holds the same number everywhere.
    #[must_use]
    pub fn filled(shape: Vec<usize>, value: T) -> Self {
        let count = shape.iter().product();
        Self { shape, data: vec![value; count] }
    }

    /// The array with each number replaced.
    #[must_use]
    pub fn map<U>(&self, change: impl FnMut(T) -> U) -> Array<U> {
        Array { shape: self.shape.clone(), data: self.data.iter().copied().map(change).collect() }
    }

    /// The rows `start..end` of the first axis as an array of their own.
    ///
    /// # Panics
    /// Where `end` is above [`Array::rows`] or below `start`.
    #[must_use]
    pub fn rows_between(&self, start: usize, end: usize) -> Self {
        let length = self.row_length();
        let mut shape = self.shape.clone();
        if let Some(first) = shape.first_mut() {
            *first = end - start;
        }
        Self { shape, data: self.data[start * length..end * length].to_vec() }
    }
}

impl Array<f32> {
    /// The same numbers in double precision (exact).
    #[must_use]
    pub fn to_f64(&self) -> Array<f64> {
        self.map(f64::from)
    }
}

impl Array<f64> {
    /// The same numbers rounded to single precision.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, reason = "rounding to f32 is what is asked for")]
    pub fn to_f32(&self) -> Array<f32> {
        self.map(|number| number as f32)
    }
}

/// The strides of a row-major array of this shape: how far apart neighbours on each axis are.
#[must_use]
pub fn strides(shape: &[usize]) -> Vec<usize> {
    let mut strides = vec![1; shape.len()];
    for axis in (0..shape.len().saturating_sub(1)).rev() {
        strides[axis] = strides[axis + 1] * shape[axis + 1];
    }
    strides
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shape_and_data_must_agree() {
        let error = Array::new(vec![2, 2], vec![1.0, 2.0, 3.0]).expect_err("three numbers are not 2 x 2");
        assert_eq!(error.to_string(), "an array of shape [2, 2] holds 4 numbers, but 3 were given");
        assert!(Array::<f32>::new(vec![usize::MAX, 2], vec![]).is_err());
    }

    #[test]
    fn strides_are_row_major() {
        assert_eq!(strides(&[2, 3, 4]), vec![12, 4, 1]);
        assert_eq!(strides(&[]), Vec::<usize>::new());
    }
}
