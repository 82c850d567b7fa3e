//! A folder of images: one sub-folder per class, PNG, JPEG or BMP inside, read as RGB.
//!
//! Classes are the sub-folders in the order of their names, which is the convention of torchvision's `ImageFolder`; within a class
//! the files come in the order of their paths, sub-folders included. Every image becomes RGB (grey is repeated, transparency is
//! dropped). Images must be equal in size, or `size=` must say the size to bring them to.

use std::fs::{self, File};
use std::io::BufReader;
use std::path::{Path, PathBuf};

use image::{ImageReader, Limits};

use crate::data::catalogue::{Catalogue, RecordReader};
use crate::data::place::not_found;
use crate::data::resize::resize_planes_u8;
use crate::data::{DataError, ImageShape, ImageSize, Pixels};

/// File endings that are read, in lower case.
pub const ENDINGS: [&str; 4] = ["png", "jpg", "jpeg", "bmp"];

/// Sub-folders below a class are followed this deep; links to folders are not, so that there is no way to run in circles.
const DEEPEST: usize = 4;

/// A picture wider or higher than this is refused before its pixels are allocated.
const LARGEST_SIDE: u32 = 16_384;

/// A decoder may not allocate more than this.
const MOST_DECODER_BYTES: u64 = 1 << 30;

pub(crate) fn open(path: &Path, split: Option<&str>) -> Result<Box<dyn RecordReader>, DataError> {
    let root = match split {
        None => path.to_owned(),
        Some(split) => {
            let folder = path.join(split);
            if !folder.is_dir() || split.contains(['/', '\\']) || split == ".." {
                return Err(DataError::UnknownSplit {
                    place: path.display().to_string(),
                    found: split.to_owned(),
                    expected: "a split is a sub-folder that holds one folder per class".to_owned(),
                });
            }
            folder
        }
    };
    let classes: Vec<PathBuf> = sorted_entries(&root)?.into_iter().filter(|entry| entry.is_dir()).collect();
    if classes.is_empty() {
        return Err(not_found(&root, "a folder with one sub-folder of images for each class"));
    }
    let mut files = Vec::new();
    let mut labels = Vec::new();
    let mut class_names = Vec::new();
    let mut ignored = 0;
    for (label, class) in classes.iter().enumerate() {
        let before = files.len();
        collect_images(class, 0, &mut files, &mut ignored)?;
        if files.len() == before {
            return Err(DataError::Empty {
                place: format!("`{}`", class.display()),
                expected: format!("every class folder must have images ({})", ENDINGS.join(", ")),
            });
        }
        labels.resize(files.len(), label as u32);
        class_names.push(class.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default());
    }
    let notes = if ignored > 0 {
        vec![format!("{ignored} files without an ending of images ({}) were left out", ENDINGS.join(", "))]
    } else {
        Vec::new()
    };
    let name = match split {
        None => "folder".to_owned(),
        Some(split) => format!("folder {split}"),
    };
    Ok(Box::new(Files {
        catalogue: Catalogue { name, count: files.len(), labels: Some(labels), class_names, notes },
        files,
    }))
}

/// What a folder holds, hidden entries left out, in the order of the names.
fn sorted_entries(folder: &Path) -> Result<Vec<PathBuf>, DataError> {
    let entries = fs::read_dir(folder).map_err(|error| DataError::io("read", folder, error))?;
    let mut paths = Vec::new();
    for entry in entries {
        let entry = entry.map_err(|error| DataError::io("read", folder, error))?;
        if !entry.file_name().to_string_lossy().starts_with('.') {
            paths.push(entry.path());
        }
    }
    paths.sort();
    Ok(paths)
}

fn collect_images(folder: &Path, depth: usize, files: &mut Vec<PathBuf>, ignored: &mut usize) -> Result<(), DataError> {
    for path in sorted_entries(folder)? {
        if path.is_dir() {
            if depth < DEEPEST && !path.is_symlink() {
                collect_images(&path, depth + 1, files, ignored)?;
            }
        } else if path
            .extension()
            .is_some_and(|ending| ENDINGS.contains(&ending.to_string_lossy().to_lowercase().as_str()))
        {
            files.push(path);
        } else {
            *ignored += 1;
        }
    }
    Ok(())
}

struct Files {
    files: Vec<PathBuf>,
    catalogue: Catalogue,
}

impl RecordReader for Files {
    fn catalogue(&self) -> &Catalogue {
        &self.catalogue
    }

