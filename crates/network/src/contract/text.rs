//! The contract of a text network: how a text becomes the numbers that the network is fed.

use serde::{Deserialize, Serialize};

use crate::{
    graph::{Graph, GraphError},
    passes::find_embedding,
};

/// How a text is cut into tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TokenizerKind {
    /// Lower-cased runs of letters and digits, from a vocabulary counted in the training set (`vocab.txt`).
    Words,
    /// BERT's WordPiece (`tokenizer.json`, or `vocab.txt` of an uncased model).
    WordPiece,
}

impl TokenizerKind {
    /// Its name in files and results.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Words => "words",
            Self::WordPiece => "word-piece",
        }
    }
}

/// What a text network is fed: the numbers of a text's tokens, cut or padded with 0 to one length.
///
/// Number 0 is padding in every vocabulary here; networks mask it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TextContract {
    /// How texts are cut.
    pub tokenizer: TokenizerKind,
    /// Tokens a text is fed as: longer ones are cut at the end.
    pub length: usize,
    /// The names of the classes, in label order.
    pub class_names: Vec<String>,
}

/// Why a graph does not keep a text contract.
#[derive(Debug, thiserror::Error, PartialEq)]
pub enum TextContractError {
    /// It has no embedding.
    #[error(transparent)]
    Graph(#[from] GraphError),
    /// A size differs.
    #[error("the network's {what} is {found}, but its contract says {expected}")]
    Size {
        /// Which size.
        what: &'static str,
        /// What the contract says.
        expected: String,
        /// What the graph has.
        found: String,
    },
}

impl TextContract {
    /// That a graph reads so many tokens and gives one logit a class; with a vocabulary, one row for each of its words.
    ///
    /// # Errors
    /// Names the first size that differs.
    pub fn check(&self, graph: &Graph, vocabulary: Option<usize>) -> Result<(), TextContractError> {
        let embedding = find_embedding(graph)?;
        let rows = graph.weight(embedding.table).map_or(0, |table| table.rows());
        let sizes = [
            ("input", vec![self.length], graph.input_shape().to_vec()),
            ("output", vec![self.class_names.len()], graph.output_shape()?),
            ("embedding table", vec![vocabulary.unwrap_or(rows)], vec![rows]),
        ];
        match sizes.into_iter().find(|(_, expected, found)| expected != found) {
            None => Ok(()),
            Some((what, expected, found)) => {
                Err(TextContractError::Size { what, expected: format!("{expected:?}"), found: format!("{found:?}") })
            }
        }
    }
}
