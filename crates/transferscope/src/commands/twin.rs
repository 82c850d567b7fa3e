//! The untrained twin: what the measures give where the source learned nothing.

use transferscope_import::spec::LoadedNetwork;
use transferscope_lab::{
    data::ImageSet,
    deviate::{Plan, deviate},
    roles::{Pair, Source, Target},
    subject::Subject,
    twin::untrained_twin,
};
use transferscope_study::measurement::{TwinRecord, directions_of};
use transferscope_theory::transferability::ReportOptions;

use super::{
    measure::failed,
    subjects::{self, RunOptions},
};
use crate::{console::Console, exit::Failure};

/// What is measured with a twin in the source's place.
pub struct Wish<'a> {
    /// The network whose twin is made.
    pub source: &'a LoadedNetwork,
    /// The other network of the pair.
    pub target: &'a Subject,
    /// The images.
    pub images: &'a ImageSet,
    /// What was done to the pair.
    pub plan: &'a Plan,
    /// How networks are run.
    pub run: &'a RunOptions,
    /// Random pairings behind the permuted reference.
    pub permutations: usize,
}

/// Measures the pair with the source replaced by its untrained twin; the plan's seed draws the twin's weights.
///
/// # Errors
/// As a measurement.
pub fn measure(wish: &Wish<'_>, console: &Console) -> Result<TwinRecord, Failure> {
    let graph = subjects::attached(wish.source, wish.images)?;
    let seed = wish.plan.seed;
    let twin = untrained_twin(&graph, wish.images, seed).map_err(Failure::not_possible)?;
    let subject = subjects::subject_of(wish.source, &twin, wish.run)?;
    let pair = Pair { source: Source(&subject), target: Target(wish.target) };
    let plan = Plan { keep_images: false, moments: false, ..wish.plan.clone() };
    let progress = console.progress("images, untrained twin");
    let deviated = deviate(pair, wish.images, &plan, &progress).map_err(failed)?;
    let options = ReportOptions { permutations: wish.permutations, seed, ..ReportOptions::default() };
    let [s_to_t, t_to_s] = directions_of(&deviated, false, &options).map_err(Failure::not_possible)?;
    let about = format!(
        "source replaced by the same graph with fresh weights (seed {seed}), batch normalization calibrated on the \
         first of the measured images"
    );
    Ok(TwinRecord { about, s_to_t, t_to_s })
}
