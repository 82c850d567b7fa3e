//! What needs no network: a linear classifier on counts of words.

use std::collections::HashMap;

use transferscope_lab::{
    data::text::TextSet,
    text::{VocabularyRules, words_of},
    training::{FeatureRows, Method, TransferPlan, Watch, probe_rows},
};
use transferscope_network::array::Array;

use super::networks::part;
use crate::{
    plan::TransferSettings,
    records::RawPixels,
    run::{RunError, TaskSets, means::Means},
};

/// The most frequent words of the training texts that are counted.
const WORDS: usize = 1000;

/// The classifier of a task: log(1 + how often each word stands in a text), by the probe that networks' features go through.
pub(super) fn word_counts(
    cell: &str,
    texts: &TaskSets<TextSet>,
    settings: &TransferSettings,
    means: Means<'_>,
) -> Result<RawPixels, RunError> {
    let failed = |error| RunError::text(cell, error);
    let train = part(&texts.train, settings.images, 0).map_err(failed)?;
    let vocabulary = VocabularyRules { smallest_count: 1, most_words: WORDS }.counted(train.texts()).map_err(failed)?;
    // Padding and the unknown word come first, and are counted too.
    let numbers: HashMap<&str, usize> = (0..vocabulary.size())
        .filter_map(|number| Some((vocabulary.word(u32::try_from(number).ok()?)?, number)))
        .collect();
    let rows = |set: &TextSet| -> FeatureRows {
        let mut rows = Array::filled(vec![set.len(), vocabulary.size()], 0.0_f32);
        for (row, text) in rows.data_mut().chunks_mut(vocabulary.size()).zip(set.texts()) {
            for word in words_of(text) {
                if let Some(&number) = numbers.get(word.as_str()) {
                    row[number] += 1.0;
                }
            }
            row.iter_mut().for_each(|count| *count = count.ln_1p());
        }
        let name = format!("counts of words of {}", set.name());
        FeatureRows { name, rows, labels: set.labels().to_vec(), classes: set.class_names().len() }
    };
    let progress = means.events.progress(cell);
    let (plan, watch) = (TransferPlan::new(Method::Probe), Watch::of(progress.as_ref()));
    let given = probe_rows(&rows(&train), &rows(&texts.outcome), texts.outcome.ids(), &plan, &watch)
        .map_err(|error| RunError::transfer(cell, error))?;
    Ok(RawPixels { images: train.len(), accuracy: given.outcome.accuracy })
}
