//! A pair of text networks over a set, chunk by chunk: what is common to everything that gives deviations.

use std::ops::Range;

use super::{
    TextError, TextSubject,
    reading::{Read, predictions},
};
use crate::{
    data::text::TextSet,
    deviate::{DeviateError, Deviated, Progress, Shard, over_chunks},
    roles::Pair,
};

/// Reads each chunk of 64 texts with both networks, asks for its deviations (without the texts' numbers and labels, which are
/// put in here), and merges them in the order of the data.
pub(super) fn deviations_by_chunk(
    pair: Pair<'_, TextSubject>,
    set: &TextSet,
    threads: usize,
    progress: &dyn Progress,
    of_chunk: impl Fn(Range<usize>, &[Read<'_>; 2]) -> Result<Deviated, TextError> + Sync,
) -> Result<Deviated, TextError> {
    let parts = over_chunks(set.len(), Shard::whole(), threads, progress, |range| {
        let texts = &set.texts()[range.clone()];
        let read = [Read::new(pair.source.0, texts)?, Read::new(pair.target.0, texts)?];
        Ok::<_, TextError>(Deviated {
            restarts: 1,
            ids: set.ids()[range.clone()].to_vec(),
            labels: Some(set.labels()[range.clone()].to_vec()),
            source_clean: read[0].rows(),
            target_clean: read[1].rows(),
            source_prediction: predictions(&read[0].clean),
            target_prediction: predictions(&read[1].clean),
            ..of_chunk(range, &read)?
        })
    })?;
    let mut merged = Deviated::default();
    for part in parts {
        merged.append(part).map_err(DeviateError::Theory)?;
    }
    Ok(merged)
}
