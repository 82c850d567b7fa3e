//! A file that is about to be read: is it there, how large is it, and its name that depends on its bytes alone.

use std::{
    fs::File,
    io::{self, Read},
    path::Path,
};

use sha2::{Digest, Sha256};

use crate::ImportError;

/// The size of a file in bytes.
///
/// # Errors
/// Where it is missing, or not a file.
pub(crate) fn size(path: &Path) -> Result<u64, ImportError> {
    let metadata = std::fs::metadata(path).map_err(|source| refused(path, source))?;
    if metadata.is_file() { Ok(metadata.len()) } else { Err(ImportError::NotAFile { path: path.to_owned() }) }
}

/// The whole file.
///
/// # Errors
/// Where it cannot be read.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, ImportError> {
    size(path)?;
    std::fs::read(path).map_err(|source| refused(path, source))
}

/// The first bytes of a file, at most `count`.
///
/// # Errors
/// Where it cannot be read.
pub(crate) fn beginning(path: &Path, count: u64) -> Result<Vec<u8>, ImportError> {
    size(path)?;
    let read = || {
        let mut bytes = Vec::new();
        File::open(path)?.take(count).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    read().map_err(|source| refused(path, source))
}

/// The SHA-256 of the file's bytes in hexadecimal.
///
/// # Errors
/// Where it cannot be read.
pub(crate) fn sha256(path: &Path) -> Result<String, ImportError> {
    let hash = || -> io::Result<String> {
        let mut file = File::open(path)?;
        let mut hasher = Sha256::new();
        let mut block = vec![0; 1 << 16];
        loop {
            let count = file.read(&mut block)?;
            if count == 0 {
                return Ok(hexadecimal(&hasher.finalize()));
            }
            hasher.update(&block[..count]);
        }
    };
    hash().map_err(|source| refused(path, source))
}

/// Bytes as text, two digits each.
pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn refused(path: &Path, source: io::Error) -> ImportError {
    match source.kind() {
        io::ErrorKind::NotFound => ImportError::Missing { path: path.to_owned() },
        _ => ImportError::Io { action: "read", path: path.to_owned(), source },
    }
}
