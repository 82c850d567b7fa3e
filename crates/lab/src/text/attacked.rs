//! One network, its words attacked: what was tried on each text, and what came of it.

use super::{
    ChangedText, TextError, TextSubject,
    attacks::{CleanText, WordFamily, WordMethod},
    reading::{Read, predictions},
};
use crate::{
    data::text::TextSet,
    deviate::{Progress, Shard, over_chunks},
};

/// An attack on the words of every text of a set: each with what stood there, what stands there now, and whether the network is fooled.
///
/// Work is cut into chunks of 64 texts by their place in the set; each is done by one thread, so any number of threads gives
/// the same bits.
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
        let (ids, texts) = (&set.ids()[range.clone()], &set.texts()[range]);
        let read = Read::new(subject, texts)?;
        attacked(&read, ids, texts, family, method)
    })?;
    Ok(parts.into_iter().flatten().collect())
}

/// The attack on the texts of a chunk.
fn attacked(
    read: &Read<'_>,
    ids: &[u64],
    texts: &[String],
    family: &WordFamily,
    method: WordMethod,
) -> Result<Vec<ChangedText>, TextError> {
    let clean: Vec<CleanText<'_>> = texts
        .iter()
        .enumerate()
        .map(|(row, text)| CleanText { text, encoding: &read.encodings[row], logits: read.clean.row(row) })
        .collect();
    let attempts = family.run(method.attack(), read.subject, &clean)?;
    let changed: Vec<String> = attempts.iter().map(|attempt| attempt.text.clone()).collect();
    let (before, now) = (predictions(&read.clean), predictions(&read.subject.read(&changed)?));
    let one = |row: usize| {
        let said = [before[row], now[row]];
        ChangedText::new(ids[row], &texts[row], &read.encodings[row], &attempts[row], read.subject, said)
    };
    Ok((0..attempts.len()).map(one).collect())
}
