//! Times forward passes and input gradients of a network of the zoo:
//! `cargo run --release -p transferscope-engine --example engine_speed -- resnet18 [tier] [batch]`.

use std::{error::Error, time::Instant};

use transferscope_engine::{
    Feed, Frozen,
    cpu::{CpuNetwork, CpuOptions, Tier},
};
use transferscope_network::{
    array::Array,
    zoo::{Settings, find, initial_weight},
};

const ROUNDS: usize = 5;

#[expect(clippy::print_stdout, reason = "an example for people")]
fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let name = arguments.next().unwrap_or_else(|| "resnet18".to_owned());
    let tier = arguments.next().map_or(Ok(Tier::best()), |tier| tier.parse())?;
    let batch = arguments.next().map_or(Ok(64), |batch| batch.parse())?;
    let graph = find(&name)?.build(&Settings::with_classes(10))?;
    let shape: Vec<usize> = std::iter::once(batch).chain(graph.input_shape().iter().copied()).collect();
    let feed = Feed::batch(initial_weight(1, "images", &shape, 1));
    for winograd in [false, true] {
        let network = CpuNetwork::new(&graph, CpuOptions { tier, winograd })?;
        let (mut forward, mut both) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            let start = Instant::now();
            network.forward(&feed, &[network.output()])?;
            forward.push(start.elapsed().as_secs_f64() * 1e3);
            let start = Instant::now();
            let mut rule = |values: &[Array<f32>]| Ok(values.to_vec());
            network.vjp(&feed, &[network.output()], network.input_name(), &mut rule)?;
            both.push(start.elapsed().as_secs_f64() * 1e3);
        }
        forward.sort_by(f64::total_cmp);
        both.sort_by(f64::total_cmp);
        println!(
            "{name}, batch {batch}, {} tier{}: forward {:.1} ms, with input gradient {:.1} ms (medians of {ROUNDS})",
            tier.name(),
            if winograd { " with tiles" } else { "" },
            forward[ROUNDS / 2],
            both[ROUNDS / 2]
        );
    }
    Ok(())
}
