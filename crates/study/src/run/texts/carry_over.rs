//! Cells that carry knowledge over: a new head for a task on a network that learned other sentences.

use transferscope_lab::{
    data::text::TextSet,
    text::{TextNetwork, transfer_texts},
    training::Watch,
};

use super::networks::part;
use crate::{
    plan::TransferSettings,
    records::Transferred,
    run::{
        RunError, TaskSets,
        carry_over::{plan, transferred},
        means::Means,
    },
};

/// Gives a network a new head for a task and scores it on the outcome texts.
pub(super) fn carry_over(
    cell: &str,
    network: &TextNetwork,
    texts: &TaskSets<TextSet>,
    settings: &TransferSettings,
    seed: u64,
    means: Means<'_>,
) -> Result<Transferred, RunError> {
    let train = part(&texts.train, settings.images, seed).map_err(|error| RunError::text(cell, error))?;
    let progress = means.events.progress(&format!("{cell}: steps"));
    let (plan, watch) = (plan(settings, seed), Watch::of(progress.as_ref()));
    let given = transfer_texts(network, &train, &texts.outcome, &plan, means.engine, means.threads, &watch)
        .map_err(|error| RunError::transfer(cell, error))?;
    Ok(transferred(settings, train.len(), given.chosen, given.outcome))
}
