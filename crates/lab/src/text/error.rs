//! Why something with text networks is not possible.

use transferscope_network::{array::ArrayError, contract::TextContractError, graph::GraphError};

use crate::{data::DataError, deviate::DeviateError, subject::SubjectError};

/// Why something with text networks is not possible.
#[derive(Debug, thiserror::Error)]
pub enum TextError {
    /// The data failed.
    #[error(transparent)]
    Data(#[from] DataError),
    /// A network failed.
    #[error(transparent)]
    Subject(#[from] SubjectError),
    /// The graph is no text network.
    #[error(transparent)]
    Graph(#[from] GraphError),
    /// The network is not what its contract says.
    #[error("the network '{name}': {source}")]
    Contract {
        /// The network.
        name: String,
        /// What differs.
        source: TextContractError,
    },
    /// Numbers do not make up an array (a bug of ours).
    #[error(transparent)]
    Array(#[from] ArrayError),
    /// A tokenizer file that cannot be used.
    #[error("'{file}' is no {expected}: {problem}")]
    Tokenizer {
        /// The file.
        file: String,
        /// What it should be.
        expected: &'static str,
        /// What is wrong.
        problem: String,
    },
    /// A vocabulary with no word in it.
    #[error(
        "no word of the training texts comes up {smallest_count} times or more, so there is no vocabulary; lower --min-count \
         or give more texts"
    )]
    NoWords {
        /// How often a word must come up.
        smallest_count: usize,
    },
    /// Embedding attacks between networks that do not share what is perturbed.
    #[error(
        "an attack in embedding space means nothing between these networks, because {reason}; use an attack on words \
         (--attack hotflip), which works between any two, or networks fine-tuned from one checkpoint with --keep-embedding"
    )]
    NotShared {
        /// What they do not share.
        reason: String,
    },
    /// A number of an attack that is out of its range.
    #[error("{what} must be {expected}, found {found}")]
    Setting {
        /// Which number.
        what: &'static str,
        /// Its range.
        expected: &'static str,
        /// What was given.
        found: String,
    },
    /// Changed texts of another set.
    #[error("the changed texts are not those of '{set}': expected one for each of its {expected} texts, found {found}")]
    OtherTexts {
        /// The set.
        set: String,
        /// Its texts.
        expected: usize,
        /// How many there were.
        found: usize,
    },
    /// A run over texts failed as runs over images do.
    #[error(transparent)]
    Deviate(#[from] DeviateError),
}
