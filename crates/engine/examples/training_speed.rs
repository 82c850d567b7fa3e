//! Times training steps of a network of the zoo:
//! `cargo run --release -p transferscope-engine --example training_speed -- resnet18 [engine] [batch]`.

use std::{error::Error, time::Instant};

use transferscope_engine::trainable::{Optimizer, Trained, Training, compile_trainable_on};
use transferscope_network::{
    array::Array,
    zoo::{Settings, find, initial_weight},
};

const ROUNDS: usize = 5;

#[expect(clippy::print_stdout, reason = "an example for people")]
fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let name = arguments.next().unwrap_or_else(|| "resnet18".to_owned());
    let engine = arguments.next().unwrap_or_else(|| "cpu".to_owned());
    let batch = arguments.next().map_or(Ok(64), |batch| batch.parse())?;
    let graph = find(&name)?.build(&Settings::with_classes(10))?;
    let shape: Vec<usize> = std::iter::once(batch).chain(graph.input_shape().iter().copied()).collect();
    let images = initial_weight(1, "images", &shape, 1);
    let optimizer = Optimizer::Sgd { momentum: 0.9, weight_decay: 5e-4 };
    let training = Training { optimizer, trained: Trained::All };
    let mut network = compile_trainable_on(&graph, &training, engine.parse()?, "flex")?;
    let mut times = Vec::new();
    for _ in 0..ROUNDS {
        let start = Instant::now();
        let mut rule = |values: &[Array<f32>]| Ok(values.iter().map(|value| value.map(|z| z * 1e-3)).collect());
        network.step(&images, &mut rule, 0.01)?;
        times.push(start.elapsed().as_secs_f64() * 1e3);
    }
    times.sort_by(f64::total_cmp);
    println!(
        "{name}, batch {batch}, engine {engine}: {:.1} ms a training step (median of {ROUNDS})",
        times[ROUNDS / 2]
    );
    Ok(())
}
