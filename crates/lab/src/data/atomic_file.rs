//! A file that appears under its name whole or not at all: written beside it, then renamed.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use tempfile::{Builder, NamedTempFile};

use crate::data::DataError;

/// A file being written in the folder of its target; [`AtomicFile::commit`] renames it there, dropping it leaves nothing behind.
///
/// ```
/// use std::io::Write;
/// use transferscope_lab::data::AtomicFile;
///
/// let folder = tempfile::tempdir()?;
/// let target = folder.path().join("result.txt");
/// let mut file = AtomicFile::create(&target)?;
/// file.writer().write_all(b"done")?;
/// assert!(!target.exists());
/// file.commit()?;
/// assert_eq!(std::fs::read(&target)?, b"done");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct AtomicFile {
    writer: BufWriter<NamedTempFile<File>>,
    target: PathBuf,
}

impl AtomicFile {
    /// Starts a file that will become `target`.
    ///
    /// # Errors
    /// When the folder of `target` is not there or cannot be written to.
    pub fn create(target: &Path) -> Result<Self, DataError> {
        let folder = match target.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        if target.is_dir() {
            let problem = io::Error::new(io::ErrorKind::IsADirectory, "it is a folder, expected the name of a file");
            return Err(DataError::io("write", target, problem));
        }
        // The file is created by the plain call, so that it gets the permissions any new file gets (tempfile's own would be private).
        let temporary = Builder::new()
            .prefix(".unfinished-")
            .make_in(folder, |path| File::options().read(true).write(true).create_new(true).open(path))
            .map_err(|error| DataError::io("write", target, error))?;
        Ok(Self { writer: BufWriter::new(temporary), target: target.to_owned() })
    }

    /// Where to write the content (`Write` and `Seek`).
    pub fn writer(&mut self) -> &mut BufWriter<NamedTempFile<File>> {
        &mut self.writer
    }

    /// The name the file will have.
    pub fn target(&self) -> &Path {
        &self.target
    }

    /// Brings the content to the disk and gives the file its name, replacing what had it before.
    ///
    /// # Errors
    /// When the disk is full or the name cannot be given; then nothing is left behind, and what had the name before still has it.
    pub fn commit(self) -> Result<(), DataError> {
        let Self { mut writer, target } = self;
        let failed = |error| DataError::io("write", &target, error);
        writer.flush().map_err(failed)?;
        let temporary = writer.into_inner().map_err(|error| failed(error.into_error()))?;
        temporary.as_file().sync_all().map_err(failed)?;
        temporary.persist(&target).map_err(|error| failed(error.error))?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed step fails the test")]
    use super::*;

    #[test]
    fn a_dropped_file_leaves_nothing_and_keeps_what_was_there() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("x");
        std::fs::write(&target, "old").unwrap();
        let mut file = AtomicFile::create(&target).unwrap();
        file.writer().write_all(b"new").unwrap();
        drop(file);
        assert_eq!(std::fs::read(&target).unwrap(), b"old");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_missing_folder_and_a_folder_as_target_are_refused_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let error = AtomicFile::create(&folder.path().join("missing/x")).unwrap_err().to_string();
        assert!(error.contains("cannot write") && error.contains("missing"), "{error}");
        assert!(AtomicFile::create(folder.path()).is_err());
    }
}
