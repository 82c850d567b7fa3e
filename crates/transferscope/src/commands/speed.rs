//! How fast this machine is, measured on the largest network of a study: for estimates of time.

use std::time::Instant;

use transferscope_lab::compiled::compiled;
use transferscope_network::{
    array::Array,
    passes::cost,
    zoo::{self, Settings},
};
use transferscope_study::plan::Study;

use super::study_folder::Machine;
use crate::exit::Failure;

/// Images of the measured pass, and how often it is made; the fastest counts, since others may be at work.
const IMAGES: usize = 64;
const ROUNDS: usize = 3;

/// Multiply-adds a second, in units of 10^12, of a forward pass on one thread, times the threads.
///
/// Networks with few channels are slower per multiplication than large ones, so an estimate for a study of mixed sizes is
/// good to a factor of two or so.
///
/// # Errors
/// Where the engine cannot run the network.
pub fn tera_a_second(study: &Study, machine: &Machine) -> Result<f64, Failure> {
    let mut largest: Option<(usize, transferscope_network::graph::Graph, [usize; 3])> = None;
    for source in &study.sources {
        let architecture = zoo::find(&source.network).map_err(Failure::not_possible)?;
        let settings = Settings { width: source.width, ..Settings::with_classes(10) };
        let graph = architecture.build(&settings).map_err(Failure::not_possible)?;
        let operations = cost(&graph).map_err(Failure::not_possible)?.multiply_adds;
        if largest.as_ref().is_none_or(|(most, ..)| operations > *most) {
            let contract = architecture.contract(10);
            let shape = [contract.channels.channels(), contract.height, contract.width];
            let attached = contract.attach(&graph, shape).map_err(Failure::not_possible)?;
            largest = Some((operations, attached, shape));
        }
    }
    let Some((operations, graph, [channels, height, width])) = largest else { return Ok(1e-3) };
    let subject = compiled("the largest network", &graph, &machine.engine).map_err(Failure::usage)?;
    let images = Array::filled(vec![IMAGES, channels, height, width], 0.5_f32);
    let mut fastest = f64::INFINITY;
    for _ in 0..ROUNDS {
        let started = Instant::now();
        subject.logits(&images).map_err(Failure::not_possible)?;
        fastest = fastest.min(started.elapsed().as_secs_f64());
    }
    let one_thread = operations as f64 * IMAGES as f64 * 1e-12 / fastest.max(1e-9);
    Ok(one_thread * machine.threads as f64)
}
