//! The same bits for any number of threads around the door, and for any thread that calls it.

use std::error::Error;

use rayon::{ThreadPoolBuilder, prelude::*};
use transferscope_engine::{
    DeviceChoice, EngineError, Feed, Frozen, Pulled,
    burn::BurnNetwork,
    cpu::{CpuNetwork, CpuOptions, Precision, Tier},
};
use transferscope_network::{
    array::Array,
    zoo::{Settings, find, initial_weight},
};

/// Rows of a chunk, as the lab cuts them.
const CHUNK: usize = 64;

/// Both engines, the processor engine on every tier that there is, and on the best in every precision.
fn networks() -> Result<Vec<Box<dyn Frozen>>, Box<dyn Error>> {
    let settings = Settings { width: 0.5, ..Settings::with_classes(10) };
    let graph = find("resnet8-cifar")?.build(&settings)?;
    let mut networks: Vec<Box<dyn Frozen>> = vec![Box::new(BurnNetwork::new(&graph, DeviceChoice::Flex)?)];
    for tier in Tier::ALL.into_iter().filter(|tier| tier.available()) {
        // Products in bf16 share everything with the others but the tile: the fastest tier stands for all.
        let precisions = if tier == Tier::best() { &Precision::ALL[..] } else { &[Precision::F32] };
        for &precision in precisions {
            networks
                .push(Box::new(CpuNetwork::new(&graph, CpuOptions { tier: Some(tier), winograd: true, precision })?));
        }
    }
    Ok(networks)
}

fn run(network: &dyn Frozen, chunk: usize) -> Result<(Vec<Array<f32>>, Pulled), EngineError> {
    let feed = Feed::batch(initial_weight(3, &format!("images {chunk}"), &[CHUNK, 3, 32, 32], 1));
    let forward = network.forward(&feed, &[network.output()])?;
    let mut rule = |values: &[Array<f32>]| Ok(values.to_vec());
    let pulled = network.vjp(&feed, &[network.output()], network.input_name(), &mut rule)?;
    Ok((forward, pulled))
}

#[test]
fn any_number_of_threads_gives_the_same_bits() -> Result<(), Box<dyn Error>> {
    for network in networks()? {
        let network = network.as_ref();
        let (forward, pulled) = run(network, 0)?;
        assert_eq!(forward, pulled.values, "recording changes no bit");
        for threads in [1, 2, 3] {
            let pool = ThreadPoolBuilder::new().num_threads(threads).build()?;
            let (again, pulled_again) = pool.install(|| run(network, 0))?;
            assert_eq!(again, forward, "{}, {threads} threads", network.engine());
            assert_eq!(pulled_again.gradient, pulled.gradient, "{}, {threads} threads", network.engine());
        }
    }
    Ok(())
}

/// Three workers on four chunks at once: each chunk as if it were alone.
#[test]
fn workers_do_not_disturb_each_other() -> Result<(), Box<dyn Error>> {
    for network in networks()? {
        let network = network.as_ref();
        let alone = (0..4).map(|chunk| run(network, chunk)).collect::<Result<Vec<_>, _>>()?;
        let pool = ThreadPoolBuilder::new().num_threads(3).build()?;
        let together: Vec<Result<_, EngineError>> =
            pool.install(|| (0..4_usize).into_par_iter().map(|chunk| run(network, chunk)).collect());
        for ((forward, pulled), together) in alone.iter().zip(together) {
            let (other_forward, other_pulled) = together?;
            assert_eq!(forward, &other_forward);
            assert_eq!(pulled.gradient, other_pulled.gradient);
        }
    }
    Ok(())
}
