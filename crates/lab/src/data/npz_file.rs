//! Reading an npz: its array names, and whole arrays as the type that is asked for.

use std::io::BufReader;
use std::path::Path;
use std::sync::Arc;

use zip::{CompressionMethod, ZipArchive};

use crate::data::error::nearest;
use crate::data::npy_header::{CheckedHeader, read_header};
use crate::data::npz_entry::{EntryReader, NpzEntry, NpzSource};
use crate::data::npz_numbers::{NumberError, Wanted, numbers};
use crate::data::row_stream::RowStream;
use crate::data::{Array, DataError};

/// Deflate never makes more than 1,032 bytes of one.
const MOST_INFLATION: u64 = 1032;

/// An array of more bytes is read as a stream of rows or not at all.
pub(crate) const MOST_ARRAY_BYTES: u64 = 1 << 34;

/// Numbers taken at a time from an array whose true length is not known yet.
const STEP: usize = 1 << 16;

/// What an npz says about one of its arrays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArrayInfo {
    /// Its name.
    pub name: String,
    /// Length of every axis.
    pub shape: Vec<usize>,
    /// Type of its numbers, as numpy names it (`float32`).
    pub element: String,
}

/// An npz file: named arrays of plain numbers, stored or deflated, of any byte order, in C or Fortran order.
///
/// Memory is bounded: what a header claims is compared with the size of the entry, and that with the size of the file,
/// before anything is allocated. Floats may be infinite or NaN; whoever asks decides what that means.
///
/// ```
/// use transferscope_lab::data::{Compression, NpzFile, NpzWriter};
///
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("deviations.npz");
/// let mut writer = NpzWriter::create(&path, Compression::Stored)?;
/// writer.array("source_under_source", &[2, 3], &[1.0_f64, 2.0, 3.0, 4.0, 5.0, 6.0][..])?;
/// writer.finish()?;
///
/// let file = NpzFile::open(&path)?;
/// assert_eq!(file.array_f64("source_under_source")?.shape, [2, 3]);
/// let refusal = file.array_f64("source_under_target").unwrap_err().to_string();
/// assert!(refusal.contains("it holds source_under_source"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct NpzFile {
    source: NpzSource,
    place: String,
    entries: Vec<NpzEntry>,
}

impl NpzFile {
    /// Opens a file and reads its directory.
    ///
    /// # Errors
    /// When it is not there, is no zip archive, or an array in it claims more bytes than the file can hold.
    pub fn open(path: &Path) -> Result<Self, DataError> {
        let bytes = std::fs::metadata(path).map_err(|error| DataError::io("read", path, error))?.len();
        if path.is_dir() {
            return Err(DataError::format(&path.display().to_string(), "npz", "it is a folder, expected a file"));
        }
        Self::read_directory(NpzSource::Path(path.to_owned()), path.display().to_string(), bytes)
    }

    /// The same for a file held in memory.
    ///
    /// # Errors
    /// As [`NpzFile::open`].
    pub fn from_bytes(bytes: Vec<u8>) -> Result<Self, DataError> {
        let length = bytes.len() as u64;
        Self::read_directory(NpzSource::Bytes(Arc::from(bytes)), "bytes".to_owned(), length)
    }

    fn read_directory(source: NpzSource, place: String, file_bytes: u64) -> Result<Self, DataError> {
        let unreadable = |problem: String| DataError::format(&place, "npz", problem);
        let handle = source.open().map_err(|error| unreadable(error.to_string()))?;
        let mut archive = ZipArchive::new(BufReader::new(handle))
            .map_err(|error| unreadable(format!("expected a zip archive of npy files ({error})")))?;
        let mut entries = Vec::new();
        for index in 0..archive.len() {
            let file = archive.by_index_raw(index).map_err(|error| unreadable(error.to_string()))?;
            let file_name = String::from_utf8_lossy(file.name_raw()).into_owned();
            let Some(name) = npyz::npz::array_name_from_file_name(&file_name) else {
                continue;
            };
            let deflated = match file.compression() {
                CompressionMethod::Stored => false,
                CompressionMethod::Deflated => true,
                other => {
                    return Err(unreadable(format!(
                        "array `{name}` is packed with {other}, expected stored or deflated (numpy.savez or savez_compressed)"
                    )));
                }
            };
            if file.encrypted() {
                return Err(unreadable(format!("array `{name}` is encrypted, expected plain arrays")));
            }
            let start = file.data_start().ok_or_else(|| unreadable(format!("array `{name}` has no content")))?;
            let entry = NpzEntry {
                name: name.to_owned(),
                start,
                stored_bytes: file.compressed_size(),
                bytes: file.size(),
                crc: file.crc32(),
                deflated,
            };
            let most = if deflated { entry.stored_bytes.saturating_mul(MOST_INFLATION) } else { entry.stored_bytes };
            if entry.start.checked_add(entry.stored_bytes).is_none_or(|end| end > file_bytes) || entry.bytes > most {
                return Err(unreadable(format!(
                    "array `{name}` claims {} bytes, more than the {file_bytes} bytes of the file can hold: it is truncated or damaged",
                    entry.bytes
                )));
            }
            entries.push(entry);
        }
        entries.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(Self { source, place, entries })
    }

