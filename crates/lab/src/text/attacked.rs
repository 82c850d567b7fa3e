//! One network, its words attacked: what was tried on each text, and what came of it.

use super::{
    ChangedText, TextError, TextSubject,
    attacks::{Attempt, WordFamily, WordMethod},
    reading::{Read, predictions},
};
use crate::{
    data::text::TextSet,
    deviate::{Progress, Shard, over_chunks},
};

/// Some texts of a set, with their identities.
pub(super) struct Texts {
    pub ids: Vec<u64>,
    pub texts: Vec<String>,
}

/// An attack on the words of every text of a set: each with what stood there, what stands there now, and whether the network is fooled.
///
/// # Errors
/// See [`TextError`].
pub fn attack_texts(
    subject: &TextSubject,
    set: &TextSet,
    family: &WordFamily,
    method: WordMethod,
    threads: usize,
    progress: &dyn Progress,
) -> Result<Vec<ChangedText>, TextError> {
    family.rules.check()?;
    let parts = over_chunks(set.len(), Shard::whole(), threads, progress, |range| {
        let texts = Texts { ids: set.ids()[range.clone()].to_vec(), texts: set.texts()[range].to_vec() };
        let read = Read::new(subject, &texts.texts)?;
        let attempts = attempts(family, method, &read, &texts)?;
        let now = predictions(&subject.read(&changed_texts(&attempts))?);
        Ok::<_, TextError>(changed(&read, &texts, &attempts, &now))
    })?;
    Ok(parts.into_iter().flatten().collect())
}

/// The attack on each text.
pub(super) fn attempts(
    family: &WordFamily,
    method: WordMethod,
    read: &Read<'_>,
    texts: &Texts,
) -> Result<Vec<Attempt>, TextError> {
    let one = |(row, text): (usize, &String)| {
        family.run(method.attack(), read.subject, text, &read.encodings[row], read.clean.row(row))
    };
    texts.texts.iter().enumerate().map(one).collect()
}

/// The texts that came of it.
pub(super) fn changed_texts(attempts: &[Attempt]) -> Vec<String> {
    attempts.iter().map(|attempt| attempt.text.clone()).collect()
}

/// The same side by side with what stood there; `now` is what the network says of the texts read anew.
pub(super) fn changed(read: &Read<'_>, texts: &Texts, attempts: &[Attempt], now: &[usize]) -> Vec<ChangedText> {
    let before = predictions(&read.clean);
    (0..attempts.len())
        .map(|row| {
            let (text, clean) = (&texts.texts[row], &read.encodings[row]);
            let said = [before[row], now[row]];
            ChangedText::new(texts.ids[row], text, clean, &attempts[row], read.subject, said)
        })
        .collect()
}
