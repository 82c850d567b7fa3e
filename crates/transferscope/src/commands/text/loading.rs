//! From what was typed to sentences and networks that read them.

use transferscope_import::text::{LoadedTextNetwork, TextRequest, load_text_network};
use transferscope_lab::{
    compiled::EngineWish,
    data::text::{TextSet, load_text},
    deviate::DeviateError,
    text::{EncodedTexts, TextError, TextSubject, Tokenizer},
};
use transferscope_network::passes::cost;
use transferscope_study::measurement::{DataRecord, NetworkRecord};

use crate::{
    commands::subjects::{RunOptions, data_failure},
    exit::Failure,
};

/// A trained text network, ready to be asked.
pub struct Ready {
    /// As it was found.
    pub loaded: LoadedTextNetwork,
    /// Behind the engine's door.
    pub subject: TextSubject,
    /// What a result says of it.
    pub record: NetworkRecord,
}

/// Sentences.
///
/// # Errors
/// With exit code 2 for words that mean nothing, 3 for files that cannot be used.
pub fn sentences(typed: &str) -> Result<TextSet, Failure> {
    load_text(typed).map_err(data_failure)
}

/// The exit code that belongs to an error of texts.
pub fn text_failure(error: TextError) -> Failure {
    match error {
        TextError::Data(error) => data_failure(error),
        TextError::Setting { .. } | TextError::NotShared { .. } => Failure::usage(error),
        TextError::Contract { .. } | TextError::Graph(_) | TextError::Tokenizer { .. } | TextError::NoWords { .. } => {
            Failure::bad_input(error)
        }
        TextError::Deviate(DeviateError::Stopped) => Failure::interrupted(),
        TextError::Deviate(_) | TextError::Subject(_) | TextError::Array(_) | TextError::OtherTexts { .. } => {
            Failure::not_possible(error)
        }
    }
}

/// A network from its folder.
///
/// # Errors
/// With exit code 2 where no folder was typed, 3 where it cannot be used.
pub fn network(typed: &str, run: &RunOptions) -> Result<Ready, Failure> {
    let TextRequest::Folder { path, length, pooling } = TextRequest::parse(typed).map_err(Failure::usage)? else {
        return Err(Failure::usage(anyhow::anyhow!(
            "'{typed}' names an architecture, and a trained network is wanted: `transferscope text train {typed} --data \
             text:FILE --out FOLDER` makes one"
        )));
    };
    let loaded = load_text_network(&path, length, pooling).map_err(Failure::bad_input)?;
    let tokenizer = tokenizer(&loaded)?;
    let wish = EngineWish { engine: run.engine()?, device: run.device.clone() };
    let subject = TextSubject::new(typed, &loaded.graph, &loaded.contract, tokenizer, &wish).map_err(text_failure)?;
    let record = network_record(typed, &loaded)?;
    Ok(Ready { loaded, subject, record })
}

/// The tokenizer of a folder.
///
/// # Errors
/// With exit code 3 where its file is none.
pub fn tokenizer(loaded: &LoadedTextNetwork) -> Result<Tokenizer, Failure> {
    let file = &loaded.tokenizer;
    Tokenizer::read(loaded.contract.tokenizer, &file.name, &file.bytes).map_err(text_failure)
}

/// What a result says of a network from a folder.
///
/// # Errors
/// Where the graph cannot be counted.
pub fn network_record(typed: &str, loaded: &LoadedTextNetwork) -> Result<NetworkRecord, Failure> {
    Ok(NetworkRecord {
        spec: typed.to_owned(),
        architecture: loaded.graph.name().to_owned(),
        family: Some("text".to_owned()),
        weights: loaded
            .sha256
            .as_ref()
            .map_or_else(|| "fresh".to_owned(), |sha256| format!("{typed} (sha256 {sha256})")),
        parameters: cost(&loaded.graph).map_err(Failure::bad_input)?.parameters,
        classes: loaded.contract.class_names.len(),
        accuracy: None,
    })
}

/// What a result says of sentences; the shape is the tokens that are fed.
#[must_use]
pub fn data_record(typed: &str, set: &TextSet, length: usize) -> DataRecord {
    DataRecord {
        spec: typed.to_owned(),
        images: set.len(),
        shape: [1, 1, length],
        classes: Some(set.class_names().len()),
        sha256: set.sha256(),
    }
}

/// What a reader should know of how sentences were read: unusable lines, cut ends, texts without words.
#[must_use]
pub fn reading_notes(set: &TextSet, encoded: &EncodedTexts) -> Vec<String> {
    let bad = set.bad();
    let lines =
        (bad.count > 0).then(|| format!("{}: {} lines could not be used ({})", set.name(), bad.count, bad.named()));
    lines.into_iter().chain(encoded.notes()).collect()
}
