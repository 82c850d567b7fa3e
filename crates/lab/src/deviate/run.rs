//! Running a plan over a data set: chunks in parallel, merged in order.

use rayon::prelude::*;
use transferscope_network::array::Array;
use transferscope_theory::statistics::CHUNK;

use super::{Deviated, Plan, PlanError, Shard, chunk};
use crate::{
    attacks::AttackError,
    data::{DataError, ImageSet},
    roles::Pair,
    subject::SubjectError,
};

/// Why a run over a pair failed.
#[derive(Debug, thiserror::Error)]
pub enum DeviateError {
    /// The plan cannot be meant.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// The data failed.
    #[error(transparent)]
    Data(#[from] DataError),
    /// A network failed.
    #[error(transparent)]
    Subject(#[from] SubjectError),
    /// An attack failed.
    #[error(transparent)]
    Attack(#[from] AttackError),
    /// Correct images were asked for, but the data do not say what is correct.
    #[error("--images {images} needs labels of the networks' own classes, but {reason}; use --images all")]
    NoLabels {
        /// The filter.
        images: &'static str,
        /// Why it cannot be kept.
        reason: String,
    },
    /// Nothing is left to measure.
    #[error("no image is left to measure: the data hold {available}, and {filtered} of them were left out by --images")]
    NoImages {
        /// Images of the data in this shard.
        available: usize,
        /// Images left out by the filter.
        filtered: usize,
    },
    /// A measure's part failed.
    #[error("{0}")]
    Theory(String),
    /// The worker threads could not be started.
    #[error("the worker threads could not be started: {0}")]
    Threads(String),
    /// The user stopped it.
    #[error("stopped")]
    Stopped,
}

/// What a long run tells, and asks, while it works. Called from worker threads.
pub trait Progress: Sync {
    /// So many of so many images are done.
    fn advanced(&self, done: usize, total: usize);

    /// Whether to stop.
    fn stopped(&self) -> bool {
        false
    }
}

/// Tells nothing and never stops.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Progress for Silent {
    fn advanced(&self, _: usize, _: usize) {}
}

/// Runs a plan over a pair.
///
/// Work is cut into chunks of 64 images by their place in the data; each is done by one thread; results are merged in
/// the order of the data. So any number of threads gives the same bits, and the shards of a run, put together in the
/// order of their images, give the bits of the whole.
///
/// # Errors
/// See [`DeviateError`].
pub fn deviate(
    pair: Pair<'_>,
    data: &ImageSet,
    plan: &Plan,
    progress: &dyn Progress,
) -> Result<Deviated, DeviateError> {
    plan.check()?;
    check_labels(pair, data, plan)?;
    let shape = data.shape();
    let parts = over_chunks(data.len(), plan.shard, plan.threads, progress, |range| {
        let pixels = data.decode(range.clone())?;
        let images = Array::new(vec![range.len(), shape.channels, shape.height, shape.width], pixels)
            .map_err(|error| DeviateError::Theory(error.to_string()))?;
        let part = chunk::Chunk {
            index: range.start / CHUNK,
            images,
            ids: data.ids()[range.clone()].to_vec(),
            labels: data.labels().map(|labels| labels[range.clone()].to_vec()),
        };
        chunk::chunk(pair, plan, part)
    })?;
    let mut merged = Deviated::default();
    for part in parts {
        merged.append(part).map_err(DeviateError::Theory)?;
    }
    if merged.ids.is_empty() {
        return Err(DeviateError::NoImages { available: merged.filtered, filtered: merged.filtered });
    }
    Ok(merged)
}

/// Does the work chunk by chunk of a shard, in so many threads; the results stand in the order of the samples.
pub(crate) fn over_chunks<T: Send, E: From<DeviateError> + Send>(
    images: usize,
    shard: Shard,
    threads: usize,
    progress: &dyn Progress,
    work: impl Fn(std::ops::Range<usize>) -> Result<T, E> + Sync,
) -> Result<Vec<T>, E> {
    let chunks: Vec<usize> = (0..images.div_ceil(CHUNK)).filter(|&index| shard.holds(index)).collect();
    let range = |index: usize| index * CHUNK..images.min((index + 1) * CHUNK);
    let total: usize = chunks.iter().map(|&index| range(index).len()).sum();
    let done = std::sync::atomic::AtomicUsize::new(0);
    let one = |&index: &usize| -> Result<T, E> {
        if progress.stopped() {
            return Err(DeviateError::Stopped.into());
        }
        let range = range(index);
        let count = range.len();
        let result = work(range)?;
        let now = done.fetch_add(count, std::sync::atomic::Ordering::Relaxed) + count;
        progress.advanced(now, total);
        Ok(result)
    };
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .map_err(|error| DeviateError::Threads(error.to_string()))?;
    pool.install(|| chunks.par_iter().map(one).collect())
}

pub(super) fn check_labels(pair: Pair<'_>, data: &ImageSet, plan: &Plan) -> Result<(), DeviateError> {
    use super::Images;
    let needed = match plan.images {
        Images::All => return Ok(()),
        Images::SourceCorrect => vec![pair.source.0],
        Images::TargetCorrect => vec![pair.target.0],
        Images::BothCorrect => vec![pair.source.0, pair.target.0],
    };
    let refuse = |reason: String| Err(DeviateError::NoLabels { images: plan.images.name(), reason });
    if data.labels().is_none() {
        return refuse(format!("the data '{}' have no labels", data.name()));
    }
    for subject in needed {
        if let Some(reason) = subject.label_mismatch(data) {
            return refuse(reason);
        }
    }
    Ok(())
}
