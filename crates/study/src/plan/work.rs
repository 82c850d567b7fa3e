//! How much work a study is: multiplications of each step, and from a measured rate the minutes.

use serde::Serialize;
use transferscope_network::{graph::GraphError, passes::cost};

use super::{AttackOnWords, CellKind, Study, TransferMethod, cells::twin_of, network_sketch};

/// The work of one kind of step.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct WorkItem {
    /// What is done.
    pub what: &'static str,
    /// How many cells do it.
    pub cells: usize,
    /// Multiply-adds, in units of 10^12.
    pub tera: f64,
}

/// The work of a study, by kind of step.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Work {
    /// Each kind of step.
    pub items: Vec<WorkItem>,
}

/// How many images there are of each kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ImageCounts {
    /// That each source is trained on, before fractions.
    pub source: usize,
    /// That references are trained on, by task.
    pub target: usize,
    /// That alpha is measured on, by task.
    pub alpha: usize,
    /// That score the outcome, by task.
    pub outcome: usize,
}

/// A training step costs a forward pass and twice as much backwards; an input gradient a forward pass and as much again.
const TRAINING_PASSES: f64 = 3.0;
const ATTACK_PASSES: f64 = 2.0;
/// Words that an attack on words changes in a text, as a rule: in each round a gradient, and a pass for each text tried.
const ROUNDS_OF_WORDS: f64 = 2.0;

impl Work {
    /// All multiply-adds, in units of 10^12.
    #[must_use]
    pub fn tera(&self) -> f64 {
        self.items.iter().map(|item| item.tera).sum()
    }
}

/// The work of a study on so many images.
///
/// # Errors
/// Where an architecture cannot be counted.
#[expect(clippy::cast_precision_loss, reason = "counts of images and operations as shares of hours")]
pub fn work_of(study: &Study, cells: &[super::Cell], images: &[ImageCounts]) -> Result<Work, GraphError> {
    let operations = |network: &str, width: f64| -> Result<f64, GraphError> {
        match network_sketch(study, network, width) {
            Ok(graph) => Ok(cost(&graph)?.multiply_adds as f64 * 1e-12),
            Err(_) => Ok(0.0),
        }
    };
    let mut items = [
        WorkItem { what: "train references", cells: 0, tera: 0.0 },
        WorkItem { what: "train sources", cells: 0, tera: 0.0 },
        WorkItem { what: "carry over", cells: 0, tera: 0.0 },
        WorkItem { what: "attack and measure", cells: 0, tera: 0.0 },
    ];
    let attacked = |task: usize| {
        let counts = images[task];
        let perturbed = (counts.alpha * study.attack.restarts * study.attack.eps.len()) as f64;
        // Own attack, own pass over it, noise, and a pass for each reference's images.
        let references = (study.references.len() * study.reference_seeds.len()) as f64;
        let attack = match study.attack.on_words {
            None => ATTACK_PASSES * study.attack.steps as f64,
            Some(AttackOnWords { beam, tried, .. }) => ROUNDS_OF_WORDS * (beam as f64) * (ATTACK_PASSES + tried as f64),
        };
        perturbed * (attack + 2.0 + references)
    };
    let mut add = |item: usize, tera: f64| {
        items[item].cells += 1;
        items[item].tera += tera;
    };
    let limited = |count: usize, limit: Option<usize>| limit.map_or(count, |limit| limit.min(count)) as f64;
    for cell in cells {
        match cell.kind {
            CellKind::TrainReference { reference, task, .. } => {
                let network = &study.references[reference];
                let passes = limited(images[task].target, network.recipe.images) * network.recipe.epochs as f64;
                add(0, TRAINING_PASSES * passes * operations(&network.network, network.width)?);
            }
            CellKind::TrainSource { source, .. } => {
                let network = &study.sources[source];
                let share = network.transform.fraction * f64::from(u8::from(!network.untrained));
                let passes = share * limited(images[0].source, network.recipe.images) * network.recipe.epochs as f64;
                add(1, TRAINING_PASSES * passes * operations(&network.network, network.width)?);
            }
            CellKind::Transfer { source, task, .. } | CellKind::TwinTransfer { source, task, .. } => {
                let network = &study.sources[twin_of(study, source)];
                let training = limited(images[task].target, study.transfer.images);
                let epochs = study.transfer.recipe.epochs as f64;
                let passes = match study.transfer.method {
                    TransferMethod::Probe => training,
                    TransferMethod::LastLayer => training * epochs,
                    TransferMethod::Full => TRAINING_PASSES * training * epochs,
                };
                add(2, (passes + images[task].outcome as f64) * operations(&network.network, network.width)?);
            }
            CellKind::Pair { source, task, .. } => {
                let network = &study.sources[source];
                let own = attacked(task) * operations(&network.network, network.width)?;
                let mut seen = 0.0;
                for reference in &study.references {
                    let perturbed = (images[task].alpha * study.attack.restarts * study.attack.eps.len()) as f64;
                    let passes = perturbed * study.reference_seeds.len() as f64;
                    seen += passes * operations(&reference.network, reference.width)?;
                }
                add(3, own + seen);
            }
            CellKind::RawPixels { .. } | CellKind::Examples { .. } => {}
        }
    }
    Ok(Work { items: items.to_vec() })
}
