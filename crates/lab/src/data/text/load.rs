//! From `text:PATH#…` to sentences.

use std::path::Path;

use super::{
    TextSet,
    parquet_rows::parquet_rows,
    rows::{CSV, Columns, Row, TSV, TextFormat, by_line, table},
};
use crate::data::{
    DataError, DataSpec, Kind,
    place::{file_name, not_found, read_file},
};

/// The share of lines that may be unusable.
const BAD_SHARE: f64 = 0.01;

/// Which lines of a file that has no test file beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lines {
    /// All but every tenth.
    Train,
    /// Every tenth.
    Test,
    /// All.
    All,
}

const SPLITS: [(&str, Lines); 3] = [("train", Lines::Train), ("test", Lines::Test), ("all", Lines::All)];
/// One line of so many is a test line.
const TEST_EVERY: usize = 10;

impl Lines {
    /// Whether a line (from 0) is one of these: it depends on its number alone, so no limit or class moves it.
    fn holds(self, line: usize) -> bool {
        let is_test = line % TEST_EVERY == TEST_EVERY - 1;
        match self {
            Self::Train => !is_test,
            Self::Test => is_test,
            Self::All => true,
        }
    }
}

/// Whether what was typed for DATA asks for sentences.
#[must_use]
pub fn is_text(typed: &str) -> bool {
    typed.parse::<DataSpec>().is_ok_and(|spec| Kind::from_name(&spec.kind) == Some(Kind::Text))
}

/// Reads sentences.
///
/// ```
/// use transferscope_lab::data::text::load_text;
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("reviews.txt");
/// std::fs::write(&path, "1 a fine film\n0 dull\n")?;
/// let reviews = load_text(&format!("text:{}", path.display()))?;
/// assert_eq!((reviews.len(), reviews.class_names()), (2, ["0".to_owned(), "1".to_owned()].as_slice()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// A usage error for what was typed; else where the file is missing, has no usable line, or more unusable ones than `bad`
/// allows.
pub fn load_text(typed: &str) -> Result<TextSet, DataError> {
    let spec: DataSpec = typed.parse()?;
    let info = Kind::Text.info();
    if Kind::from_name(&spec.kind) != Some(Kind::Text) {
        return Err(DataError::NotText { kind: spec.kind.clone() });
    }
    spec.check_settings(&info)?;
    let missing =
        || DataError::MissingPath { kind: spec.kind.clone(), expected: info.path.unwrap_or_default().to_owned() };
    let path = Path::new(spec.path.as_deref().ok_or_else(missing)?);
    let format = [
        ("lines", TextFormat::Lines),
        ("tsv", TextFormat::Tsv),
        ("csv", TextFormat::Csv),
        ("parquet", TextFormat::Parquet),
    ];
    let format = spec.one_of("format", &format)?.unwrap_or_else(|| by_name(path));
    let columns = Columns {
        label: spec.setting("label").map(str::to_owned),
        text: spec.setting("text").map_or_else(Vec::new, |names| names.split(',').map(str::to_owned).collect()),
    };
    let named = ["label", "text"].into_iter().find(|&key| spec.setting(key).is_some());
    if let (TextFormat::Lines, Some(key)) = (format, named) {
        return Err(spec.impossible(
            key,
            "columns, which lines of LABEL text do not have; add format=csv, format=tsv or format=parquet",
        ));
    }
    let split = spec.one_of("split", &SPLITS)?.unwrap_or(Lines::All);
    let allowed = allowed_share(&spec)?;
    let (classes, limit) = (spec.classes()?, spec.limit()?);
    if !path.is_file() {
        return Err(not_found(path, "a file of sentences with labels"));
    }
    let place = path.display().to_string();
    let (found, bad) = match format {
        TextFormat::Lines => by_line(&read_file(path)?),
        TextFormat::Tsv => table(&place, &read_file(path)?, TSV, &columns)?,
        TextFormat::Csv => table(&place, &read_file(path)?, CSV, &columns)?,
        TextFormat::Parquet => parquet_rows(path, &columns)?,
    };
    let lines = found.len() + bad.count;
    #[expect(clippy::cast_precision_loss, reason = "counts of lines are small")]
    let too_many = bad.count as f64 > allowed * lines as f64;
    if too_many {
        let (allowed, named) = (allowed * 100.0, bad.named());
        return Err(DataError::BadLines { file: place, bad: bad.count, lines, allowed, named });
    }
    let found: Vec<Row> = found.into_iter().filter(|row| split.holds(row.line)).collect();
    let ids = found.iter().map(|row| row.line as u64).collect();
    let (labels, texts): (Vec<String>, Vec<String>) = found.into_iter().map(|row| (row.label, row.text)).unzip();
    TextSet::with_ids(&format!("text {}", file_name(path)), texts, &labels, ids, bad)?.chosen(&classes, limit)
}

