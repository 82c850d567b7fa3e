//! The outcome table: what fine-tuning gave, and the candidates' accuracy on their own source tasks.

use std::path::Path;

use crate::exit::Failure;

/// What a table says of one candidate.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Known {
    /// What fine-tuning gave.
    pub outcome: Option<f64>,
    /// Accuracy on the source task.
    pub source_accuracy: Option<f64>,
}

/// Reads a CSV file whose first column names candidates (as typed, or by their short name), with a column `outcome`
/// and, optionally, `source_accuracy`. Returns one entry for each candidate.
///
/// # Errors
/// With exit code 3 where the file cannot be used or names no candidate.
pub fn outcomes(path: &Path, typed: &[String], names: &[String]) -> Result<Vec<Known>, Failure> {
    let shown = path.display();
    let bad = |message: String| Failure::bad_input(anyhow::anyhow!("'{shown}': {message}"));
    let mut reader = csv::Reader::from_path(path).map_err(|error| bad(format!("no CSV: {error}")))?;
    let header: Vec<String> = reader
        .headers()
        .map_err(|error| bad(format!("no CSV: {error}")))?
        .iter()
        .map(|name| name.trim().to_owned())
        .collect();
    let column = |name: &str| header.iter().skip(1).position(|column| column == name).map(|place| place + 1);
    let (outcome, source) = (column("outcome"), column("source_accuracy"));
    if outcome.is_none() && source.is_none() {
        return Err(bad(format!(
            "expected a column 'outcome' or 'source_accuracy' behind the names, found {}",
            header.join(", ")
        )));
    }
    let mut known = vec![Known::default(); typed.len()];
    let mut met = 0;
    for record in reader.records() {
        let record = record.map_err(|error| bad(format!("no CSV: {error}")))?;
        let name = record.get(0).unwrap_or_default().trim();
        let Some(place) = (0..typed.len()).find(|&place| typed[place] == name || names[place] == name) else {
            continue;
        };
        met += 1;
        let number = |column: Option<usize>| -> Result<Option<f64>, Failure> {
            let cell = column.and_then(|column| record.get(column)).unwrap_or_default().trim();
            match cell {
                "" | "-" | "NA" => Ok(None),
                _ => cell
                    .parse::<f64>()
                    .ok()
                    .filter(|value| value.is_finite())
                    .map(Some)
                    .ok_or_else(|| bad(format!("expected a number or an empty cell for '{name}', found '{cell}'"))),
            }
        };
        known[place] = Known { outcome: number(outcome)?, source_accuracy: number(source)? };
    }
    if met == 0 {
        return Err(bad(format!("its first column names none of the candidates {}", names.join(", "))));
    }
    Ok(known)
}
