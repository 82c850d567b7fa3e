//! Text networks in folders: ours, and whose they are.

use std::{io::Write, path::Path};

use serde::{Deserialize, Serialize};
use tempfile::NamedTempFile;
use transferscope_network::{
    contract::{TextContract, TokenizerKind},
    graph::Graph,
    zoo::text::TextPooling,
};

use super::{TokenizerFile, bert_folder, onnx_folder};
use crate::{
    ImportError, input_file,
    safetensors::{self, Contents},
};

/// The file that makes a folder one of ours.
const CONTRACT_FILE: &str = "network.json";
const WEIGHTS_FILE: &str = "model.safetensors";
const FORMAT: &str = "transferscope.text-network";
const VERSION: u32 = 1;

#[derive(Serialize, Deserialize)]
struct Stored {
    format: String,
    version: u32,
    tokenizer_file: String,
    contract: TextContract,
}

/// A text network as it was found.
#[derive(Clone, Debug)]
pub struct LoadedTextNetwork {
    /// The graph with its weights.
    pub graph: Graph,
    /// What it is fed.
    pub contract: TextContract,
    /// Its tokenizer.
    pub tokenizer: TokenizerFile,
    /// SHA-256 of the file of weights.
    pub sha256: Option<String>,
    /// What was left out or made fresh, one sentence each.
    pub notes: Vec<String>,
}

/// Whether a folder is one of ours, whose network has the length and pooling it was trained with.
#[must_use]
pub fn is_trained_here(folder: &Path) -> bool {
    folder.join(CONTRACT_FILE).is_file()
}

/// Reads a text network from its folder.
///
/// # Errors
/// Where files are missing or damaged, do not fit together, or a setting is none that the folder takes.
pub fn load_text_network(
    folder: &Path,
    length: Option<usize>,
    pooling: Option<TextPooling>,
) -> Result<LoadedTextNetwork, ImportError> {
    let path = folder.join(CONTRACT_FILE);
    if !is_trained_here(folder) {
        // Weights under names that the zoo knows can be fine-tuned with everything that it says of them, so they go first.
        let is_onnx = !folder.join(WEIGHTS_FILE).is_file() && folder.join(onnx_folder::NETWORK_FILE).is_file();
        return if is_onnx { onnx_folder::read } else { bert_folder::read }(folder, length, pooling);
    }
    let refuse = |reason: String| ImportError::Unreadable { path: path.clone(), kind: "a text network", reason };
    if length.is_some() || pooling.is_some() {
        return Err(refuse("length and pooling were fixed when it was trained; leave them out".to_owned()));
    }
    let stored: Stored =
        serde_json::from_slice(&input_file::read(&path)?).map_err(|error| refuse(error.to_string()))?;
    if stored.format != FORMAT || stored.version != VERSION {
        return Err(refuse(format!(
            "it says {} {}, and this program reads {FORMAT} {VERSION}",
            stored.format, stored.version
        )));
    }
    if !["vocab.txt", "tokenizer.json"].contains(&stored.tokenizer_file.as_str()) {
        return Err(refuse(format!(
            "its tokenizer '{}' is neither vocab.txt nor tokenizer.json",
            stored.tokenizer_file
        )));
    }
    let weights = folder.join(WEIGHTS_FILE);
    let Contents::Network(network) = safetensors::read(&weights)? else {
        let reason = "it holds weights without a graph".to_owned();
        return Err(ImportError::Unreadable { path: weights, kind: "a text network", reason });
    };
    let checked = stored.contract.check(&network.graph, None);
    checked.map_err(|source| ImportError::TextContract { path: folder.to_owned(), source })?;
    let bytes = input_file::read(&folder.join(&stored.tokenizer_file))?;
    Ok(LoadedTextNetwork {
        graph: network.graph,
        contract: stored.contract,
        tokenizer: TokenizerFile { name: stored.tokenizer_file, bytes },
        sha256: Some(input_file::sha256(&weights)?),
        notes: network.notes,
    })
}

/// Writes a text network to a folder, which is made where it is missing. The contract is written last, so a folder that has
/// one is whole; each file takes its name once it is complete.
///
/// # Errors
/// Where the contract is not the graph's, or the folder cannot be written.
pub fn write_text_network(
    folder: &Path,
    graph: &Graph,
    contract: &TextContract,
    tokenizer: &TokenizerFile,
) -> Result<(), ImportError> {
    let checked = contract.check(graph, None);
    checked.map_err(|source| ImportError::TextContract { path: folder.to_owned(), source })?;
    let refused = |source| ImportError::Io { action: "write", path: folder.to_owned(), source };
    std::fs::create_dir_all(folder).map_err(refused)?;
    let stored = Stored {
        format: FORMAT.to_owned(),
        version: VERSION,
        tokenizer_file: match contract.tokenizer {
            TokenizerKind::Words => "vocab.txt".to_owned(),
            TokenizerKind::WordPiece => tokenizer.name.clone(),
        },
        contract: contract.clone(),
    };
    safetensors::write(&folder.join(WEIGHTS_FILE), graph, None)?;
    let mut contract = serde_json::to_vec_pretty(&stored).map_err(|error| refused(error.into()))?;
    contract.push(b'\n');
    for (name, bytes) in [(stored.tokenizer_file.as_str(), &tokenizer.bytes), (CONTRACT_FILE, &contract)] {
        let mut file = NamedTempFile::new_in(folder).map_err(refused)?;
        file.write_all(bytes).map_err(refused)?;
        file.as_file().sync_all().map_err(refused)?;
        file.persist(folder.join(name)).map_err(|error| refused(error.error))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use transferscope_network::zoo::text::{TextSettings, find_text};

    use super::*;

    #[test]
    fn a_network_comes_back_from_its_folder() {
        let graph =
            find_text("text-cnn").and_then(|found| found.build(&TextSettings::small(2, 5, 8))).expect("in the zoo");
        let class_names = ["neg", "pos"].map(str::to_owned).to_vec();
        let contract = TextContract { tokenizer: TokenizerKind::Words, length: 8, class_names };
        let tokenizer = TokenizerFile { name: "vocab.txt".to_owned(), bytes: b"[PAD]\n[UNK]\na\nb\nc\n".to_vec() };
        let folder = tempfile::tempdir().expect("a folder can be made");
        let place = folder.path().join("network");
        write_text_network(&place, &graph, &contract, &tokenizer).expect("it can be written");
        let again = load_text_network(&place, None, None).expect("it was just written");
        assert_eq!((again.graph.structure(), &again.contract), (graph.structure(), &contract));
        assert_eq!(again.tokenizer, tokenizer);
        assert!(load_text_network(&place, Some(9), None).is_err(), "its length is fixed");
        let short = TextContract { length: 7, ..contract };
        assert!(write_text_network(&place, &graph, &short, &tokenizer).is_err());
    }
}
