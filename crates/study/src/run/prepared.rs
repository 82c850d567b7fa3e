//! The data of a study: loaded once, cut into what is learned from, what is attacked, and what scores the outcome.

use std::sync::Arc;

use transferscope_lab::{
    data::{DataError, ImageSet, text::TextSet},
    text::TextNetwork,
};

use crate::plan::{
    DataPlace, Fingerprints, ImageCounts, PretrainedPlace, PretrainedText, Problem, Split, Study, TextReading,
    fingerprint,
};

/// The data of a study.
#[derive(Clone, Debug)]
pub struct Prepared {
    /// Images or sentences.
    pub samples: PreparedSamples,
    /// What identifies all of them.
    pub fingerprints: Fingerprints,
}

/// Images or sentences.
#[derive(Clone, Debug)]
pub enum PreparedSamples {
    /// Images.
    Images(PreparedSets<ImageSet>),
    /// Sentences.
    Texts {
        /// The sets.
        sets: PreparedSets<TextSet>,
        /// How they are read.
        reading: TextReading,
        /// Networks that were found in folders.
        pretrained: Vec<PretrainedText>,
    },
}

/// The samples of a study.
#[derive(Clone, Debug)]
pub struct PreparedSets<Set> {
    /// Training and test samples of each source.
    pub sources: Vec<[Arc<Set>; 2]>,
    /// The samples of each task.
    pub tasks: Vec<TaskSets<Set>>,
}

/// The samples of a target task.
#[derive(Clone, Debug)]
pub struct TaskSets<Set> {
    /// What references and carried-over networks learn from.
    pub train: Arc<Set>,
    /// Test samples that are attacked; disjoint from those that score.
    pub alpha: Arc<Set>,
    /// Test samples that score the outcome.
    pub outcome: Arc<Set>,
}

/// Loads the data of a study; `load` reads the network of a folder for texts of a length, or says why
/// it cannot.
///
/// # Errors
/// A [`Problem`] at the key that is at fault.
pub fn prepare(
    study: &Study,
    load: &dyn Fn(&PretrainedPlace, usize) -> Result<TextNetwork, String>,
) -> Result<Prepared, Problem> {
    Ok(match study.reading {
        None => {
            let (sets, fingerprints) = prepared(study)?;
            Prepared { samples: PreparedSamples::Images(sets), fingerprints }
        }
        Some(reading) => {
            let (sets, mut fingerprints) = prepared(study)?;
            let found = study.pretrained.iter().enumerate().map(|(place, one)| {
                let network = load(one, reading.length)
                    .map_err(|problem| Problem::at(format!("text.pretrained.{place}.folder"), problem))?;
                Ok(PretrainedText { name: one.name.clone(), network })
            });
            let pretrained: Vec<PretrainedText> = found.collect::<Result<_, Problem>>()?;
            fingerprints.pretrained = pretrained.iter().map(|one| (one.name.clone(), one.sha256())).collect();
            Prepared { samples: PreparedSamples::Texts { sets, reading, pretrained }, fingerprints }
        }
    })
}

/// A set of samples that a study can be made of.
trait StudySet: Sized {
    fn load(place: &DataPlace, split: Split) -> Result<Self, Problem>;
    fn labels(&self) -> Option<&[u32]>;
    fn class_names(&self) -> &[String];
    fn at(&self, places: &[usize]) -> Result<Self, DataError>;
    fn hash(&self) -> String;
}

impl StudySet for ImageSet {
    fn load(place: &DataPlace, split: Split) -> Result<Self, Problem> {
        place.load(split)
    }

    fn labels(&self) -> Option<&[u32]> {
        self.labels()
    }

    fn class_names(&self) -> &[String] {
        self.class_names().unwrap_or_default()
    }

    fn at(&self, places: &[usize]) -> Result<Self, DataError> {
        self.select(places)
    }

    fn hash(&self) -> String {
        fingerprint(self)
    }
}

impl StudySet for TextSet {
    fn load(place: &DataPlace, split: Split) -> Result<Self, Problem> {
        place.load_texts(split)
    }

    fn labels(&self) -> Option<&[u32]> {
        Some(self.labels())
    }

    fn class_names(&self) -> &[String] {
        self.class_names()
    }

    fn at(&self, places: &[usize]) -> Result<Self, DataError> {
        self.select(places)
    }

    fn hash(&self) -> String {
        self.sha256()
    }
}

