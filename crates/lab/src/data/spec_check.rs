//! What a typed description of data means: every setting checked for its kind, before any file is looked at.

use std::path::PathBuf;

use crate::data::catalogue::RecordReader;
use crate::data::cifar100::LabelLevel;
use crate::data::error::nearest;
use crate::data::npz::Layout;
use crate::data::resize::LARGEST_SIDE;
use crate::data::selection::{Limit, read_chosen};
use crate::data::{
    DataError, DataSpec, ImageSet, ImageSize, Kind, KindInfo, cifar10, cifar100, digits, folder, idx, npz, stl10,
};

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
    changes: Vec<Change>,
}

/// What is done to the images after they were chosen and resized, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Change {
    ShuffledLabels { seed: u64 },
    LabelNoise { basis_points: u32, seed: u64 },
    PermutedPixels { seed: u64 },
    Colour,
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
        if kind == Kind::Text {
            return Err(DataError::NotImages { kind: self.kind.clone() });
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
        self.check_settings(&info)?;
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
            changes: self.changes()?,
        })
    }

    /// That every setting is one of the kind's, and given once.
    pub(super) fn check_settings(&self, info: &KindInfo) -> Result<(), DataError> {
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
        Ok(())
    }

    fn changes(&self) -> Result<Vec<Change>, DataError> {
        let seed = |key: &str| -> Result<u64, DataError> {
            self.seed()?.ok_or_else(|| self.impossible(key, "a seed beside it: nothing is drawn without one (seed=S)"))
        };
        let mut changes = Vec::new();
        if self.one_of("relabel", &[("shuffled", ())])?.is_some() {
            changes.push(Change::ShuffledLabels { seed: seed("relabel")? });
        }
        if let Some(text) = self.setting("label-noise") {
            let share = match text.strip_suffix('%') {
                Some(percent) => basis_points(percent, 1.0),
                None => basis_points(text, 100.0),
            };
            let basis_points =
                share.ok_or_else(|| self.impossible("label-noise", "a share from 0 to 1, or a percentage"))?;
            changes.push(Change::LabelNoise { basis_points, seed: seed("label-noise")? });
        }
        if self.one_of("pixels", &[("permuted", ())])?.is_some() {
            changes.push(Change::PermutedPixels { seed: seed("pixels")? });
        }
        if self.one_of("colour", &[("rgb", ())])?.is_some() {
            changes.push(Change::Colour);
        }
        Ok(changes)
    }

    pub(super) fn seed(&self) -> Result<Option<u64>, DataError> {
        match self.setting("seed") {
            None => Ok(None),
            Some(text) => text.parse().map(Some).map_err(|_| self.impossible("seed", "a whole number from 0")),
        }
    }

    pub(super) fn setting(&self, key: &str) -> Option<&str> {
        self.settings.iter().find(|(found, _)| found == key).map(|(_, value)| value.as_str())
    }

    pub(super) fn impossible(&self, key: &str, expected: &str) -> DataError {
        DataError::BadSetting {
            key: key.to_owned(),
            value: self.setting(key).unwrap_or_default().to_owned(),
            expected: expected.to_owned(),
        }
    }

    pub(super) fn classes(&self) -> Result<Vec<String>, DataError> {
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

    pub(super) fn limit(&self) -> Result<Limit, DataError> {
        let seed = self.seed()?;
        let Some(text) = self.setting("limit") else {
            let drawn = ["relabel", "label-noise", "pixels"].iter().any(|key| self.setting(key).is_some());
            return match seed {
                Some(_) if !drawn => {
                    Err(self.impossible("seed", "a limit beside it (limit=N&seed=S draws N images at random)"))
                }
                _ => Ok(Limit::All),
            };
        };
        if let Some(percent) = text.strip_suffix('%') {
            let basis_points = basis_points(percent, 1.0).filter(|&points| points > 0);
            let basis_points = basis_points
                .ok_or_else(|| self.impossible("limit", "a whole number from 1, or a percentage above 0%"))?;
            return Ok(Limit::Share { basis_points, seed });
        }
        let count = text.parse::<usize>().ok().filter(|count| *count > 0);
        let count = count.ok_or_else(|| self.impossible("limit", "a whole number from 1, or a percentage above 0%"))?;
        Ok(match seed {
            None => Limit::First(count),
            Some(seed) => Limit::Stratified { count, seed },
        })
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

    pub(super) fn one_of<T: Copy>(&self, key: &str, choices: &[(&str, T)]) -> Result<Option<T>, DataError> {
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
        let chosen = read_chosen(&mut *reader, &self.classes, self.limit, self.size)?;
        self.changes.iter().try_fold(chosen, |images, change| match *change {
            Change::ShuffledLabels { seed } => images.with_shuffled_labels(seed),
            Change::LabelNoise { basis_points, seed } => images.with_label_noise(f64::from(basis_points) / 1e4, seed),
            Change::PermutedPixels { seed } => images.with_permuted_pixels(seed),
            Change::Colour => images.in_colour(),
        })
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
            Kind::Text => Err(DataError::NotImages { kind: self.kind.name().to_owned() }),
        }
    }
}

