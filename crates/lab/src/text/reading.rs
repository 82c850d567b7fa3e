//! One network on some texts: encodings, clean outputs, and how outputs move.

use transferscope_network::array::Array;

use super::{Encoding, TextError, TextSubject};
use crate::{deviate::Rows, objective::prediction};

/// One network on the texts of a chunk.
pub(super) struct Read<'a> {
    pub subject: &'a TextSubject,
    pub encodings: Vec<Encoding>,
    pub tokens: Array<f32>,
    pub clean: Array<f64>,
}

impl<'a> Read<'a> {
    pub(super) fn new(subject: &'a TextSubject, texts: &[String]) -> Result<Self, TextError> {
        let encodings: Vec<Encoding> =
            texts.iter().map(|text| subject.tokenizer().encode(text, subject.length())).collect();
        let rows: Vec<&[u32]> = encodings.iter().map(|encoding| encoding.tokens.as_slice()).collect();
        let tokens = subject.fed(&rows);
        let clean = subject.subject().logits(&tokens)?;
        Ok(Self { subject, encodings, tokens, clean })
    }

    /// Which tokens of each text are part of it: neither padding nor marks.
    pub(super) fn open(&self) -> Vec<Vec<bool>> {
        let is_open = |encoding: &Encoding, place| encoding.spans.get(place).is_some_and(Option::is_some);
        let places = self.subject.length();
        self.encodings.iter().map(|it| (0..places).map(|place| is_open(it, place)).collect()).collect()
    }

    /// How the logits moved, and the predictions now.
    pub(super) fn moved(&self, now: &Array<f64>) -> (Rows, Vec<usize>) {
        let values = now.data().iter().zip(self.clean.data()).map(|(now, then)| now - then).collect();
        (Rows { width: now.row_length(), values }, predictions(now))
    }

    pub(super) fn moved_by(&self, texts: &[String]) -> Result<(Rows, Vec<usize>), TextError> {
        Ok(self.moved(&self.subject.read(texts)?))
    }

    pub(super) fn rows(&self) -> Rows {
        Rows { width: self.clean.row_length(), values: self.clean.data().to_vec() }
    }
}

pub(super) fn predictions(logits: &Array<f64>) -> Vec<usize> {
    (0..logits.rows()).map(|row| prediction(logits.row(row))).collect()
}
