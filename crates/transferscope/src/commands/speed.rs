//! How fast this machine is, measured on each network of a study: for estimates of time.

use std::time::Instant;

use transferscope_engine::{
    Feed, compile,
    trainable::{Optimizer, Trained, Training, compile_trainable},
};
use transferscope_network::{array::Array, passes::cost, zoo::initial_weight};
use transferscope_study::plan::{Pace, PretrainedText, Study, network_sketch};

use super::study_folder::Machine;
use crate::exit::Failure;

/// Samples of a measured pass: of a network of more than [`LARGE`] multiply-adds a sample, the fewer.
const SAMPLES: [usize; 2] = [64, 16];
const LARGE: usize = 100_000_000;
/// A pass is made again until so many rounds or seconds are over; the fastest counts, since others may be at work.
const ROUNDS: usize = 3;
const SECONDS: f64 = 1.0;

/// What a sample costs each network of some studies on this machine, with all of its threads.
#[derive(Default)]
pub struct Paces(Vec<(String, f64, Pace)>);

impl Paces {
    /// Measures each architecture and width that has not been measured: forward passes, and steps of training. Networks of
    /// folders that have not been read are passed over.
    ///
    /// # Errors
    /// Where the engine cannot run a network.
    pub fn measure(&mut self, study: &Study, pretrained: &[PretrainedText], machine: &Machine) -> Result<(), Failure> {
        let pool =
            rayon::ThreadPoolBuilder::new().num_threads(machine.threads).build().map_err(Failure::not_possible)?;
        for (network, width) in study.networks() {
            let unread = study.is_pretrained(network) && !pretrained.iter().any(|one| one.name == network);
            let measured = self.0.iter().any(|(name, own, _)| (name.as_str(), *own) == (network, width));
            if !unread && !measured {
                let pace = pool.install(|| pace(study, pretrained, network, width, machine))?;
                self.0.push((network.to_owned(), width, pace));
            }
        }
        Ok(())
    }

    /// What was measured of a network; nothing of one that the study does not have.
    #[must_use]
    pub fn of(&self, network: &str, width: f64) -> Pace {
        let found = self.0.iter().find(|(name, own, _)| (name.as_str(), *own) == (network, width));
        found.map_or_else(Pace::default, |(.., pace)| *pace)
    }
}

#[expect(clippy::cast_precision_loss, reason = "a batch is small")]
fn pace(
    study: &Study,
    pretrained: &[PretrainedText],
    network: &str,
    width: f64,
    machine: &Machine,
) -> Result<Pace, Failure> {
    let graph = network_sketch(study, pretrained, network, width).map_err(Failure::not_possible)?;
    let count = SAMPLES[usize::from(cost(&graph).map_err(Failure::not_possible)?.multiply_adds > LARGE)];
    let shape: Vec<usize> = std::iter::once(count).chain(graph.input_shape().iter().copied()).collect();
    // Noise; of sentences, the unknown word in every place.
    let samples: Array<f32> = match study.reading {
        Some(_) => Array::filled(shape, 1.0),
        None => initial_weight(0, "images of the estimate", &shape, 1).map(f32::abs),
    };
    let wish = &machine.engine;
    let frozen = compile(&graph, wish.engine, &wish.device).map_err(Failure::usage)?;
    let (feed, output) = (Feed::batch(samples.clone()), frozen.output().to_owned());
    let forward = fastest(|| frozen.forward(&feed, &[&output]).map(drop).map_err(Failure::not_possible))?;
    let optimizer = Optimizer::Sgd { momentum: 0.9, weight_decay: 0.0 };
    let training = Training::new(optimizer, Trained::All);
    let mut trainable = compile_trainable(&graph, &training, &wish.device).map_err(Failure::not_possible)?;
    // Small cotangents and a small rate: how long a step takes does not depend on them, and nothing grows without bound.
    let mut rule = |values: &[Array<f32>]| Ok(values.iter().map(|value| value.map(|z| 1e-3 * z)).collect());
    let step = fastest(|| trainable.step(&samples, &mut rule, 1e-4).map(drop).map_err(Failure::not_possible))?;
    Ok(Pace { forward: forward / count as f64, training: step / count as f64 })
}

/// Seconds of the fastest of some rounds.
fn fastest(mut once: impl FnMut() -> Result<(), Failure>) -> Result<f64, Failure> {
    let (mut fastest, mut all) = (f64::INFINITY, 0.0);
    for _ in 0..ROUNDS {
        let started = Instant::now();
        once()?;
        let seconds = started.elapsed().as_secs_f64();
        (fastest, all) = (fastest.min(seconds), all + seconds);
        if all > SECONDS {
            break;
        }
    }
    Ok(fastest)
}
