//! Lines of a text file that could not be used: counted, the first few named.

use serde::{Deserialize, Serialize};

/// A line that could not be used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BadLine {
    /// Which, from 1, as editors count.
    pub line: usize,
    /// Why not.
    pub why: String,
}

/// All lines of a file that could not be used.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BadLines {
    /// How many.
    pub count: usize,
    /// The first few.
    pub first: Vec<BadLine>,
}

/// How many are named.
const NAMED: usize = 5;

impl BadLines {
    pub(super) fn add(&mut self, line: usize, why: impl Into<String>) {
        self.count += 1;
        if self.first.len() < NAMED {
            self.first.push(BadLine { line, why: why.into() });
        }
    }

    /// The named ones as a sentence part.
    #[must_use]
    pub fn named(&self) -> String {
        let named: Vec<String> = self.first.iter().map(|bad| format!("line {}: {}", bad.line, bad.why)).collect();
        let more = if self.count > named.len() { "; …" } else { "" };
        format!("{}{more}", named.join("; "))
    }
}
