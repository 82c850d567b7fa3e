//! The files the rules look at: what git tracks or would track, or a walk where there is no git.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use crate::rust::source::Source;

/// One file below the root.
pub struct File {
    /// Path below the root, with `/` on every system.
    pub path: String,
    /// Its text; `None` where it is not UTF-8.
    pub text: Option<String>,
    /// Its tokens, for a Rust source.
    pub rust: Option<Source>,
}

impl File {
    /// A file from its path and text, as a rule's test writes it.
    pub fn new(path: &str, text: &str) -> Self {
        let rust = path.ends_with(".rs").then(|| Source::new(path, text));
        Self { path: path.to_owned(), text: Some(text.to_owned()), rust }
    }

    /// The file's name without its folder.
    pub fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }
}

/// All files below the root.
pub struct Tree {
    /// In the order of their paths.
    pub files: Vec<File>,
}

impl Tree {
    /// Reads every file.
    ///
    /// # Errors
    /// When a listed file cannot be read.
    pub fn read(root: &Path) -> Result<Self> {
        let mut paths = match listed_by_git(root) {
            Some(paths) => paths,
            None => walked(root)?,
        };
        paths.sort();
        paths.dedup();
        let mut files = Vec::new();
        for path in paths {
            let full = root.join(&path);
            // Git still lists a file that was deleted and not yet staged.
            if !full.is_file() {
                continue;
            }
            let bytes = std::fs::read(&full).with_context(|| format!("{path} could not be read"))?;
            files.push(match String::from_utf8(bytes) {
                Ok(text) => File::new(&path, &text),
                Err(_) => File { path, text: None, rust: None },
            });
        }
        Ok(Self { files })
    }

    /// A tree of one file.
    #[cfg(test)]
    pub fn of(path: &str, text: &str) -> Self {
        Self { files: vec![File::new(path, text)] }
    }

    /// Every Rust source with its tokens.
    pub fn rust(&self) -> impl Iterator<Item = (&File, &Source)> {
        self.files.iter().filter_map(|file| file.rust.as_ref().map(|source| (file, source)))
    }
}

/// Tracked files and those that a commit of everything would add; `None` without git or outside a repository.
fn listed_by_git(root: &Path) -> Option<Vec<String>> {
    let output = Command::new("git")
        .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        .current_dir(root)
        .output()
        .ok()?;
    let list = String::from_utf8(output.stdout).ok()?;
    let paths: Vec<String> = list.split('\0').filter(|path| !path.is_empty()).map(str::to_owned).collect();
    (output.status.success() && !paths.is_empty()).then_some(paths)
}

/// Every file below `root` but build output and git's own.
fn walked(root: &Path) -> Result<Vec<String>> {
    let mut paths = Vec::new();
    let mut folders = vec![String::new()];
    while let Some(folder) = folders.pop() {
        let entries = std::fs::read_dir(root.join(&folder)).with_context(|| format!("{folder} could not be listed"))?;
        for entry in entries {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let path = if folder.is_empty() { name.clone() } else { format!("{folder}/{name}") };
            if entry.file_type()?.is_dir() {
                if !matches!(name.as_str(), ".git" | "target" | "out" | "__pycache__") {
                    folders.push(path);
                }
            } else {
                paths.push(path);
            }
        }
    }
    Ok(paths)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn git_and_the_walk_both_find_this_file() -> Result<()> {
        let root = crate::root::root();
        let own = "xtask/src/tree.rs".to_owned();
        assert!(walked(&root)?.contains(&own));
        if let Some(paths) = listed_by_git(&root) {
            assert!(paths.contains(&own));
        }
        Ok(())
    }

    #[test]
    fn what_is_not_text_is_listed_without_text() -> Result<()> {
        let folder = tempfile::tempdir()?;
        std::fs::write(folder.path().join("image.bin"), [0xff_u8, 0xfe])?;
        let tree = Tree::read(folder.path())?;
        assert_eq!(tree.files.len(), 1);
        assert!(tree.files[0].text.is_none());
        Ok(())
    }
}