    fn read(&mut self, positions: &[usize], size: Option<ImageSize>) -> Result<(ImageShape, Pixels), DataError> {
        let mut pixels = Vec::new();
        let mut common = size;
        for position in positions {
            let path = &self.files[*position];
            let (found, planes) = decode(path)?;
            let wanted = *common.get_or_insert(found);
            if found == wanted {
                pixels.extend_from_slice(&planes);
            } else if size.is_some() {
                pixels.extend(resize_planes_u8(&planes, found, wanted)?);
            } else {
                return Err(DataError::UnequalImages {
                    file: path.display().to_string(),
                    expected_height: wanted.height,
                    expected_width: wanted.width,
                    found_height: found.height,
                    found_width: found.width,
                });
            }
        }
        let ImageSize { height, width } = common.unwrap_or(ImageSize { height: 0, width: 0 });
        Ok((ImageShape { channels: 3, height, width }, Pixels::U8(pixels)))
    }
}

/// The red, green and blue plane of a picture.
fn decode(path: &Path) -> Result<(ImageSize, Vec<u8>), DataError> {
    let unreadable =
        |problem: String| DataError::format(&path.display().to_string(), "an image (PNG, JPEG or BMP)", problem);
    let file = File::open(path).map_err(|error| DataError::io("read", path, error))?;
    let mut reader = ImageReader::new(BufReader::new(file))
        .with_guessed_format()
        .map_err(|error| DataError::io("read", path, error))?;
    let mut limits = Limits::default();
    limits.max_image_width = Some(LARGEST_SIDE);
    limits.max_image_height = Some(LARGEST_SIDE);
    limits.max_alloc = Some(MOST_DECODER_BYTES);
    reader.limits(limits);
    let picture = reader.decode().map_err(|error| unreadable(error.to_string()))?.into_rgb8();
    let size = ImageSize { height: picture.height() as usize, width: picture.width() as usize };
    if size.height == 0 || size.width == 0 {
        return Err(unreadable("expected at least one pixel, found none".to_owned()));
    }
    let interleaved = picture.into_raw();
    let planes = (0..3).flat_map(|channel| interleaved.iter().skip(channel).step_by(3).copied()).collect();
    Ok((size, planes))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed step fails the test")]
    use image::{GrayImage, Luma, Rgb, RgbImage};

    use super::*;
    use crate::data::selection::{Limit, read_all, read_chosen};

    fn write(root: &Path, name: &str, width: u32, height: u32, colour: [u8; 3]) {
        let path = root.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        RgbImage::from_pixel(width, height, Rgb(colour)).save(path).unwrap();
    }

    #[test]
    fn classes_and_files_come_in_the_order_of_their_names_as_rgb_planes() {
        let root = tempfile::tempdir().unwrap();
        write(root.path(), "dog/2.png", 2, 1, [0, 0, 255]);
        write(root.path(), "cat/9.BMP", 2, 1, [51, 102, 153]);
        write(root.path(), "dog/inner/1.png", 2, 1, [0, 255, 0]);
        GrayImage::from_pixel(2, 1, Luma([255])).save(root.path().join("cat/1.png")).unwrap();
        fs::write(root.path().join("cat/notes.txt"), "no image").unwrap();
        let set = read_all(&mut *open(root.path(), None).unwrap()).unwrap();
        assert_eq!(set.class_names().unwrap(), ["cat", "dog"]);
        assert_eq!(set.labels(), Some(&[0, 0, 1, 1][..]));
        assert_eq!(set.shape(), ImageShape { channels: 3, height: 1, width: 2 });
        let Pixels::U8(levels) = set.pixels() else { panic!("images are bytes") };
        assert_eq!(
            levels[..],
            [[255; 6], [51, 51, 102, 102, 153, 153], [0, 0, 0, 0, 255, 255], [0, 0, 255, 255, 0, 0]].concat()
        );
        assert_eq!(set.notes().len(), 1);
    }

    #[test]
    fn unequal_images_need_a_size() {
        let root = tempfile::tempdir().unwrap();
        write(root.path(), "a/1.png", 2, 2, [9; 3]);
        write(root.path(), "a/2.png", 4, 2, [9; 3]);
        assert!(read_all(&mut *open(root.path(), None).unwrap()).unwrap_err().to_string().contains("size=S"));
        let size = Some(ImageSize { height: 1, width: 3 });
        let set = read_chosen(&mut *open(root.path(), None).unwrap(), &[], Limit::All, size).unwrap();
        assert_eq!(set.pixels(), &Pixels::U8(vec![9; 2 * 3 * 3]));
    }

    #[test]
    fn empty_classes_missing_splits_and_broken_pictures_are_refused() {
        let root = tempfile::tempdir().unwrap();
        assert!(matches!(open(root.path(), None), Err(DataError::NotFound { .. })));
        assert!(matches!(open(root.path(), Some("..")), Err(DataError::UnknownSplit { .. })));
        fs::create_dir(root.path().join("a")).unwrap();
        assert!(matches!(open(root.path(), None), Err(DataError::Empty { .. })));
        fs::write(root.path().join("a/x.png"), b"\x89PNG\r\n\x1a\nrest").unwrap();
        assert!(matches!(read_all(&mut *open(root.path(), None).unwrap()), Err(DataError::Format { .. })));
    }
}
