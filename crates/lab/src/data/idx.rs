//! IDX, the format of MNIST and its relatives: a big-endian header (type, number of axes, sizes), then bytes; plain or gzipped.
//!
//! Understood are unsigned bytes with three axes (images, rows, columns) or four (images, channels, rows, columns). A folder is
//! searched for `train-images-idx3-ubyte` or `t10k-images-idx3-ubyte` (also with `.idx3-ubyte` and `.gz`) and the labels beside
//! it; a single image file finds its labels by its name. Format: Y. LeCun, "The MNIST database", section "file formats".

use std::path::{Path, PathBuf};

use crate::data::catalogue::{Catalogue, RecordReader};
use crate::data::idx_array::read_array;
use crate::data::pixels::gather;
use crate::data::place::{file_name, not_found, only_without_split, read_file};
use crate::data::selection::read_all;
use crate::data::{DataError, ImageSet, ImageShape, ImageSize, Pixels, class_names};

/// Reads images and, where given, their labels from the bytes of two files (plain or gzipped). Classes are named by their labels.
///
/// # Errors
/// When a header is no IDX header of unsigned bytes, a size is not what the header says, or labels and images differ in number.
pub fn from_bytes(images: &[u8], labels: Option<&[u8]>) -> Result<ImageSet, DataError> {
    read_all(&mut Records::new("idx".to_owned(), ("images", images), labels.map(|labels| ("labels", labels)), None)?)
}

pub(crate) fn open(path: &Path, split: Option<&str>) -> Result<Box<dyn RecordReader>, DataError> {
    let (name, images) = if path.is_file() {
        only_without_split(path, split)?;
        (file_name(path), path.to_owned())
    } else {
        let split = split.unwrap_or("test");
        (split.to_owned(), image_file(path, split)?)
    };
    let labels = labels_beside(&images);
    let folder = images.parent().unwrap_or(Path::new("."));
    let names = class_names::read_first(folder, &["class_names.txt"])?;
    let image_bytes = read_file(&images)?;
    let label_bytes = labels.as_deref().map(read_file).transpose()?;
    let image_place = images.display().to_string();
    let label_place = labels.map(|path| path.display().to_string()).unwrap_or_default();
    let labels = label_bytes.as_deref().map(|bytes| (label_place.as_str(), bytes));
    Ok(Box::new(Records::new(format!("idx {name}"), (&image_place, &image_bytes), labels, names)?))
}

fn image_file(folder: &Path, split: &str) -> Result<PathBuf, DataError> {
    let prefixes: &[&str] = if split == "train" { &["train"] } else { &["t10k", "test"] };
    for prefix in prefixes {
        for ending in ["-images-idx3-ubyte", "-images.idx3-ubyte", "-images-idx3-ubyte.gz", "-images.idx3-ubyte.gz"] {
            let file = folder.join(format!("{prefix}{ending}"));
            if file.is_file() {
                return Ok(file);
            }
        }
    }
    Err(not_found(folder, &format!("an IDX file of images, or a folder with {}-images-idx3-ubyte in it", prefixes[0])))
}

/// The label file that belongs to an image file, if its name leads to one that exists (gzipped or not).
fn labels_beside(images: &Path) -> Option<PathBuf> {
    let name = file_name(images);
    if !name.contains("images") {
        return None;
    }
    let labels = name.replace("images", "labels").replace("idx3", "idx1").replace("idx4", "idx1");
    let plain = labels.trim_end_matches(".gz").to_owned();
    [labels, plain.clone(), format!("{plain}.gz")]
        .into_iter()
        .map(|name| images.with_file_name(name))
        .find(|path| path.is_file())
}

struct Records {
    shape: ImageShape,
    levels: Vec<u8>,
    catalogue: Catalogue,
}

impl Records {
    fn new(
        name: String,
        images: (&str, &[u8]),
        labels: Option<(&str, &[u8])>,
        names: Option<Vec<String>>,
    ) -> Result<Self, DataError> {
        let (axes, levels) = read_array(images.0, images.1)?;
        let (count, shape) = match axes[..] {
            [count, height, width] => (count, ImageShape { channels: 1, height, width }),
            [count, channels @ (1 | 3), height, width] => (count, ImageShape { channels, height, width }),
            _ => {
                let problem = format!(
                    "expected axes (images, rows, columns) or (images, 1 or 3 channels, rows, columns), found sizes {axes:?}"
                );
                return Err(DataError::format(images.0, "IDX images", problem));
            }
        };
        if levels.is_empty() {
            return Err(DataError::Empty {
                place: format!("`{}`", images.0),
                expected: format!("its header says sizes {axes:?}"),
            });
        }
        let mut notes = Vec::new();
        let (labels, class_names) = match labels {
            None => {
                notes.push("no label file beside the images: the set has no labels".to_owned());
                (None, Vec::new())
            }
            Some(file) => {
                let (labels, names) = read_labels(file, count, names)?;
                (Some(labels), names)
            }
        };
        Ok(Self { shape, levels, catalogue: Catalogue { name, count, labels, class_names, notes } })
    }
}

