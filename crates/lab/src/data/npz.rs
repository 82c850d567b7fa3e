//! Images in an npz: `images` (uint8, or float in [0, 1]; four axes) and, optionally, `labels` (integers from 0).
//!
//! Axis 1 of length 1 or 3 means channels first (N, C, H, W); otherwise the last axis is the channels (N, H, W, C). Where both
//! could be, `layout=channels-first` or `layout=channels-last` must say.

use std::path::Path;

use crate::data::catalogue::{Catalogue, RecordReader};
use crate::data::pixels::gather;
use crate::data::selection::read_all;
use crate::data::{DataError, ImageSet, ImageShape, ImageSize, NpzFile, Pixels, class_names};

/// A label above this is no class but a mistake.
const MOST_CLASSES: u64 = 1 << 16;

/// Where the channels are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// (N, C, H, W).
    ChannelsFirst,
    /// (N, H, W, C).
    ChannelsLast,
}

/// Reads images from the bytes of an npz.
///
/// # Errors
/// When there is no `images`, it has not four axes, its layout is open and not said, a value is outside [0, 1], or labels and
/// images differ in number.
pub fn from_bytes(bytes: Vec<u8>, layout: Option<Layout>) -> Result<ImageSet, DataError> {
    read_all(&mut Records::new("npz".to_owned(), "bytes", &NpzFile::from_bytes(bytes)?, layout)?)
}

pub(crate) fn open(path: &Path, layout: Option<Layout>) -> Result<Box<dyn RecordReader>, DataError> {
    let name = format!("npz {}", crate::data::place::file_name(path));
    Ok(Box::new(Records::new(name, &path.display().to_string(), &NpzFile::open(path)?, layout)?))
}

struct Records {
    shape: ImageShape,
    pixels: Pixels,
    catalogue: Catalogue,
}

impl Records {
    fn new(name: String, place: &str, file: &NpzFile, layout: Option<Layout>) -> Result<Self, DataError> {
        let info = file.info("images")?;
        let (shape, layout) = shape_and_layout(place, &info.shape, layout)?;
        let count = info.shape[0];
        let pixels = match info.element.as_str() {
            "uint8" => Pixels::U8(channels_first(file.array_u8("images")?.data, shape, layout)),
            "float16" | "float32" | "float64" => {
                let values = file.array_f32("images")?.data;
                if let Some(index) = values.iter().position(|value| !(0.0..=1.0).contains(value)) {
                    return Err(DataError::PixelValue {
                        place: format!("`{place}`"),
                        image: index / shape.values(),
                        found: values[index].to_string(),
                    });
                }
                Pixels::F32(channels_first(values, shape, layout))
            }
            other => {
                return Err(DataError::format(
                    place,
                    "npz images",
                    format!("expected `images` of uint8, or of floats in [0, 1], found {other}"),
                ));
            }
        };
        let labels = if file.contains("labels") { Some(labels(place, file, count)?) } else { None };
        let class_names = labels
            .as_ref()
            .map(|labels| class_names::numbers(labels.iter().max().map_or(0, |label| *label as usize + 1)))
            .unwrap_or_default();
        let notes =
            if labels.is_none() { vec!["no array `labels`: the set has no labels".to_owned()] } else { Vec::new() };
        Ok(Self { shape, pixels, catalogue: Catalogue { name, count, labels, class_names, notes } })
    }
}

fn shape_and_layout(place: &str, axes: &[usize], layout: Option<Layout>) -> Result<(ImageShape, Layout), DataError> {
    let wrong = |problem: String| DataError::format(place, "npz images", problem);
    let [count, second, third, last] = *axes else {
        return Err(wrong(format!("expected `images` with four axes, found shape {axes:?}")));
    };
    if axes.contains(&0) {
        return Err(DataError::Empty { place: format!("`{place}`"), expected: format!("`images` has shape {axes:?}") });
    }
    let is_channels = |length: usize| length == 1 || length == 3;
    let layout = match (layout, is_channels(second), is_channels(last)) {
        (Some(layout), ..) => layout,
        (None, true, true) => {
            return Err(wrong(format!(
                "shape {axes:?} could be channels first or last: add layout=channels-first or layout=channels-last"
            )));
        }
        (None, true, false) => Layout::ChannelsFirst,
        (None, false, _) => Layout::ChannelsLast,
    };
    let shape = match layout {
        Layout::ChannelsFirst => ImageShape { channels: second, height: third, width: last },
        Layout::ChannelsLast => ImageShape { channels: last, height: second, width: third },
    };
    if !is_channels(shape.channels) {
        return Err(wrong(format!(
            "expected 1 or 3 channels, found {} in shape {axes:?} ({count} images)",
            shape.channels
        )));
    }
    Ok((shape, layout))
}

/// Images of (H, W, C) as (C, H, W).
fn channels_first<T: Copy>(stored: Vec<T>, shape: ImageShape, layout: Layout) -> Vec<T> {
    if layout == Layout::ChannelsFirst {
        return stored;
    }
    let mut ordered = Vec::with_capacity(stored.len());
    for image in stored.chunks_exact(shape.values()) {
        for channel in 0..shape.channels {
            ordered.extend(image.iter().skip(channel).step_by(shape.channels).copied());
        }
    }
    ordered
}

