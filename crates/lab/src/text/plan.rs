//! What is done to a pair of text networks: the attack, the texts.

use super::{
    TextError, TextSubject,
    attacks::{EmbeddingFamily, WordFamily, WordMethod},
};
use crate::{deviate::Images, roles::Pair};

/// The attack, checked by [`TextPlan::check`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum TextAttackPlan {
    /// An attack on words: works between any two networks, for what is handed on is a text.
    Words(WordFamily, WordMethod),
    /// FGSM or PGD on the words' vectors: only between networks that share tokenizer and embedding table.
    Embedding(EmbeddingFamily),
    /// The right-singular vector of this level of the Jacobian with respect to the words' vectors, to first order (no step is
    /// made): between the same networks only.
    FirstOrder {
        /// From 0, the largest singular value.
        level: usize,
    },
}

/// Everything about a run over a pair of text networks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TextPlan {
    /// The attack.
    pub attack: TextAttackPlan,
    /// Which texts.
    pub texts: Images,
    /// The seed of the noise.
    pub seed: u64,
    /// Threads, at least 1.
    pub threads: usize,
}

impl TextPlan {
    /// Refuses what cannot be meant.
    ///
    /// # Errors
    /// Where a number is out of range, or vectors are attacked between networks that do not share them.
    pub fn check(&self, pair: Pair<'_, TextSubject>) -> Result<(), TextError> {
        match self.attack {
            TextAttackPlan::Words(family, _) => family.rules.check(),
            TextAttackPlan::Embedding(family) => {
                family.check()?;
                shared_embedding(pair)
            }
            TextAttackPlan::FirstOrder { .. } => shared_embedding(pair),
        }
    }
}

/// Vectors of one network mean nothing to another with other words or another table.
fn shared_embedding(pair: Pair<'_, TextSubject>) -> Result<(), TextError> {
    match pair.source.0.shared_embedding_missing(pair.target.0) {
        Some(reason) => Err(TextError::NotShared { reason }),
        None => Ok(()),
    }
}
