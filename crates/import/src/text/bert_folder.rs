//! A folder of Hugging Face's BERT family: configuration, weights by name, tokenizer.

use std::{collections::BTreeMap, path::Path, sync::Arc};

use transferscope_network::{
    array::Array,
    contract::{TextContract, TokenizerKind},
    graph::Graph,
    passes::reweighted,
    zoo::text::{TextPooling, TextSettings, find_text},
};

use super::{LoadedTextNetwork, config::Config, tokenizer_file};
use crate::{ImportError, input_file, safetensors};

/// Classes of a head that the file does not have.
const CLASSES: usize = 2;
/// Tokens of the input where nothing else is said.
const LENGTH: usize = 128;
/// The prefix of the encoder's weights in files of whole classifiers.
const PREFIX: &str = "bert.";

/// Reads the network. A head that the file lacks is fresh, from seed 0, and said so.
pub(super) fn read(
    folder: &Path,
    length: Option<usize>,
    pooling: Option<TextPooling>,
) -> Result<LoadedTextNetwork, ImportError> {
    let config = Config::read(&folder.join("config.json"))?;
    let path = folder.join("model.safetensors");
    let found = safetensors::read_state_dict(&path)?;
    let mut notes = found.notes;
    let weights: BTreeMap<String, Arc<Array<f32>>> =
        found.tensors.into_iter().map(|(name, array)| (current(&name), array)).collect();
    let head = weights.get("classifier.weight");
    let classes = head.and_then(|head| head.shape().first().copied()).unwrap_or(CLASSES);
    // A classifier of this family reads the pooler; an encoder alone is used by the mean of its tokens.
    let pooling = pooling.unwrap_or(if head.is_some() { TextPooling::First } else { TextPooling::Mean });
    let length = length.unwrap_or(LENGTH.min(config.max_position_embeddings));
    let settings = TextSettings {
        width: config.hidden_size,
        layers: config.num_hidden_layers,
        heads: config.num_attention_heads,
        hidden: config.intermediate_size,
        positions: config.max_position_embeddings,
        epsilon: config.layer_norm_eps,
        pooling,
        ..TextSettings::small(classes, config.vocab_size, length)
    };
    check_sizes(&path, &settings, &weights)?;
    let blank = find_text("bert")?.build(&settings)?;
    let graph = filled(&blank, &path, &weights, &mut notes)?;
    let class_names = config.class_names(classes);
    let contract = TextContract { tokenizer: TokenizerKind::WordPiece, length, class_names };
    let tokenizer = tokenizer_file::read(folder)?;
    Ok(LoadedTextNetwork { graph, contract, tokenizer, sha256: Some(input_file::sha256(&path)?), notes })
}

/// That the tables of the file are as large as the configuration claims, before anything of that size is made.
fn check_sizes(
    path: &Path,
    settings: &TextSettings,
    weights: &BTreeMap<String, Arc<Array<f32>>>,
) -> Result<(), ImportError> {
    let refuse = |reason: String| ImportError::Unreadable { path: path.to_owned(), kind: "BERT's weights", reason };
    let last = format!("encoder.layer.{}.intermediate.dense.weight", settings.layers.saturating_sub(1));
    let wanted = [
        ("embeddings.word_embeddings.weight", [settings.vocabulary, settings.width]),
        ("embeddings.position_embeddings.weight", [settings.positions, settings.width]),
        (last.as_str(), [settings.hidden, settings.width]),
    ];
    for (name, shape) in wanted {
        match weights.get(name) {
            None => return Err(refuse(format!("config.json promises '{name}', which is not in it"))),
            Some(array) if array.shape() != shape => {
                return Err(refuse(format!(
                    "config.json promises '{name}' as {shape:?}, but it is {:?}",
                    array.shape()
                )));
            }
            Some(_) => {}
        }
    }
    Ok(())
}

fn filled(
    blank: &Graph,
    path: &Path,
    weights: &BTreeMap<String, Arc<Array<f32>>>,
    notes: &mut Vec<String>,
) -> Result<Graph, ImportError> {
    let own: Vec<&str> =
        blank.weights().map(|(_, name, _)| name).filter(|name| !name.starts_with("constant.")).collect();
    let missing: Vec<&str> = own.iter().copied().filter(|name| !weights.contains_key(*name)).collect();
    if let Some(name) = missing.iter().find(|name| !name.starts_with("classifier.")) {
        let reason = format!("it lacks '{name}' (and {} more)", missing.len() - 1);
        return Err(ImportError::Unreadable { path: path.to_owned(), kind: "BERT's weights", reason });
    }
    if !missing.is_empty() {
        notes.push(
            "the file has no head; the network's is fresh from seed 0, so its answers mean nothing before training"
                .to_owned(),
        );
    }
    let unused: Vec<&String> = weights.keys().filter(|name| !own.contains(&name.as_str())).collect();
    if let Some(first) = unused.first() {
        notes.push(format!("{} weights of the file are not used (such as '{first}')", unused.len()));
    }
    let used = weights.iter().filter(|(name, _)| own.contains(&name.as_str()));
    reweighted(blank, used.map(|(name, array)| (name.clone(), Arc::clone(array))))
        .map_err(|source| ImportError::Graph { path: path.to_owned(), source })
}

/// The name without the prefix of whole classifiers, and with what TensorFlow's old names are called since.
fn current(name: &str) -> String {
    let name = name.strip_prefix(PREFIX).unwrap_or(name);
    name.replace("LayerNorm.gamma", "LayerNorm.weight").replace("LayerNorm.beta", "LayerNorm.bias")
}
