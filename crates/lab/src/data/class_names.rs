//! The names of classes: one a line in a text file, or the labels themselves as text.

use std::path::Path;

use crate::data::DataError;

/// More than any label set; a larger file is something else.
const MOST_BYTES: u64 = 1 << 20;

/// The names in the first of `files` that exists in `folder`, if any does.
pub(crate) fn read_first(folder: &Path, files: &[&str]) -> Result<Option<Vec<String>>, DataError> {
    for file in files {
        let path = folder.join(file);
        if !path.is_file() {
            continue;
        }
        let place = path.display().to_string();
        let bytes = std::fs::metadata(&path).map_err(|error| DataError::io("read", &path, error))?.len();
        if bytes > MOST_BYTES {
            return Err(DataError::format(
                &place,
                "class names",
                format!("expected one name a line, found {bytes} bytes"),
            ));
        }
        let bytes = std::fs::read(&path).map_err(|error| DataError::io("read", &path, error))?;
        return parse(&place, &bytes).map(Some);
    }
    Ok(None)
}

/// Names from text: one a line, blank lines ignored, each only once.
pub(crate) fn parse(place: &str, bytes: &[u8]) -> Result<Vec<String>, DataError> {
    let text =
        std::str::from_utf8(bytes).map_err(|_| DataError::format(place, "class names", "expected UTF-8 text"))?;
    let names: Vec<String> = text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect();
    let mut sorted: Vec<&String> = names.iter().collect();
    sorted.sort();
    if let Some(twice) = sorted.windows(2).find(|pair| pair[0] == pair[1]) {
        return Err(DataError::format(
            place,
            "class names",
            format!("expected different names, found `{}` twice", twice[0]),
        ));
    }
    if names.is_empty() {
        return Err(DataError::format(place, "class names", "expected one name a line, found none"));
    }
    Ok(names)
}

/// The labels below `count` as names: "0", "1", …
pub(crate) fn numbers(count: usize) -> Vec<String> {
    (0..count).map(|label| label.to_string()).collect()
}

/// Names that stand in a program text, owned.
pub(crate) fn owned(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed step fails the test")]
    use super::*;

    #[test]
    fn names_are_lines_without_blanks_and_never_twice() {
        assert_eq!(parse("f", b"cat\r\n dog \n\n").unwrap(), vec!["cat", "dog"]);
        assert!(parse("f", b"cat\ndog\ncat\n").unwrap_err().to_string().contains("`cat` twice"));
        assert!(parse("f", b"\n\n").is_err());
        assert!(parse("f", &[0xff, 0xfe]).is_err());
    }
}
