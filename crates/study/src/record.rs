//! Writing and reading records: a file is whole, or it is not there.

use std::{io::Write, path::Path};

use serde::{Serialize, de::DeserializeOwned};
use transferscope_lab::data::{AtomicFile, DataError};

/// Why a record could not be written or read.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// The file system refused.
    #[error("cannot {action} '{path}': {source}")]
    File {
        /// What was tried.
        action: &'static str,
        /// The file.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file could not be made or named.
    #[error(transparent)]
    Data(#[from] DataError),
    /// The text is no record of this kind.
    #[error("'{path}' is not a result of `transferscope measure --json`: {message}")]
    Format {
        /// The file.
        path: String,
        /// What does not fit.
        message: String,
    },
}

/// Writes a record as JSON: to a temporary file beside it, which is then renamed.
///
/// # Errors
/// Where the folder cannot be written.
pub fn write(path: &Path, record: &impl Serialize) -> Result<(), RecordError> {
    let text = serde_json::to_string_pretty(record)
        .map_err(|error| RecordError::Format { path: path.display().to_string(), message: error.to_string() })?;
    write_text(path, &text)
}

/// Writes a text in the same way.
///
/// # Errors
/// Where the folder cannot be written.
pub fn write_text(path: &Path, text: &str) -> Result<(), RecordError> {
    let mut file = AtomicFile::create(path)?;
    file.writer().write_all(text.as_bytes()).map_err(|source| RecordError::File {
        action: "write",
        path: path.display().to_string(),
        source,
    })?;
    Ok(file.commit()?)
}

/// Whether a file of this name can be written, before the work whose result it is to hold. Nothing is left behind.
///
/// # Errors
/// Where it cannot.
pub fn check_writable(path: &Path) -> Result<(), RecordError> {
    Ok(AtomicFile::create(path).map(drop)?)
}

/// Reads a record.
///
/// # Errors
/// Where the file cannot be read or is no record of this kind.
pub fn read<T: DeserializeOwned>(path: &Path) -> Result<T, RecordError> {
    let shown = path.display().to_string();
    let text = std::fs::read_to_string(path).map_err(|source| RecordError::File {
        action: "read",
        path: shown.clone(),
        source,
    })?;
    serde_json::from_str(&text).map_err(|error| RecordError::Format { path: shown, message: error.to_string() })
}
