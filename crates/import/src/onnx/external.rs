//! Numbers in a file beside the ONNX file: only in its own folder or below, only as much as is there.

use std::{
    cell::RefCell,
    collections::HashMap,
    fs::File,
    io::{Read, Seek, SeekFrom},
    path::{Component, Path, PathBuf},
};

use super::message::Tensor;

/// How often a file's bytes may be read: tensors may share numbers, but a few tensors cannot make much of a small file.
const MOST_READINGS: u64 = 2;

/// The folder of an ONNX file.
#[derive(Debug)]
pub(super) struct Folder {
    place: PathBuf,
    /// Bytes read so far, by file.
    read: RefCell<HashMap<PathBuf, u64>>,
}

impl Folder {
    /// The folder in which a file lies.
    pub(super) fn of(path: &Path) -> Self {
        let place = match path.parent() {
            Some(folder) if folder != Path::new("") => folder.to_owned(),
            _ => PathBuf::from("."),
        };
        Self { place, read: RefCell::default() }
    }

    /// How many bytes were read from all files beside the ONNX file.
    pub(super) fn bytes_read(&self) -> u64 {
        self.read.borrow().values().sum()
    }

    /// The bytes of an external tensor.
    ///
    /// # Errors
    /// With a sentence where the place is outside of the folder, holds fewer bytes than the tensor claims, or was read too often.
    pub(super) fn read(&self, tensor: &Tensor<'_>, length: usize) -> Result<Vec<u8>, String> {
        let part = |name: &str| tensor.external.iter().find(|(key, _)| *key == name).map(|&(_, value)| value);
        let location = part("location").unwrap_or_default();
        let said = |reason: &str| {
            format!("the numbers of the tensor '{}' are said to be in '{location}', {reason}", tensor.name)
        };
        let number = |name: &str| match part(name) {
            Some(text) => text.parse::<u64>().map(Some).map_err(|_| said("at a place that is no number")),
            None => Ok(None),
        };
        let offset = number("offset")?.unwrap_or(0);
        if number("length")?.is_some_and(|claimed| claimed != length as u64) {
            return Err(said("with another length than its shape has"));
        }
        let path = self
            .inside(location)
            .ok_or_else(|| said("which is not a file in the folder of the ONNX file or below; put it there"))?;
        let mut file = File::open(&path).map_err(|error| said(&format!("which cannot be opened: {error}")))?;
        let size = file.metadata().map_err(|error| said(&format!("which cannot be read: {error}")))?.len();
        if offset.checked_add(length as u64).is_none_or(|end| end > size) {
            return Err(said(&format!("at {offset} for {length} bytes, but the file has {size}")));
        }
        let mut read = self.read.borrow_mut();
        let read = read.entry(path).or_default();
        *read = read.saturating_add(length as u64);
        if *read > size.saturating_mul(MOST_READINGS) {
            return Err(said("whose bytes are read again and again, as no exported network does"));
        }
        let mut bytes = vec![0; length];
        file.seek(SeekFrom::Start(offset))
            .and_then(|_| file.read_exact(&mut bytes))
            .map_err(|error| said(&format!("which cannot be read: {error}")))?;
        Ok(bytes)
    }

    /// The file of this name, where it lies in the folder or below; links are followed before that is judged.
    fn inside(&self, location: &str) -> Option<PathBuf> {
        let relative = Path::new(location);
        let plain = |part: Component<'_>| matches!(part, Component::Normal(_) | Component::CurDir);
        if location.is_empty() || !relative.components().all(plain) {
            return None;
        }
        let folder = self.place.canonicalize().ok()?;
        let file = folder.join(relative).canonicalize().ok()?;
        (file.starts_with(&folder) && file.is_file()).then_some(file)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tensor(location: &'static str) -> Tensor<'static> {
        Tensor { name: "w", external: vec![("location", location), ("offset", "2")], ..Tensor::default() }
    }

    #[test]
    fn only_what_lies_inside_is_read_and_only_as_much_as_is_there() {
        let outer = tempfile::tempdir().expect("there is room");
        let inner = outer.path().join("inner");
        std::fs::create_dir(&inner).expect("there is room");
        std::fs::write(outer.path().join("outside.bin"), [1, 2, 3, 4]).expect("there is room");
        std::fs::write(inner.join("inside.bin"), [1, 2, 3, 4]).expect("there is room");
        let folder = Folder::of(&inner.join("net.onnx"));
        assert_eq!(folder.read(&tensor("inside.bin"), 2), Ok(vec![3, 4]));
        assert!(folder.read(&tensor("inside.bin"), 3).is_err_and(|message| message.contains("has 4")));
        for location in ["../outside.bin", "/etc/hostname", "", "absent.bin", ".", "inside.bin/../../outside.bin"] {
            let message = folder.read(&tensor(location), 2).expect_err(location);
            assert!(message.contains("or below"), "{message}");
        }
    }

    #[test]
    fn what_is_read_is_counted_and_no_file_is_read_again_and_again() {
        let outer = tempfile::tempdir().expect("there is room");
        std::fs::write(outer.path().join("inside.bin"), [1, 2, 3, 4]).expect("there is room");
        let folder = Folder::of(&outer.path().join("net.onnx"));
        for times in 1..=4 {
            assert_eq!(folder.read(&tensor("inside.bin"), 2), Ok(vec![3, 4]));
            assert_eq!(folder.bytes_read(), 2 * times);
        }
        assert!(folder.read(&tensor("inside.bin"), 2).is_err_and(|message| message.contains("again and again")));
    }
}
