//! Texts as networks are fed with them and trained on them.

use transferscope_network::array::Array;

use super::Tokenizer;
use crate::{
    data::{DataError, text::TextSet},
    training::{Samples, of_rows},
};

/// The numbers of many texts, each cut or padded with 0 to one length.
#[derive(Debug, Clone)]
pub struct EncodedTexts {
    name: String,
    tokens: Array<f32>,
    labels: Vec<u32>,
    classes: usize,
    /// Texts whose end was cut off.
    pub cut: usize,
    /// Texts in which no word was found; each is fed as one unknown word.
    pub wordless: usize,
    /// The share of all tokens that are unknown words, in `[0,1]`.
    pub unknown_share: f64,
}

impl EncodedTexts {
    /// Encodes every text of a set.
    #[must_use]
    pub fn new(set: &TextSet, tokenizer: &Tokenizer, length: usize) -> Self {
        let encodings: Vec<_> = set.texts().iter().map(|text| tokenizer.encode(text, length)).collect();
        let all: usize = encodings.iter().map(|encoding| encoding.tokens.len()).sum();
        let unknown: usize = encodings.iter().map(|encoding| encoding.unknown).sum();
        let rows: Vec<&[u32]> = encodings.iter().map(|encoding| encoding.tokens.as_slice()).collect();
        #[expect(clippy::cast_precision_loss, reason = "counts of tokens are small")]
        let unknown_share = unknown as f64 / all.max(1) as f64;
        Self {
            name: set.name().to_owned(),
            tokens: padded(&rows, length),
            labels: set.labels().to_vec(),
            classes: set.class_names().len(),
            cut: encodings.iter().filter(|encoding| encoding.cut).count(),
            wordless: encodings.iter().filter(|encoding| encoding.wordless).count(),
            unknown_share,
        }
    }

    /// The numbers, `[N, length]`.
    #[must_use]
    pub fn tokens(&self) -> &Array<f32> {
        &self.tokens
    }

    /// What a reader should know: texts that were cut, and texts without words.
    #[must_use]
    pub fn notes(&self) -> Vec<String> {
        let length = self.tokens.row_length();
        let mut notes = Vec::new();
        if self.cut > 0 {
            let all = self.labels.len();
            notes.push(format!(
                "{}: {} of {all} texts are longer than {length} tokens; their ends were cut off",
                self.name, self.cut
            ));
        }
        if self.wordless > 0 {
            notes.push(format!(
                "{}: in {} texts no word was found; each counts as one unknown word",
                self.name, self.wordless
            ));
        }
        notes
    }
}

impl Samples for EncodedTexts {
    fn labels(&self) -> &[u32] {
        &self.labels
    }

    fn classes(&self) -> usize {
        self.classes
    }

    fn fingerprint(&self) -> String {
        of_rows(&self.tokens, &self.labels)
    }

    fn batch(&self, indices: &[usize]) -> Result<Array<f32>, DataError> {
        let count = self.labels.len();
        if let Some(&index) = indices.iter().find(|index| **index >= count) {
            return Err(DataError::Index { set: self.name.clone(), index, count });
        }
        let numbers = indices.iter().flat_map(|&index| self.tokens.row(index)).copied().collect();
        Array::new(vec![indices.len(), self.tokens.row_length()], numbers).map_err(|error| DataError::Inconsistent {
            place: self.name.clone(),
            expected: "as many numbers as the texts have".to_owned(),
            found: error.to_string(),
        })
    }
}

/// Rows of numbers with 0 behind them, `[N, length]`.
#[expect(clippy::cast_precision_loss, reason = "token numbers are below 2^24")]
pub(super) fn padded(rows: &[&[u32]], length: usize) -> Array<f32> {
    let mut tokens = Array::filled(vec![rows.len(), length], 0.0_f32);
    for (row, numbers) in tokens.data_mut().chunks_mut(length.max(1)).zip(rows) {
        row.iter_mut().zip(*numbers).for_each(|(place, &number)| *place = number as f32);
    }
    tokens
}