fn read_labels(
    (place, bytes): (&str, &[u8]),
    count: usize,
    names: Option<Vec<String>>,
) -> Result<(Vec<u32>, Vec<String>), DataError> {
    let (axes, labels) = read_array(place, bytes)?;
    if axes != [count] {
        return Err(DataError::Inconsistent {
            place: format!("`{place}`"),
            expected: format!("{count} labels in one axis, as many as images"),
            found: format!("sizes {axes:?}"),
        });
    }
    let names =
        names.unwrap_or_else(|| class_names::numbers(labels.iter().max().map_or(0, |label| usize::from(*label) + 1)));
    if let Some(record) = labels.iter().position(|label| usize::from(*label) >= names.len()) {
        return Err(DataError::Label {
            file: place.to_owned(),
            record,
            found: i64::from(labels[record]),
            expected: format!("0 to {} ({} class names)", names.len().saturating_sub(1), names.len()),
        });
    }
    Ok((labels.into_iter().map(u32::from).collect(), names))
}

impl RecordReader for Records {
    fn catalogue(&self) -> &Catalogue {
        &self.catalogue
    }

    fn read(&mut self, positions: &[usize], _size: Option<ImageSize>) -> Result<(ImageShape, Pixels), DataError> {
        Ok((self.shape, Pixels::U8(gather(&self.levels, positions, self.shape.values()))))
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed step fails the test")]
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn idx(sizes: &[u32], content: &[u8]) -> Vec<u8> {
        let mut bytes = vec![0, 0, 8, u8::try_from(sizes.len()).unwrap()];
        bytes.extend(sizes.iter().flat_map(|size| size.to_be_bytes()));
        bytes.extend_from_slice(content);
        bytes
    }

    fn gzipped(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn images_and_labels_read_the_same_plain_and_gzipped() {
        let (images, labels) = (idx(&[2, 1, 2], &[0, 51, 102, 255]), idx(&[2], &[1, 0]));
        let set = from_bytes(&images, Some(&labels)).unwrap();
        assert_eq!(set.shape(), ImageShape { channels: 1, height: 1, width: 2 });
        assert_eq!(set.decode(0..2).unwrap(), vec![0.0, 0.2, 0.4, 1.0]);
        assert_eq!(set.labels(), Some(&[1, 0][..]));
        assert_eq!(from_bytes(&gzipped(&images), Some(&gzipped(&labels))).unwrap(), set);
    }

    #[test]
    fn sizes_that_are_not_true_are_refused_before_anything_is_allocated() {
        let claims = idx(&[u32::MAX, u32::MAX, 1], &[0; 8]);
        assert!(matches!(from_bytes(&claims, None), Err(DataError::FileSize { found_bytes: 24, .. })));
        assert!(matches!(from_bytes(&gzipped(&claims), None), Err(DataError::FileSize { .. })));
        assert!(matches!(from_bytes(&idx(&[u32::MAX; 4], &[]), None), Err(DataError::Format { .. })));
        for wrong in [&[0; 3][..], &[0; 5][..]] {
            assert!(matches!(
                from_bytes(&idx(&[2, 1, 2], wrong), None),
                Err(DataError::FileSize { expected_bytes: 20, .. })
            ));
            assert!(matches!(
                from_bytes(&gzipped(&idx(&[2, 1, 2], wrong)), None),
                Err(DataError::FileSize { expected_bytes: 4, .. })
            ));
        }
        assert!(matches!(
            from_bytes(&idx(&[2, 1, 1], &[0, 0]), Some(&idx(&[3], &[0, 0, 0]))),
            Err(DataError::Inconsistent { .. })
        ));
    }

    #[test]
    fn other_types_and_other_axes_are_named() {
        let mut floats = idx(&[1], &[0; 4]);
        floats[2] = 0x0d;
        assert!(from_bytes(&floats, None).unwrap_err().to_string().contains("found type 13"));
        assert!(from_bytes(&idx(&[1, 2, 1, 1], &[0; 2]), None).unwrap_err().to_string().contains("1 or 3 channels"));
    }
}