/// A number from 0 to 100 (times `scale`) in hundredths of a percent, if the text is one to that precision.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked to be from 0 to 10,000")]
fn basis_points(text: &str, scale: f64) -> Option<u32> {
    let points = text.parse::<f64>().ok()? * scale * 100.0;
    let whole = points.round();
    ((0.0..=10_000.0).contains(&points) && (points - whole).abs() < 1e-6).then_some(whole as u32)
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
            ("text:x", vec!["sentences, not images", "transferscope text"]),
            ("cifar10", vec!["needs a path", "data_batch_1.bin"]),
            ("digits:x", vec!["takes no path"]),
            (
                "digits#splitt=test",
                vec!["no setting `splitt`", "split, classes, limit, seed, size, label-noise", "did you mean `split`?"],
            ),
            ("digits#layout=channels-last", vec!["no setting `layout`"]),
            ("digits#split=val", vec!["no split `val`", "train, test, all"]),
            ("digits#limit=0", vec!["limit=0", "from 1"]),
            ("digits#limit=0%", vec!["limit=0%", "percentage"]),
            ("digits#limit=101%", vec!["limit=101%", "percentage"]),
            ("digits#label-noise=0.2", vec!["label-noise=0.2", "seed=S"]),
            ("digits#label-noise=30&seed=1", vec!["label-noise=30", "from 0 to 1"]),
            ("digits#label-noise=nan&seed=1", vec!["label-noise=nan", "from 0 to 1"]),
            ("digits#relabel=shuffled", vec!["relabel=shuffled", "seed=S"]),
            ("digits#relabel=random&seed=1", vec!["relabel=random", "shuffled"]),
            ("digits#pixels=permuted", vec!["pixels=permuted", "seed=S"]),
            ("digits#colour=grey", vec!["colour=grey", "rgb"]),
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
    fn shares_and_changes_arrive() {
        let tenth = load("digits#limit=10%&seed=3&label-noise=25%&colour=rgb").unwrap();
        assert_eq!((tenth.len(), tenth.shape().channels), (180, 3));
        let same = load("digits#limit=180&seed=3").unwrap().with_label_noise(0.25, 3).unwrap().in_colour().unwrap();
        assert_eq!(tenth, same);
        let wild = load("digits#limit=20&seed=2&relabel=shuffled&pixels=permuted").unwrap();
        let clean = load("digits#limit=20&seed=2").unwrap();
        assert_eq!(wild, clean.with_shuffled_labels(2).unwrap().with_permuted_pixels(2).unwrap());
    }

    #[test]
    fn a_limit_above_what_there_is_takes_all_and_says_so() {
        let set = load("digits#split=test&limit=501").unwrap();
        assert_eq!((set.len(), set.notes().len()), (500, 1));
        assert_eq!(load("digits#split=test&limit=500").unwrap().notes().len(), 0);
    }
}
