//! BERT's WordPiece: a text cleaned, lower-cased and stripped of accents, cut at blanks and punctuation, each word cut into
//! the longest pieces there are. From `tokenizer.json` of an uncased model, or from its list of pieces.
//!
//! Written here and not taken from the `tokenizers` crate: see docs/design/text.md. `scripts/golden/bert.py` holds it to that
//! crate on any text.

use std::{collections::HashMap, ops::Range};

use serde::Deserialize;
use unicode_normalization::UnicodeNormalization;
use unicode_properties::{GeneralCategory, GeneralCategoryGroup, UnicodeGeneralCategory};

use super::{Encoding, TextError, words_of};

/// What stands before a piece that goes on with a word.
const CONTINUATION: &str = "##";
/// The marks: padding (number 0), the unknown, the beginning, the end.
const MARKS: [&str; 4] = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"];
/// Longer words are unknown.
const LONGEST_WORD: usize = 100;

/// Pieces of words, by number. Number 0 is padding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WordPieces {
    names: Vec<String>,
    numbers: HashMap<String, u32>,
    unknown: u32,
    first: u32,
    last: u32,
}

/// A word of a text: its letters as they are looked up, each with its place in the text.
type Word = Vec<(char, Range<usize>)>;

impl WordPieces {
    /// Reads `tokenizer.json`, or `vocab.txt` with one piece a line.
    ///
    /// # Errors
    /// Where it is neither, is cased or of another kind, or number 0 is not padding.
    pub fn read(file: &str, text: &str) -> Result<Self, TextError> {
        let refuse =
            |problem: String| TextError::Tokenizer { file: file.to_owned(), expected: "WordPiece tokenizer", problem };
        let names: Vec<String> = match file.ends_with(".json") {
            true => described(text).map_err(refuse)?,
            false => text.lines().map(|line| line.trim_end().to_owned()).collect(),
        };
        let numbers: HashMap<String, u32> = names.iter().cloned().zip(0..).collect();
        if numbers.len() < names.len() {
            return Err(refuse("a piece stands in it twice".to_owned()));
        }
        let mark = |name: &str| {
            let missing =
                || refuse(format!("it has no {name}, which every BERT has; is it a list of pieces, one a line?"));
            numbers.get(name).copied().ok_or_else(missing)
        };
        let [padding, unknown, first, last] = [mark(MARKS[0])?, mark(MARKS[1])?, mark(MARKS[2])?, mark(MARKS[3])?];
        match padding {
            0 => Ok(Self { names, numbers, unknown, first, last }),
            other => Err(refuse(format!("expected {} as its number 0, found it as {other}", MARKS[0]))),
        }
    }

    /// How many numbers there are.
    #[must_use]
    pub fn size(&self) -> usize {
        self.names.len()
    }

    /// The pieces of a text between its marks; what is longer is cut before the last mark.
    #[must_use]
    pub fn encode(&self, text: &str, length: usize) -> Encoding {
        let mut pieces: Vec<(u32, Range<usize>)> = words(text).iter().flat_map(|word| self.pieces(word)).collect();
        let room = length.saturating_sub(2);
        let cut = pieces.len() > room;
        pieces.truncate(room);
        let marked = |number: u32| (number, None);
        let all = std::iter::once(marked(self.first))
            .chain(pieces.into_iter().map(|(number, span)| (number, Some(span))))
            .chain([marked(self.last)]);
        let (tokens, spans): (Vec<u32>, Vec<_>) = all.take(length).unzip();
        Encoding {
            unknown: tokens.iter().filter(|&&token| token == self.unknown).count(),
            wordless: spans.iter().all(Option::is_none),
            tokens,
            spans,
            cut,
        }
    }

    /// The longest pieces, from the front; one unknown where some part is no piece.
    fn pieces(&self, word: &Word) -> Vec<(u32, Range<usize>)> {
        let span = |part: &[(char, Range<usize>)]| match part {
            [(_, first), .., (_, last)] => first.start..last.end,
            [(_, only)] => only.clone(),
            [] => 0..0,
        };
        let (mut found, mut start) = (Vec::new(), 0);
        while start < word.len() && word.len() <= LONGEST_WORD {
            let longest = (start + 1..=word.len()).rev().find_map(|end| {
                let letters: String = word[start..end].iter().map(|(letter, _)| letter).collect();
                let name = if start == 0 { letters } else { format!("{CONTINUATION}{letters}") };
                self.numbers.get(&name).map(|&number| (number, end))
            });
            let Some((number, end)) = longest else { break };
            found.push((number, span(&word[start..end])));
            start = end;
        }
        if start < word.len() { vec![(self.unknown, span(word))] } else { found }
    }

    /// The word of a number, where the piece is a whole lower-case word.
    #[must_use]
    pub fn word(&self, number: u32) -> Option<&str> {
        let name = self.names.get(number as usize)?;
        (words_of(name) == [name.as_str()]).then_some(name)
    }

    /// Whether a piece is a whole word of the text: no piece that goes on with it stands behind it.
    #[must_use]
    pub fn is_whole_word(&self, encoding: &Encoding, place: usize) -> bool {
        let goes_on = |place: usize| {
            encoding
                .tokens
                .get(place)
                .and_then(|&token| self.names.get(token as usize))
                .is_some_and(|name| name.starts_with(CONTINUATION))
        };
        let is_word = encoding.tokens.get(place).is_some_and(|&token| self.word(token).is_some());
        is_word && encoding.spans.get(place).is_some_and(Option::is_some) && !goes_on(place + 1)
    }
}

