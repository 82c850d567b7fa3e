//! Two networks and the texts that attacks on their words made: how each moves under each.

use rand_chacha::ChaCha8Rng;

use super::{ChangedText, TextError, TextSubject, attacks::random_flips, by_chunk::deviations_by_chunk, reading::Read};
use crate::{
    data::text::TextSet,
    deviate::{Deviated, Progress},
    roles::Pair,
    seed::stream,
};

/// How both networks of a pair move under the texts of [`attack_texts`](super::attack_texts) on each of them (on the source,
/// on the target), and under noise: as many random words as the attack that changed more, anywhere and to anything that
/// the rules allow.
///
/// What is handed on is the text; each network cuts it by its own tokenizer. So an attack that was made once can meet
/// any number of other networks.
///
/// # Errors
/// See [`TextError`]; where the changed texts are not those of the set, one for each in its order.
pub fn meet_texts(
    pair: Pair<'_, TextSubject>,
    set: &TextSet,
    changed: [&[ChangedText]; 2],
    seed: u64,
    threads: usize,
    progress: &dyn Progress,
) -> Result<Deviated, TextError> {
    for changed in changed {
        let same = changed.iter().map(|text| text.id).eq(set.ids().iter().copied());
        if !same {
            let (expected, found) = (set.len(), changed.len());
            return Err(TextError::OtherTexts { set: set.name().to_owned(), expected, found });
        }
    }
    deviations_by_chunk(pair, set, threads, progress, |range, read| {
        let texts = &set.texts()[range.clone()];
        let [on_source, on_target] = changed.map(|changed| &changed[range.clone()]);
        let noise: Vec<String> = (0..texts.len())
            .map(|row| {
                let count = on_source[row].words.len().max(on_target[row].words.len());
                let mut random: ChaCha8Rng = stream(seed, "noise", on_source[row].id, 0);
                random_flips(read[0].subject, &texts[row], &read[0].encodings[row], count, &mut random)
            })
            .collect();
        met(read, on_source, on_target, &noise)
    })
}

fn met(
    [source, target]: &[Read<'_>; 2],
    on_source: &[ChangedText],
    on_target: &[ChangedText],
    noise: &[String],
) -> Result<Deviated, TextError> {
    let after = |texts: &[ChangedText]| texts.iter().map(|text| text.after.clone()).collect::<Vec<String>>();
    let (by_source, by_target) = (after(on_source), after(on_target));
    let (source_own, source_own_now) = source.moved_by(&by_source)?;
    let (target_seen, target_seen_now) = target.moved_by(&by_source)?;
    let (target_own, target_own_now) = target.moved_by(&by_target)?;
    let (source_seen, source_seen_now) = source.moved_by(&by_target)?;
    let zeros = |texts: &[ChangedText]| texts.iter().filter(|it| it.nothing_proposed && it.open > 0).count();
    Ok(Deviated {
        source_under_source: source_own,
        target_under_source: target_seen,
        target_under_target: target_own,
        source_under_target: source_seen,
        source_under_noise: source.moved_by(noise)?.0,
        target_under_noise: target.moved_by(noise)?.0,
        source_prediction_under: [source_own_now, source_seen_now],
        target_prediction_under: [target_own_now, target_seen_now],
        zero_gradients: [zeros(on_source), zeros(on_target)],
        ..Deviated::default()
    })
}
