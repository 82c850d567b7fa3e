//! Text networks of a study: built with the words of their training texts, and put behind the engine's door.

use transferscope_lab::{
    compiled::EngineWish,
    data::text::TextSet,
    text::{TextError, TextNetwork, TextSubject, Tokenizer},
    training::stratified_split,
};
use transferscope_network::{
    contract::{TextContract, TokenizerKind},
    zoo::text::find_text,
};

use crate::{
    plan::{PretrainedText, TextReading, text_settings},
    run::RunError,
};

/// Keeps the draw of a part apart from the draw of validation texts, which is made with the training seed itself.
const PART: u64 = 0x70_61_72_74;

/// At most so many texts, as equal per class as possible, drawn from the seed.
pub(super) fn part(set: &TextSet, limit: Option<usize>, seed: u64) -> Result<TextSet, TextError> {
    match limit {
        Some(limit) if limit < set.len() => {
            let share = limit as f64 / set.len() as f64;
            Ok(set.select(&stratified_split(set.labels(), share, seed ^ PART).validation)?)
        }
        _ => Ok(set.clone()),
    }
}

/// A network for the classes of its training texts, before it learns: from a folder with a fresh head, else fresh throughout
/// with the words of these texts.
pub(super) fn fresh(
    cell: &str,
    (network, width): (&str, f64),
    (reading, pretrained): (&TextReading, &[PretrainedText]),
    texts: &TextSet,
    seed: u64,
) -> Result<TextNetwork, RunError> {
    if let Some(found) = pretrained.iter().find(|found| found.name == network) {
        return Ok(found.network.with_fresh_head(texts.class_names(), seed)?.0);
    }
    let vocabulary = reading.vocabulary.counted(texts.texts()).map_err(|error| RunError::text(cell, error))?;
    let class_names = texts.class_names().to_vec();
    let settings = text_settings(reading, width, class_names.len(), vocabulary.size(), seed);
    Ok(TextNetwork {
        graph: find_text(network)?.build(&settings)?,
        contract: TextContract { tokenizer: TokenizerKind::Words, length: reading.length, class_names },
        tokenizer: Tokenizer::Words(vocabulary),
    })
}

/// A network ready to be asked and attacked.
pub(super) fn subject(
    cell: &str,
    name: &str,
    network: &TextNetwork,
    engine: &EngineWish,
) -> Result<TextSubject, RunError> {
    TextSubject::new(name, &network.graph, &network.contract, network.tokenizer.clone(), engine)
        .map_err(|error| RunError::text(cell, error))
}
