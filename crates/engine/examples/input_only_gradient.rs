//! Times what a gradient of the input costs, with and without gradients of the weights, and what workers gain.
//!
//! Run: `cargo run --release -p transferscope-engine --example input_only_gradient`

#![expect(clippy::print_stdout, reason = "an example that prints a table")]

use std::{error::Error, time::Instant};

use rayon::{ThreadPoolBuilder, prelude::*};
use transferscope_engine::{
    DeviceChoice, EngineError, Feed, Frozen,
    burn::BurnNetwork,
    trainable::{Optimizer, Trained, Training, compile_trainable},
};
use transferscope_network::{
    array::Array,
    graph::{Builder, Graph},
    passes::{fold_batch_normalization, splice_before_input},
    zoo::{Settings, find, initial_weight},
};

const BATCH: usize = 64;
const REPEATS: usize = 7;

fn main() -> Result<(), Box<dyn Error>> {
    let graph = fold_batch_normalization(&find("resnet20-cifar")?.build(&Settings::with_classes(10))?)?;
    let network = BurnNetwork::new(&graph, DeviceChoice::Flex)?;
    let images = initial_weight(1, "images", &[BATCH, 3, 32, 32], 1);
    let feed = Feed::batch(images.clone());
    let forward = || network.forward(&feed, &[network.output()]).map(|_| ());
    let input_gradient = || {
        let mut rule = |outputs: &[Array<f32>]| Ok(outputs.to_vec());
        network.vjp(&feed, &[network.output()], network.input_name(), &mut rule).map(|_| ())
    };
    let training = Training::new(Optimizer::Sgd { momentum: 0.0, weight_decay: 0.0 }, Trained::All);
    let mut trainable = compile_trainable(&with_shift(&graph)?, &training, "flex")?;
    let all_gradients = || trainable.step(&images, &mut |outputs| Ok(outputs.to_vec()), 0.0).map(|_| ());

    println!("resnet20-cifar, batch {BATCH}, best of {REPEATS}");
    let base = best(forward)?;
    println!("forward                              {base:8.1} ms   1.00");
    for (name, time) in [
        ("forward + input gradient            ", best(input_gradient)?),
        ("forward + input and weight gradients", best(all_gradients)?),
    ] {
        println!("{name} {time:8.1} ms   {:.2}", time / base);
    }
    for workers in [1, 2] {
        let pool = ThreadPoolBuilder::new().num_threads(workers).build()?;
        let four_chunks = || {
            pool.install(|| (0..4_usize).into_par_iter().map(|_| input_gradient()).collect::<Result<(), EngineError>>())
        };
        let time = best(four_chunks)?;
        println!("4 chunks, {workers} worker(s)                {time:8.1} ms   {:.0} images/s", 4.0 * 64e3 / time);
    }
    Ok(())
}

/// The graph with a weight added to its input: the gradient of that weight needs the gradient of every image.
fn with_shift(graph: &Graph) -> Result<Graph, Box<dyn Error>> {
    let mut builder = Builder::new("shifted");
    let image = builder.input("shifted.image", graph.input_shape());
    let shift = builder.weight("shift", Array::filled(graph.input_shape().to_vec(), 0.0));
    let shifted = builder.add("shifted", image, shift);
    Ok(splice_before_input(builder, shifted, graph)?)
}

/// The shortest of some runs, in milliseconds: what the machine does when nobody else is on it.
fn best(mut work: impl FnMut() -> Result<(), EngineError>) -> Result<f64, EngineError> {
    work()?;
    let mut shortest = f64::INFINITY;
    for _ in 0..REPEATS {
        let start = Instant::now();
        work()?;
        shortest = shortest.min(start.elapsed().as_secs_f64() * 1e3);
    }
    Ok(shortest)
}
