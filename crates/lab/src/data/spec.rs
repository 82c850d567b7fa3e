//! What was typed for DATA: `KIND:PATH#key=value&…`, taken apart but not yet understood.

use std::fmt;
use std::str::FromStr;

use crate::data::DataError;

/// A description of data as typed: a kind, a path, and settings in the order they were given.
///
/// The first colon ends the kind (so a Windows path keeps its own), the last `#` starts the settings (so a path that contains
/// `#` must end in one). [`DataSpec::check`](crate::data::DataSpec::check) makes sense of it; nothing is looked up here.
///
/// ```
/// use transferscope_lab::data::DataSpec;
///
/// let spec: DataSpec = "cifar10:data/cifar#split=test&limit=512".parse()?;
/// assert_eq!((spec.kind.as_str(), spec.path.as_deref()), ("cifar10", Some("data/cifar")));
/// assert_eq!(spec.settings[1], ("limit".to_owned(), "512".to_owned()));
/// assert_eq!(spec.to_string(), "cifar10:data/cifar#split=test&limit=512");
/// # Ok::<(), transferscope_lab::data::DataError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataSpec {
    /// What stands before the first colon.
    pub kind: String,
    /// What stands between the colon and the last `#`; `None` where nothing does.
    pub path: Option<String>,
    /// The settings.
    pub settings: Vec<(String, String)>,
}

impl FromStr for DataSpec {
    type Err = DataError;

    fn from_str(text: &str) -> Result<Self, DataError> {
        let (place, settings) = text.rsplit_once('#').unwrap_or((text, ""));
        let (kind, path) = match place.split_once(':') {
            Some((kind, path)) => (kind, Some(path.to_owned()).filter(|path| !path.is_empty())),
            None => (place, None),
        };
        let settings = settings
            .split('&')
            .filter(|_| !settings.is_empty())
            .map(|setting| match setting.split_once('=') {
                Some((key, value)) if !key.is_empty() && !value.is_empty() => Ok((key.to_owned(), value.to_owned())),
                _ => Err(DataError::MalformedSetting { found: setting.to_owned() }),
            })
            .collect::<Result<_, _>>()?;
        Ok(Self { kind: kind.to_owned(), path, settings })
    }
}

impl fmt::Display for DataSpec {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.kind)?;
        if let Some(path) = &self.path {
            write!(formatter, ":{path}")?;
            if path.contains('#') && self.settings.is_empty() {
                write!(formatter, "#")?;
            }
        }
        for (place, (key, value)) in self.settings.iter().enumerate() {
            write!(formatter, "{}{key}={value}", if place == 0 { '#' } else { '&' })?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed step fails the test")]
    use super::*;

    #[test]
    fn colons_and_hashes_in_paths_stay_in_paths() {
        for (text, kind, path) in [
            (r"folder:C:\data\set#size=32", "folder", Some(r"C:\data\set")),
            ("npz:a#b.npz#", "npz", Some("a#b.npz")),
            ("digits", "digits", None),
            ("digits:", "digits", None),
            ("digits#split=test", "digits", None),
        ] {
            let spec: DataSpec = text.parse().unwrap();
            assert_eq!((spec.kind.as_str(), spec.path.as_deref()), (kind, path), "{text}");
            assert_eq!(spec.to_string().parse::<DataSpec>().unwrap(), spec);
        }
    }

    #[test]
    fn settings_without_key_or_value_are_refused() {
        for text in ["digits#split", "digits#=x", "digits#split=", "digits#split=test&", "digits#a=1&&b=2"] {
            assert!(matches!(text.parse::<DataSpec>(), Err(DataError::MalformedSetting { .. })), "{text}");
        }
    }
}
