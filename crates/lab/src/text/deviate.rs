//! Running a plan over texts: chunks in parallel, merged in order, to the deviations that all measures are made of.

use std::ops::Range;

use rand::RngExt;
use transferscope_network::array::Array;

use super::{
    ChangedText, TextAttackPlan, TextError, TextPlan, TextSubject,
    attacked::{Texts, attempts, changed, changed_texts},
    attacks::{Attempt, EmbeddingFamily, WordFamily, WordMethod, random_flips, sum},
    reading::{Read, predictions},
};
use crate::{
    attacks::AttackError,
    data::text::TextSet,
    deviate::{DeviateError, Deviated, Images, Progress, Rows, Shard, Sizes, over_chunks},
    norm::Norm,
    roles::Pair,
    seed::stream,
};

/// What a run over a pair of text networks gave.
#[derive(Clone, Debug, Default)]
pub struct TextDeviated {
    /// Deviations, predictions and sizes, as of images.
    pub deviated: Deviated,
    /// What the attack on words made of each text: built on the source, on the target. Empty for attacks on vectors.
    pub changed: [Vec<ChangedText>; 2],
}

/// Runs a plan over a pair. The set's labels must be those of the networks' classes ([`TextSet::with_classes`]).
///
/// Work is cut into chunks of 64 texts by their place in the data; each is done by one thread; results are merged in the
/// order of the data. So any number of threads gives the same bits.
///
/// # Errors
/// See [`TextError`].
pub fn deviate_texts(
    pair: Pair<'_, TextSubject>,
    set: &TextSet,
    plan: &TextPlan,
    progress: &dyn Progress,
) -> Result<TextDeviated, TextError> {
    plan.check(pair)?;
    let parts = over_chunks(set.len(), Shard::whole(), plan.threads, progress, |range| chunk(pair, set, plan, range))?;
    let mut merged = TextDeviated::default();
    for part in parts {
        merged.deviated.append(part.deviated).map_err(DeviateError::Theory)?;
        for (all, more) in merged.changed.iter_mut().zip(part.changed) {
            all.extend(more);
        }
    }
    if merged.deviated.ids.is_empty() {
        let available = merged.deviated.filtered;
        return Err(DeviateError::NoImages { available, filtered: available }.into());
    }
    Ok(merged)
}

fn chunk(
    pair: Pair<'_, TextSubject>,
    set: &TextSet,
    plan: &TextPlan,
    range: Range<usize>,
) -> Result<TextDeviated, TextError> {
    let (source, target) = (pair.source.0, pair.target.0);
    let labels = &set.labels()[range.clone()];
    let all = &set.texts()[range.clone()];
    let mut kept: Vec<usize> = (0..all.len()).collect();
    if plan.texts != Images::All {
        let right = |subject: &TextSubject| -> Result<Vec<bool>, TextError> {
            let said = predictions(&subject.read(all)?);
            Ok(said.iter().zip(labels).map(|(&said, &label)| said == label as usize).collect())
        };
        let (of_source, of_target) = (right(source)?, right(target)?);
        kept.retain(|&row| plan.texts.keeps(of_source[row], of_target[row]));
    }
    let texts = Texts {
        ids: kept.iter().map(|&row| set.ids()[range.start + row]).collect(),
        texts: kept.iter().map(|&row| all[row].clone()).collect(),
    };
    let deviated = Deviated {
        filtered: all.len() - kept.len(),
        restarts: 1,
        labels: Some(kept.iter().map(|&row| labels[row]).collect()),
        ids: texts.ids.clone(),
        ..Deviated::default()
    };
    if kept.is_empty() {
        return Ok(TextDeviated { deviated, ..TextDeviated::default() });
    }
    let [source, target] = [Read::new(source, &texts.texts)?, Read::new(target, &texts.texts)?];
    let deviated = Deviated {
        source_clean: source.rows(),
        target_clean: target.rows(),
        source_prediction: predictions(&source.clean),
        target_prediction: predictions(&target.clean),
        ..deviated
    };
    match plan.attack {
        TextAttackPlan::Words(family, method) => {
            words((family, method), plan.seed, &texts, [&source, &target], deviated)
        }
        TextAttackPlan::Embedding(family) => {
            let deviated = embeddings(family, plan.seed, &texts, [&source, &target], deviated)?;
            Ok(TextDeviated { deviated, ..TextDeviated::default() })
        }
    }
}

fn words(
    (family, method): (WordFamily, WordMethod),
    seed: u64,
    texts: &Texts,
    [source, target]: [&Read<'_>; 2],
    deviated: Deviated,
) -> Result<TextDeviated, TextError> {
    let (on_source, on_target) = (attempts(&family, method, source, texts)?, attempts(&family, method, target, texts)?);
    let (by_source, by_target) = (changed_texts(&on_source), changed_texts(&on_target));
    // Noise changes as many words as the attack that changed more, anywhere and to anything that the rules allow.
    let noise: Vec<String> = (0..texts.texts.len())
        .map(|row| {
            let count = on_source[row].flips.len().max(on_target[row].flips.len());
            let mut random = stream(seed, "noise", texts.ids[row], 0);
            random_flips(source.subject, &texts.texts[row], &source.encodings[row], count, &mut random)
        })
        .collect();
    let (source_own, source_own_now) = source.moved_by(&by_source)?;
    let (target_seen, target_seen_now) = target.moved_by(&by_source)?;
    let (target_own, target_own_now) = target.moved_by(&by_target)?;
    let (source_seen, source_seen_now) = source.moved_by(&by_target)?;
    let zeros = |attempts: &[Attempt]| attempts.iter().filter(|it| it.nothing_proposed && it.open > 0).count();
    let changed =
        [changed(source, texts, &on_source, &source_own_now), changed(target, texts, &on_target, &target_own_now)];
    let deviated = Deviated {
        source_under_source: source_own,
        target_under_source: target_seen,
        target_under_target: target_own,
        source_under_target: source_seen,
        source_under_noise: source.moved_by(&noise)?.0,
        target_under_noise: target.moved_by(&noise)?.0,
        source_prediction_under: [source_own_now, source_seen_now],
        target_prediction_under: [target_own_now, target_seen_now],
        zero_gradients: [zeros(&on_source), zeros(&on_target)],
        ..deviated
    };
    Ok(TextDeviated { deviated, changed })
}

fn embeddings(
    family: EmbeddingFamily,
    seed: u64,
    texts: &Texts,
    [source, target]: [&Read<'_>; 2],
    deviated: Deviated,
) -> Result<Deviated, TextError> {
    let open: Vec<Vec<bool>> = source
        .encodings
        .iter()
        .map(|encoding| {
            (0..source.subject.length()).map(|place| encoding.spans.get(place).is_some_and(Option::is_some)).collect()
        })
        .collect();
    let failed = |error: AttackError| TextError::from(DeviateError::from(error));
    let attacked = |read: &Read<'_>| family.run(read.subject, &read.tokens, &open, &read.clean).map_err(failed);
    let ((on_source, source_zeros), (on_target, target_zeros)) = (attacked(source)?, attacked(target)?);
    let noise = noise(&family, &on_source, &open, seed, &texts.ids);
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
        ..deviated
    })
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