fn prepared<Set: StudySet>(study: &Study) -> Result<(PreparedSets<Set>, Fingerprints), Problem> {
    let mut loaded: Vec<(DataPlace, Split, Arc<Set>, String)> = Vec::new();
    let mut load = |place: &DataPlace, split: Split| -> Result<(Arc<Set>, String), Problem> {
        let same = |(known, of, ..): &&(DataPlace, Split, Arc<Set>, String)| *of == split && known.is_same(place);
        if let Some((_, _, set, hash)) = loaded.iter().find(same) {
            return Ok((Arc::clone(set), hash.clone()));
        }
        let set = Arc::new(Set::load(place, split)?);
        if set.labels().is_none() {
            return Err(Problem::at(
                place.key.clone(),
                format!("'{}' has no labels, and a study learns from labels", place.data),
            ));
        }
        let hash = set.hash();
        loaded.push((place.clone(), split, Arc::clone(&set), hash.clone()));
        Ok((set, hash))
    };
    let mut both = |place: &DataPlace| -> Result<([Arc<Set>; 2], [String; 2]), Problem> {
        let (train, train_hash) = load(place, Split::Train)?;
        let (test, test_hash) = load(place, Split::Test)?;
        if train.class_names() != test.class_names() {
            return Err(Problem::at(
                place.key.clone(),
                format!(
                    "training and test data must have the same classes, found {} and {}",
                    train.class_names().join(", "),
                    test.class_names().join(", ")
                ),
            ));
        }
        Ok(([train, test], [train_hash, test_hash]))
    };
    let mut sets = PreparedSets { sources: Vec::new(), tasks: Vec::new() };
    let mut fingerprints = Fingerprints::default();
    for source in &study.sources {
        let (both, hashes) = both(&source.data)?;
        sets.sources.push(both);
        fingerprints.sources.push(hashes);
    }
    for task in &study.tasks {
        let ([train, test], hashes) = both(&task.data)?;
        let labels = test.labels().unwrap_or_default();
        let (alpha, outcome) = cut(labels, study.alpha_images)?;
        let part = |places: &[usize]| {
            let part = test.at(places).map_err(|error| Problem::at("target.alpha_images", error.to_string()))?;
            Ok::<_, Problem>(Arc::new(part))
        };
        let (alpha, outcome) = (part(&alpha)?, part(&outcome)?);
        sets.tasks.push(TaskSets { train, alpha, outcome });
        fingerprints.tasks.push(hashes);
    }
    Ok((sets, fingerprints))
}

impl Prepared {
    /// Networks that were found in folders; a study of images has none.
    #[must_use]
    pub fn pretrained(&self) -> &[PretrainedText] {
        match &self.samples {
            PreparedSamples::Images(_) => &[],
            PreparedSamples::Texts { pretrained, .. } => pretrained,
        }
    }

    /// How many samples there are, by task.
    #[must_use]
    pub fn counts(&self) -> Vec<ImageCounts> {
        match &self.samples {
            PreparedSamples::Images(sets) => counts(sets),
            PreparedSamples::Texts { sets, .. } => counts(sets),
        }
    }

    /// How many are attacked and how many score, by task.
    #[must_use]
    pub fn attacked_and_scored(&self) -> Vec<[usize; 2]> {
        self.counts().iter().map(|counts| [counts.alpha, counts.outcome]).collect()
    }
}

fn counts<Set: StudySet>(sets: &PreparedSets<Set>) -> Vec<ImageCounts> {
    let count = |set: &Set| set.labels().map_or(0, <[u32]>::len);
    let source = sets.sources.iter().map(|[train, _]| count(train)).max().unwrap_or(0);
    let of = |task: &TaskSets<Set>| ImageCounts {
        source,
        target: count(&task.train),
        alpha: count(&task.alpha),
        outcome: count(&task.outcome),
    };
    sets.tasks.iter().map(of).collect()
}

/// Cuts test samples into those that are attacked and those that score, class by class in file order, evenly spread:
/// sample k of a class with share p is attacked where ⌊(k+1)p⌋ > ⌊kp⌋.
fn cut(labels: &[u32], wanted: Option<usize>) -> Result<(Vec<usize>, Vec<usize>), Problem> {
    let all = labels.len();
    let attacked = wanted.unwrap_or(all / 2);
    if attacked < 2 || attacked + 2 > all {
        return Err(Problem::at(
            "target.alpha_images",
            format!(
                "expected from 2 to {} of the {all} test samples, so that some are left to score the outcome; found {attacked}",
                all.saturating_sub(2)
            ),
        ));
    }
    let share = attacked as f64 / all as f64;
    let mut seen = vec![0_usize; labels.iter().max().map_or(0, |&label| label as usize + 1)];
    let (mut alpha, mut outcome) = (Vec::new(), Vec::new());
    for (place, &label) in labels.iter().enumerate() {
        let count = &mut seen[label as usize];
        let before = *count as f64 * share;
        *count += 1;
        if (*count as f64 * share).floor() > before.floor() { alpha.push(place) } else { outcome.push(place) }
    }
    Ok((alpha, outcome))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed step fails the test")]
    use transferscope_lab::data;

    use super::*;

    #[test]
    fn the_parts_are_disjoint_complete_and_even_by_class() {
        let digits = data::load("digits#split=test").unwrap();
        let (alpha, outcome) = cut(digits.labels().unwrap(), Some(200)).unwrap();
        let [alpha, outcome] = [alpha, outcome].map(|places| digits.select(&places).unwrap());
        let mut ids = [alpha.ids(), outcome.ids()].concat();
        ids.sort_unstable();
        assert_eq!(ids, digits.ids());
        for ((part, whole), left) in alpha
            .class_counts()
            .unwrap()
            .iter()
            .zip(digits.class_counts().unwrap())
            .zip(outcome.class_counts().unwrap())
        {
            let expected = whole as f64 * 200.0 / digits.len() as f64;
            assert!((*part as f64 - expected).abs() <= 1.0 && part + left == whole);
        }
        assert!(cut(digits.labels().unwrap(), Some(digits.len())).is_err());
    }
}
