//! Counting the words of a training set.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::{TextError, Vocabulary, words_of};

/// Which words get a number of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct VocabularyRules {
    /// Those that come up at least so often.
    pub smallest_count: usize,
    /// At most so many, the most frequent.
    pub most_words: usize,
}

/// Whether a lower-cased word is read back as itself; a few letters fall apart when they are lower-cased.
fn stays_whole(word: &str) -> bool {
    words_of(word) == [word]
}

impl Default for VocabularyRules {
    fn default() -> Self {
        Self { smallest_count: 2, most_words: 20_000 }
    }
}

impl VocabularyRules {
    /// The vocabulary of some texts: by falling count, words of equal count by the alphabet.
    ///
    /// ```
    /// use transferscope_lab::text::VocabularyRules;
    /// let rules = VocabularyRules { smallest_count: 1, most_words: 2 };
    /// let words = rules.counted(&["b a b".to_owned(), "c".to_owned()])?;
    /// assert_eq!((words.word(2), words.word(3), words.word(4)), (Some("b"), Some("a"), None));
    /// # Ok::<(), transferscope_lab::text::TextError>(())
    /// ```
    ///
    /// # Errors
    /// Where no word comes up often enough.
    pub fn counted(&self, texts: &[String]) -> Result<Vocabulary, TextError> {
        let mut counts: HashMap<String, usize> = HashMap::new();
        for word in texts.iter().flat_map(|text| words_of(text)) {
            *counts.entry(word).or_default() += 1;
        }
        let mut kept: Vec<(String, usize)> =
            counts.into_iter().filter(|(word, count)| *count >= self.smallest_count && stays_whole(word)).collect();
        kept.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        kept.truncate(self.most_words);
        match kept.is_empty() {
            true => Err(TextError::NoWords { smallest_count: self.smallest_count }),
            false => Ok(Vocabulary::new(kept.into_iter().map(|(word, _)| word))),
        }
    }
}
