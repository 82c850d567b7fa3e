//! The training loop: shuffled batches, cross entropy against labels, one step each; the best epoch is kept.

use std::sync::Arc;

use transferscope_engine::{
    EngineError,
    trainable::{Trainable, Trained, Training, compile_trainable},
};
use transferscope_network::{array::Array, graph::Graph, passes::reweighted};

use super::{
    Checkpointing, Epoch, FitError, Fitted, Recipe, Selection, Share, Watch,
    checkpoint::{Arrays, Checkpoint, Identity, Keeper, Standing},
    dropout::Dropout,
    evaluate::judge,
    loss::{Tally, gradient},
    samples::{Images, Samples},
    split::{Split, shuffle, stratified_split},
};
use crate::{data::ImageSet, deviate::Silent, seed::stream};

/// One run of training: what is trained, on what, how.
///
/// The same values give the same bits, for any number of threads, and however often the run is ended and resumed.
///
/// ```
/// use transferscope_lab::{data, training::{Fit, Recipe, Watch}};
/// use transferscope_network::zoo::{Settings, find};
/// let digits = data::load("digits#split=train&limit=100&seed=1")?;
/// let fc = find("fc")?;
/// let graph = fc.build(&Settings { width: 0.05, ..Settings::with_classes(10) })?;
/// let attached = fc.contract(10).attach(&graph, [1, 8, 8])?;
/// let recipe = Recipe { epochs: 2, ..Recipe::default() };
/// let fitted = Fit::new(&attached, &digits, &recipe).run(&Watch::nobody())?;
/// assert_eq!(fitted.history.len(), 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Fit<'a> {
    /// From pixels (`[N, channels, height, width]` of the data, in `[0,1]`) to logits, with the weights to start from.
    pub graph: &'a Graph,
    /// The images that are learned from.
    pub train: &'a ImageSet,
    /// Images that only [`Selection::BestOnTest`] looks at.
    pub test: Option<&'a ImageSet>,
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

impl<'a> Fit<'a> {
    /// All weights, on the processor with one thread, without checkpoints.
    #[must_use]
    pub fn new(graph: &'a Graph, train: &'a ImageSet, recipe: &'a Recipe) -> Self {
        Self { graph, train, test: None, recipe, trained: Trained::All, device: "flex", threads: 1, checkpoint: None }
    }

    /// Trains.
    ///
    /// # Errors
    /// See [`FitError`]. After [`FitError::Stopped`] the checkpoint is that of the last finished epoch.
    pub fn run(&self, watch: &Watch<'_>) -> Result<Fitted, FitError> {
        in_pool(self.threads, || self.run_here(watch))
    }

    /// The same on the threads of the caller's pool.
    pub(super) fn run_here(&self, watch: &Watch<'_>) -> Result<Fitted, FitError> {
        self.recipe.check()?;
        let train = Images::new(self.train, self.recipe.augmentation, self.recipe.seed)?;
        let test = match (self.recipe.selection, self.test) {
            (Selection::BestOnTest, None) => return Err(FitError::NoTest),
            (Selection::BestOnTest, Some(test)) => Some(Images::for_judging(test)?),
            (Selection::BestOnValidation { .. } | Selection::LastEpoch, _) => None,
        };
        let keeping = match self.checkpoint {
            None => None,
            Some(place) => {
                let test = test.as_ref().map(|images| images as &dyn Samples);
                let identity = Identity::new(self.recipe, &self.trained, self.graph, &train, test);
                Some(Keeper::open(place, identity)?)
            }
        };
        let run = Run {
            graph: self.graph,
            train: &train,
            test: test.as_ref().map(|images| images as &dyn Samples),
            recipe: self.recipe,
            trained: self.trained.clone(),
            device: self.device,
        };
        run.train(keeping, watch)
    }
}

/// Does work on a pool of so many threads.
pub(super) fn in_pool<T: Send, E: Send + From<FitError>>(
    threads: usize,
    work: impl FnOnce() -> Result<T, E> + Send,
) -> Result<T, E> {
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads.max(1))
        .build()
        .map_err(|error| FitError::Threads(error.to_string()))?;
    pool.install(work)
}

