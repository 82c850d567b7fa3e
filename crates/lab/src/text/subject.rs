//! A text network that can be attacked: from tokens to logits, with its embedding in reach.

use std::sync::Arc;

use transferscope_engine::Feed;
use transferscope_network::{array::Array, contract::TextContract, graph::Graph, passes::find_embedding};

use super::{TextError, Tokenizer, encoded::padded};
use crate::{
    attacks::{AttackError, Jacobians, ObjectiveGradient, gradient_at, jacobians_at},
    compiled::{EngineWish, compiled},
    objective::Objective,
    subject::{Outputs, Subject, SubjectError},
};

/// A text network behind the engine's door, with its tokenizer and its embedding table.
pub struct TextSubject {
    subject: Subject,
    tokenizer: Tokenizer,
    length: usize,
    table: Arc<Array<f32>>,
    embedded: String,
    replacements: Vec<u32>,
}

impl TextSubject {
    /// A text network of this name.
    ///
    /// # Errors
    /// Where the graph is not what the contract says, the vocabulary is not as large as the table, or no engine can run it.
    pub fn new(
        name: &str,
        graph: &Graph,
        contract: &TextContract,
        tokenizer: Tokenizer,
        wish: &EngineWish,
    ) -> Result<Self, TextError> {
        contract
            .check(graph, Some(tokenizer.size()))
            .map_err(|source| TextError::Contract { name: name.to_owned(), source })?;
        let embedding = find_embedding(graph)?;
        let table = graph.weight(embedding.table).cloned().unwrap_or_else(|| Arc::new(Array::filled(vec![0], 0.0)));
        let subject = compiled(name, graph, wish)?.with_class_names(Some(contract.class_names.clone()));
        let may_stand = |&number: &u32| tokenizer.word(number).is_some_and(|word| !super::is_stop_word(word));
        Ok(Self {
            replacements: (0..tokenizer.size() as u32).filter(may_stand).collect(),
            subject,
            tokenizer,
            length: contract.length,
            table,
            embedded: graph.value(embedding.embedded).name.clone(),
        })
    }

    /// The network, from tokens to logits.
    #[must_use]
    pub fn subject(&self) -> &Subject {
        &self.subject
    }

    /// Its tokenizer.
    #[must_use]
    pub fn tokenizer(&self) -> &Tokenizer {
        &self.tokenizer
    }

    /// Tokens it is fed.
    #[must_use]
    pub fn length(&self) -> usize {
        self.length
    }

    /// The vectors of all tokens, `[vocabulary, width]`.
    #[must_use]
    pub fn table(&self) -> &Array<f32> {
        &self.table
    }

    /// The numbers that an attack may put in another's place: whole words that are no stop words.
    #[must_use]
    pub fn replacements(&self) -> &[u32] {
        &self.replacements
    }

    /// Tokens in rows of this network's length, padded: `[N, length]`.
    #[must_use]
    pub fn fed(&self, rows: &[&[u32]]) -> Array<f32> {
        padded(rows, self.length)
    }

    /// Logits of texts, `[N, classes]`.
    ///
    /// # Errors
    /// Where the engine fails or a logit is not finite.
    pub fn read(&self, texts: &[String]) -> Result<Array<f64>, SubjectError> {
        let encodings: Vec<_> = texts.iter().map(|text| self.tokenizer.encode(text, self.length)).collect();
        let rows: Vec<&[u32]> = encodings.iter().map(|encoding| encoding.tokens.as_slice()).collect();
        self.subject.logits(&self.fed(&rows))
    }

    /// The vectors of tokens, `[N, length, width]`.
    #[must_use]
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "token numbers are whole and from 0; the tokenizer made them"
    )]
    pub fn embed(&self, tokens: &Array<f32>) -> Array<f32> {
        let width = self.table.row_length();
        let mut shape = tokens.shape().to_vec();
        shape.push(width);
        let mut vectors = Array::filled(shape, 0.0);
        for (vector, &token) in vectors.data_mut().chunks_mut(width.max(1)).zip(tokens.data()) {
            vector.copy_from_slice(self.table.row(token as usize));
        }
        vectors
    }

    /// Logits where these vectors stand in place of the tokens' own; the tokens still say what is padding.
    ///
    /// # Errors
    /// Where the engine fails or a logit is not finite.
    pub fn logits_at(&self, tokens: &Array<f32>, vectors: &Array<f32>) -> Result<Array<f64>, SubjectError> {
        let network = self.subject.network();
        let mut values = network
            .forward(&self.feed(tokens, vectors), &[network.output()])
            .map_err(|error| self.subject.failed(error))?;
        let logits = values.swap_remove(0).to_f64();
        match (0..logits.rows()).find(|&row| logits.row(row).iter().any(|logit| !logit.is_finite())) {
            Some(image) => Err(SubjectError::NotFinite { name: self.subject.name().to_owned(), image }),
            None => Ok(logits),
        }
    }

    /// The objective's gradient with respect to the vectors, `[N, length, width]`, and the logits at them.
    ///
    /// # Errors
    /// Where the engine fails.
    pub fn gradient(
        &self,
        tokens: &Array<f32>,
        vectors: &Array<f32>,
        clean_logits: &Array<f64>,
        objective: Objective,
    ) -> Result<ObjectiveGradient, AttackError> {
        let feed = self.feed(tokens, vectors);
        gradient_at(&self.subject, &feed, &self.embedded, clean_logits, objective)
    }

    /// The Jacobians of the logits with respect to the tokens' own vectors, `[N, classes, length · width]`; zero at tokens
    /// that may not move, so that singular directions leave them alone.
    ///
    /// # Errors
    /// Where the engine fails.
    pub fn jacobians(&self, tokens: &Array<f32>, open: &[Vec<bool>]) -> Result<Jacobians, AttackError> {
        let feed = self.feed(tokens, &self.embed(tokens));
        let mut jacobians = jacobians_at(&self.subject, &feed, &self.embedded, Outputs::Logits)?;
        let (width, of_a_text) = (self.table.row_length().max(1), (jacobians.outputs * jacobians.inputs).max(1));
        for (text, open) in jacobians.values.chunks_mut(of_a_text).zip(open) {
            let places = text.chunks_mut(width).zip(open.iter().cycle());
            places.filter(|(_, open)| !**open).for_each(|(vector, _)| vector.fill(0.0));
        }
        Ok(jacobians)
    }

    fn feed(&self, tokens: &Array<f32>, vectors: &Array<f32>) -> Feed {
        Feed { input: tokens.clone(), overrides: vec![(self.embedded.clone(), vectors.clone())] }
    }

    /// Why a change of vectors means something else to another network, or `None` where both share what is changed.
    #[must_use]
    pub fn shared_embedding_missing(&self, other: &Self) -> Option<String> {
        if self.tokenizer != other.tokenizer {
            return Some("their vocabularies differ, so one's vectors stand for other words in the other".to_owned());
        }
        if self.length != other.length {
            return Some(format!("one is fed {} tokens and the other {}", self.length, other.length));
        }
        if self.table.shape() != other.table.shape() {
            return Some("their vectors have different lengths".to_owned());
        }
        let differ = self.table.data().iter().zip(other.table.data()).filter(|(a, b)| a != b).count();
        (differ > 0).then(|| format!("their embedding tables differ in {differ} of {} numbers", self.table.len()))
    }
}
