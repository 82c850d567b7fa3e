//! Running a plan over texts: to the deviations that all measures are made of.

use super::{
    ChangedText, TextAttackPlan, TextError, TextPlan, TextSubject, attack_texts,
    embedding_deviations::{deviate_embeddings, first_order_at_embeddings},
    meet_texts,
    reading::predictions,
};
use crate::{
    data::text::TextSet,
    deviate::{DeviateError, Deviated, Images, Progress, Shard, over_chunks},
    roles::Pair,
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
    let kept = kept(pair, set, plan, progress)?;
    let filtered = set.len() - kept.len();
    let chosen = set.select(&kept).map_err(|_| DeviateError::NoImages { available: set.len(), filtered })?;
    let (deviated, changed) = match plan.attack {
        TextAttackPlan::Words(family, method) => {
            let attacked = |subject| attack_texts(subject, &chosen, &family, method, plan.threads, progress);
            let changed = [attacked(pair.source.0)?, attacked(pair.target.0)?];
            let made = [changed[0].as_slice(), changed[1].as_slice()];
            (meet_texts(pair, &chosen, made, plan.seed, plan.threads, progress)?, changed)
        }
        TextAttackPlan::Embedding(family) => {
            (deviate_embeddings(pair, &chosen, family, plan.seed, plan.threads, progress)?, Default::default())
        }
        TextAttackPlan::FirstOrder { level } => {
            (first_order_at_embeddings(pair, &chosen, level, plan.threads, progress)?, Default::default())
        }
    };
    Ok(TextDeviated { deviated: Deviated { filtered, ..deviated }, changed })
}

/// The places of the texts that the plan keeps.
fn kept(
    pair: Pair<'_, TextSubject>,
    set: &TextSet,
    plan: &TextPlan,
    progress: &dyn Progress,
) -> Result<Vec<usize>, TextError> {
    if plan.texts == Images::All {
        return Ok((0..set.len()).collect());
    }
    let parts = over_chunks(set.len(), Shard::whole(), plan.threads, progress, |range| {
        let (texts, labels) = (&set.texts()[range.clone()], &set.labels()[range.clone()]);
        let right = |subject: &TextSubject| -> Result<Vec<bool>, TextError> {
            let said = predictions(&subject.read(texts)?);
            Ok(said.iter().zip(labels).map(|(&said, &label)| said == label as usize).collect())
        };
        let (of_source, of_target) = (right(pair.source.0)?, right(pair.target.0)?);
        let keeps = |row: &usize| plan.texts.keeps(of_source[*row], of_target[*row]);
        Ok::<_, TextError>((0..texts.len()).filter(keeps).map(|row| range.start + row).collect::<Vec<_>>())
    })?;
    Ok(parts.into_iter().flatten().collect())
}
