//! What a typed description of data means: every setting checked for its kind, before any file is looked at.

use std::path::PathBuf;

use crate::data::catalogue::RecordReader;
use crate::data::cifar100::LabelLevel;
use crate::data::error::nearest;
use crate::data::npz::Layout;
use crate::data::resize::LARGEST_SIDE;
use crate::data::selection::{Limit, read_chosen};
use crate::data::{DataError, DataSpec, ImageSet, ImageSize, Kind, cifar10, cifar100, digits, folder, idx, npz, stl10};

/// A description of data that makes sense; only opening the files can still fail.
///
/// The steps are applied in the order split, classes, limit, size, whatever order they were typed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckedSpec {
    kind: Kind,
    path: PathBuf,
    split: Option<String>,
    classes: Vec<String>,
    limit: Limit,
    size: Option<ImageSize>,
    layout: Option<Layout>,
    labels: LabelLevel,
}

impl DataSpec {
    /// Makes sense of what was typed.
    ///
    /// # Errors
    /// A usage error for an unknown or unavailable kind, a missing or superfluous path, and a setting that the kind does not
    /// have, that is given twice, or whose value is not possible.
    pub fn check(&self) -> Result<CheckedSpec, DataError> {
        let kind = Kind::from_name(&self.kind).ok_or_else(|| DataError::UnknownKind {
            found: self.kind.clone(),
            known: Kind::ALL.iter().map(|kind| kind.name().to_owned()).collect(),
            nearest: nearest(&self.kind, Kind::ALL.iter().map(|kind| kind.name())),
        })?;
        let info = kind.info();
        if !info.available {
            return Err(DataError::NotAvailable { kind: self.kind.clone() });
        }
        let path = match (&self.path, info.path) {
            (Some(path), Some(_)) => PathBuf::from(path),
            (None, Some(expected)) => {
                return Err(DataError::MissingPath { kind: self.kind.clone(), expected: expected.to_owned() });
            }
            (Some(found), None) => {
                return Err(DataError::UnexpectedPath { kind: self.kind.clone(), found: found.clone() });
            }
            (None, None) => PathBuf::new(),
        };
        for (place, (key, _)) in self.settings.iter().enumerate() {
            let valid: Vec<&str> = info.settings.iter().map(|setting| setting.key).collect();
            if !valid.contains(&key.as_str()) {
                return Err(DataError::UnknownSetting {
                    kind: self.kind.clone(),
                    key: key.clone(),
                    nearest: nearest(key, valid.iter().copied()),
                    valid: valid.into_iter().map(str::to_owned).collect(),
                });
            }
            if self.settings[..place].iter().any(|(earlier, _)| earlier == key) {
                return Err(DataError::RepeatedSetting { key: key.clone() });
            }
        }
        let split = self.setting("split").map(str::to_owned);
        if let Some(found) = split.as_deref()
            && !info.splits.is_empty()
            && !info.splits.contains(&found)
            && !(kind == Kind::Stl10 && found == "extra")
        {
            return Err(DataError::UnknownSplit {
                place: self.kind.clone(),
                found: found.to_owned(),
                expected: format!("its splits are {}", info.splits.join(", ")),
            });
        }
        Ok(CheckedSpec {
            kind,
            path,
            split,
            classes: self.classes()?,
            limit: self.limit()?,
            size: self.size()?,
            layout: self.one_of(
                "layout",
                &[("channels-first", Layout::ChannelsFirst), ("channels-last", Layout::ChannelsLast)],
            )?,
            labels: self
                .one_of("labels", &[("fine", LabelLevel::Fine), ("coarse", LabelLevel::Coarse)])?
                .unwrap_or(LabelLevel::Fine),
        })
    }

    fn setting(&self, key: &str) -> Option<&str> {
        self.settings.iter().find(|(found, _)| found == key).map(|(_, value)| value.as_str())
    }

    fn impossible(&self, key: &str, expected: &str) -> DataError {
        DataError::BadSetting {
            key: key.to_owned(),
            value: self.setting(key).unwrap_or_default().to_owned(),
            expected: expected.to_owned(),
        }
    }

    fn classes(&self) -> Result<Vec<String>, DataError> {
        let Some(text) = self.setting("classes") else {
            return Ok(Vec::new());
        };
        let names: Vec<String> = text.split(',').map(|name| name.trim().to_owned()).collect();
        let repeated = names.iter().enumerate().any(|(place, name)| names[..place].contains(name));
        if repeated || names.iter().any(String::is_empty) {
            return Err(self.impossible("classes", "different class names joined by commas"));
        }
        Ok(names)
    }

    fn limit(&self) -> Result<Limit, DataError> {
        let count = match self.setting("limit") {
            None => None,
            Some(text) => Some(
                text.parse::<usize>()
                    .ok()
                    .filter(|count| *count > 0)
                    .ok_or_else(|| self.impossible("limit", "a whole number from 1"))?,
            ),
        };
        let seed = match self.setting("seed") {
            None => None,
            Some(text) => Some(text.parse::<u64>().map_err(|_| self.impossible("seed", "a whole number from 0"))?),
        };
        match (count, seed) {
            (None, None) => Ok(Limit::All),
            (Some(count), None) => Ok(Limit::First(count)),
            (Some(count), Some(seed)) => Ok(Limit::Stratified { count, seed }),
            (None, Some(_)) => {
                Err(self.impossible("seed", "a limit beside it (limit=N&seed=S draws N images at random)"))
            }
        }
    }

