//! How long each cell took: a log beside the records, the one file that differs between two runs of one seed.

use std::{io::Write, path::Path};

use serde::{Deserialize, Serialize};

const FILE: &str = "times.log";

/// One line of the log.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StepTime {
    /// The cell.
    pub cell: String,
    /// Seconds.
    pub seconds: f64,
}

/// The log.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Times {
    /// Its lines, oldest first.
    pub steps: Vec<StepTime>,
}

impl Times {
    /// Adds a line. A log that cannot be written costs the times and nothing else: the records are what counts.
    pub(super) fn add(folder: &Path, cell: &str, seconds: f64) {
        let file = std::fs::File::options().create(true).append(true).open(folder.join(FILE));
        if let Ok(mut file) = file {
            drop(writeln!(file, "{seconds:.2}\t{cell}"));
        }
    }

    /// Reads the log of a folder; lines that are none are passed over.
    #[must_use]
    pub fn read(folder: &Path) -> Self {
        let text = std::fs::read_to_string(folder.join(FILE)).unwrap_or_default();
        let line = |line: &str| {
            let (seconds, cell) = line.split_once('\t')?;
            Some(StepTime { cell: cell.to_owned(), seconds: seconds.parse().ok()? })
        };
        Self { steps: text.lines().filter_map(line).collect() }
    }

    /// Seconds by kind of cell (the first word of its name), in the order of their first line.
    #[must_use]
    pub fn by_kind(&self) -> Vec<(String, usize, f64)> {
        let mut kinds: Vec<(String, usize, f64)> = Vec::new();
        for step in &self.steps {
            let kind = step.cell.split('-').next().unwrap_or_default();
            match kinds.iter_mut().find(|(known, ..)| known == kind) {
                Some((_, count, seconds)) => {
                    *count += 1;
                    *seconds += step.seconds;
                }
                None => kinds.push((kind.to_owned(), 1, step.seconds)),
            }
        }
        kinds
    }
}
