//! What an attack on words is: where it stands, and what it proposes.

use serde::{Deserialize, Serialize};
use transferscope_network::array::Array;

use super::{Flip, HotFlip, T3};
use crate::{attacks::AttackError, objective::Objective, text::TextSubject};

/// Proposes changes of words. It may propose anything: the [`WordFamily`](super::WordFamily) that runs it drops what the
/// rules forbid.
pub trait WordAttack: Send + Sync {
    /// Its name in results.
    fn name(&self) -> &'static str;

    /// How often it is asked at most; `None` as often as the rules allow a word to change.
    fn rounds(&self) -> Option<usize> {
        None
    }

    /// For each text flips that are made together, the best first; about as many proposals as are wanted. Texts do not
    /// influence each other; they come together so that the network is asked once for all.
    ///
    /// # Errors
    /// Where the attacked network cannot answer.
    fn propose(&self, subject: &TextSubject, texts: &[WordSituation<'_>]) -> Result<Vec<Vec<Vec<Flip>>>, AttackError>;
}

/// The attacks on words there are.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum WordMethod {
    /// First-order scores of all flips.
    HotFlip,
    /// Carlini and Wagner's attack on vectors, snapped to words.
    T3(T3),
}

impl WordMethod {
    /// The attack itself.
    #[must_use]
    pub fn attack(&self) -> &dyn WordAttack {
        match self {
            Self::HotFlip => &HotFlip,
            Self::T3(attack) => attack,
        }
    }
}

/// Where an attack on the words of one text stands: everything it may look at.
#[derive(Clone, Copy, Debug)]
pub struct WordSituation<'a> {
    /// The tokens as they are now.
    pub tokens: &'a [u32],
    /// The clean outputs.
    pub clean_logits: &'a [f64],
    /// What is climbed.
    pub objective: Objective,
    /// The places that may still change.
    pub open: &'a [usize],
    /// How many more words may change.
    pub most: usize,
    /// How many proposals will be tried.
    pub wanted: usize,
}

/// The clean outputs of many texts, one row each.
pub(super) fn clean_logits(texts: &[WordSituation<'_>]) -> Array<f64> {
    let width = texts.first().map_or(0, |text| text.clean_logits.len());
    let mut array = Array::filled(vec![texts.len(), width], 0.0);
    for (row, text) in array.data_mut().chunks_mut(width.max(1)).zip(texts) {
        row.copy_from_slice(text.clean_logits);
    }
    array
}
