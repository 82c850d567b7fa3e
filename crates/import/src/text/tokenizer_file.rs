//! The file of a tokenizer, as it is.

use std::path::Path;

use crate::{ImportError, input_file};

/// The file of a tokenizer, as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenizerFile {
    /// Its name: `vocab.txt` or `tokenizer.json`.
    pub name: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// That of a folder of Hugging Face's; both say the same, and `tokenizer.json` says more.
pub(super) fn read(folder: &Path) -> Result<TokenizerFile, ImportError> {
    let name = ["tokenizer.json", "vocab.txt"].into_iter().find(|name| folder.join(name).is_file());
    let path = folder.join(name.unwrap_or("tokenizer.json"));
    Ok(TokenizerFile { name: name.unwrap_or("tokenizer.json").to_owned(), bytes: input_file::read(&path)? })
}
