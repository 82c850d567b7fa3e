//! How much work a study is: from what an image costs each network, the time of each kind of step.

use serde::Serialize;

use super::{AttackOnWords, CellKind, Study, TransferMethod, cells::twin_of};

/// The work of one kind of step.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct WorkItem {
    /// What is done.
    pub what: &'static str,
    /// How many cells do it.
    pub cells: usize,
    /// Seconds.
    pub seconds: f64,
}

/// What an image costs a network on some machine, in seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Pace {
    /// A forward pass.
    pub forward: f64,
    /// Its share of a training step.
    pub training: f64,
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

/// An input gradient costs a forward pass and as much again.
const ATTACK_PASSES: f64 = 2.0;
/// Words that an attack on words changes in a text, as a rule: in each round a gradient, and a pass for each text tried.
const ROUNDS_OF_WORDS: f64 = 2.0;

impl Work {
    /// All of it, in seconds.
    #[must_use]
    pub fn seconds(&self) -> f64 {
        self.items.iter().map(|item| item.seconds).sum()
    }
}

/// The work of a study on so many images, where `pace` knows what an image costs a network of this name and width.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "counts of images as shares of hours")]
pub fn work_of(study: &Study, cells: &[super::Cell], images: &[ImageCounts], pace: impl Fn(&str, f64) -> Pace) -> Work {
    let mut items = [
        WorkItem { what: "train references", cells: 0, seconds: 0.0 },
        WorkItem { what: "train sources", cells: 0, seconds: 0.0 },
        WorkItem { what: "carry over", cells: 0, seconds: 0.0 },
        WorkItem { what: "attack and measure", cells: 0, seconds: 0.0 },
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
    let mut add = |item: usize, seconds: f64| {
        items[item].cells += 1;
        items[item].seconds += seconds;
    };
    let limited = |count: usize, limit: Option<usize>| limit.map_or(count, |limit| limit.min(count)) as f64;
    for cell in cells {
        match cell.kind {
            CellKind::TrainReference { reference, task, .. } => {
                let network = &study.references[reference];
                let passes = limited(images[task].target, network.recipe.images) * network.recipe.epochs as f64;
                add(0, passes * pace(&network.network, network.width).training);
            }
            CellKind::TrainSource { source, .. } => {
                let network = &study.sources[source];
                let share = network.transform.fraction * f64::from(u8::from(!network.untrained));
                let passes = share * limited(images[0].source, network.recipe.images) * network.recipe.epochs as f64;
                add(1, passes * pace(&network.network, network.width).training);
            }
            CellKind::Transfer { source, task, .. } | CellKind::TwinTransfer { source, task, .. } => {
                let network = &study.sources[twin_of(study, source)];
                let training = limited(images[task].target, study.transfer.images);
                let epochs = study.transfer.recipe.epochs as f64;
                let Pace { forward, training: step } = pace(&network.network, network.width);
                let fitted = match study.transfer.method {
                    TransferMethod::Probe => training * forward,
                    TransferMethod::LastLayer => training * epochs * forward,
                    TransferMethod::Full => training * epochs * step,
                };
                add(2, fitted + images[task].outcome as f64 * forward);
            }
            CellKind::Pair { source, task, .. } => {
                let network = &study.sources[source];
                let own = attacked(task) * pace(&network.network, network.width).forward;
                let mut seen = 0.0;
                for reference in &study.references {
                    let perturbed = (images[task].alpha * study.attack.restarts * study.attack.eps.len()) as f64;
                    let passes = perturbed * study.reference_seeds.len() as f64;
                    seen += passes * pace(&reference.network, reference.width).forward;
                }
                add(3, own + seen);
            }
            CellKind::RawPixels { .. } | CellKind::Examples { .. } => {}
        }
    }
    Work { items: items.to_vec() }
}
