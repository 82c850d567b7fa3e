//! What does not fit between a weight file and an architecture.

use std::{fmt, path::PathBuf};

/// How many names of each kind are shown; the totals are always told.
const SHOWN: usize = 10;

/// A weight of another shape than the architecture's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misshaped {
    /// Its name.
    pub name: String,
    /// The architecture's shape.
    pub expected: Vec<usize>,
    /// The file's shape.
    pub found: Vec<usize>,
}

/// The names and shapes of a weight file that are not an architecture's; all lists are sorted by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch {
    /// The file.
    pub path: PathBuf,
    /// The architecture that was asked for.
    pub architecture: String,
    /// How many weights the architecture has.
    pub expected: usize,
    /// How many weights the file has.
    pub found: usize,
    /// Weights of the architecture that the file does not have.
    pub missing: Vec<String>,
    /// Weights of the file that the architecture does not have.
    pub unexpected: Vec<String>,
    /// Weights that both have, in different shapes.
    pub misshaped: Vec<Misshaped>,
    /// What the file looks like instead.
    pub hint: Option<String>,
}

impl std::error::Error for Mismatch {}

impl fmt::Display for Mismatch {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            out,
            "'{}' does not hold the weights of {}: it has {} weights, the architecture {}",
            self.path.display(),
            self.architecture,
            self.found,
            self.expected
        )?;
        names(out, "missing from the file", &self.missing)?;
        names(out, "not of the architecture", &self.unexpected)?;
        let shapes: Vec<String> = self
            .misshaped
            .iter()
            .map(|weight| format!("{} (file {:?}, architecture {:?})", weight.name, weight.found, weight.expected))
            .collect();
        names(out, "of another shape", &shapes)?;
        match &self.hint {
            Some(hint) => write!(out, "\n  {hint}"),
            None => Ok(()),
        }
    }
}

fn names(out: &mut fmt::Formatter<'_>, what: &str, names: &[String]) -> fmt::Result {
    if names.is_empty() {
        return Ok(());
    }
    write!(out, "\n  {} {what}: {}", names.len(), names[..names.len().min(SHOWN)].join(", "))?;
    match names.len().saturating_sub(SHOWN) {
        0 => Ok(()),
        more => write!(out, ", and {more} more"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lists_are_cut_and_counted() {
        let mismatch = Mismatch {
            path: "w.pt".into(),
            architecture: "lenet".to_owned(),
            expected: 10,
            found: 13,
            missing: vec!["conv1.weight".to_owned()],
            unexpected: (10..23).map(|index| format!("x{index}")).collect(),
            misshaped: vec![Misshaped { name: "fc3.bias".to_owned(), expected: vec![10], found: vec![7] }],
            hint: Some("Try again.".to_owned()),
        };
        assert_eq!(
            mismatch.to_string(),
            "'w.pt' does not hold the weights of lenet: it has 13 weights, the architecture 10\
             \n  1 missing from the file: conv1.weight\
             \n  13 not of the architecture: x10, x11, x12, x13, x14, x15, x16, x17, x18, x19, and 3 more\
             \n  1 of another shape: fc3.bias (file [7], architecture [10])\
             \n  Try again."
        );
    }
}