fn by_name(path: &Path) -> TextFormat {
    match path.extension().and_then(|end| end.to_str()) {
        Some("csv") => TextFormat::Csv,
        Some("tsv") => TextFormat::Tsv,
        Some("parquet") => TextFormat::Parquet,
        _ => TextFormat::Lines,
    }
}

fn allowed_share(spec: &DataSpec) -> Result<f64, DataError> {
    let Some(text) = spec.setting("bad") else { return Ok(BAD_SHARE) };
    let share = match text.strip_suffix('%') {
        Some(percent) => percent.parse::<f64>().map(|percent| percent / 100.0),
        None => text.parse(),
    };
    share
        .ok()
        .filter(|share| (0.0..1.0).contains(share))
        .ok_or_else(|| spec.impossible("bad", "a share from 0 to below 1, or a percentage"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(name: &str, content: &[u8], settings: &str) -> String {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let path = folder.path().join(name);
        std::fs::write(&path, content).expect("it can be written");
        load_text(&format!("text:{}{settings}", path.display())).expect_err("it cannot be used").to_string()
    }

    #[test]
    fn every_refusal_says_what_would_have_been_right() {
        assert!(refusal("a.txt", b"", "").contains("expected lines of a label and a text"));
        let bad = refusal("a.txt", b"0 fine\n1\n", "");
        assert!(bad.contains("1 of 2 lines") && bad.contains("line 2") && bad.contains("bad="), "{bad}");
        assert!(refusal("a.txt", b"0 fine\n", "#label=class").contains("format=csv"));
        assert!(refusal("a.txt", b"0 fine\n", "#split=dev").contains("train"));
        assert!(refusal("a.txt", b"0 fine\n", "#size=8").contains("no setting `size`"));
        assert!(refusal("a.txt", b"0 fine\n", "#bad=2").contains("bad=2"));
        assert!(refusal("a.txt", b"0 fine\n", "#classes=1").contains("no class `1`"));
        assert!(load_text("digits").is_err_and(|error| error.to_string().contains("text:PATH")));
        assert!(load_text("text:nowhere.txt").is_err_and(|error| !error.is_usage()));
    }

    #[test]
    fn limits_classes_and_the_allowed_share_arrive() {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let path = folder.path().join("a.tsv");
        std::fs::write(&path, "2\tc\n0\ta\n\n1\tb\n0\td\n").expect("it can be written");
        let load = |settings: &str| load_text(&format!("text:{}#{settings}", path.display())).expect("it is read");
        let two = load("classes=0,1&limit=2&bad=50%");
        assert_eq!(two.texts(), ["a", "b"]);
        // Blank lines of a table are no rows, so they are none that is bad.
        assert_eq!((two.ids(), two.bad().count), ([1_u64, 3].as_slice(), 0));
        assert_eq!(load("limit=3&seed=1").labels().iter().max(), Some(&2));
        let lines: String = (0..20).map(|line| format!("{}\tw{line}\n", line % 2)).collect();
        std::fs::write(&path, lines).expect("it can be written");
        assert_eq!(load("split=test").ids(), [9, 19]);
        let (train, all) = (load("split=train"), load("split=all"));
        assert_eq!((train.len(), all.len()), (18, 20));
        assert!(!train.ids().contains(&9));
    }
}
