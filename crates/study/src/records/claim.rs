//! Who works on a cell: runs that share a folder do none of its cells twice at once.

use std::{
    fs::{File, TryLockError},
    path::PathBuf,
};

use super::{Store, StoreError, store::stem};
use crate::plan::Cell;

const CLAIMS: &str = "claims";

/// A cell that nobody else works on while this lives. The system takes it back when the program ends, however it ends.
#[derive(Debug)]
pub struct Claim {
    /// Locked.
    _file: File,
    path: PathBuf,
}

impl Drop for Claim {
    fn drop(&mut self) {
        // Whoever has opened the file meanwhile gets a lock on a file without a name, and finds the cell's record.
        drop(std::fs::remove_file(&self.path));
        if let Some(folder) = self.path.parent() {
            drop(std::fs::remove_dir(folder));
        }
    }
}

impl Store {
    /// The claim to a cell, or `None` while another run has it. Whoever has got it looks for the cell's record once more:
    /// the other may have written it in between.
    ///
    /// # Errors
    /// Where the file that is locked cannot be made.
    pub fn claim(&self, cell: &Cell) -> Result<Option<Claim>, StoreError> {
        let path = self.root().join(CLAIMS).join(stem(cell));
        let failed = |source| StoreError::Claim { path: path.clone(), source };
        let file = match self.open_claim(&path) {
            // The last claim of another run took the folder with it.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => self.open_claim(&path).map_err(failed)?,
            other => other.map_err(failed)?,
        };
        match file.try_lock() {
            Ok(()) => Ok(Some(Claim { _file: file, path })),
            Err(TryLockError::WouldBlock) => Ok(None),
            // A file system without locks: nothing can be said of others, and one run alone needs no claim.
            Err(TryLockError::Error(error)) if error.kind() == std::io::ErrorKind::Unsupported => {
                Ok(Some(Claim { _file: file, path }))
            }
            Err(TryLockError::Error(error)) => Err(failed(error)),
        }
    }

    fn open_claim(&self, path: &std::path::Path) -> std::io::Result<File> {
        std::fs::create_dir_all(self.root().join(CLAIMS))?;
        File::create(path)
    }
}
