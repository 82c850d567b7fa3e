//! CIFAR-10 binary: records of one label byte and 3 x 32 x 32 pixel bytes (red, green, blue planes, row-major).
//!
//! Three places are understood: the original folder (`data_batch_1.bin` …, `test_batch.bin`, `batches.meta.txt`), a folder
//! with `train.bin`, `test.bin` and `class_names.txt` in the same record format, and a single file. The number of records
//! comes from the file size. Format: A. Krizhevsky, "Learning Multiple Layers of Features from Tiny Images", 2009.

use std::path::{Path, PathBuf};

use crate::data::catalogue::RecordReader;
use crate::data::label_records::{LabelRecords, RecordFile, RecordLayout};
use crate::data::place::{file_name, not_found, only_without_split, read_file};
use crate::data::selection::read_all;
use crate::data::{DataError, ImageSet, ImageShape, class_names};

/// The classes of CIFAR-10 in label order (paper.md Q29).
pub const CLASS_NAMES: [&str; 10] =
    ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"];

/// The shape of every image.
pub const SHAPE: ImageShape = ImageShape { channels: 3, height: 32, width: 32 };

const LAYOUT: RecordLayout = RecordLayout { label_bytes: 1, label_at: 0, shape: SHAPE };
const NAME_FILES: [&str; 2] = ["batches.meta.txt", "class_names.txt"];

/// Reads records from bytes, with the class names of CIFAR-10.
///
/// # Errors
/// When the length is no multiple of 3,073, a label is above 9, or there is no record.
pub fn from_bytes(bytes: Vec<u8>) -> Result<ImageSet, DataError> {
    let file = RecordFile { place: "bytes".to_owned(), bytes };
    read_all(&mut LabelRecords::new(
        "cifar10".to_owned(),
        LAYOUT,
        vec![file],
        class_names::owned(&CLASS_NAMES),
        Vec::new(),
    )?)
}

pub(crate) fn open(path: &Path, split: Option<&str>) -> Result<Box<dyn RecordReader>, DataError> {
    if path.is_file() {
        only_without_split(path, split)?;
        let folder = path.parent().unwrap_or(Path::new("."));
        let original = file_name(path).starts_with("data_batch") || file_name(path).starts_with("test_batch");
        return read(format!("cifar10 {}", file_name(path)), folder, vec![path.to_owned()], original);
    }
    let folder = match path.join("cifar-10-batches-bin") {
        inner if inner.is_dir() => inner,
        _ => path.to_owned(),
    };
    let split = split.unwrap_or("test");
    let batches = match split {
        "train" => numbered_batches(&folder)?,
        _ => vec![folder.join("test_batch.bin")],
    };
    if !batches.is_empty() && batches.iter().all(|batch| batch.is_file()) {
        return read(format!("cifar10 {split}"), &folder, batches, true);
    }
    let single = folder.join(format!("{split}.bin"));
    if single.is_file() {
        return read(format!("cifar10 {split}"), &folder, vec![single], false);
    }
    Err(not_found(
        path,
        "a .bin file, or a folder with data_batch_1.bin … and test_batch.bin, or with train.bin and test.bin",
    ))
}

fn read(name: String, folder: &Path, files: Vec<PathBuf>, original: bool) -> Result<Box<dyn RecordReader>, DataError> {
    let mut notes = Vec::new();
    let names = match class_names::read_first(folder, &NAME_FILES)? {
        Some(names) => names,
        None if original => class_names::owned(&CLASS_NAMES),
        None => {
            notes.push("no class_names.txt beside the records: classes are named by their labels".to_owned());
            class_names::numbers(CLASS_NAMES.len())
        }
    };
    let files = files.into_iter().map(record_file).collect::<Result<_, _>>()?;
    Ok(Box::new(LabelRecords::new(name, LAYOUT, files, names, notes)?))
}

pub(crate) fn record_file(path: PathBuf) -> Result<RecordFile, DataError> {
    Ok(RecordFile { bytes: read_file(&path)?, place: path.display().to_string() })
}

/// `data_batch_1.bin`, `data_batch_2.bin`, … in the order of their numbers.
fn numbered_batches(folder: &Path) -> Result<Vec<PathBuf>, DataError> {
    let mut batches: Vec<(u32, PathBuf)> = match std::fs::read_dir(folder) {
        Ok(entries) => entries
            .filter_map(Result::ok)
            .filter_map(|entry| {
                let number =
                    entry.file_name().to_str()?.strip_prefix("data_batch_")?.strip_suffix(".bin")?.parse().ok()?;
                Some((number, entry.path()))
            })
            .collect(),
        Err(_) => return Err(not_found(folder, "a .bin file or a folder of them")),
    };
    batches.sort();
    Ok(batches.into_iter().map(|(_, path)| path).collect())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed step fails the test")]
    use super::*;

    /// Two records: a cat whose red plane is 255, and a truck whose last blue pixel is 51.
    fn two_records() -> Vec<u8> {
        let mut bytes = vec![0; 2 * 3073];
        bytes[0] = 3;
        bytes[1..1025].fill(255);
        bytes[3073] = 9;
        bytes[2 * 3073 - 1] = 51;
        bytes
    }

    #[test]
    fn planes_and_labels_are_where_the_format_puts_them() {
        let set = from_bytes(two_records()).unwrap();
        assert_eq!((set.len(), set.shape()), (2, SHAPE));
        assert_eq!(set.labels(), Some(&[3, 9][..]));
        let pixels = set.decode(0..2).unwrap();
        assert!(
            pixels[..1024].iter().all(|value| *value == 1.0) && pixels[1024..3072].iter().all(|value| *value == 0.0)
        );
        assert_eq!(pixels[6143], 0.2);
    }

    #[test]
    fn a_truncated_or_oversized_file_and_a_bad_label_are_refused_with_figures() {
        let mut bytes = two_records();
        bytes.push(0);
        assert!(matches!(from_bytes(bytes), Err(DataError::RecordSize { record_bytes: 3073, found_bytes: 6147, .. })));
        assert!(matches!(
            from_bytes(two_records()[..6000].to_vec()),
            Err(DataError::RecordSize { found_bytes: 6000, .. })
        ));
        let mut bytes = two_records();
        bytes[3073] = 10;
        assert!(matches!(from_bytes(bytes), Err(DataError::Label { record: 1, found: 10, .. })));
        assert!(matches!(from_bytes(Vec::new()), Err(DataError::Empty { .. })));
    }

    #[test]
    fn batches_are_joined_in_the_order_of_their_numbers_and_ids_run_through() {
        let folder = tempfile::tempdir().unwrap();
        for (batch, label) in [(10_u8, 4_u8), (2, 2), (1, 1)] {
            let mut record = vec![0; 3073];
            record[0] = label;
            std::fs::write(folder.path().join(format!("data_batch_{batch}.bin")), record).unwrap();
        }
        let set = read_all(&mut *open(folder.path(), Some("train")).unwrap()).unwrap();
        assert_eq!(set.labels(), Some(&[1, 2, 4][..]));
        assert_eq!(set.ids(), &[0, 1, 2]);
        assert!(matches!(open(folder.path(), Some("test")), Err(DataError::NotFound { .. })));
    }
}
