//! Writing an npz: named arrays into a file that appears whole or not at all, the same bytes for the same arrays.

use std::io::{BufWriter, Write};
use std::path::Path;

use npyz::{AutoSerialize, WriteOptions, WriterBuilder};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use crate::data::{ArrayRef, AtomicFile, DataError};

/// From this size on an entry needs the 64-bit form of the zip format; a little below 4 GiB, to leave room for the header.
const LARGE_ENTRY_BYTES: u64 = u32::MAX as u64 - (1 << 20);

/// How arrays are packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compression {
    /// As they are, like `numpy.savez`: fast, and right for floats, which hardly shrink.
    Stored,
    /// Deflated, like `numpy.savez_compressed`: right for images and labels.
    Deflated,
}

/// An npz being written; nothing is at its path before [`NpzWriter::finish`].
///
/// Time stamps are fixed, so the same arrays make the same bytes.
pub struct NpzWriter {
    archive: ZipWriter<SeekableFile>,
    compression: Compression,
    names: Vec<String>,
    place: String,
}

/// The unfinished file as the archive wants it: `Write` and `Seek` on the value itself.
///
/// The archive tries to close itself when it is dropped, and prints a line of its own where it cannot. So after the first
/// failure, which the caller hears of, nothing is written any more and nothing fails: the file is never given its name.
struct SeekableFile {
    file: AtomicFile,
    has_failed: bool,
}

impl SeekableFile {
    fn unless_failed<T>(
        &mut self,
        instead: T,
        work: impl FnOnce(&mut AtomicFile) -> std::io::Result<T>,
    ) -> std::io::Result<T> {
        if self.has_failed {
            return Ok(instead);
        }
        let result = work(&mut self.file);
        self.has_failed = result.as_ref().is_err_and(|error| error.kind() != std::io::ErrorKind::Interrupted);
        result
    }
}

impl Write for SeekableFile {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.unless_failed(bytes.len(), |file| file.writer().write(bytes))
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.unless_failed((), |file| file.writer().flush())
    }
}

impl std::io::Seek for SeekableFile {
    fn seek(&mut self, position: std::io::SeekFrom) -> std::io::Result<u64> {
        self.unless_failed(0, |file| file.writer().seek(position))
    }
}

impl NpzWriter {
    /// Starts a file that will become `path`.
    ///
    /// # Errors
    /// When the folder of `path` is not there or cannot be written to.
    pub fn create(path: &Path, compression: Compression) -> Result<Self, DataError> {
        let archive = ZipWriter::new(SeekableFile { file: AtomicFile::create(path)?, has_failed: false });
        Ok(Self { archive, compression, names: Vec::new(), place: path.display().to_string() })
    }

    /// Adds an array of the given shape (row-major).
    ///
    /// # Errors
    /// When the shape is not that of the numbers, the name is empty or taken, or the disk is full.
    pub fn array<'a>(
        &mut self,
        name: &str,
        shape: &[usize],
        numbers: impl Into<ArrayRef<'a>>,
    ) -> Result<(), DataError> {
        let numbers = numbers.into();
        let misfit = |expected: String, found: String| DataError::Inconsistent {
            place: format!("array `{name}` for `{}`", self.place),
            expected,
            found,
        };
        if shape.iter().try_fold(1_usize, |product, size| product.checked_mul(*size)) != Some(numbers.len()) {
            return Err(misfit(format!("as many numbers as shape {shape:?} has"), numbers.len().to_string()));
        }
        if name.is_empty() || self.names.iter().any(|taken| taken == name) {
            return Err(misfit("a new name".into(), format!("`{name}`")));
        }
        let shape: Vec<u64> = shape.iter().map(|size| *size as u64).collect();
        let options = SimpleFileOptions::default()
            .compression_method(match self.compression {
                Compression::Stored => CompressionMethod::Stored,
                Compression::Deflated => CompressionMethod::Deflated,
            })
            .last_modified_time(DateTime::default())
            .large_file(numbers.bytes() > LARGE_ENTRY_BYTES);
        let failed = |error: std::io::Error| DataError::Io { action: "write", path: self.place.clone(), source: error };
        self.archive
            .start_file(npyz::npz::file_name_from_array_name(name), options)
            .map_err(|error| failed(error.into()))?;
        let mut sink = BufWriter::with_capacity(1 << 16, &mut self.archive);
        match numbers {
            ArrayRef::F64(values) => write_numbers(&mut sink, &shape, values),
            ArrayRef::F32(values) => write_numbers(&mut sink, &shape, values),
            ArrayRef::U8(values) => write_numbers(&mut sink, &shape, values),
            ArrayRef::I64(values) => write_numbers(&mut sink, &shape, values),
            ArrayRef::U64(values) => write_numbers(&mut sink, &shape, values),
        }
        .and_then(|()| sink.flush())
        .map_err(failed)?;
        drop(sink);
        self.names.push(name.to_owned());
        Ok(())
    }

    /// Closes the archive and gives the file its name.
    ///
    /// # Errors
    /// When the disk is full or the name cannot be given; then nothing is left behind.
    pub fn finish(self) -> Result<(), DataError> {
        let place = self.place;
        let failed = |source| DataError::Io { action: "write", path: place.clone(), source };
        let SeekableFile { file, has_failed } = self.archive.finish().map_err(|error| failed(error.into()))?;
        if has_failed {
            return Err(failed(std::io::Error::other("an earlier array could not be written")));
        }
        file.commit()
    }
}

