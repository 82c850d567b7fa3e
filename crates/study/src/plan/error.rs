//! Why a study is refused: where the mistake stands, what was expected, what to do.

use std::fmt;

/// A mistake at a key of the study, before its place in the file is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The key, such as `source.networks.lenet.classes`.
    pub key: String,
    /// What was expected, what was found, what to do.
    pub message: String,
}

impl Problem {
    /// A mistake at a key.
    #[must_use]
    pub fn at(key: impl Into<String>, message: impl fmt::Display) -> Self {
        Self { key: key.into(), message: message.to_string() }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "`{}`: {}", self.key, self.message)
    }
}

/// Why a study is refused.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
pub enum PlanError {
    /// A place in the file.
    #[error("{file}:{line}:{column}: {message}{}", snippet(text, *line, *column))]
    InFile {
        /// The file.
        file: String,
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
        /// What is wrong.
        message: String,
        /// The line itself.
        text: String,
    },
    /// A value that did not come from the file.
    #[error("{origin}: {message}")]
    Elsewhere {
        /// `--set a.b=c`, or the file where the key is missing.
        origin: String,
        /// What is wrong.
        message: String,
    },
}

/// The line with a mark under the column.
fn snippet(text: &str, line: usize, column: usize) -> String {
    let number = line.to_string();
    let mark = " ".repeat(column.saturating_sub(1));
    format!("\n  {number} | {text}\n  {} | {mark}^", " ".repeat(number.len()))
}

/// ` (did you mean `x`?)` where one of the known words looks like what was found.
#[must_use]
pub(crate) fn did_you_mean<'a>(found: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    /// Jaro and Winkler's likeness favours equal beginnings; below this two words have little in common.
    const ALIKE: f64 = 0.7;
    let lower = found.to_lowercase();
    known
        .into_iter()
        .map(|word| (strsim::jaro_winkler(&lower, &word.to_lowercase()), word))
        .filter(|(likeness, _)| *likeness >= ALIKE)
        .max_by(|one, two| one.0.total_cmp(&two.0))
        .map(|(_, word)| format!(" (did you mean `{word}`?)"))
        .unwrap_or_default()
}

/// A word that is none of those there are.
#[must_use]
pub(crate) fn unknown_word(found: &str, known: &[&str]) -> String {
    let list: Vec<String> = known.iter().map(|word| format!("`{word}`")).collect();
    format!("expected one of {}, found `{found}`{}", list.join(", "), did_you_mean(found, known.iter().copied()))
}
