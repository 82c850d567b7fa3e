//! From a text to the numbers of its tokens, and from changed words back to a text.

use std::ops::Range;

use transferscope_network::contract::TokenizerKind;

use super::{
    TextError, Vocabulary, WordPieces,
    vocabulary::{UNKNOWN_NUMBER, run_spans},
};

/// How texts are cut into tokens.
#[derive(Debug, Clone, PartialEq)]
pub enum Tokenizer {
    /// Lower-cased runs of letters and digits.
    Words(Vocabulary),
    /// BERT's pieces of words.
    WordPiece(WordPieces),
}

/// A text as numbers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Encoding {
    /// The numbers of its tokens, without padding; at least one.
    pub tokens: Vec<u32>,
    /// Which bytes of the text each token is; `None` for what the tokenizer added.
    pub spans: Vec<Option<Range<usize>>>,
    /// Whether tokens were cut off at the end.
    pub cut: bool,
    /// Tokens of words that the vocabulary does not have.
    pub unknown: usize,
    /// Whether no word was found in the text; it is fed as one unknown word.
    pub wordless: bool,
}

impl Tokenizer {
    /// A tokenizer from the bytes of its file.
    ///
    /// # Errors
    /// Where the file is none of this kind.
    pub fn read(kind: TokenizerKind, file: &str, bytes: &[u8]) -> Result<Self, TextError> {
        let refuse = |problem: String| TextError::Tokenizer { file: file.to_owned(), expected: "tokenizer", problem };
        let text = std::str::from_utf8(bytes).map_err(|_| refuse("it is not UTF-8".to_owned()))?;
        match kind {
            TokenizerKind::Words => Vocabulary::from_text(file, text).map(Self::Words),
            TokenizerKind::WordPiece => WordPieces::read(file, text).map(Self::WordPiece),
        }
    }

    /// The kind, as a contract says it.
    #[must_use]
    pub fn kind(&self) -> TokenizerKind {
        match self {
            Self::Words(_) => TokenizerKind::Words,
            Self::WordPiece(_) => TokenizerKind::WordPiece,
        }
    }

    /// How many numbers there are.
    #[must_use]
    pub fn size(&self) -> usize {
        match self {
            Self::Words(vocabulary) => vocabulary.size(),
            Self::WordPiece(pieces) => pieces.size(),
        }
    }

    /// The numbers of a text, at most `length` of them: what is longer is cut at the end.
    ///
    /// ```
    /// use transferscope_lab::text::{Tokenizer, Vocabulary};
    /// let words = Tokenizer::Words(Vocabulary::new(["fine", "film"].map(str::to_owned)));
    /// let found = words.encode("Fine, fine movie.", 2);
    /// assert_eq!((found.tokens, found.cut), (vec![2, 2], true));
    /// assert_eq!(words.encode("Fine, fine movie.", 8).tokens, vec![2, 2, 1]);
    /// ```
    #[must_use]
    pub fn encode(&self, text: &str, length: usize) -> Encoding {
        match self {
            Self::WordPiece(pieces) => pieces.encode(text, length),
            Self::Words(vocabulary) => {
                let spans = run_spans(text);
                let cut = spans.len() > length;
                let spans: Vec<Range<usize>> = spans.into_iter().take(length).collect();
                let number = |span: &Range<usize>| {
                    vocabulary.number(&text[span.clone()].to_lowercase()).unwrap_or(UNKNOWN_NUMBER)
                };
                let tokens: Vec<u32> = spans.iter().map(number).collect();
                if tokens.is_empty() {
                    let (tokens, spans) = (vec![UNKNOWN_NUMBER], vec![None]);
                    return Encoding { tokens, spans, unknown: 1, wordless: true, cut };
                }
                let unknown = tokens.iter().filter(|&&token| token == UNKNOWN_NUMBER).count();
                let spans = spans.into_iter().map(Some).collect();
                Encoding { tokens, spans, cut, unknown, wordless: false }
            }
        }
    }

    /// The word of a number where it is a whole word that can stand alone in a text; `None` for padding, the unknown,
    /// marks and parts of words.
    #[must_use]
    pub fn word(&self, number: u32) -> Option<&str> {
        match self {
            Self::Words(vocabulary) => vocabulary.word(number).filter(|_| number > UNKNOWN_NUMBER),
            Self::WordPiece(pieces) => pieces.word(number),
        }
    }

    /// Whether a token is a whole word of the text, so that another word can stand in its place.
    #[must_use]
    pub fn is_whole_word(&self, encoding: &Encoding, place: usize) -> bool {
        match self {
            Self::Words(_) => encoding.spans.get(place).is_some_and(Option::is_some),
            Self::WordPiece(pieces) => pieces.is_whole_word(encoding, place),
        }
    }
}

/// The text with other words in these places.
#[must_use]
pub(super) fn with_words(text: &str, changes: &[(Range<usize>, &str)]) -> String {
    let mut ordered: Vec<&(Range<usize>, &str)> = changes.iter().collect();
    ordered.sort_by_key(|(span, _)| span.start);
    let (mut result, mut end) = (String::with_capacity(text.len()), 0);
    for (span, word) in ordered {
        result.push_str(&text[end..span.start]);
        result.push_str(word);
        end = span.end;
    }
    result.push_str(&text[end..]);
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words() -> Tokenizer {
        Tokenizer::Words(Vocabulary::new(["a", "dull", "fine", "film"].map(str::to_owned)))
    }

    /// Changing words in the text and reading it again gives the changed numbers: nothing else moves.
    #[test]
    fn changed_words_come_back_as_their_numbers() {
        let (tokenizer, text) = (words(), "A FINE film -- \"really\"!");
        let before = tokenizer.encode(text, 10);
        assert_eq!(before.tokens, [2, 4, 5, 1]);
        let span = before.spans[1].clone().expect("a word");
        let after = with_words(text, &[(span, tokenizer.word(3).expect("a word"))]);
        assert_eq!(after, "A dull film -- \"really\"!");
        assert_eq!(tokenizer.encode(&after, 10).tokens, [2, 3, 5, 1]);
    }

    #[test]
    fn a_text_without_words_is_one_unknown_word() {
        let found = words().encode("-- !", 4);
        assert_eq!((found.tokens.as_slice(), found.wordless), ([1].as_slice(), true));
        assert!(!words().is_whole_word(&found, 0));
    }
}