/// The words of a text as BERT's uncased models cut it: no control characters, Chinese characters alone, lower case without
/// accents; blanks separate, punctuation stands alone.
fn words(text: &str) -> Vec<Word> {
    let mut words: Vec<Word> = vec![Word::new()];
    for (place, letter) in text.char_indices() {
        let span = place..place + letter.len_utf8();
        if matches!(letter, '\t' | '\n' | '\r') || (letter.is_whitespace() && !letter.is_control()) {
            words.push(Word::new());
            continue;
        }
        if letter == '\u{fffd}' || letter.general_category_group() == GeneralCategoryGroup::Other {
            continue;
        }
        let plain =
            std::iter::once(letter).nfd().filter(|part| part.general_category() != GeneralCategory::NonspacingMark);
        for part in plain.flat_map(char::to_lowercase) {
            let alone = is_punctuation(part) || is_chinese(letter);
            if alone {
                words.push(Word::new());
            }
            if let Some(word) = words.last_mut() {
                word.push((part, span.clone()));
            }
            if alone {
                words.push(Word::new());
            }
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

fn is_punctuation(letter: char) -> bool {
    letter.is_ascii_punctuation() || letter.general_category_group() == GeneralCategoryGroup::Punctuation
}

/// The blocks of CJK ideographs that BERT sets apart.
fn is_chinese(letter: char) -> bool {
    matches!(u32::from(letter), 0x4E00..=0x9FFF | 0x3400..=0x4DBF | 0x20000..=0x2A6DF | 0x2A700..=0x2B73F
        | 0x2B740..=0x2B81F | 0x2B820..=0x2CEAF | 0xF900..=0xFAFF | 0x2F800..=0x2FA1F)
}

/// What of `tokenizer.json` is needed.
#[derive(Deserialize)]
struct Description {
    model: Model,
    normalizer: Option<Normalizer>,
}

#[derive(Deserialize)]
struct Model {
    #[serde(rename = "type", default)]
    kind: Option<String>,
    vocab: HashMap<String, u32>,
}

#[derive(Deserialize)]
struct Normalizer {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    lowercase: bool,
}

/// The pieces of `tokenizer.json`, by number.
fn described(text: &str) -> Result<Vec<String>, String> {
    let found: Description = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let kind = found.model.kind.as_deref().unwrap_or("WordPiece");
    if kind != "WordPiece" {
        return Err(format!("its model is {kind}, and only WordPiece is read"));
    }
    match found.normalizer {
        Some(normalizer) if normalizer.kind == "BertNormalizer" && normalizer.lowercase => {}
        _ => return Err("only uncased models with BERT's own normalizer are read".to_owned()),
    }
    let mut names: Vec<Option<String>> = vec![None; found.model.vocab.len()];
    for (name, number) in found.model.vocab {
        match names.get_mut(number as usize) {
            Some(place @ None) => *place = Some(name),
            _ => return Err(format!("the number {number} of '{name}' is another's too, or beyond the last")),
        }
    }
    Ok(names.into_iter().flatten().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    const PIECES: &str = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nfilm\n##s\nfine\n,\nthe\n";

    #[test]
    fn an_uncased_list_of_pieces_reads_as_bert_does() {
        let pieces = WordPieces::read("vocab.txt", PIECES).expect("it has every mark");
        let found = pieces.encode("The FILMS, fiñe!", 16);
        // [CLS] the film ##s , fine [UNK] [SEP]; accents are dropped, and the exclamation mark is unknown.
        assert_eq!(found.tokens, [2, 9, 5, 6, 8, 7, 1, 3]);
        assert_eq!((found.spans[2].clone(), found.spans[3].clone()), (Some(4..8), Some(8..9)));
        assert_eq!((found.unknown, found.cut, found.wordless), (1, false, false));
        let whole: Vec<usize> = (0..8).filter(|&place| pieces.is_whole_word(&found, place)).collect();
        assert_eq!(whole, [1, 5], "'film' goes on with '##s', ',' is no word");
        assert_eq!((pieces.word(6), pieces.word(0), pieces.word(7)), (None, None, Some("fine")));
    }

    #[test]
    fn long_texts_keep_both_marks() {
        let pieces = WordPieces::read("vocab.txt", PIECES).expect("it has every mark");
        let found = pieces.encode("fine fine fine fine", 4);
        assert_eq!((found.tokens.as_slice(), found.cut), ([2, 7, 7, 3].as_slice(), true));
    }

    #[test]
    fn files_that_are_none_are_refused() {
        for (file, text) in [
            ("vocab.txt", "film\nfine\n"),
            ("vocab.txt", "[UNK]\n[PAD]\n[CLS]\n[SEP]\n[MASK]\n"),
            ("vocab.txt", "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\na\n"),
            ("tokenizer.json", "{}"),
            ("tokenizer.json", "{\"model\": {\"type\": \"BPE\", \"vocab\": {}}, \"normalizer\": null}"),
        ] {
            assert!(WordPieces::read(file, text).is_err(), "{file}: {text}");
        }
    }
}
