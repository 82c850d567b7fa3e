//! Everything that can be wrong with data, each with a sentence that says what was expected, found and to be done.

use std::path::Path;

/// Why data could not be read, chosen or written.
///
/// [`DataError::is_usage`] tells what was typed wrongly (exit code 2) from what is wrong with the data (exit code 3).
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DataError {
    /// The kind before the colon is none that exists.
    #[error("unknown kind of data `{found}`: expected one of {}{}; data is written KIND:PATH#key=value&…", known.join(", "), did_you_mean(nearest.as_deref()))]
    UnknownKind {
        /// What was typed.
        found: String,
        /// Every kind there is.
        known: Vec<String>,
        /// The kind that looks most like it.
        nearest: Option<String>,
    },
    /// Sentences where images are read.
    #[error(
        "`{kind}` data are sentences, not images, and this command reads images; `transferscope text` has train, measure and \
         attack for sentences"
    )]
    NotImages {
        /// The kind asked for.
        kind: String,
    },
    /// Images where sentences are read.
    #[error("`{kind}` data are images, and this command reads sentences: write text:PATH#key=value&…")]
    NotText {
        /// The kind asked for.
        kind: String,
    },
    /// No text there, or none left.
    #[error("{place} holds no usable text: {expected}")]
    NoText {
        /// The set or file.
        place: String,
        /// What should have been there.
        expected: String,
    },
    /// More unusable lines than are allowed.
    #[error(
        "`{file}`: {bad} of {lines} lines cannot be used, more than the {allowed} % that are allowed ({named}); mend the \
         file, or allow more with bad=SHARE"
    )]
    BadLines {
        /// The file.
        file: String,
        /// Lines that cannot be used.
        bad: usize,
        /// Lines in all.
        lines: usize,
        /// Percent that are allowed.
        allowed: f64,
        /// The first few.
        named: String,
    },
    /// The kind needs a path and none was typed.
    #[error("`{kind}` needs a path: write {kind}:PATH, where PATH is {expected}")]
    MissingPath {
        /// The kind asked for.
        kind: String,
        /// What the path must lead to.
        expected: String,
    },
    /// The kind takes no path and one was typed.
    #[error("`{kind}` is embedded and takes no path, but `{found}` was given: write {kind} or {kind}#key=value")]
    UnexpectedPath {
        /// The kind asked for.
        kind: String,
        /// The path that was typed.
        found: String,
    },
    /// A setting is not of the form key=value.
    #[error(
        "`{found}` is no setting: expected key=value, several joined by `&` (a path that contains `#` must end in `#`)"
    )]
    MalformedSetting {
        /// What was typed.
        found: String,
    },
    /// A setting that this kind of data does not have.
    #[error("`{kind}` has no setting `{key}`: its settings are {}{}", valid.join(", "), did_you_mean(nearest.as_deref()))]
    UnknownSetting {
        /// The kind asked for.
        kind: String,
        /// The setting that was typed.
        key: String,
        /// The settings of this kind.
        valid: Vec<String>,
        /// The setting that looks most like it.
        nearest: Option<String>,
    },
    /// The same setting twice.
    #[error("setting `{key}` is given twice: give it once")]
    RepeatedSetting {
        /// The setting that was typed twice.
        key: String,
    },
    /// A setting with a value it cannot have.
    #[error("`{key}={value}` is not possible: expected {expected}")]
    BadSetting {
        /// The setting.
        key: String,
        /// Its value as typed.
        value: String,
        /// What the value must be.
        expected: String,
    },
    /// A split that this data does not have.
    #[error("`{place}` has no split `{found}`: {expected}")]
    UnknownSplit {
        /// The kind or the path of the data.
        place: String,
        /// The split that was asked for.
        found: String,
        /// Which splits there are.
        expected: String,
    },
    /// A class name that the set does not have.
    #[error("{set} has no class `{found}`{}; its classes are {}", did_you_mean(nearest.as_deref()), known.join(", "))]
    UnknownClass {
        /// The name of the set.
        set: String,
        /// The class that was asked for.
        found: String,
        /// The classes of the set, in label order.
        known: Vec<String>,
        /// The class that looks most like it.
        nearest: Option<String>,
    },
    /// Something that needs labels was asked of a set without any.
    #[error("{set} has no labels, so {wanted} is not possible")]
    NoLabels {
        /// The name of the set.
        set: String,
        /// What was asked.
        wanted: String,
    },
    /// Nothing there, or nothing left.
    #[error("{place} holds no images: {expected}")]
    Empty {
        /// The set, file or folder.
        place: String,
        /// What should have been there.
        expected: String,
    },
    /// A file or folder that is not there.
    #[error("nothing to read at `{path}`: expected {expected}{found}")]
    NotFound {
        /// The path that was tried.
        path: String,
        /// What should have been there.
        expected: String,
        /// What is there instead; empty, or a clause that starts with a separator.
        found: String,
    },
    /// The system refused to read or write.
    #[error("cannot {action} `{path}`: {source}")]
    Io {
        /// "read", "write", …
        action: &'static str,
        /// The path.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file of fixed-size records whose size is no multiple of theirs.
    #[error(
        "`{file}` holds {found_bytes} bytes, expected a multiple of {record_bytes} ({record}): that is {} records and {} bytes over, so the file is truncated or something was added; fetch or write it again",
        found_bytes / record_bytes, found_bytes % record_bytes
    )]
    RecordSize {
        /// The file.
        file: String,
        /// What one record is made of.
        record: String,
        /// Bytes of one record.
        record_bytes: u64,
        /// Bytes of the file.
        found_bytes: u64,
    },
    /// A file whose size is not what its header or its companion says.
    #[error(
        "`{file}` should hold {expected_bytes} bytes ({reason}), but holds {found_bytes}: it is truncated, oversized or does not belong here"
    )]
    FileSize {
        /// The file.
        file: String,
        /// What the size follows from.
        reason: String,
        /// Bytes expected.
        expected_bytes: u64,
        /// Bytes found (for a compressed file: at most possible, or seen before the end).
        found_bytes: u64,
    },
    /// A label outside the classes of the set.
    #[error("record {record} of `{file}` has label {found}, expected {expected}")]
    Label {
        /// The file.
        file: String,
        /// Index of the record in the file, from 0.
        record: usize,
        /// The label found.
        found: i64,
        /// The labels that are possible.
        expected: String,
    },
    /// A value that no pixel can have.
    #[error(
        "image {image} of {place} has the value {found}, expected numbers in [0, 1]; if the pixels are 0 to 255, store them as uint8"
    )]
    PixelValue {
        /// The file or set.
        place: String,
        /// Index of the image, from 0.
        image: usize,
        /// The value found, as text, since it may be NaN.
        found: String,
    },
    /// Content that does not follow its format.
    #[error("`{file}` is not readable as {format}: {problem}")]
    Format {
        /// The file.
        file: String,
        /// The format expected.
        format: &'static str,
        /// What was expected and found.
        problem: String,
    },
    /// An array name that the npz does not have.
    #[error("`{file}` has no array `{name}`{}: it holds {}", did_you_mean(nearest.as_deref()), if known.is_empty() { "no arrays".to_owned() } else { known.join(", ") })]
    NoArray {
        /// The file.
        file: String,
        /// The array that was asked for.
        name: String,
        /// The arrays it holds.
        known: Vec<String>,
        /// The array whose name looks most like it.
        nearest: Option<String>,
    },
    /// Images of different sizes with no size asked for.
    #[error(
        "`{file}` is {found_height}x{found_width} (height x width), the first image is {expected_height}x{expected_width}: give size=S or size=HxW to bring all images to one size"
    )]
    UnequalImages {
        /// The image that differs.
        file: String,
        /// Height of the first image.
        expected_height: usize,
        /// Width of the first image.
        expected_width: usize,
        /// Height of this image.
        found_height: usize,
        /// Width of this image.
        found_width: usize,
    },
    /// Parts of a set that do not fit together.
    #[error("{place} does not fit together: expected {expected}, found {found}")]
    Inconsistent {
        /// The set, array or file.
        place: String,
        /// What was expected.
        expected: String,
        /// What was found.
        found: String,
    },
    /// An image index past the end.
    #[error("image {index} of {set} was asked for, which has {count} images (0 to {count} exclusive)")]
    Index {
        /// The set.
        set: String,
        /// The index asked for.
        index: usize,
        /// The number of images.
        count: usize,
    },
}

