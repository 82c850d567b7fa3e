//! The training loop and the judgement over samples that are no images, such as encoded sentences.

use transferscope_engine::trainable::Trained;
use transferscope_network::graph::Graph;

use super::{
    Checkpointing, FitError, Fitted, Recipe, Samples, Share, Watch,
    checkpoint::{Identity, Keeper},
    evaluate::judge,
    fit::{Run, in_pool},
};
use crate::deviate::Silent;

/// One run of training over samples of any kind: the loop of [`Fit`](super::Fit).
///
/// The same values give the same bits for any number of threads, and however often the run is ended and resumed.
#[derive(Clone)]
pub struct SampleFit<'a> {
    /// From a sample to logits, with the weights to start from.
    pub graph: &'a Graph,
    /// What is learned from.
    pub train: &'a dyn Samples,
    /// How.
    pub recipe: &'a Recipe,
    /// Which weights change.
    pub trained: Trained,
    /// Where the engine runs.
    pub device: &'a str,
    /// Threads, at least 1.
    pub threads: usize,
    /// Where the checkpoint of each epoch goes; `None` keeps none.
    pub checkpoint: Option<Checkpointing<'a>>,
}

impl<'a> SampleFit<'a> {
    /// All weights, on the processor with one thread, without checkpoints.
    #[must_use]
    pub fn new(graph: &'a Graph, train: &'a dyn Samples, recipe: &'a Recipe) -> Self {
        Self { graph, train, recipe, trained: Trained::All, device: "flex", threads: 1, checkpoint: None }
    }

    /// Trains.
    ///
    /// # Errors
    /// See [`FitError`]. After [`FitError::Stopped`] the checkpoint is that of the last finished epoch.
    pub fn run(&self, watch: &Watch<'_>) -> Result<Fitted, FitError> {
        self.recipe.check()?;
        let classes = self.train.labels().iter().collect::<std::collections::HashSet<_>>().len();
        if classes < 2 {
            return Err(FitError::OneClassOfSamples);
        }
        let run = Run {
            graph: self.graph,
            train: self.train,
            test: None,
            recipe: self.recipe,
            trained: self.trained.clone(),
            device: self.device,
        };
        let open = |place| {
            let identity = Identity::new(self.recipe, &self.trained, self.graph, self.train, None);
            Keeper::open(place, identity)
        };
        let keeping = self.checkpoint.map(open).transpose()?;
        in_pool(self.threads, || run.train(keeping, watch))
    }
}

/// How many samples a graph gets right, and its loss.
///
/// # Errors
/// Where a class of the samples is unknown to the network, or the engine fails.
pub fn judge_samples(graph: &Graph, samples: &dyn Samples, device: &str, threads: usize) -> Result<Share, FitError> {
    let network = graph.output_shape()?.first().copied().unwrap_or(0);
    if network != samples.classes() {
        return Err(FitError::Classes { network, data: samples.classes() });
    }
    let all: Vec<usize> = (0..samples.labels().len()).collect();
    in_pool(threads, || judge(graph, device, samples, &all, &Silent)).map(|judged| judged.share)
}
