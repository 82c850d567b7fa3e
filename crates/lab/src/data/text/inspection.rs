//! What a set of sentences holds, as a value.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use super::{BadLines, TextSet};
use crate::text::words_of;

/// How many sentences, of which classes, how long.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TextInspection {
    /// Where it came from.
    pub name: String,
    /// Sentences.
    pub count: usize,
    /// Classes with their counts, in label order.
    pub classes: Vec<(String, usize)>,
    /// Different words (lower-cased runs of letters and digits).
    pub different_words: usize,
    /// Words a sentence: fewest, median, nine tenths, most.
    pub words: [usize; 4],
    /// Sentences without a word.
    pub without_words: usize,
    /// Lines that could not be used.
    pub bad_lines: BadLines,
    /// A hash of texts and labels.
    pub sha256: String,
}

/// Looks at every sentence.
#[must_use]
pub fn inspect_text(set: &TextSet) -> TextInspection {
    let mut different = HashSet::new();
    let mut counts = Vec::with_capacity(set.len());
    for text in set.texts() {
        let words = words_of(text);
        counts.push(words.len());
        different.extend(words);
    }
    counts.sort_unstable();
    let at = |tenths: usize| counts[((counts.len() - 1) * tenths).div_euclid(10)];
    let members = |label: usize| set.labels().iter().filter(|&&found| found as usize == label).count();
    TextInspection {
        name: set.name().to_owned(),
        count: set.len(),
        classes: set.class_names().iter().cloned().enumerate().map(|(label, name)| (name, members(label))).collect(),
        different_words: different.len(),
        words: [at(0), at(5), at(9), at(10)],
        without_words: counts.iter().filter(|&&count| count == 0).count(),
        bad_lines: set.bad().clone(),
        sha256: set.sha256(),
    }
}