impl DataError {
    /// Whether what was typed is at fault, before any data was looked at (a usage error), and not the data.
    pub fn is_usage(&self) -> bool {
        matches!(
            self,
            Self::UnknownKind { .. }
                | Self::NotImages { .. }
                | Self::NotText { .. }
                | Self::MissingPath { .. }
                | Self::UnexpectedPath { .. }
                | Self::MalformedSetting { .. }
                | Self::UnknownSetting { .. }
                | Self::RepeatedSetting { .. }
                | Self::BadSetting { .. }
        )
    }

    pub(crate) fn io(action: &'static str, path: &Path, source: std::io::Error) -> Self {
        Self::Io { action, path: path.display().to_string(), source }
    }

    pub(crate) fn format(file: &str, format: &'static str, problem: impl Into<String>) -> Self {
        Self::Format { file: file.to_owned(), format, problem: problem.into() }
    }
}

fn did_you_mean(nearest: Option<&str>) -> String {
    nearest.map(|word| format!(" (did you mean `{word}`?)")).unwrap_or_default()
}

/// The word of `known` that looks most like `found`, if any looks alike at all.
pub(crate) fn nearest<'a>(found: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    // Jaro-Winkler favours equal beginnings, as typing slips leave them; below 0.7 two words have little in common.
    const ALIKE: f64 = 0.7;
    let found = found.to_lowercase();
    known
        .into_iter()
        .map(|word| (strsim::jaro_winkler(&found, &word.to_lowercase()), word))
        .filter(|(likeness, _)| *likeness >= ALIKE)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, word)| word.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_word_is_the_misspelt_one_and_nothing_when_nothing_is_like_it() {
        assert_eq!(nearest("aeroplane", ["airplane", "bird", "car"]).as_deref(), Some("airplane"));
        assert_eq!(nearest("Cat", ["bird", "cat", "car"]).as_deref(), Some("cat"));
        assert_eq!(nearest("zzz", ["bird", "cat"]), None);
    }

    #[test]
    fn a_record_size_error_counts_whole_records_and_the_bytes_over() {
        let error = DataError::RecordSize {
            file: "f.bin".into(),
            record: "1 label byte + 3072 pixel bytes".into(),
            record_bytes: 3073,
            found_bytes: 2 * 3073 + 5,
        };
        let text = error.to_string();
        assert!(
            text.contains("6151 bytes")
                && text.contains("multiple of 3073")
                && text.contains("2 records and 5 bytes over"),
            "{text}"
        );
        assert!(!error.is_usage());
    }
}
