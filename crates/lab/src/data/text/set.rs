//! Sentences with labels and identities.

use sha2::{Digest, Sha256};

use super::BadLines;
use crate::data::{
    DataError,
    catalogue::Catalogue,
    selection::{Limit, choose},
};

/// Labelled sentences.
#[derive(Debug, Clone, PartialEq)]
pub struct TextSet {
    name: String,
    texts: Vec<String>,
    labels: Vec<u32>,
    class_names: Vec<String>,
    ids: Vec<u64>,
    bad: BadLines,
}

impl TextSet {
    /// A set from texts and what stands for their labels; the classes are the labels there are, numbers by their size and
    /// before words, words by the alphabet.
    ///
    /// # Errors
    /// Where there is no text, or not one label for each.
    pub fn new(name: &str, texts: Vec<String>, labels: &[String]) -> Result<Self, DataError> {
        let ids = (0..texts.len() as u64).collect();
        Self::with_ids(name, texts, labels, ids, BadLines::default())
    }

    pub(super) fn with_ids(
        name: &str,
        texts: Vec<String>,
        labels: &[String],
        ids: Vec<u64>,
        bad: BadLines,
    ) -> Result<Self, DataError> {
        if texts.is_empty() {
            let expected = "expected lines of a label and a text".to_owned();
            return Err(DataError::NoText { place: name.to_owned(), expected });
        }
        if texts.len() != labels.len() {
            let (expected, found) = (format!("{} labels", texts.len()), format!("{}", labels.len()));
            return Err(DataError::Inconsistent { place: name.to_owned(), expected, found });
        }
        let mut class_names = labels.to_vec();
        class_names.sort_by_key(|label| (label.parse::<u64>().unwrap_or(u64::MAX), label.clone()));
        class_names.dedup();
        let place = |label: &String| class_names.iter().position(|name| name == label).unwrap_or(0) as u32;
        let labels = labels.iter().map(place).collect();
        Ok(Self { name: name.to_owned(), texts, labels, class_names, ids, bad })
    }

    /// Some classes and some of their texts, as images are chosen.
    pub(super) fn chosen(self, classes: &[String], limit: Limit) -> Result<Self, DataError> {
        let catalogue = Catalogue {
            name: self.name.clone(),
            count: self.texts.len(),
            labels: Some(self.labels),
            class_names: self.class_names,
            notes: Vec::new(),
        };
        let chosen = choose(&catalogue, classes, limit)?;
        let (labels, class_names) = chosen.labels.unwrap_or_default();
        let at = |place: &usize| self.texts[*place].clone();
        let texts: Vec<String> = chosen.positions.iter().map(at).collect();
        if texts.is_empty() {
            let expected = "no text is left after choosing classes".to_owned();
            return Err(DataError::NoText { place: self.name, expected });
        }
        let ids = chosen.positions.iter().map(|&place| self.ids[place]).collect();
        Ok(Self { name: self.name, texts, labels, class_names, ids, bad: self.bad })
    }

    /// The texts at these places, in this order.
    ///
    /// # Errors
    /// Where there is no such place, or none at all.
    pub fn select(&self, places: &[usize]) -> Result<Self, DataError> {
        if let Some(&index) = places.iter().find(|&&place| place >= self.len()) {
            return Err(DataError::Index { set: self.name.clone(), index, count: self.len() });
        }
        if places.is_empty() {
            let expected = "at least one text was to be chosen".to_owned();
            return Err(DataError::NoText { place: self.name.clone(), expected });
        }
        Ok(Self {
            name: self.name.clone(),
            texts: places.iter().map(|&place| self.texts[place].clone()).collect(),
            labels: places.iter().map(|&place| self.labels[place]).collect(),
            class_names: self.class_names.clone(),
            ids: places.iter().map(|&place| self.ids[place]).collect(),
            bad: self.bad.clone(),
        })
    }

    /// The same with the labels of other classes: those of a network that is to judge it.
    ///
    /// # Errors
    /// Where a class of the set is none of them.
    pub fn with_classes(mut self, names: &[String]) -> Result<Self, DataError> {
        let places: Vec<u32> = self
            .class_names
            .iter()
            .map(|class| {
                names.iter().position(|name| name == class).map(|place| place as u32).ok_or_else(|| {
                    let known = names.to_vec();
                    DataError::UnknownClass {
                        set: "the network".to_owned(),
                        found: class.clone(),
                        known,
                        nearest: None,
                    }
                })
            })
            .collect::<Result<_, _>>()?;
        self.labels.iter_mut().for_each(|label| *label = places[*label as usize]);
        self.class_names = names.to_vec();
        Ok(self)
    }

    /// The first so many.
    #[must_use]
    pub fn first(mut self, count: usize) -> Self {
        self.texts.truncate(count);
        self.labels.truncate(count);
        self.ids.truncate(count);
        self
    }

    /// Where it came from.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How many texts there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.texts.len()
    }

    /// Never: a set has at least one text.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.texts.is_empty()
    }

    /// The texts.
    #[must_use]
    pub fn texts(&self) -> &[String] {
        &self.texts
    }

    /// The label of each, an index into the class names.
    #[must_use]
    pub fn labels(&self) -> &[u32] {
        &self.labels
    }

    /// The names of the classes.
    #[must_use]
    pub fn class_names(&self) -> &[String] {
        &self.class_names
    }

    /// The line of each in its file, from 0: what random streams and results know it by.
    #[must_use]
    pub fn ids(&self) -> &[u64] {
        &self.ids
    }

    /// The lines that could not be used.
    #[must_use]
    pub fn bad(&self) -> &BadLines {
        &self.bad
    }

    /// SHA-256 over texts and labels.
    #[must_use]
    pub fn sha256(&self) -> String {
        let mut hash = Sha256::new();
        for (text, &label) in self.texts.iter().zip(&self.labels) {
            hash.update(self.class_names[label as usize].as_bytes());
            hash.update([0]);
            hash.update(text.as_bytes());
            hash.update([0]);
        }
        hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(labels: &[&str]) -> TextSet {
        let texts = labels.iter().map(|label| format!("text of {label}")).collect();
        let labels: Vec<String> = labels.iter().map(|&label| label.to_owned()).collect();
        TextSet::new("set", texts, &labels).expect("one label a text")
    }

    #[test]
    fn classes_are_numbers_by_size_then_words() {
        let set = set(&["10", "b", "9", "a", "9"]);
        assert_eq!(set.class_names(), ["9", "10", "a", "b"]);
        assert_eq!(set.labels(), [1, 3, 0, 2, 0]);
    }

    #[test]
    fn a_networks_classes_go_by_name_and_unknown_ones_are_refused() {
        let names = ["neg", "pos"].map(str::to_owned);
        let only = set(&["pos", "pos"]).with_classes(&names).expect("pos is known");
        assert_eq!(only.labels(), [1, 1]);
        let error = set(&["pos", "so-so"]).with_classes(&names).expect_err("so-so is not");
        assert!(error.to_string().contains("no class `so-so`"), "{error}");
    }
}
