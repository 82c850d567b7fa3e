//! A text network carried over to another task: a new head, by one method of three.

use transferscope_engine::trainable::Trained;
use transferscope_network::{
    array::Array,
    contract::TextContract,
    graph::{Graph, GraphError},
    passes::{find_head, replace_head},
    zoo::initial_weight,
};

use super::{EncodedTexts, TextOutputs, TextSubject, Tokenizer, text_outputs};
use crate::{
    compiled::EngineWish,
    data::text::TextSet,
    objective::prediction,
    outcome::Outcome,
    training::{
        Candidate, FeatureRows, FitError, Method, Recipe, SampleFit, Share, TransferError, TransferPlan, Watch,
        probe_rows,
    },
};

/// A text network as it is kept: graph, contract, tokenizer.
#[derive(Clone, Debug)]
pub struct TextNetwork {
    /// From tokens to logits.
    pub graph: Graph,
    /// What it is fed, and the names of its classes.
    pub contract: TextContract,
    /// How texts are cut.
    pub tokenizer: Tokenizer,
}

impl TextNetwork {
    /// The network with a fresh head for these classes, and the names of the head's weights.
    ///
    /// # Errors
    /// Where the network ends with no linear layer.
    pub fn with_fresh_head(&self, class_names: &[String], seed: u64) -> Result<(Self, Vec<String>), GraphError> {
        let head = find_head(&self.graph)?;
        let names: Vec<String> =
            std::iter::once(head.weight).chain(head.bias).map(|id| self.graph.value(id).name.clone()).collect();
        let (classes, width) = (class_names.len(), self.graph.weight(head.weight).map_or(0, |it| it.row_length()));
        let weight = initial_weight(seed, &names[0], &[classes, width], width);
        let graph = replace_head(&self.graph, weight, Array::filled(vec![classes], 0.0))?;
        let contract = TextContract { class_names: class_names.to_vec(), ..self.contract.clone() };
        Ok((Self { graph, contract, tokenizer: self.tokenizer.clone() }, names))
    }
}

/// What carrying a text network over gave.
#[derive(Clone, Debug)]
pub struct TransferredTexts {
    /// Right and wrong on the test texts.
    pub outcome: Outcome,
    /// Every setting that was tried.
    pub candidates: Vec<Candidate>,
    /// The one that was chosen: a penalty of the probe, else a learning rate.
    pub chosen: f64,
}

/// Gives a text network a new head for a task and scores it on the test texts, which nothing is chosen on. Words that
/// it does not know stay unknown: its vocabulary is part of what is carried over.
///
/// The same values give the same bits for any number of threads.
///
/// # Errors
/// See [`TransferError`].
pub fn transfer_texts(
    network: &TextNetwork,
    train: &TextSet,
    test: &TextSet,
    plan: &TransferPlan,
    wish: &EngineWish,
    threads: usize,
    watch: &Watch<'_>,
) -> Result<TransferredTexts, TransferError> {
    plan.check()?;
    let carrier = Carrier { network, wish, threads };
    match plan.method {
        Method::Probe => {
            let [rows, test_rows] = [carrier.features(train, watch)?, carrier.features(test, watch)?];
            let probed = probe_rows(&rows, &test_rows, test.ids(), plan, watch)?;
            Ok(TransferredTexts { outcome: probed.outcome, candidates: probed.candidates, chosen: probed.penalty })
        }
        Method::LastLayer | Method::Full => carrier.learned(train, test, plan, watch),
    }
}

struct Carrier<'a> {
    network: &'a TextNetwork,
    wish: &'a EngineWish,
    threads: usize,
}

impl Carrier<'_> {
    fn encoded(&self, texts: &TextSet) -> EncodedTexts {
        EncodedTexts::new(texts, &self.network.tokenizer, self.network.contract.length)
    }

    fn outputs(&self, texts: &TextSet, watch: &Watch<'_>) -> Result<TextOutputs, TransferError> {
        let TextNetwork { graph, contract, tokenizer } = self.network;
        let subject = TextSubject::new("the carried network", graph, contract, tokenizer.clone(), self.wish)?;
        Ok(text_outputs(&subject, &self.encoded(texts), self.threads, watch.progress)?)
    }

    /// What the head reads.
    fn features(&self, texts: &TextSet, watch: &Watch<'_>) -> Result<FeatureRows, TransferError> {
        Ok(FeatureRows {
            name: format!("features of {}", texts.name()),
            rows: self.outputs(texts, watch)?.features.to_f32(),
            labels: texts.labels().to_vec(),
            classes: texts.class_names().len(),
        })
    }

    /// A fresh head, and it alone or everything learns at each rate; validation texts choose among them.
    fn learned(
        &self,
        train: &TextSet,
        test: &TextSet,
        plan: &TransferPlan,
        watch: &Watch<'_>,
    ) -> Result<TransferredTexts, TransferError> {
        let (fresh, head) = self.network.with_fresh_head(train.class_names(), plan.recipe.seed)?;
        let texts = self.encoded(train);
        let mut candidates = Vec::with_capacity(plan.rates.len());
        let mut best: Option<(Option<Share>, f64, Graph)> = None;
        for &rate in &plan.rates {
            let recipe = Recipe { rate, ..plan.recipe };
            let trained = match plan.method {
                Method::LastLayer => Trained::Only(head.clone()),
                Method::Full | Method::Probe => Trained::All,
            };
            let fit = SampleFit {
                trained,
                device: &self.wish.device,
                threads: self.threads,
                ..SampleFit::new(&fresh.graph, &texts, &recipe)
            };
            match fit.run(watch) {
                Ok(fitted) => {
                    let validation = fitted.kept().and_then(|row| row.selection);
                    candidates.push(Candidate { setting: rate, validation, diverged: false });
                    let beats = |(share, ..): &(Option<Share>, f64, Graph)| {
                        validation.zip(*share).is_some_and(|(found, best)| found.is_better_than(&best))
                    };
                    if best.as_ref().is_none_or(beats) {
                        best = Some((validation, rate, fitted.graph));
                    }
                }
                Err(FitError::Diverged { .. }) => {
                    candidates.push(Candidate { setting: rate, validation: None, diverged: true });
                }
                Err(other) => return Err(other.into()),
            }
        }
        let Some((_, chosen, graph)) = best else {
            let rates: Vec<String> = plan.rates.iter().map(f64::to_string).collect();
            return Err(TransferError::AllDiverged(rates.join(", ")));
        };
        let learned = TextNetwork { graph, ..fresh };
        let said = Carrier { network: &learned, ..*self }.outputs(test, watch)?.logits;
        let right = |(row, &label): (usize, &u32)| prediction(said.row(row)) == label as usize;
        let correct = test.labels().iter().enumerate().map(right).collect();
        let outcome =
            Outcome::new(test.ids().to_vec(), correct).ok_or_else(|| FitError::NoLabels(test.name().to_owned()))?;
        Ok(TransferredTexts { outcome, candidates, chosen })
    }
}
