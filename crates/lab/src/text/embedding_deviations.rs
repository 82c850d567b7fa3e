//! How both networks of a pair move under changes of their words' vectors, which they must share.

use rand::RngExt;
use transferscope_network::array::Array;

use super::{
    TextError, TextSubject,
    attacks::{EmbeddingFamily, sum},
    by_chunk::deviations_by_chunk,
    reading::Read,
};
use crate::{
    attacks::AttackError,
    data::text::TextSet,
    deviate::{DeviateError, Deviated, Progress, Rows, Sizes, first_order},
    norm::Norm,
    roles::Pair,
    seed::stream,
};

/// The deviations under an attack on the vectors of each, chunk by chunk.
pub(super) fn deviate_embeddings(
    pair: Pair<'_, TextSubject>,
    set: &TextSet,
    family: EmbeddingFamily,
    seed: u64,
    threads: usize,
    progress: &dyn Progress,
) -> Result<Deviated, TextError> {
    deviations_by_chunk(pair, set, threads, progress, |range, read| of_chunk(family, seed, &set.ids()[range], read))
}

/// The same to first order: J_◇ v^⋆, with v^⋆ the right-singular vector of this level of one network's Jacobian with respect to
/// the vectors of the open tokens (those that are part of the text).
pub(super) fn first_order_at_embeddings(
    pair: Pair<'_, TextSubject>,
    set: &TextSet,
    level: usize,
    threads: usize,
    progress: &dyn Progress,
) -> Result<Deviated, TextError> {
    deviations_by_chunk(pair, set, threads, progress, |_, [source, target]| {
        let open = source.open();
        let of = |read: &Read<'_>| read.subject.jacobians(&read.tokens, &open);
        let mut result = Deviated::default();
        first_order::fill(&mut result, [&of(source).map_err(failed)?, &of(target).map_err(failed)?], level)
            .map_err(failed)?;
        Ok(result)
    })
}

fn of_chunk(
    family: EmbeddingFamily,
    seed: u64,
    ids: &[u64],
    [source, target]: &[Read<'_>; 2],
) -> Result<Deviated, TextError> {
    let open = source.open();
    let attacked = |read: &Read<'_>| family.run(read.subject, &read.tokens, &open, &read.clean).map_err(failed);
    let ((on_source, source_zeros), (on_target, target_zeros)) = (attacked(source)?, attacked(target)?);
    let noise = noise(&family, &on_source, &open, seed, ids);
    let vectors = source.subject.embed(&source.tokens);
    let under = |read: &Read<'_>, change: &Array<f32>| -> Result<(Rows, Vec<usize>), TextError> {
        Ok(read.moved(&read.subject.logits_at(&read.tokens, &sum(&vectors, change))?))
    };
    let (source_own, source_own_now) = under(source, &on_source)?;
    let (target_seen, target_seen_now) = under(target, &on_source)?;
    let (target_own, target_own_now) = under(target, &on_target)?;
    let (source_seen, source_seen_now) = under(source, &on_target)?;
    let sizes = |change: &Array<f32>| {
        let by_row = |norm: Norm| (0..change.rows()).map(|row| norm.measure(change.row(row))).collect();
        Sizes { linf: by_row(Norm::Linf), l2: by_row(Norm::L2) }
    };
    Ok(Deviated {
        source_under_source: source_own,
        target_under_source: target_seen,
        target_under_target: target_own,
        source_under_target: source_seen,
        source_under_noise: under(source, &noise)?.0,
        target_under_noise: under(target, &noise)?.0,
        source_prediction_under: [source_own_now, source_seen_now],
        target_prediction_under: [target_own_now, target_seen_now],
        source_attack_sizes: sizes(&on_source),
        target_attack_sizes: sizes(&on_target),
        zero_gradients: [source_zeros, target_zeros],
        ..Deviated::default()
    })
}

fn failed(error: AttackError) -> TextError {
    DeviateError::from(error).into()
}

/// Random signs at the open tokens, as large as the budget.
fn noise(family: &EmbeddingFamily, like: &Array<f32>, open: &[Vec<bool>], seed: u64, ids: &[u64]) -> Array<f32> {
    let mut noise = like.map(|_| 0.0_f32);
    let length = noise.row_length().max(1);
    for ((numbers, open), &id) in noise.data_mut().chunks_mut(length).zip(open).zip(ids) {
        let mut random = stream(seed, "noise", id, 0);
        let width = (length / open.len().max(1)).max(1);
        for (place, number) in numbers.iter_mut().enumerate() {
            let sign = if random.random::<bool>() { 1.0 } else { -1.0 };
            *number = if open[place / width] { sign } else { 0.0 };
        }
        let step = family.norm.steepest(numbers, family.size);
        numbers.copy_from_slice(&step);
    }
    noise
}