fn labels(place: &str, file: &NpzFile, count: usize) -> Result<Vec<u32>, DataError> {
    let shape = file.info("labels")?.shape;
    if shape != [count] {
        return Err(DataError::Inconsistent {
            place: format!("`labels` of `{place}`"),
            expected: format!("shape ({count},), one label for each image"),
            found: format!("shape {shape:?}"),
        });
    }
    let found = file.array_i64("labels")?.data;
    found
        .iter()
        .enumerate()
        .map(|(record, label)| match u32::try_from(*label) {
            Ok(label) if u64::from(label) < MOST_CLASSES => Ok(label),
            _ => Err(DataError::Label {
                file: place.to_owned(),
                record,
                found: *label,
                expected: format!("0 to {}", MOST_CLASSES - 1),
            }),
        })
        .collect()
}

impl RecordReader for Records {
    fn catalogue(&self) -> &Catalogue {
        &self.catalogue
    }

    fn read(&mut self, positions: &[usize], _size: Option<ImageSize>) -> Result<(ImageShape, Pixels), DataError> {
        let values = self.shape.values();
        let pixels = match &self.pixels {
            Pixels::U8(levels) => Pixels::U8(gather(levels, positions, values)),
            Pixels::F32(numbers) => Pixels::F32(gather(numbers, positions, values)),
        };
        Ok((self.shape, pixels))
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed step fails the test")]
    use super::*;
    use crate::data::{ArrayRef, Compression, NpzWriter};

    fn npz<'a>(arrays: &[(&str, &[usize], ArrayRef<'a>)]) -> Vec<u8> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.npz");
        let mut writer = NpzWriter::create(&path, Compression::Stored).unwrap();
        for (name, shape, numbers) in arrays {
            writer.array(name, shape, *numbers).unwrap();
        }
        writer.finish().unwrap();
        std::fs::read(path).unwrap()
    }

    fn images(shape: &[usize], numbers: ArrayRef<'_>, layout: Option<Layout>) -> Result<ImageSet, DataError> {
        from_bytes(npz(&[("images", shape, numbers)]), layout)
    }

    #[test]
    fn channels_are_found_first_or_last_and_both_must_be_said() {
        let levels: Vec<u8> = (0..6).collect();
        let first = images(&[1, 3, 2, 1], (&levels).into(), None);
        assert!(first.unwrap_err().to_string().contains("layout="));
        let first = images(&[1, 3, 2, 1], (&levels).into(), Some(Layout::ChannelsFirst)).unwrap();
        assert_eq!((first.shape().channels, first.pixels()), (3, &Pixels::U8(levels.clone())));
        // (H, W, C) = (1, 2, 3): pixel (0, 0) is (0, 1, 2), pixel (0, 1) is (3, 4, 5); the red plane is (0, 3).
        let last = images(&[1, 1, 2, 3], (&levels).into(), Some(Layout::ChannelsLast)).unwrap();
        assert_eq!(last.pixels(), &Pixels::U8(vec![0, 3, 1, 4, 2, 5]));
        let last = images(&[1, 2, 1, 3], (&levels).into(), None).unwrap();
        assert_eq!(last.shape(), ImageShape { channels: 3, height: 2, width: 1 });
        assert!(images(&[1, 2, 1, 3], (&levels).into(), Some(Layout::ChannelsFirst)).is_err());
        assert!(images(&[6], (&levels).into(), None).unwrap_err().to_string().contains("four axes"));
    }

    #[test]
    fn floats_stay_as_they_are_and_must_lie_in_the_unit_interval() {
        let set = images(&[2, 1, 1, 2], (&[0.0_f32, 0.1, 1.0, 0.5][..]).into(), None).unwrap();
        assert_eq!(set.decode(0..2).unwrap(), [0.0, 0.1, 1.0, 0.5]);
        for bad in [255.0, -0.5, f32::NAN] {
            let error = images(&[2, 1, 1, 2], (&[0.0, 0.1, bad, 0.5][..]).into(), None);
            assert!(matches!(error, Err(DataError::PixelValue { image: 1, .. })), "{bad}");
        }
        assert!(images(&[1, 1, 1, 2], (&[0_i64, 1][..]).into(), None).unwrap_err().to_string().contains("int64"));
    }

    #[test]
    fn labels_must_be_one_for_each_image_and_not_negative() {
        let two: ArrayRef<'_> = (&[0_u8, 1][..]).into();
        let with = |shape: &[usize], labels: &[i64]| {
            from_bytes(
                npz(&[("images", &[2, 1, 1, 1], two), ("labels", shape, labels.into())]),
                Some(Layout::ChannelsFirst),
            )
        };
        let set = with(&[2], &[2, 0]).unwrap();
        assert_eq!((set.labels(), set.class_counts()), (Some(&[2, 0][..]), Some(vec![1, 0, 1])));
        assert!(matches!(with(&[1], &[0]), Err(DataError::Inconsistent { .. })));
        assert!(matches!(with(&[2], &[0, -1]), Err(DataError::Label { record: 1, found: -1, .. })));
        assert!(matches!(from_bytes(npz(&[("x", &[2], two)]), None), Err(DataError::NoArray { .. })));
    }
}