    /// The names of the arrays, sorted.
    pub fn names(&self) -> Vec<&str> {
        self.entries.iter().map(|entry| entry.name.as_str()).collect()
    }

    /// Whether there is an array of that name.
    pub fn contains(&self, name: &str) -> bool {
        self.entries.iter().any(|entry| entry.name == name)
    }

    /// Shape and element type of an array, from its header alone.
    ///
    /// # Errors
    /// When there is no such array or its header is not sound.
    pub fn info(&self, name: &str) -> Result<ArrayInfo, DataError> {
        let (header, _) = self.open_array(name)?;
        Ok(ArrayInfo { name: name.to_owned(), shape: header.shape, element: header.element.name() })
    }

    /// A whole array as f64: any float, and integers up to 2^53.
    ///
    /// # Errors
    /// When there is no such array (the message lists those there are), it is damaged, too large to hold, or a number has no
    /// exact value in f64.
    pub fn array_f64(&self, name: &str) -> Result<Array<f64>, DataError> {
        self.array(name)
    }

    /// A whole array as f32: floats are rounded to the nearest f32, integers up to 2^24.
    ///
    /// # Errors
    /// As [`NpzFile::array_f64`]; a float too large for f32 is refused.
    pub fn array_f32(&self, name: &str) -> Result<Array<f32>, DataError> {
        self.array(name)
    }

    /// A whole array as bytes: booleans and integers from 0 to 255.
    ///
    /// # Errors
    /// As [`NpzFile::array_f64`]; floats are refused.
    pub fn array_u8(&self, name: &str) -> Result<Array<u8>, DataError> {
        self.array(name)
    }

    /// A whole array as signed integers.
    ///
    /// # Errors
    /// As [`NpzFile::array_f64`]; floats are refused.
    pub fn array_i64(&self, name: &str) -> Result<Array<i64>, DataError> {
        self.array(name)
    }

    /// A whole array as unsigned integers.
    ///
    /// # Errors
    /// As [`NpzFile::array_f64`]; floats and negative numbers are refused.
    pub fn array_u64(&self, name: &str) -> Result<Array<u64>, DataError> {
        self.array(name)
    }

    /// An array row by row (a row is everything at one index of the first axis), for arrays too large to hold.
    ///
    /// Every stream has its own handle, so several can run side by side.
    ///
    /// # Errors
    /// When there is no such array, it is a single number, or it is in Fortran order (whose rows are scattered over the file).
    pub fn stream_f64(&self, name: &str) -> Result<RowStream, DataError> {
        let (header, reader) = self.open_array(name)?;
        let place = format!("array `{name}` of `{}`", self.place);
        if header.fortran && header.shape.len() > 1 {
            return Err(DataError::Inconsistent {
                place,
                expected: "rows one after another".into(),
                found: "Fortran order; write numpy.ascontiguousarray(array)".into(),
            });
        }
        let numbers = numbers(&header, reader).map_err(|error| self.unreadable(name, error.to_string()))?;
        RowStream::new(place, header.shape, numbers)
    }