fn write_numbers<T: AutoSerialize + Copy>(sink: &mut impl Write, shape: &[u64], values: &[T]) -> std::io::Result<()> {
    let mut writer = WriteOptions::new().default_dtype().shape(shape).writer(sink).begin_nd()?;
    writer.extend(values.iter().copied())?;
    writer.finish()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed step fails the test")]
    use super::*;
    use crate::data::NpzFile;

    fn write(path: &Path, compression: Compression) {
        let mut writer = NpzWriter::create(path, compression).unwrap();
        writer.array("f64", &[2, 2], &[0.1_f64, -0.0, f64::MAX, 1e-310][..]).unwrap();
        writer.array("f32", &[3], &[0.1_f32, 1.0, -2.5][..]).unwrap();
        writer.array("u8", &[2, 1], &[0_u8, 255][..]).unwrap();
        writer.array("i64", &[2], &[i64::MIN, i64::MAX][..]).unwrap();
        writer.array("u64", &[], &[u64::MAX][..]).unwrap();
        writer.array("none", &[0, 4], &[0.0_f64; 0][..]).unwrap();
        writer.finish().unwrap();
    }

    #[test]
    fn what_is_written_is_read_back_to_the_bit_stored_and_deflated() {
        let folder = tempfile::tempdir().unwrap();
        for compression in [Compression::Stored, Compression::Deflated] {
            let path = folder.path().join("x.npz");
            write(&path, compression);
            let file = NpzFile::open(&path).unwrap();
            assert_eq!(file.names(), ["f32", "f64", "i64", "none", "u64", "u8"]);
            let bits = |values: &[f64]| values.iter().map(|value| value.to_bits()).collect::<Vec<_>>();
            let read = file.array_f64("f64").unwrap();
            assert_eq!((read.shape.as_slice(), bits(&read.data)), (&[2, 2][..], bits(&[0.1, -0.0, f64::MAX, 1e-310])));
            assert_eq!(file.array_f32("f32").unwrap().data, [0.1, 1.0, -2.5]);
            assert_eq!(file.array_f64("f32").unwrap().data[0], f64::from(0.1_f32));
            assert_eq!(file.array_u8("u8").unwrap().data, [0, 255]);
            assert_eq!(file.array_i64("i64").unwrap().data, [i64::MIN, i64::MAX]);
            assert_eq!(file.array_u64("u64").unwrap(), crate::data::Array { shape: vec![], data: vec![u64::MAX] });
            assert_eq!(file.array_f64("none").unwrap().shape, [0, 4]);
            assert_eq!(file.info("f32").unwrap().element, "float32");
            assert!(file.array_f64("i64").is_err() && file.array_u8("f32").is_err());
            let bytes = std::fs::read(&path).unwrap();
            write(&path, compression);
            assert_eq!(bytes, std::fs::read(&path).unwrap());
        }
    }

    #[test]
    fn a_dropped_writer_and_a_wrong_shape_leave_no_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.npz");
        let mut writer = NpzWriter::create(&path, Compression::Stored).unwrap();
        assert!(writer.array("x", &[3], &[1.0_f64][..]).is_err());
        writer.array("x", &[1], &[1.0_f64][..]).unwrap();
        assert!(writer.array("x", &[1], &[1.0_f64][..]).is_err());
        drop(writer);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    /// A disk that is full once: the caller hears of it, dropping the archive does not, and no file is left.
    #[test]
    fn after_a_failure_nothing_is_written_and_the_file_is_refused_its_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.npz");
        let mut file = SeekableFile { file: AtomicFile::create(&path).unwrap(), has_failed: false };
        let full = || std::io::Error::from(std::io::ErrorKind::StorageFull);
        assert!(file.unless_failed(0, |_| Err(full())).is_err());
        assert_eq!(file.write(&[1, 2, 3]).unwrap(), 3);
        let archive = ZipWriter::new(file);
        let writer = NpzWriter { archive, compression: Compression::Stored, names: Vec::new(), place: "x".to_owned() };
        assert!(writer.finish().unwrap_err().to_string().contains("could not be written"));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_flipped_byte_is_noticed_before_the_last_row_is_handed_out() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.npz");
        // Longer than any read-ahead, so that opening the array does not reach the damage.
        let values: Vec<f64> = (0..40_000).map(f64::from).collect();
        let mut writer = NpzWriter::create(&path, Compression::Stored).unwrap();
        writer.array("x", &[40_000], &values).unwrap();
        writer.finish().unwrap();
        let mut bytes = std::fs::read(&path).unwrap();
        bytes[200_000] ^= 1;
        let file = NpzFile::from_bytes(bytes).unwrap();
        assert!(file.array_f64("x").unwrap_err().to_string().contains("damaged"));
        let mut rows = file.stream_f64("x").unwrap();
        let all_came = (0..40).all(|_| rows.next_rows(1000).is_ok());
        assert!(!all_came);
    }
}
