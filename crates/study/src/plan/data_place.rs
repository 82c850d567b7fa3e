//! Where the images of a study lie: DATA, completed with root, split, classes and size.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use transferscope_lab::data::{
    self, CheckedSpec, DataError, DataSpec, ImageSet, Kind,
    text::{TextSet, load_text},
};

use super::Problem;

/// Which images of a set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Split {
    /// What is learned from.
    Train,
    /// What is never learned from.
    Test,
}

impl Split {
    const fn word(self) -> &'static str {
        match self {
            Self::Train => "train",
            Self::Test => "test",
        }
    }
}

/// A set of images of a study. What is stored of it does not name a folder of this machine: the root is left out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DataPlace {
    /// DATA as typed.
    pub data: String,
    /// DATA of the test images, where they are no split of it.
    pub test_data: Option<String>,
    /// The classes asked for; `a|b` is whichever the set has.
    pub classes: Vec<String>,
    /// Side of the images.
    pub size: Option<usize>,
    /// The folder that relative paths start from.
    #[serde(skip)]
    pub root: PathBuf,
    /// The key of the study that it came from.
    #[serde(skip)]
    pub key: String,
}

impl DataPlace {
    /// Refuses what no file could mend.
    pub(super) fn check(&self) -> Result<(), Problem> {
        if self.is_text() {
            return self.typed(Split::Train, &[], None).map(drop).map_err(|error| Problem::at(self.key.clone(), error));
        }
        for split in [Split::Train, Split::Test] {
            self.spec(split, &[]).map_err(|error| Problem::at(self.key.clone(), error))?;
        }
        Ok(())
    }

    /// The kind of data.
    #[must_use]
    pub fn kind(&self) -> String {
        self.data.split([':', '#']).next().unwrap_or_default().to_owned()
    }

    /// Whether these are the same samples, wherever in the study they are named.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        (&self.data, &self.test_data, &self.classes, self.size)
            == (&other.data, &other.test_data, &other.classes, other.size)
    }

    /// Whether they are sentences.
    #[must_use]
    pub fn is_text(&self) -> bool {
        self.kind() == Kind::Text.name()
    }

    fn at_data(&self, error: &DataError) -> Problem {
        let hint = match error {
            DataError::NotFound { .. } | DataError::Io { .. } => format!(
                "; relative paths start from data.root, which is '{}': say where your data lie with --set data.root=DIR",
                self.root.display()
            ),
            _ => String::new(),
        };
        Problem::at(self.key.clone(), format!("{error}{hint}"))
    }

    /// Loads the sentences of a split: of `test_data` where there are some, else every tenth line is test.
    ///
    /// # Errors
    /// A [`Problem`] at the key that is at fault.
    pub fn load_texts(&self, split: Split) -> Result<TextSet, Problem> {
        let spec = self.typed(split, &self.classes, None).map_err(|error| self.at_data(&error))?;
        load_text(&spec.to_string()).map_err(|error| self.at_data(&error))
    }

    /// Loads a split.
    ///
    /// # Errors
    /// A [`Problem`] at the key that is at fault: the data, or a class that they do not have or have no image of.
    pub fn load(&self, split: Split) -> Result<ImageSet, Problem> {
        let at_data = |error: DataError| self.at_data(&error);
        if self.classes.is_empty() {
            return self.spec(split, &[]).and_then(|spec| spec.load()).map_err(at_data);
        }
        // The set's own list of classes: one image is enough to see it.
        let known = self.spec_with(split, &[], Some(1)).and_then(|spec| spec.load()).map_err(at_data)?;
        let known: Vec<String> = known.class_names().unwrap_or_default().to_vec();
        let mut classes = Vec::new();
        for (place, wish) in self.classes.iter().enumerate() {
            let found = wish.split('|').map(str::trim).find(|name| known.iter().any(|class| class == name));
            let name = found.ok_or_else(|| {
                let first = wish.split('|').next().unwrap_or(wish);
                Problem::at(
                    format!("{}.classes.{place}", self.owner()),
                    format!(
                        "'{}' has no class `{wish}`{}; its classes are {}",
                        self.data,
                        super::error::did_you_mean(first, known.iter().map(String::as_str)),
                        known.join(", ")
                    ),
                )
            })?;
            classes.push(name.to_owned());
        }
        let set = self.spec(split, &classes).and_then(|spec| spec.load()).map_err(at_data)?;
        let counts = set.class_counts().unwrap_or_default();
        let names = set.class_names().unwrap_or_default();
        if let Some(empty) = counts.iter().position(|&count| count == 0) {
            let name = names.get(empty).cloned().unwrap_or_default();
            let place = self.classes.iter().position(|wish| wish.split('|').any(|word| word.trim() == name));
            return Err(Problem::at(
                format!("{}.classes.{}", self.owner(), place.unwrap_or(0)),
                format!(
                    "the class `{name}` has no image in the {} split of '{}': leave it out, or take data that have some",
                    split.word(),
                    self.data
                ),
            ));
        }
        Ok(set)
    }

    /// The table that the key of the data stands in, which also has the classes.
    fn owner(&self) -> &str {
        self.key.rsplit_once('.').map_or(self.key.as_str(), |(owner, _)| owner)
    }

    fn spec(&self, split: Split, classes: &[String]) -> Result<CheckedSpec, DataError> {
        self.spec_with(split, classes, None)
    }

    fn spec_with(&self, split: Split, classes: &[String], limit: Option<usize>) -> Result<CheckedSpec, DataError> {
        self.typed(split, classes, limit)?.check()
    }

    fn typed(&self, split: Split, classes: &[String], limit: Option<usize>) -> Result<DataSpec, DataError> {
        let typed = match (split, &self.test_data) {
            (Split::Test, Some(data)) => data,
            _ => &self.data,
        };
        let mut spec: DataSpec = typed.parse()?;
        spec.path = spec.path.map(|path| self.below_root(&path));
        let has_splits = Kind::from_name(&spec.kind).is_some_and(|kind| !kind.info().splits.is_empty());
        if self.test_data.is_none() {
            if !has_splits && Kind::from_name(&spec.kind) != Some(Kind::Folder) {
                return Err(DataError::UnknownSplit {
                    place: typed.clone(),
                    found: split.word().to_owned(),
                    expected: "such data have no splits, so give test_data beside data".to_owned(),
                });
            }
            spec.settings.push(("split".to_owned(), split.word().to_owned()));
        }
        if !classes.is_empty() {
            spec.settings.push(("classes".to_owned(), classes.join(",")));
        }
        if let Some(size) = self.size {
            spec.settings.push(("size".to_owned(), size.to_string()));
        }
        if let Some(limit) = limit {
            spec.settings.retain(|(key, _)| key != "limit" && key != "seed");
            spec.settings.push(("limit".to_owned(), limit.to_string()));
        }
        Ok(spec)
    }

    /// Paths start from the root, but for those that say where they start from: `/…`, `./…`, `../…`.
    fn below_root(&self, path: &str) -> String {
        let says_where = path.starts_with("./") || path.starts_with("../") || Path::new(path).is_absolute();
        if says_where { path.to_owned() } else { self.root.join(path).display().to_string() }
    }
}

/// A hash of the pixels and labels of a set.
#[must_use]
pub fn fingerprint(set: &ImageSet) -> String {
    data::inspect(set).sha256
}
