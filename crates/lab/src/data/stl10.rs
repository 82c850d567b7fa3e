//! STL-10 binary: `SPLIT_X.bin` with 3 x 96 x 96 bytes an image, every plane **column-major**, and `SPLIT_y.bin` with labels 1 to 10.
//!
//! The unlabelled split has no `y` file. Only the chosen records are read, since that split alone is 2.8 GB.
//! Format: A. Coates, H. Lee, A. Y. Ng, "An Analysis of Single-Layer Networks in Unsupervised Feature Learning", 2011.

use std::fs::File;
use std::io::{Cursor, Read, Seek, SeekFrom};
use std::path::Path;

use crate::data::catalogue::{Catalogue, RecordReader};
use crate::data::place::{not_found, read_file};
use crate::data::selection::read_all;
use crate::data::{DataError, ImageSet, ImageShape, ImageSize, Pixels, class_names};

/// The classes of STL-10 in label order (paper.md Q29; label 1 of the files is index 0).
pub const CLASS_NAMES: [&str; 10] =
    ["airplane", "bird", "car", "cat", "deer", "dog", "horse", "monkey", "ship", "truck"];

/// The shape of every image.
pub const SHAPE: ImageShape = ImageShape { channels: 3, height: 96, width: 96 };

const RECORD_BYTES: usize = 3 * 96 * 96;

/// Reads images and, where given, their labels (1 to 10) from bytes.
///
/// # Errors
/// When the length is no multiple of 27,648, the labels differ in number or value, or there is no image.
pub fn from_bytes(images: Vec<u8>, labels: Option<&[u8]>) -> Result<ImageSet, DataError> {
    let bytes = images.len() as u64;
    let labels = labels.map(|labels| ("labels".to_owned(), labels));
    read_all(&mut Records::new(
        "stl10".to_owned(),
        "bytes".to_owned(),
        Cursor::new(images),
        bytes,
        labels,
        class_names::owned(&CLASS_NAMES),
    )?)
}

pub(crate) fn open(path: &Path, split: Option<&str>) -> Result<Box<dyn RecordReader>, DataError> {
    let inner = path.join("stl10_binary");
    let folder = if inner.is_dir() { inner } else { path.to_owned() };
    let split = match split.unwrap_or("test") {
        "extra" => "extra_labelled",
        split => split,
    };
    let images = folder.join(format!("{split}_X.bin"));
    if !images.is_file() {
        return Err(not_found(&folder, &format!("the folder stl10_binary with {split}_X.bin in it")));
    }
    let labels_path = folder.join(format!("{split}_y.bin"));
    let labels = match split {
        "unlabeled" => None,
        _ if labels_path.is_file() => Some((labels_path.display().to_string(), read_file(&labels_path)?)),
        _ => {
            return Err(not_found(&folder, &format!("{split}_y.bin, the labels of {split}_X.bin")));
        }
    };
    let names =
        class_names::read_first(&folder, &["class_names.txt"])?.unwrap_or_else(|| class_names::owned(&CLASS_NAMES));
    let file = File::open(&images).map_err(|error| DataError::io("read", &images, error))?;
    let bytes = file.metadata().map_err(|error| DataError::io("read", &images, error))?.len();
    let labels = labels.as_ref().map(|(place, labels)| (place.clone(), labels.as_slice()));
    Ok(Box::new(Records::new(format!("stl10 {split}"), images.display().to_string(), file, bytes, labels, names)?))
}

/// The records of one split, read where they lie.
struct Records<R> {
    place: String,
    images: R,
    catalogue: Catalogue,
}

