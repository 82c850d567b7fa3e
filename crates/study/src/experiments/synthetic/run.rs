//! The experiment: ten rows, in parallel over rows, the same bits for any number of threads.

use std::sync::{
    Mutex,
    atomic::{AtomicUsize, Ordering},
};

use serde::Serialize;

use super::{
    PAPER_SEED, SigmoidNetwork, SyntheticError, SyntheticRow, SyntheticWorld,
    measure_row::{TargetSide, measure_row},
    output_moments::output_moments,
    weight_deviations,
};

/// Rows of the experiment.
pub const ROWS: usize = 10;

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct SyntheticOptions {
    /// Which singular direction the attack uses; 0 is the attack of the paper.
    pub level: usize,
    /// Seed of the deviations; [`PAPER_SEED`] for the published tables.
    pub deviation_seed: u32,
    /// Threads; the numbers do not depend on it.
    #[serde(skip)]
    pub threads: usize,
}

impl Default for SyntheticOptions {
    fn default() -> Self {
        Self { level: 0, deviation_seed: PAPER_SEED, threads: 1 }
    }
}

/// What came out.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SyntheticResult {
    /// Number of samples N.
    pub samples: usize,
    /// Input dimension n.
    pub inputs: usize,
    /// Output dimension d.
    pub outputs: usize,
    /// Hidden width of the source.
    pub source_width: usize,
    /// Hidden width of the target.
    pub target_width: usize,
    /// Level of the attack.
    pub level: usize,
    /// Seed of the deviations.
    pub deviation_seed: u32,
    /// Widths of the networks whose random initial weights were drawn before the deviations.
    pub constructed_before: Vec<usize>,
    /// sqrt(E|y - E y|²): the loss of the best constant, which every loss is to be held against.
    pub spread: f64,
    /// The rows.
    pub rows: Vec<SyntheticRow>,
}

/// Runs the experiment on a world (paper §12.1).
///
/// # Errors
/// [`SyntheticError::Level`] for a level the networks do not have, and whatever a row cannot do.
///
/// ```
/// use transferscope_study::experiments::synthetic::{GeneratedOptions, SyntheticOptions, generate, run};
///
/// let small = GeneratedOptions { samples: 60, steps: 20, ..GeneratedOptions::default() };
/// let result = run(&generate(&small)?, &SyntheticOptions::default())?;
/// assert_eq!(result.rows.len(), 10);
/// assert!(result.rows[0].loss_source <= result.rows[0].loss_source_raw);
/// # Ok::<(), transferscope_study::experiments::synthetic::SyntheticError>(())
/// ```
pub fn run(world: &SyntheticWorld, options: &SyntheticOptions) -> Result<SyntheticResult, SyntheticError> {
    check_level(world, options.level)?;
    let constructed_before = world.constructed_before(options.level);
    let deviations = weight_deviations(world.source(), &constructed_before, options.deviation_seed)?;
    let target = TargetSide::new(world, options.level, options.threads)?;
    let rows = in_parallel(options.threads, ROWS, |row| measure_row(world, &target, &deviations, row, options.level))?;
    Ok(SyntheticResult {
        samples: world.inputs().rows(),
        inputs: world.inputs().columns(),
        outputs: world.outputs().columns(),
        source_width: world.source().width(),
        target_width: world.target().width(),
        level: options.level,
        deviation_seed: options.deviation_seed,
        constructed_before,
        spread: output_moments(world.outputs(), world.outputs())?.star.trace().sqrt(),
        rows,
    })
}

/// The deviations that [`run`] uses.
pub(super) fn deviations(world: &SyntheticWorld, options: &SyntheticOptions) -> Result<SigmoidNetwork, SyntheticError> {
    weight_deviations(world.source(), &world.constructed_before(options.level), options.deviation_seed)
}

pub(super) fn check_level(world: &SyntheticWorld, level: usize) -> Result<(), SyntheticError> {
    let last = world.outputs().columns().min(world.inputs().columns()).saturating_sub(1);
    if level > last { Err(SyntheticError::Level { level, last }) } else { Ok(()) }
}

/// `work(0)`, …, `work(count - 1)` on up to `threads` threads; results in index order, so they do not depend on it.
pub(super) fn in_parallel<T: Send>(
    threads: usize,
    count: usize,
    work: impl Fn(usize) -> Result<T, SyntheticError> + Sync,
) -> Result<Vec<T>, SyntheticError> {
    let next = AtomicUsize::new(0);
    let done: Mutex<Vec<Option<Result<T, SyntheticError>>>> = Mutex::new((0..count).map(|_| None).collect());
    let worker = || {
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            if index >= count {
                break;
            }
            let result = work(index);
            if let Ok(mut done) = done.lock() {
                done[index] = Some(result);
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..threads.clamp(1, count.max(1)) {
            scope.spawn(worker);
        }
        worker();
    });
    let done = done.into_inner().map_err(|_| SyntheticError::Thread)?;
    done.into_iter().map(|result| result.unwrap_or(Err(SyntheticError::Thread))).collect()
}
