//! The embedded real set: scikit-learn's 1,797 handwritten digits, 8 x 8 grey, so that everything can be tried with no data around.
//!
//! Source: scikit-learn 1.9.1, `sklearn.datasets.load_digits` (BSD-3-Clause), which is the test part of "Optical Recognition of
//! Handwritten Digits", E. Alpaydin and C. Kaynak, UCI Machine Learning Repository, 1998 (CC BY 4.0). `scripts/make_digits.py`
//! writes the file; its licence lies beside it. Counts 0 to 16 become grey levels by round(count · 255 / 16).
//!
//! **Splits** are fixed: `train` is the first 1,297 images and `test` the last 500, in the order of scikit-learn. The split is
//! contiguous and not random because images were collected writer by writer (13 writers): where the file keeps that order, most
//! of the test images are by other hands than the training images. The file names no writers, so this cannot be checked.

use crate::data::catalogue::RecordReader;
use crate::data::label_records::{LabelRecords, RecordFile, RecordLayout};
use crate::data::{DataError, ImageShape, class_names};

/// Records of one label byte and 64 counts from 0 to 16, row-major.
static RECORDS: &[u8] = include_bytes!("../../assets/digits.bin");

/// The shape of every image.
pub const SHAPE: ImageShape = ImageShape { channels: 1, height: 8, width: 8 };

/// Images in the training split; the rest is the test split.
pub const TRAIN_IMAGES: usize = 1297;

/// The largest count of a pixel in the original data.
const LARGEST_COUNT: u32 = 16;

const LAYOUT: RecordLayout = RecordLayout { label_bytes: 1, label_at: 0, shape: SHAPE };

pub(crate) fn open(split: Option<&str>) -> Result<Box<dyn RecordReader>, DataError> {
    let record_bytes = 1 + SHAPE.values();
    let boundary = TRAIN_IMAGES * record_bytes;
    let (split, records) = match split.unwrap_or("all") {
        "train" => ("train", &RECORDS[..boundary]),
        "test" => ("test", &RECORDS[boundary..]),
        _ => ("all", RECORDS),
    };
    let bytes = records
        .iter()
        .enumerate()
        .map(|(place, byte)| if place % record_bytes == 0 { *byte } else { grey_level(*byte) })
        .collect();
    let file = RecordFile { place: "the embedded digits".to_owned(), bytes };
    Ok(Box::new(LabelRecords::new(
        format!("digits {split}"),
        LAYOUT,
        vec![file],
        class_names::numbers(10),
        Vec::new(),
    )?))
}

/// round(count · 255 / 16), in whole numbers.
fn grey_level(count: u8) -> u8 {
    let level = (u32::from(count) * 255 + LARGEST_COUNT / 2) / LARGEST_COUNT;
    u8::try_from(level).unwrap_or(u8::MAX)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed step fails the test")]
    use super::*;
    use crate::data::Pixels;
    use crate::data::selection::read_all;

    #[test]
    fn the_embedded_set_is_the_one_of_scikit_learn() {
        let set = read_all(&mut *open(None).unwrap()).unwrap();
        // Class counts and the first image: load_digits() of scikit-learn 1.9.1.
        assert_eq!(set.class_counts().unwrap(), [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]);
        let Pixels::U8(levels) = set.pixels() else { panic!("digits are bytes") };
        assert_eq!(levels[..8], [0, 0, 5, 13, 9, 1, 0, 0].map(grey_level));
        assert_eq!(set.labels().unwrap()[..4], [0, 1, 2, 3]);
    }

    #[test]
    fn train_and_test_are_the_two_parts_of_all() {
        let [train, test, all] =
            ["train", "test", "all"].map(|split| read_all(&mut *open(Some(split)).unwrap()).unwrap());
        assert_eq!((train.len(), test.len(), all.len()), (1297, 500, 1797));
        assert_eq!(train.decode(0..1297).unwrap(), all.decode(0..1297).unwrap());
        assert_eq!(test.decode(0..500).unwrap(), all.decode(1297..1797).unwrap());
    }

    #[test]
    fn grey_levels_are_the_rounded_counts() {
        for count in 0..=16_u8 {
            assert_eq!(f64::from(grey_level(count)), (f64::from(count) * 255.0 / 16.0).round(), "{count}");
        }
    }
}