/// A run over samples of any kind.
pub(super) struct Run<'a> {
    pub graph: &'a Graph,
    pub train: &'a dyn Samples,
    pub test: Option<&'a dyn Samples>,
    pub recipe: &'a Recipe,
    pub trained: Trained,
    pub device: &'a str,
}

impl Run<'_> {
    pub(super) fn train(
        &self,
        keeping: Option<(Keeper, Option<Checkpoint>)>,
        watch: &Watch<'_>,
    ) -> Result<Fitted, FitError> {
        self.check_classes(self.train)?;
        self.test.map_or(Ok(()), |test| self.check_classes(test))?;
        let split = self.split()?;
        let (keeper, found) = keeping.map_or((None, None), |(keeper, found)| (Some(keeper), found));
        let dropout = Dropout::new(self.graph, self.recipe)?;
        let (mut network, mut standing, mut best) = self.begin(found, &dropout)?;
        let first = standing.history.len();
        for epoch in first..self.recipe.epochs {
            if standing.out_of_patience {
                break;
            }
            let row = self.epoch(network.as_mut(), &split, &dropout, epoch, first, watch)?;
            let weights = network.weights()?;
            if self.is_best(row.selection, standing.best.and_then(|(_, best)| best)) {
                standing.best = Some((row.epoch, row.selection));
                best.clone_from(&weights);
            }
            standing.out_of_patience = self.is_out_of_patience(&standing, row.epoch);
            standing.history.push(row);
            if let Some(keeper) = &keeper {
                let checkpoint = Checkpoint { standing, weights, best, optimizer: network.optimizer_state() };
                keeper.write(&checkpoint)?;
                (standing, best) = (checkpoint.standing, checkpoint.best);
            }
            if let (Some(tell), Some(row)) = (watch.epoch, standing.history.last()) {
                tell(row);
            }
        }
        Ok(Fitted {
            graph: with_weights(self.graph, best)?,
            kept_epoch: standing.best.map_or(0, |(epoch, _)| epoch),
            stopped_early: standing.history.len() < self.recipe.epochs,
            history: standing.history,
        })
    }

    fn check_classes(&self, samples: &dyn Samples) -> Result<(), FitError> {
        let network = self.graph.output_shape()?.first().copied().unwrap_or(0);
        let data = samples.classes();
        if network == data { Ok(()) } else { Err(FitError::Classes { network, data }) }
    }

    fn split(&self) -> Result<Split, FitError> {
        let labels = self.train.labels();
        match self.recipe.selection {
            Selection::BestOnValidation { share, .. } => {
                let split = stratified_split(labels, share, self.recipe.seed);
                if split.validation.is_empty() { Err(FitError::NoValidation) } else { Ok(split) }
            }
            Selection::LastEpoch | Selection::BestOnTest => {
                Ok(Split { training: (0..labels.len()).collect(), validation: Vec::new() })
            }
        }
    }

    /// The network at the start, or as a checkpoint left it.
    fn begin(
        &self,
        found: Option<Checkpoint>,
        dropout: &Dropout<'_>,
    ) -> Result<(Box<dyn Trainable>, Standing, Arrays), FitError> {
        let training = Training {
            masked: dropout.places.clone(),
            ..Training::new(self.recipe.optimizer.into(), self.trained.clone())
        };
        let Some(found) = found else {
            return Ok((compile_trainable(self.graph, &training, self.device)?, Standing::default(), Vec::new()));
        };
        let graph = with_weights(self.graph, found.weights)?;
        let mut network = compile_trainable(&graph, &training, self.device)?;
        network.restore_optimizer_state(found.optimizer)?;
        Ok((network, found.standing, found.best))
    }

    #[expect(clippy::cast_precision_loss, reason = "counts of images are small")]
    fn epoch(
        &self,
        network: &mut dyn Trainable,
        split: &Split,
        dropout: &Dropout<'_>,
        epoch: usize,
        first: usize,
        watch: &Watch<'_>,
    ) -> Result<Epoch, FitError> {
        let began = watch.seconds.map(|seconds| seconds());
        let (recipe, images) = (self.recipe, split.training.len());
        let steps_an_epoch = images.div_ceil(recipe.batch);
        let mut order = split.training.clone();
        if !recipe.in_order {
            shuffle(&mut order, &mut stream(recipe.seed, "order of images", epoch as u64, 0));
        }
        let mut tally = Tally::default();
        for (place, batch) in order.chunks(recipe.batch).enumerate() {
            if watch.progress.stopped() {
                return Err(FitError::Stopped);
            }
            let step = epoch * steps_an_epoch + place;
            let masks = dropout.masks(batch.len(), step)?;
            self.step(network, batch, &masks, epoch, recipe.rate_at(step, steps_an_epoch), &mut tally)?;
            let done_before = first * steps_an_epoch;
            watch.progress.advanced(step + 1 - done_before, recipe.epochs * steps_an_epoch - done_before);
        }
        let rate = recipe.rate_at(epoch * steps_an_epoch, steps_an_epoch);
        let diverged = |what: &str| FitError::Diverged { epoch: epoch + 1, rate, what: what.to_owned() };
        let is_finite = |array: &Array<f32>| array.data().iter().all(|number| number.is_finite());
        if !tally.loss.is_finite() || !network.weights()?.iter().all(|(_, array)| is_finite(array)) {
            return Err(diverged("NaN or infinity among the weights"));
        }
        let selecting = match (recipe.selection, self.test) {
            (Selection::BestOnTest, Some(test)) => Some((test, (0..test.labels().len()).collect())),
            (Selection::BestOnValidation { .. }, _) => Some((self.train, split.validation.clone())),
            (Selection::BestOnTest | Selection::LastEpoch, _) => None,
        };
        let selection = match selecting {
            None => None,
            Some((samples, indices)) => match judge(&network.graph()?, self.device, samples, &indices, &Silent) {
                Ok(judged) if judged.share.loss.is_finite() => Some(judged.share),
                Ok(_) | Err(FitError::Engine(EngineError::NotFinite { .. })) => {
                    return Err(diverged("NaN or infinity among the outputs"));
                }
                Err(other) => return Err(other),
            },
        };
        Ok(Epoch {
            epoch: epoch + 1,
            rate,
            train_loss: tally.loss / images as f64,
            train_right: tally.right,
            train_images: images,
            selection,
            seconds: began.zip(watch.seconds).map(|(began, seconds)| seconds() - began),
        })
    }

    fn step(
        &self,
        network: &mut dyn Trainable,
        batch: &[usize],
        masks: &[Array<f32>],
        epoch: usize,
        rate: f64,
        tally: &mut Tally,
    ) -> Result<(), FitError> {
        let input = self.train.training_batch(batch, epoch)?;
        let wanted: Vec<u32> = batch.iter().map(|&index| self.train.labels()[index]).collect();
        let smoothing = self.recipe.label_smoothing;
        let mut rule = |values: &[Array<f32>]| {
            Ok(values.iter().map(|logits| gradient(logits, &wanted, smoothing, tally)).collect())
        };
        match network.masked_step(&input, masks, &mut rule, rate) {
            Ok(_) => Ok(()),
            Err(EngineError::NotFinite { name }) => {
                let what = format!("NaN or infinity at '{name}'");
                Err(FitError::Diverged { epoch: epoch + 1, rate, what })
            }
            Err(other) => Err(other.into()),
        }
    }

    /// On validation images the smaller loss decides between equals; the paper's code takes the first of them.
    fn is_best(&self, found: Option<Share>, best: Option<Share>) -> bool {
        match (self.recipe.selection, found, best) {
            (Selection::BestOnTest, Some(found), Some(best)) => found.right > best.right,
            (_, Some(found), Some(best)) => found.is_better_than(&best),
            (_, _, None) | (_, None, _) => true,
        }
    }

    fn is_out_of_patience(&self, standing: &Standing, epoch: usize) -> bool {
        match (self.recipe.selection, standing.best) {
            (Selection::BestOnValidation { patience: Some(patience), .. }, Some((best, _))) => epoch >= best + patience,
            _ => false,
        }
    }
}

/// The same graph with these weights.
fn with_weights(graph: &Graph, weights: Arrays) -> Result<Graph, FitError> {
    Ok(reweighted(graph, weights.into_iter().map(|(name, array)| (name, Arc::new(array))))?)
}
