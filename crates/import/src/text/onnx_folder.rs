//! A folder with a text classifier as ONNX, as Hugging Face's Optimum exports it: network, names of the classes, tokenizer.

use std::{collections::BTreeMap, path::Path};

use serde::Deserialize;
use transferscope_network::{
    contract::{TextContract, TokenizerKind},
    zoo::text::TextPooling,
};

use super::{LoadedTextNetwork, tokenizer_file};
use crate::{ImportError, input_file, onnx};

/// The file that makes a folder one of these.
pub(super) const NETWORK_FILE: &str = "model.onnx";
/// Tokens of the input where neither the file nor anybody says it.
const LENGTH: usize = 128;

/// What of `config.json` is needed; other keys are left alone.
#[derive(Default, Deserialize)]
struct Config {
    #[serde(default)]
    max_position_embeddings: Option<usize>,
    #[serde(default)]
    id2label: BTreeMap<String, String>,
}

/// Reads the network. A folder without `config.json` has classes that are called by their numbers.
pub(super) fn read(
    folder: &Path,
    length: Option<usize>,
    pooling: Option<TextPooling>,
) -> Result<LoadedTextNetwork, ImportError> {
    let path = folder.join(NETWORK_FILE);
    if pooling.is_some() {
        let reason = "how its tokens become features stands in the file; leave pooling out".to_owned();
        return Err(ImportError::Unreadable { path, kind: "a text network", reason });
    }
    let config = config(&folder.join("config.json"))?;
    let otherwise = LENGTH.min(config.max_position_embeddings.unwrap_or(LENGTH));
    let network = onnx::read_text(&path, length, otherwise)?;
    let shape = network.graph.output_shape().map_err(|source| ImportError::Graph { path: path.clone(), source })?;
    let classes = shape.first().copied().unwrap_or(0);
    let name = |class: usize| config.id2label.get(&class.to_string()).cloned().unwrap_or(class.to_string());
    let contract = TextContract {
        tokenizer: TokenizerKind::WordPiece,
        length: network.length,
        class_names: (0..classes).map(name).collect(),
    };
    let checked = contract.check(&network.graph, None);
    checked.map_err(|source| ImportError::TextContract { path: folder.to_owned(), source })?;
    Ok(LoadedTextNetwork {
        graph: network.graph,
        contract,
        tokenizer: tokenizer_file::read(folder)?,
        sha256: Some(input_file::sha256(&path)?),
        notes: network.notes,
    })
}

fn config(path: &Path) -> Result<Config, ImportError> {
    if !path.is_file() {
        return Ok(Config::default());
    }
    serde_json::from_slice(&input_file::read(path)?).map_err(|error| ImportError::Unreadable {
        path: path.to_owned(),
        kind: "a network's config.json",
        reason: error.to_string(),
    })
}
