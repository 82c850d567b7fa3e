//! How fast this machine is, measured on the largest network of a study: for estimates of time.

use std::time::Instant;

use transferscope_lab::compiled::compiled;
use transferscope_network::{array::Array, graph::Graph, passes::cost};
use transferscope_study::plan::{Study, network_sketch};

use super::study_folder::Machine;
use crate::exit::Failure;

/// Samples of the measured pass, and how often it is made; the fastest counts, since others may be at work.
const SAMPLES: usize = 64;
const ROUNDS: usize = 3;

/// Multiply-adds a second, in units of 10^12, of a forward pass on one thread, times the threads.
///
/// Networks with few channels are slower per multiplication than large ones, so an estimate for a study of mixed sizes is
/// good to a factor of two or so.
///
/// # Errors
/// Where the engine cannot run the network.
pub fn tera_a_second(study: &Study, machine: &Machine) -> Result<f64, Failure> {
    let mut largest: Option<(usize, Graph)> = None;
    for source in &study.sources {
        let graph = network_sketch(study, &source.network, source.width).map_err(Failure::not_possible)?;
        let operations = cost(&graph).map_err(Failure::not_possible)?.multiply_adds;
        if largest.as_ref().is_none_or(|(most, _)| operations > *most) {
            largest = Some((operations, graph));
        }
    }
    let Some((operations, graph)) = largest else { return Ok(1e-3) };
    let subject = compiled("the largest network", &graph, &machine.engine).map_err(Failure::usage)?;
    let shape = [&[SAMPLES], graph.input_shape()].concat();
    // Grey images; of sentences, the unknown word in every place.
    let samples = Array::filled(shape, if study.reading.is_some() { 1.0 } else { 0.5_f32 });
    let mut fastest = f64::INFINITY;
    for _ in 0..ROUNDS {
        let started = Instant::now();
        subject.logits(&samples).map_err(Failure::not_possible)?;
        fastest = fastest.min(started.elapsed().as_secs_f64());
    }
    let one_thread = operations as f64 * SAMPLES as f64 * 1e-12 / fastest.max(1e-9);
    Ok(one_thread * machine.threads as f64)
}
