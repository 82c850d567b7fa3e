//! The data of a study: loaded once, cut into what is learned from, what is attacked, and what scores the outcome.

use std::sync::Arc;

use transferscope_lab::data::ImageSet;

use crate::plan::{DataPlace, Fingerprints, ImageCounts, Problem, Split, Study, fingerprint};

/// The images of a study.
#[derive(Clone, Debug)]
pub struct Prepared {
    /// Training and test images of each source.
    pub sources: Vec<[Arc<ImageSet>; 2]>,
    /// The images of each task.
    pub tasks: Vec<TaskImages>,
    /// What identifies all of them.
    pub fingerprints: Fingerprints,
}

/// The images of a target task.
#[derive(Clone, Debug)]
pub struct TaskImages {
    /// What references and carried-over networks learn from.
    pub train: Arc<ImageSet>,
    /// Test images that are attacked; disjoint from those that score.
    pub alpha: Arc<ImageSet>,
    /// Test images that score the outcome.
    pub outcome: Arc<ImageSet>,
}

/// Loads the data of a study.
///
/// # Errors
/// A [`Problem`] at the key that is at fault.
pub fn prepare(study: &Study) -> Result<Prepared, Problem> {
    let mut loaded: Vec<(DataPlace, Split, Arc<ImageSet>, String)> = Vec::new();
    let mut load = |place: &DataPlace, split: Split| -> Result<(Arc<ImageSet>, String), Problem> {
        let same = |(known, of, ..): &&(DataPlace, Split, Arc<ImageSet>, String)| {
            *of == split
                && known.data == place.data
                && known.test_data == place.test_data
                && known.classes == place.classes
                && known.size == place.size
        };
        if let Some((_, _, set, hash)) = loaded.iter().find(same) {
            return Ok((Arc::clone(set), hash.clone()));
        }
        let set = Arc::new(place.load(split)?);
        if set.labels().is_none() {
            return Err(Problem::at(
                place.key.clone(),
                format!("'{}' has no labels, and a study learns from labels", place.data),
            ));
        }
        let hash = fingerprint(&set);
        loaded.push((place.clone(), split, Arc::clone(&set), hash.clone()));
        Ok((set, hash))
    };
    let mut both = |place: &DataPlace| -> Result<([Arc<ImageSet>; 2], [String; 2]), Problem> {
        let (train, train_hash) = load(place, Split::Train)?;
        let (test, test_hash) = load(place, Split::Test)?;
        if train.class_names() != test.class_names() {
            return Err(Problem::at(
                place.key.clone(),
                format!(
                    "training and test images must have the same classes, found {} and {}",
                    train.class_names().unwrap_or_default().join(", "),
                    test.class_names().unwrap_or_default().join(", ")
                ),
            ));
        }
        Ok(([train, test], [train_hash, test_hash]))
    };
    let mut prepared = Prepared { sources: Vec::new(), tasks: Vec::new(), fingerprints: Fingerprints::default() };
    for source in &study.sources {
        let (sets, hashes) = both(&source.data)?;
        prepared.sources.push(sets);
        prepared.fingerprints.sources.push(hashes);
    }
    for task in &study.tasks {
        let ([train, test], hashes) = both(&task.data)?;
        let (alpha, outcome) = cut(&test, study.alpha_images)?;
        prepared.tasks.push(TaskImages { train, alpha: Arc::new(alpha), outcome: Arc::new(outcome) });
        prepared.fingerprints.tasks.push(hashes);
    }
    Ok(prepared)
}

impl Prepared {
    /// How many images there are, by task.
    #[must_use]
    pub fn counts(&self) -> Vec<ImageCounts> {
        let source = self.sources.iter().map(|[train, _]| train.len()).max().unwrap_or(0);
        let of = |task: &TaskImages| ImageCounts {
            source,
            target: task.train.len(),
            alpha: task.alpha.len(),
            outcome: task.outcome.len(),
        };
        self.tasks.iter().map(of).collect()
    }
}

/// Cuts test images into those that are attacked and those that score, class by class in file order, evenly spread:
/// image k of a class with share p is attacked where ⌊(k+1)p⌋ > ⌊kp⌋.
fn cut(test: &ImageSet, wanted: Option<usize>) -> Result<(ImageSet, ImageSet), Problem> {
    let problem = |message: String| Problem::at("target.alpha_images", message);
    let all = test.len();
    let attacked = wanted.unwrap_or(all / 2);
    if attacked < 2 || attacked + 2 > all {
        return Err(problem(format!(
            "expected from 2 to {} of the {all} test images, so that some are left to score the outcome; found {attacked}",
            all.saturating_sub(2)
        )));
    }
    let share = attacked as f64 / all as f64;
    let labels = test.labels().unwrap_or_default();
    let mut seen = vec![0_usize; test.class_count().unwrap_or(0)];
    let (mut alpha, mut outcome) = (Vec::new(), Vec::new());
    for (place, &label) in labels.iter().enumerate() {
        let Some(count) = seen.get_mut(label as usize) else { continue };
        let before = *count as f64 * share;
        *count += 1;
        if (*count as f64 * share).floor() > before.floor() { alpha.push(place) } else { outcome.push(place) }
    }
    let select = |places: &[usize]| test.select(places).map_err(|error| problem(error.to_string()));
    Ok((select(&alpha)?, select(&outcome)?))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed step fails the test")]
    use transferscope_lab::data;

    use super::*;

    #[test]
    fn the_parts_are_disjoint_complete_and_even_by_class() {
        let digits = data::load("digits#split=test").unwrap();
        let (alpha, outcome) = cut(&digits, Some(200)).unwrap();
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
        assert!(cut(&digits, Some(digits.len())).is_err());
    }
}