impl<R: Read + Seek> Records<R> {
    fn new(
        name: String,
        place: String,
        images: R,
        bytes: u64,
        labels: Option<(String, &[u8])>,
        names: Vec<String>,
    ) -> Result<Self, DataError> {
        if !bytes.is_multiple_of(RECORD_BYTES as u64) {
            return Err(DataError::RecordSize {
                file: place,
                record: "3x96x96 pixel bytes a record".to_owned(),
                record_bytes: RECORD_BYTES as u64,
                found_bytes: bytes,
            });
        }
        let count = usize::try_from(bytes / RECORD_BYTES as u64).unwrap_or(usize::MAX);
        if count == 0 {
            return Err(DataError::Empty { place, expected: format!("expected records of {RECORD_BYTES} bytes") });
        }
        let labels = match labels {
            None => None,
            Some((file, labels)) => Some(checked_labels(&file, labels, count, names.len())?),
        };
        let class_names = if labels.is_some() { names } else { Vec::new() };
        Ok(Self { place, images, catalogue: Catalogue { name, count, labels, class_names, notes: Vec::new() } })
    }
}

/// Labels 1 to `classes` as 0 to `classes` - 1.
fn checked_labels(file: &str, labels: &[u8], count: usize, classes: usize) -> Result<Vec<u32>, DataError> {
    if labels.len() != count {
        return Err(DataError::FileSize {
            file: file.to_owned(),
            reason: format!("one label byte for each of {count} images"),
            expected_bytes: count as u64,
            found_bytes: labels.len() as u64,
        });
    }
    labels
        .iter()
        .enumerate()
        .map(|(record, label)| match u32::from(*label).checked_sub(1) {
            Some(index) if (index as usize) < classes => Ok(index),
            _ => Err(DataError::Label {
                file: file.to_owned(),
                record,
                found: i64::from(*label),
                expected: format!("1 to {classes}"),
            }),
        })
        .collect()
}

impl<R: Read + Seek> RecordReader for Records<R> {
    fn catalogue(&self) -> &Catalogue {
        &self.catalogue
    }

    fn read(&mut self, positions: &[usize], _size: Option<ImageSize>) -> Result<(ImageShape, Pixels), DataError> {
        let failed = |source| DataError::Io { action: "read", path: self.place.clone(), source };
        let mut pixels = Vec::with_capacity(positions.len() * RECORD_BYTES);
        let mut record = vec![0; RECORD_BYTES];
        for position in positions {
            self.images.seek(SeekFrom::Start(*position as u64 * RECORD_BYTES as u64)).map_err(failed)?;
            self.images.read_exact(&mut record).map_err(failed)?;
            for plane in record.chunks_exact(SHAPE.height * SHAPE.width) {
                // The file has a plane column by column: (row, column) lies at column * height + row.
                pixels.extend(
                    (0..SHAPE.height)
                        .flat_map(|row| (0..SHAPE.width).map(move |column| plane[column * SHAPE.height + row])),
                );
            }
        }
        Ok((SHAPE, Pixels::U8(pixels)))
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed step fails the test")]
    use super::*;

    #[test]
    fn the_second_byte_of_a_plane_is_one_row_down_and_not_one_column_right() {
        let mut images = vec![0; RECORD_BYTES];
        images[1] = 255;
        let decoded = from_bytes(images, Some(&[10])).unwrap().decode(0..1).unwrap();
        assert_eq!((decoded[1], decoded[96]), (0.0, 1.0));
    }

    #[test]
    fn labels_count_from_one_and_must_match_the_images() {
        let images = vec![0; 2 * RECORD_BYTES];
        assert_eq!(from_bytes(images.clone(), Some(&[1, 10])).unwrap().labels(), Some(&[0, 9][..]));
        assert_eq!(from_bytes(images.clone(), None).unwrap().labels(), None);
        assert!(matches!(from_bytes(images.clone(), Some(&[0, 1])), Err(DataError::Label { record: 0, found: 0, .. })));
        assert!(matches!(
            from_bytes(images.clone(), Some(&[1, 11])),
            Err(DataError::Label { record: 1, found: 11, .. })
        ));
        assert!(matches!(
            from_bytes(images, Some(&[1])),
            Err(DataError::FileSize { expected_bytes: 2, found_bytes: 1, .. })
        ));
        assert!(matches!(from_bytes(vec![0; 100], None), Err(DataError::RecordSize { .. })));
    }
}
