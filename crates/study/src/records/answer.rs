//! What stands in the file of a cell.

use serde::{Deserialize, Serialize};

use super::{Examples, Paired, RawPixels, TextExamples, Trained, Transferred};
use crate::plan::Cell;

/// The stored answer of a cell.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// The cell, with the hash of everything that the answer depends on.
    pub cell: Cell,
    /// The engine and kernels that ran: the same ones give the same bits.
    pub engine: String,
    /// The answer.
    pub answer: Answer,
}

/// The part of a record that differs by kind of cell.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// A network was trained.
    Trained(Box<Trained>),
    /// A linear classifier on raw pixels, or on counts of words.
    RawPixels(RawPixels),
    /// A network, or its untrained twin, was carried over.
    Transferred(Transferred),
    /// A source was measured against the references.
    Paired(Box<Paired>),
    /// A few images.
    Examples(Box<Examples>),
    /// A few texts.
    TextExamples(Box<TextExamples>),
}
