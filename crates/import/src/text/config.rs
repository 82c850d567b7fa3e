//! Hugging Face's `config.json` of the BERT family.

use std::{collections::BTreeMap, path::Path};

use serde::Deserialize;

use crate::{ImportError, input_file};

/// What of the configuration is needed; other keys are left alone.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Config {
    pub model_type: String,
    pub hidden_size: usize,
    pub num_hidden_layers: usize,
    pub num_attention_heads: usize,
    pub intermediate_size: usize,
    pub vocab_size: usize,
    pub max_position_embeddings: usize,
    #[serde(default = "two")]
    pub type_vocab_size: usize,
    #[serde(default = "tiny")]
    pub layer_norm_eps: f64,
    #[serde(default = "gelu")]
    pub hidden_act: String,
    #[serde(default)]
    pub id2label: BTreeMap<String, String>,
}

fn two() -> usize {
    2
}

fn tiny() -> f64 {
    1e-12
}

fn gelu() -> String {
    "gelu".to_owned()
}

impl Config {
    /// Reads and checks it.
    pub(super) fn read(path: &Path) -> Result<Self, ImportError> {
        let refuse =
            |reason: String| ImportError::Unreadable { path: path.to_owned(), kind: "BERT's config.json", reason };
        let config: Self =
            serde_json::from_slice(&input_file::read(path)?).map_err(|error| refuse(error.to_string()))?;
        let wanted = [
            ("model_type", "bert", config.model_type.clone()),
            ("hidden_act", "gelu", config.hidden_act.clone()),
            ("type_vocab_size", "2", config.type_vocab_size.to_string()),
        ];
        match wanted.into_iter().find(|(_, expected, found)| expected != found) {
            Some((key, expected, found)) => Err(refuse(format!("its {key} is {found}, and only {expected} is read"))),
            None if !(config.layer_norm_eps.is_finite() && config.layer_norm_eps >= 0.0) => {
                Err(refuse("its layer_norm_eps is no number from 0".to_owned()))
            }
            None => Ok(config),
        }
    }

    /// The names of the classes where the configuration lists so many, by their numbers.
    pub(super) fn class_names(&self, classes: usize) -> Vec<String> {
        (0..classes).map(|class| self.id2label.get(&class.to_string()).cloned().unwrap_or(class.to_string())).collect()
    }
}
