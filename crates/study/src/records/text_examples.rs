//! A few texts: what stood there, what an attack put in its place, and what each network said.

use serde::{Deserialize, Serialize};

use super::Said;

/// The texts of one task.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TextExamples {
    /// The network that was attacked.
    pub attacked: String,
    /// The share of words that could change, as typed.
    pub share: String,
    /// The texts.
    pub texts: Vec<TextExample>,
}

/// One text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TextExample {
    /// Its line in the file of the data.
    pub id: u64,
    /// Its class.
    pub label: String,
    /// The text, cut at the words that changed.
    pub pieces: Vec<Piece>,
    /// Whether the attacked network was fooled.
    pub fooled: bool,
    /// What each network said.
    pub said: Vec<Said>,
}

/// A part of a text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Piece {
    /// What stood there.
    pub before: String,
    /// The word that stands there now; absent where nothing changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
}
