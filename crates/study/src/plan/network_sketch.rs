//! A network of a study without data: enough to run it, to count its operations and to time it.

use transferscope_network::{
    contract::ContractError,
    graph::Graph,
    zoo::{
        self, Settings, ZooError,
        text::{TextSettings, find_text},
    },
};

use super::{PretrainedText, Study, TextReading};

/// Classes of a sketch.
const CLASSES: usize = 10;
/// Words that a sketch of a text network knows: what a word costs does not depend on how many there are.
const WORDS: usize = 100;
/// Numbers a word of a text network of width 1.
const NUMBERS_A_WORD: f64 = 64.0;

/// Why there is no sketch.
#[derive(Debug, thiserror::Error)]
pub enum SketchError {
    /// The network could not be built.
    #[error(transparent)]
    Zoo(#[from] ZooError),
    /// Its contract cannot be attached.
    #[error(transparent)]
    Contract(#[from] ContractError),
}

/// A fresh network of a study: images of its own size, or sentences of the study's length, to logits of ten classes; one from a
/// folder as it was found.
///
/// # Errors
/// Where the zoo has no such network, which a checked study's has.
pub fn network_sketch(
    study: &Study,
    pretrained: &[PretrainedText],
    network: &str,
    width: f64,
) -> Result<Graph, SketchError> {
    if let Some(found) = pretrained.iter().find(|found| found.name == network) {
        return Ok(found.network.graph.clone());
    }
    if let Some(reading) = &study.reading {
        return Ok(find_text(network)?.build(&text_settings(reading, width, CLASSES, WORDS, 0))?);
    }
    let architecture = zoo::find(network)?;
    let graph = architecture.build(&Settings { width, ..Settings::with_classes(CLASSES) })?;
    let contract = architecture.contract(CLASSES);
    Ok(contract.attach(&graph, [contract.channels.channels(), contract.height, contract.width])?)
}

/// The settings of a text network of a study: its width multiplies 64 numbers a word, of an encoder in whole heads.
#[must_use]
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "widths are small; what is out of range the zoo refuses"
)]
pub fn text_settings(reading: &TextReading, width: f64, classes: usize, vocabulary: usize, seed: u64) -> TextSettings {
    let small = TextSettings::small(classes, vocabulary, reading.length);
    let heads = small.heads as f64;
    let numbers = ((NUMBERS_A_WORD * width / heads).round() * heads) as usize;
    TextSettings { width: numbers, hidden: 4 * numbers, seed, ..small }
}
