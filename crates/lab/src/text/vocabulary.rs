//! A vocabulary of words: numbers for words, with padding and the unknown in front.

use std::{collections::HashMap, ops::Range};

use super::TextError;

/// The word of number 0.
pub(super) const PADDING: &str = "[PAD]";
/// The word of number 1.
pub(super) const UNKNOWN: &str = "[UNK]";
/// The number of every word that is not in the vocabulary.
pub(super) const UNKNOWN_NUMBER: u32 = 1;

/// The words of a text: lower-cased runs of letters and digits.
///
/// ```
/// use transferscope_lab::text::words_of;
/// assert_eq!(words_of("It's 2 CAFÉS -- really!"), ["it", "s", "2", "cafés", "really"]);
/// ```
#[must_use]
pub fn words_of(text: &str) -> Vec<String> {
    run_spans(text).into_iter().map(|span| text[span].to_lowercase()).collect()
}

/// Where the runs of letters and digits are in a text, in bytes.
pub(super) fn run_spans(text: &str) -> Vec<Range<usize>> {
    let mut spans: Vec<Range<usize>> = Vec::new();
    for (place, letter) in text.char_indices().filter(|(_, letter)| letter.is_alphanumeric()) {
        let end = place + letter.len_utf8();
        match spans.last_mut().filter(|span| span.end == place) {
            Some(span) => span.end = end,
            None => spans.push(place..end),
        }
    }
    spans
}

/// Words by number: 0 is padding, 1 the unknown, then the words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vocabulary {
    words: Vec<String>,
    numbers: HashMap<String, u32>,
}

impl Vocabulary {
    /// A vocabulary of these words in this order, behind padding and the unknown.
    #[must_use]
    pub fn new(words: impl IntoIterator<Item = String>) -> Self {
        let words: Vec<String> = [PADDING, UNKNOWN].map(str::to_owned).into_iter().chain(words).collect();
        let numbers = words.iter().enumerate().map(|(number, word)| (word.clone(), number as u32)).collect();
        Self { words, numbers }
    }

    /// Reads `vocab.txt`: one word a line, padding first, the unknown second.
    ///
    /// # Errors
    /// Where it does not begin so, or a word stands twice or is none.
    pub fn from_text(file: &str, text: &str) -> Result<Self, TextError> {
        let refuse =
            |problem: String| TextError::Tokenizer { file: file.to_owned(), expected: "list of words", problem };
        let mut lines = text.lines();
        if lines.next() != Some(PADDING) || lines.next() != Some(UNKNOWN) {
            return Err(refuse(format!("expected {PADDING} and {UNKNOWN} in its first two lines")));
        }
        let words: Vec<String> = lines.map(str::to_owned).collect();
        if let Some(place) = words.iter().position(|word| words_of(word) != [word.as_str()]) {
            return Err(refuse(format!("line {}: '{}' is no lower-case word", place + 3, words[place])));
        }
        let vocabulary = Self::new(words);
        if vocabulary.numbers.len() < vocabulary.words.len() {
            return Err(refuse("a word stands in it twice".to_owned()));
        }
        Ok(vocabulary)
    }

    /// What [`Vocabulary::from_text`] reads.
    #[must_use]
    pub fn to_text(&self) -> String {
        self.words.iter().map(|word| format!("{word}\n")).collect()
    }

    /// How many numbers there are.
    #[must_use]
    pub fn size(&self) -> usize {
        self.words.len()
    }

    /// The number of a word, if it has one.
    #[must_use]
    pub fn number(&self, word: &str) -> Option<u32> {
        self.numbers.get(word).copied().filter(|&number| number > UNKNOWN_NUMBER)
    }

    /// The word of a number.
    #[must_use]
    pub fn word(&self, number: u32) -> Option<&str> {
        self.words.get(number as usize).map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_vocabulary_comes_back_from_its_text() {
        let words = Vocabulary::new(["film", "fine"].map(str::to_owned));
        assert_eq!(Vocabulary::from_text("vocab.txt", &words.to_text()).expect("it was just written"), words);
        assert_eq!((words.number("fine"), words.number(PADDING), words.word(2)), (Some(3), None, Some("film")));
    }

    #[test]
    fn files_that_are_none_are_refused() {
        for text in ["film\nfine\n", "[PAD]\n[UNK]\nfilm\nfilm\n", "[PAD]\n[UNK]\ntwo words\n", ""] {
            assert!(Vocabulary::from_text("vocab.txt", text).is_err(), "{text}");
        }
    }
}
