//! Networks that a study of sentences finds in a folder, instead of building them from the zoo.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use transferscope_lab::{fingerprint::fingerprint, text::TextNetwork};

/// A network in a folder, which sources and references go on from. What is stored of it does not name a folder of this machine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PretrainedPlace {
    /// What it is called in this study: a `network` like those of the zoo.
    pub name: String,
    /// Where it lies.
    #[serde(skip)]
    pub path: PathBuf,
}

/// The network that was found there.
#[derive(Clone, Debug)]
pub struct PretrainedText {
    /// What it is called in the study.
    pub name: String,
    /// The network; its head is replaced by a fresh one for each task.
    pub network: TextNetwork,
}

impl PretrainedText {
    /// SHA-256 over what every answer about it depends on: the graph, its weights, the length, the whole words of its tokenizer.
    #[must_use]
    pub fn sha256(&self) -> String {
        let TextNetwork { graph, contract, tokenizer } = &self.network;
        let mut hash = Sha256::new();
        hash.update(fingerprint(graph));
        hash.update(format!("{contract:?}"));
        // Tokenizers have far fewer than 2^32 words.
        for number in 0..u32::try_from(tokenizer.size()).unwrap_or(u32::MAX) {
            hash.update(tokenizer.word(number).unwrap_or_default());
            hash.update([0]);
        }
        hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}
