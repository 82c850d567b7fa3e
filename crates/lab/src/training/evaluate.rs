//! What a network says of many samples: chunks of 64, each on one thread, folded in order.

use rayon::prelude::*;
use transferscope_engine::{EngineChoice, Feed, Frozen, compile};
use transferscope_network::{array::Array, graph::Graph};
use transferscope_theory::statistics::CHUNK;

use super::{
    FitError, Share,
    fit::in_pool,
    loss::Tally,
    samples::{Images, Samples},
};
use crate::{
    data::ImageSet,
    deviate::{Progress, Silent},
    objective::prediction,
    outcome::Outcome,
};

/// A named value of a network for the chosen samples, `[N, …]`. The bits depend on the samples alone, not on threads.
pub(super) fn values(
    network: &dyn Frozen,
    name: &str,
    samples: &dyn Samples,
    indices: &[usize],
    progress: &dyn Progress,
) -> Result<Array<f32>, FitError> {
    let done = std::sync::atomic::AtomicUsize::new(0);
    let chunk = |chunk: &[usize]| -> Result<Array<f32>, FitError> {
        if progress.stopped() {
            return Err(FitError::Stopped);
        }
        let feed = Feed::batch(samples.batch(chunk)?);
        let mut values = network.forward(&feed, &[name])?;
        let now = done.fetch_add(chunk.len(), std::sync::atomic::Ordering::Relaxed) + chunk.len();
        progress.advanced(now, indices.len());
        Ok(values.swap_remove(0))
    };
    let parts: Vec<Array<f32>> = indices.par_chunks(CHUNK).map(chunk).collect::<Result<_, _>>()?;
    let mut shape = parts.first().map_or_else(|| vec![0], |part| part.shape().to_vec());
    shape[0] = indices.len();
    let numbers = parts.into_iter().flat_map(Array::into_data).collect();
    Ok(Array::new(shape, numbers)?)
}

/// The prediction of each chosen sample, and what they amount to.
pub(super) struct Judged {
    pub predictions: Vec<usize>,
    pub share: Share,
}

/// Runs a graph from samples to logits, and compares with the labels.
#[expect(clippy::cast_precision_loss, reason = "counts of images are small")]
pub(super) fn judge(
    graph: &Graph,
    device: &str,
    samples: &dyn Samples,
    indices: &[usize],
    progress: &dyn Progress,
) -> Result<Judged, FitError> {
    let network = compile(graph, EngineChoice::Auto, device)?;
    let logits = values(network.as_ref(), network.output(), samples, indices, progress)?;
    let wanted: Vec<u32> = indices.iter().map(|&index| samples.labels()[index]).collect();
    let mut tally = Tally::default();
    tally.add(&logits, &wanted, 0.0);
    let wide = logits.to_f64();
    let predictions = (0..wide.rows()).map(|row| prediction(wide.row(row))).collect();
    let loss = tally.loss / indices.len().max(1) as f64;
    Ok(Judged { predictions, share: Share { right: tally.right, images: indices.len(), loss } })
}

/// Right and wrong of a graph from pixels in `[0,1]` to logits on labelled images.
///
/// # Errors
/// Where labels are missing, a class of the data is unknown to the network, or the engine fails.
pub fn measure_accuracy(graph: &Graph, images: &ImageSet, device: &str, threads: usize) -> Result<Outcome, FitError> {
    in_pool(threads, || accuracy_here(graph, images, device))
}

/// The same on the threads of the caller's pool.
pub(super) fn accuracy_here(graph: &Graph, images: &ImageSet, device: &str) -> Result<Outcome, FitError> {
    let samples = Images::for_judging(images)?;
    let network = graph.output_shape()?.first().copied().unwrap_or(0);
    if network != samples.classes() {
        return Err(FitError::Classes { network, data: samples.classes() });
    }
    let all: Vec<usize> = (0..images.len()).collect();
    let judged = judge(graph, device, &samples, &all, &Silent)?;
    let labels = samples.labels().iter();
    let correct = judged.predictions.iter().zip(labels).map(|(&said, &label)| said == label as usize).collect();
    Outcome::new(images.ids().to_vec(), correct).ok_or_else(|| FitError::NoLabels(images.name().to_owned()))
}
