//! From the bytes of a file to rows of label and text.

use serde::{Deserialize, Serialize};

use super::BadLines;
use crate::data::DataError;

/// How a text file is laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TextFormat {
    /// `LABEL text`: what stands before the first blank or tab is the label; further tabs are blanks.
    Lines,
    /// Columns apart by tabs, without quoting.
    Tsv,
    /// Columns apart by commas, quoted where needed.
    Csv,
    /// Columns of a Parquet file.
    Parquet,
}

/// Which columns a table's labels and texts stand in, as typed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Columns {
    /// The label's; the first by default.
    pub label: Option<String>,
    /// The text's; all others by default, joined by blanks.
    pub text: Vec<String>,
}

impl Columns {
    /// Whether the first line names the columns: where one was asked for by name.
    fn are_named(&self) -> bool {
        self.label.iter().chain(&self.text).any(|column| column.parse::<usize>().is_err())
    }
}

/// A line that can be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Row {
    /// Which line, from 0.
    pub line: usize,
    /// What stands for the label.
    pub label: String,
    /// The text, its runs of blanks made one.
    pub text: String,
}

/// What is between columns, and whether quotes hold them together.
pub(super) type Separated = (u8, bool);
/// Columns apart by tabs.
pub(super) const TSV: Separated = (b'\t', false);
/// Columns apart by commas.
pub(super) const CSV: Separated = (b',', true);

/// The rows of lines of label and text, and the other lines.
pub(super) fn by_line(bytes: &[u8]) -> (Vec<Row>, BadLines) {
    let (mut found, mut bad) = (Vec::new(), BadLines::default());
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let bytes = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    for (line, bytes) in bytes.split(|&byte| byte == b'\n').enumerate().filter(|_| !bytes.is_empty()) {
        let Ok(whole) = std::str::from_utf8(bytes) else {
            bad.add(line + 1, "it is not UTF-8");
            continue;
        };
        let (label, text) = whole.trim_end().split_once([' ', '\t']).unwrap_or((whole.trim_end(), ""));
        keep(&mut found, &mut bad, line, label, text);
    }
    (found, bad)
}

/// Keeps a row that has a label and a text; counts it otherwise.
pub(super) fn keep(found: &mut Vec<Row>, bad: &mut BadLines, line: usize, label: &str, text: &str) {
    let label = label.trim();
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match (label.is_empty(), text.is_empty()) {
        (true, true) => bad.add(line + 1, "it is empty"),
        (true, false) => bad.add(line + 1, "it has no label"),
        (false, true) => bad.add(line + 1, "it has no text behind its label"),
        (false, false) => found.push(Row { line, label: label.to_owned(), text }),
    }
}

/// The rows of a table, and its other lines.
pub(super) fn table(
    file: &str,
    bytes: &[u8],
    (delimiter, quoting): Separated,
    columns: &Columns,
) -> Result<(Vec<Row>, BadLines), DataError> {
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .quoting(quoting)
        .flexible(true)
        .has_headers(columns.are_named())
        .from_reader(bytes);
    let refused = |error: csv::Error| DataError::format(file, "table", error.to_string());
    let names: Vec<String> = match columns.are_named() {
        true => reader.headers().map_err(refused)?.iter().map(|name| name.trim().to_owned()).collect(),
        false => Vec::new(),
    };
    let place = |column: &str| -> Result<usize, DataError> {
        if let Some(place) = names.iter().position(|name| name == column) {
            return Ok(place);
        }
        column.parse().map_err(|_| {
            DataError::format(
                file,
                "table",
                format!("it has no column '{column}'; its columns are {}", names.join(", ")),
            )
        })
    };
    let label = columns.label.as_deref().map_or(Ok(0), place)?;
    let texts = columns.text.iter().map(|column| place(column)).collect::<Result<Vec<_>, _>>()?;
    let (mut found, mut bad) = (Vec::new(), BadLines::default());
    for record in reader.into_byte_records() {
        let record = record.map_err(refused)?;
        let line = record.position().map_or(0, |position| line_of(bytes, position));
        let Ok(record) = csv::StringRecord::from_byte_record(record) else {
            bad.add(line + 1, "it is not UTF-8");
            continue;
        };
        let wanted: Vec<usize> = match texts.is_empty() {
            true => (0..record.len()).filter(|&column| column != label).collect(),
            false => texts.clone(),
        };
        match wanted.iter().chain([&label]).find(|&&column| column >= record.len()) {
            Some(column) => bad.add(line + 1, format!("it has {} columns, none at place {column}", record.len())),
            None => {
                let text = wanted.iter().map(|&column| &record[column]).collect::<Vec<_>>().join(" ");
                keep(&mut found, &mut bad, line, &record[label], &text);
            }
        }
    }
    Ok((found, bad))
}

/// The line of a record, from 0. The reader's position is that of the blank lines before it, where there are some.
fn line_of(bytes: &[u8], position: &csv::Position) -> usize {
    let from = bytes.get(position.byte() as usize..).unwrap_or_default();
    let blank = from.iter().take_while(|byte| matches!(byte, b'\n' | b'\r')).filter(|&&byte| byte == b'\n').count();
    (position.line() as usize).saturating_sub(1) + blank
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs((rows, bad): (Vec<Row>, BadLines)) -> (Vec<(String, String)>, BadLines) {
        (rows.into_iter().map(|row| (row.label, row.text)).collect(), bad)
    }

    fn read(bytes: &[u8], separated: Separated, columns: &Columns) -> (Vec<(String, String)>, BadLines) {
        pairs(table("file", bytes, separated, columns).expect("the table is one"))
    }

    fn pair(label: &str, text: &str) -> (String, String) {
        (label.to_owned(), text.to_owned())
    }

    #[test]
    fn lines_are_split_at_the_first_blank_and_bad_ones_are_named() {
        let bytes = b"1 a fine  film\n0\n\n7\tpremise\thypothesis\n no label\n0 caf\xff\n0 end";
        let (found, bad) = pairs(by_line(bytes));
        assert_eq!(found, [pair("1", "a fine film"), pair("7", "premise hypothesis"), pair("0", "end")]);
        assert_eq!(bad.first.iter().map(|bad| bad.line).collect::<Vec<_>>(), [2, 3, 5, 6]);
        assert!(bad.named().contains("line 2: it has no text behind its label"));
    }

    #[test]
    fn tables_go_by_columns_and_quotes() {
        let csv = b"text,label\n\"good, really\",pos\nbad,neg\nshort\n";
        let columns = Columns { label: Some("label".to_owned()), text: vec!["text".to_owned()] };
        let (found, bad) = read(csv, CSV, &columns);
        assert_eq!(found, [pair("pos", "good, really"), pair("neg", "bad")]);
        assert_eq!((bad.count, bad.first[0].line), (1, 4));
        // Blank lines are no rows, and those behind them keep the numbers that editors show.
        let (_, bad) = read(b"text,label\n\n\r\nshort\n", CSV, &columns);
        assert_eq!((bad.count, bad.first[0].line), (1, 4));
        let (found, _) = read(b"1\tsaid \"so\"\tthen\n", TSV, &Columns::default());
        assert_eq!(found, [pair("1", "said \"so\" then")]);
        let wrong = Columns { label: Some("class".to_owned()), text: Vec::new() };
        let error = table("file", csv, CSV, &wrong).expect_err("there is no such column");
        assert!(error.to_string().contains("its columns are text, label"), "{error}");
    }
}