    fn size(&self) -> Result<Option<ImageSize>, DataError> {
        let Some(text) = self.setting("size") else {
            return Ok(None);
        };
        let (height, width) = text.split_once('x').unwrap_or((text, text));
        let side = |text: &str| text.parse::<usize>().ok().filter(|side| (1..=LARGEST_SIDE).contains(side));
        match (side(height), side(width)) {
            (Some(height), Some(width)) => Ok(Some(ImageSize { height, width })),
            _ => Err(self.impossible("size", &format!("S or HxW with sides from 1 to {LARGEST_SIDE}"))),
        }
    }

    fn one_of<T: Copy>(&self, key: &str, choices: &[(&str, T)]) -> Result<Option<T>, DataError> {
        let Some(text) = self.setting(key) else {
            return Ok(None);
        };
        let words: Vec<&str> = choices.iter().map(|(word, _)| *word).collect();
        choices
            .iter()
            .find(|(word, _)| *word == text)
            .map(|(_, value)| Some(*value))
            .ok_or_else(|| self.impossible(key, &words.join(" or ")))
    }
}

impl CheckedSpec {
    /// The kind of data.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The split that was asked for, if any.
    pub fn split(&self) -> Option<&str> {
        self.split.as_deref()
    }

    /// Opens the data and reads the images that were asked for.
    ///
    /// # Errors
    /// When files are missing or not what their format says, a class is unknown, or nothing is left.
    pub fn load(&self) -> Result<ImageSet, DataError> {
        let mut reader = self.open()?;
        read_chosen(&mut *reader, &self.classes, self.limit, self.size)
    }

    fn open(&self) -> Result<Box<dyn RecordReader>, DataError> {
        let split = self.split.as_deref();
        match self.kind {
            Kind::Digits => digits::open(split),
            Kind::Cifar10 => cifar10::open(&self.path, split),
            Kind::Cifar100 => cifar100::open(&self.path, split, self.labels),
            Kind::Stl10 => stl10::open(&self.path, split),
            Kind::Idx => idx::open(&self.path, split),
            Kind::Folder => folder::open(&self.path, split),
            Kind::Npz => npz::open(&self.path, self.layout),
            Kind::Text => Err(DataError::NotAvailable { kind: self.kind.name().to_owned() }),
        }
    }
}

/// Parses, checks and loads in one.
///
/// ```
/// let zeros_and_ones = transferscope_lab::data::load("digits#split=test&classes=0,1&limit=20&seed=1")?;
/// assert_eq!(zeros_and_ones.len(), 20);
/// assert_eq!(zeros_and_ones.class_counts(), Some(vec![10, 10]));
/// # Ok::<(), transferscope_lab::data::DataError>(())
/// ```
///
/// # Errors
/// As [`DataSpec::check`] and [`CheckedSpec::load`].
pub fn load(text: &str) -> Result<ImageSet, DataError> {
    text.parse::<DataSpec>()?.check()?.load()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed step fails the test")]
    use super::*;

    fn refusal(text: &str) -> String {
        let error = text.parse::<DataSpec>().unwrap().check().unwrap_err();
        assert!(error.is_usage() || matches!(error, DataError::UnknownSplit { .. }), "{error}");
        error.to_string()
    }

    #[test]
    fn every_refusal_says_what_would_have_been_right() {
        for (text, words) in [
            ("cifar:x", vec!["unknown kind", "cifar10, cifar100", "did you mean `cifar10"]),
            ("text:x", vec!["not available yet in this version"]),
            ("cifar10", vec!["needs a path", "data_batch_1.bin"]),
            ("digits:x", vec!["takes no path"]),
            (
                "digits#splitt=test",
                vec!["no setting `splitt`", "split, classes, limit, seed, size", "did you mean `split`?"],
            ),
            ("digits#layout=channels-last", vec!["no setting `layout`"]),
            ("digits#split=val", vec!["no split `val`", "train, test, all"]),
            ("digits#limit=0", vec!["limit=0", "from 1"]),
            ("digits#limit=1&limit=2", vec!["twice"]),
            ("digits#seed=3", vec!["limit=N&seed=S"]),
            ("digits#size=0", vec!["S or HxW"]),
            ("digits#size=3x", vec!["S or HxW"]),
            ("digits#classes=1,,2", vec!["different class names"]),
            ("digits#classes=1,1", vec!["different class names"]),
            ("npz:x#layout=hwc", vec!["channels-first or channels-last"]),
            ("cifar100:x#labels=both", vec!["fine or coarse"]),
        ] {
            let message = refusal(text);
            for word in words {
                assert!(message.contains(word), "{text}: {message}");
            }
        }
    }

    #[test]
    fn the_order_is_split_classes_limit_size_whatever_was_typed_first() {
        let one = load("digits#size=4x6&limit=3&classes=7,2&split=test").unwrap();
        let other = load("digits#split=test&classes=2,7&limit=3&size=4x6").unwrap();
        assert_eq!(one, other);
        assert_eq!((one.len(), one.shape().height, one.shape().width), (3, 4, 6));
        assert_eq!(one.class_names().unwrap(), ["2", "7"]);
        let all = load("digits#split=test").unwrap();
        for (id, label) in one.ids().iter().zip(one.labels().unwrap()) {
            assert_eq!(all.labels().unwrap()[*id as usize], [2, 7][*label as usize]);
        }
    }

    #[test]
    fn a_limit_above_what_there_is_takes_all_and_says_so() {
        let set = load("digits#split=test&limit=501").unwrap();
        assert_eq!((set.len(), set.notes().len()), (500, 1));
        assert_eq!(load("digits#split=test&limit=500").unwrap().notes().len(), 0);
    }
}
