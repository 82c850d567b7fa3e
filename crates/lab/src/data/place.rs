//! Files and folders as formats look into them: their names, their bytes, and what to say when they are not there.

use std::path::Path;

use crate::data::DataError;

/// The bytes of a file.
pub(crate) fn read_file(path: &Path) -> Result<Vec<u8>, DataError> {
    std::fs::read(path).map_err(|error| DataError::io("read", path, error))
}

/// Refuses a split for a single file, which has none.
pub(crate) fn only_without_split(path: &Path, split: Option<&str>) -> Result<(), DataError> {
    match split {
        None => Ok(()),
        Some(found) => Err(DataError::UnknownSplit {
            place: path.display().to_string(),
            found: found.to_owned(),
            expected: "a single file has no splits, leave `split` out or give its folder".to_owned(),
        }),
    }
}

/// The last part of a path, as text.
pub(crate) fn file_name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// "Nothing to read here", with the first few names that are there.
pub(crate) fn not_found(path: &Path, expected: &str) -> DataError {
    const SHOWN: usize = 8;
    let found = match std::fs::read_dir(path) {
        Ok(entries) => {
            let mut names: Vec<String> =
                entries.filter_map(Result::ok).map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
            names.sort();
            let more = if names.len() > SHOWN { ", …" } else { "" };
            names.truncate(SHOWN);
            if names.is_empty() {
                "; the folder is empty".to_owned()
            } else {
                format!("; the folder holds {}{more}", names.join(", "))
            }
        }
        Err(_) if path.exists() => String::new(),
        Err(_) => "; there is no such file or folder".to_owned(),
    };
    DataError::NotFound { path: path.display().to_string(), expected: expected.to_owned(), found }
}
