//! The rows of an array, a few at a time, in bounded memory.

use crate::data::DataError;
use crate::data::npz_file::{MOST_ARRAY_BYTES, number_error};
use crate::data::npz_numbers::Numbers;

/// The rows of one array in order; a row is everything at one index of the first axis.
///
/// ```
/// use transferscope_lab::data::{Compression, NpzFile, NpzWriter};
///
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("jacobians.npz");
/// let mut writer = NpzWriter::create(&path, Compression::Deflated)?;
/// writer.array("source", &[3, 2, 1], &[1.0_f64, 2.0, 3.0, 4.0, 5.0, 6.0][..])?;
/// writer.finish()?;
///
/// let mut rows = NpzFile::open(&path)?.stream_f64("source")?;
/// assert_eq!((rows.rows(), rows.row_shape()), (3, &[2, 1][..]));
/// assert_eq!(rows.next_rows(2)?, Some(vec![1.0, 2.0, 3.0, 4.0]));
/// assert_eq!(rows.next_rows(2)?, Some(vec![5.0, 6.0]));
/// assert_eq!(rows.next_rows(2)?, None);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct RowStream {
    place: String,
    shape: Vec<usize>,
    row_values: usize,
    rows_left: usize,
    numbers: Box<dyn Numbers<f64>>,
}

impl std::fmt::Debug for RowStream {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("RowStream")
            .field("place", &self.place)
            .field("shape", &self.shape)
            .field("rows_left", &self.rows_left)
            .finish_non_exhaustive()
    }
}

impl RowStream {
    pub(crate) fn new(place: String, shape: Vec<usize>, numbers: Box<dyn Numbers<f64>>) -> Result<Self, DataError> {
        let [rows, row_shape @ ..] = shape.as_slice() else {
            return Err(DataError::Inconsistent {
                place,
                expected: "at least one axis".into(),
                found: "a single number".into(),
            });
        };
        let (rows_left, row_values) = (*rows, row_shape.iter().product());
        Ok(Self { place, shape, row_values, rows_left, numbers })
    }

    /// Length of every axis.
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// Number of rows in all.
    pub fn rows(&self) -> usize {
        self.shape.first().copied().unwrap_or(0)
    }

    /// Length of every axis but the first.
    pub fn row_shape(&self) -> &[usize] {
        self.shape.get(1..).unwrap_or(&[])
    }

    /// Numbers in one row.
    pub fn row_values(&self) -> usize {
        self.row_values
    }

    /// The next rows, at most `most` of them, one after another; `None` after the last (or when `most` is 0).
    ///
    /// # Errors
    /// When the file ends before or is damaged (the checksum is compared with the last row), a number has no exact value in
    /// f64, or so many rows at once would not fit in memory.
    pub fn next_rows(&mut self, most: usize) -> Result<Option<Vec<f64>>, DataError> {
        let rows = most.min(self.rows_left);
        if rows == 0 {
            return Ok(None);
        }
        let count = rows
            .checked_mul(self.row_values)
            .filter(|count| (*count as u64).saturating_mul(8) <= MOST_ARRAY_BYTES)
            .ok_or_else(|| DataError::Inconsistent {
                place: self.place.clone(),
                expected: format!("at most {MOST_ARRAY_BYTES} bytes at a time"),
                found: format!("{rows} rows of {} numbers; ask for fewer rows", self.row_values),
            })?;
        let mut numbers = Vec::new();
        self.numbers.extend(&mut numbers, count).map_err(|error| number_error::<f64>(&self.place, error))?;
        self.rows_left -= rows;
        Ok(Some(numbers))
    }
}