    fn array<T: Wanted>(&self, name: &str) -> Result<Array<T>, DataError> {
        let (header, reader) = self.open_array(name)?;
        let count = header.count();
        if (count as u64).saturating_mul(size_of::<T>() as u64) > MOST_ARRAY_BYTES {
            return Err(self.unreadable(
                name,
                format!(
                    "its {count} numbers take more than {MOST_ARRAY_BYTES} bytes, too many to hold at once; split it"
                ),
            ));
        }
        let mut source = numbers::<T>(&header, reader).map_err(|error| self.unreadable(name, error.to_string()))?;
        // The size of a stored array is known to be true; a deflated one grows with what really comes out.
        let mut data = Vec::with_capacity(if self.entry(name)?.deflated { count.min(STEP) } else { count });
        while data.len() < count {
            let step = STEP.min(count - data.len());
            source
                .extend(&mut data, step)
                .map_err(|error| number_error::<T>(&format!("array `{name}` of `{}`", self.place), error))?;
        }
        if header.fortran {
            data = row_major(&header.shape, &data);
        }
        Ok(Array { shape: header.shape, data })
    }

    fn entry(&self, name: &str) -> Result<&NpzEntry, DataError> {
        self.entries.iter().find(|entry| entry.name == name).ok_or_else(|| {
            let known = self.names();
            DataError::NoArray {
                file: self.place.clone(),
                name: name.to_owned(),
                nearest: nearest(name, known.iter().copied()),
                known: known.into_iter().map(str::to_owned).collect(),
            }
        })
    }

    fn open_array(&self, name: &str) -> Result<(CheckedHeader, EntryReader), DataError> {
        let entry = self.entry(name)?;
        let mut reader = entry.reader(&self.source).map_err(|error| self.unreadable(name, error.to_string()))?;
        let header = read_header(&mut reader).map_err(|problem| self.unreadable(name, problem))?;
        let claimed = header.header_bytes + header.count() as u64 * header.element.bytes();
        if claimed != entry.bytes {
            let problem = format!(
                "its header claims {claimed} bytes ({} of shape {:?}), it has {}",
                header.element.name(),
                header.shape,
                entry.bytes
            );
            return Err(self.unreadable(name, problem));
        }
        Ok((header, reader))
    }

    fn unreadable(&self, name: &str, problem: String) -> DataError {
        DataError::format(&self.place, "npz", format!("array `{name}`: {problem}"))
    }
}

/// What a failed number means for the array it was in.
pub(crate) fn number_error<T: Wanted>(place: &str, error: NumberError) -> DataError {
    match error {
        NumberError::Read(error) => {
            DataError::Format { file: place.to_owned(), format: "npz", problem: error.to_string() }
        }
        NumberError::NoSuchValue { number, index } => DataError::Inconsistent {
            place: place.to_owned(),
            expected: format!("numbers that {} has", T::NAME),
            found: format!("{number:?} at index {index}"),
        },
    }
}

/// Numbers in Fortran order (first axis fastest) as row-major (last axis fastest).
fn row_major<T: Copy>(shape: &[usize], stored: &[T]) -> Vec<T> {
    let strides: Vec<usize> =
        shape.iter().scan(1, |stride, size| Some(std::mem::replace(stride, *stride * size))).collect();
    let mut ordered = Vec::with_capacity(stored.len());
    let mut index = vec![0; shape.len()];
    let mut place = 0;
    while ordered.len() < stored.len() {
        ordered.push(stored[place]);
        // Counts up like an odometer, keeping the place in step.
        for axis in (0..shape.len()).rev() {
            index[axis] += 1;
            place += strides[axis];
            if index[axis] < shape[axis] {
                break;
            }
            place -= strides[axis] * shape[axis];
            index[axis] = 0;
        }
    }
    ordered
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fortran_order_becomes_row_major() {
        // [[1, 2, 3], [4, 5, 6]] lies in Fortran order as its columns.
        assert_eq!(row_major(&[2, 3], &[1, 4, 2, 5, 3, 6]), [1, 2, 3, 4, 5, 6]);
        // Element (i, j, k) of shape (2, 2, 2) lies at i + 2j + 4k.
        assert_eq!(row_major(&[2, 2, 2], &[0, 1, 2, 3, 4, 5, 6, 7]), [0, 4, 2, 6, 1, 5, 3, 7]);
        assert_eq!(row_major::<u8>(&[0, 2], &[]), [] as [u8; 0]);
        assert_eq!(row_major(&[], &[7]), [7]);
    }
}
