//! CIFAR-100 binary: records of a coarse label byte, a fine label byte and 3 x 32 x 32 pixel bytes.
//!
//! Read from a folder with `train.bin` and `test.bin` (and `fine_label_names.txt`, `coarse_label_names.txt` where they are),
//! or from a single file. `labels=fine` (100 classes, the default) or `labels=coarse` (20) says which label counts.

use std::path::Path;

use crate::data::catalogue::RecordReader;
use crate::data::cifar10::{SHAPE, record_file};
use crate::data::label_records::{LabelRecords, RecordFile, RecordLayout};
use crate::data::place::{file_name, not_found, only_without_split};
use crate::data::selection::read_all;
use crate::data::{DataError, ImageSet, class_names};

/// Which of the two labels of a record counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LabelLevel {
    /// 100 classes.
    Fine,
    /// 20 superclasses.
    Coarse,
}

impl LabelLevel {
    fn classes(self) -> usize {
        match self {
            Self::Fine => 100,
            Self::Coarse => 20,
        }
    }

    fn layout(self) -> RecordLayout {
        let label_at = match self {
            Self::Coarse => 0,
            Self::Fine => 1,
        };
        RecordLayout { label_bytes: 2, label_at, shape: SHAPE }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Fine => "fine",
            Self::Coarse => "coarse",
        }
    }
}

/// Reads records from bytes; classes are named by their labels.
///
/// # Errors
/// When the length is no multiple of 3,074, a label is too large, or there is no record.
pub fn from_bytes(bytes: Vec<u8>, level: LabelLevel) -> Result<ImageSet, DataError> {
    let file = RecordFile { place: "bytes".to_owned(), bytes };
    read_all(&mut LabelRecords::new(
        "cifar100".to_owned(),
        level.layout(),
        vec![file],
        class_names::numbers(level.classes()),
        Vec::new(),
    )?)
}

pub(crate) fn open(path: &Path, split: Option<&str>, level: LabelLevel) -> Result<Box<dyn RecordReader>, DataError> {
    let (name, file) = if path.is_file() {
        only_without_split(path, split)?;
        (file_name(path), path.to_owned())
    } else {
        let split = split.unwrap_or("test");
        let inner = path.join("cifar-100-binary");
        let folder = if inner.is_dir() { inner } else { path.to_owned() };
        (split.to_owned(), folder.join(format!("{split}.bin")))
    };
    if !file.is_file() {
        return Err(not_found(path, "a .bin file, or a folder with train.bin and test.bin"));
    }
    let folder = file.parent().unwrap_or(Path::new("."));
    let mut notes = Vec::new();
    let names = match class_names::read_first(folder, &[&format!("{}_label_names.txt", level.name())])? {
        Some(names) => names,
        None => {
            notes.push(format!(
                "no {}_label_names.txt beside the records: classes are named by their labels",
                level.name()
            ));
            class_names::numbers(level.classes())
        }
    };
    let name = format!("cifar100 {name} ({} labels)", level.name());
    Ok(Box::new(LabelRecords::new(name, level.layout(), vec![record_file(file)?], names, notes)?))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed step fails the test")]
    use super::*;

    #[test]
    fn the_first_byte_is_the_coarse_label_and_the_second_the_fine_one() {
        let mut record = vec![0; 3074];
        (record[0], record[1], record[2]) = (19, 99, 255);
        assert_eq!(from_bytes(record.clone(), LabelLevel::Coarse).unwrap().labels(), Some(&[19][..]));
        let fine = from_bytes(record.clone(), LabelLevel::Fine).unwrap();
        assert_eq!((fine.labels(), fine.class_count()), (Some(&[99][..]), Some(100)));
        assert_eq!(fine.decode(0..1).unwrap()[0], 1.0);
        record[0] = 20;
        assert!(matches!(from_bytes(record, LabelLevel::Coarse), Err(DataError::Label { found: 20, .. })));
    }

    #[test]
    fn names_come_from_the_file_beside_the_records() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("test.bin"), vec![0; 3074]).unwrap();
        std::fs::write(folder.path().join("coarse_label_names.txt"), "fish\nflowers\n").unwrap();
        let set = read_all(&mut *open(folder.path(), None, LabelLevel::Coarse).unwrap()).unwrap();
        assert_eq!(set.class_names().unwrap(), ["fish", "flowers"]);
        let fine = read_all(&mut *open(folder.path(), None, LabelLevel::Fine).unwrap()).unwrap();
        assert_eq!(fine.class_names().unwrap()[99], "99");
        assert_eq!(fine.notes().len(), 1);
    }
}
