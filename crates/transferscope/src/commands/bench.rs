//! `transferscope bench`: what this machine can do, and what the zoo's networks make of it.

use std::time::Instant;

use rayon::prelude::*;
use serde::Serialize;
use transferscope_engine::{EngineChoice, Feed, compile, cpu::Tier};
use transferscope_network::{
    array::Array,
    passes::cost,
    zoo::{Settings, find, initial_weight},
};

use crate::{console::Console, exit::Failure, show};

/// What can be typed.
#[derive(clap::Args)]
pub struct Arguments {
    /// Networks of the zoo.
    #[arg(value_name = "ZOO_NAME", default_values = ["lenet", "fc", "resnet20-cifar", "resnet18"])]
    networks: Vec<String>,
    /// Engines to compare: auto, cpu, burn, interpreter; cpu-TIER, cpu-PRECISION or cpu-TIER-PRECISION with the tiers portable,
    /// avx2, avx512, amx and the precisions f32, bf16x3, bf16.
    #[arg(long, value_name = "ENGINE", default_values = ["cpu"], num_args = 1..)]
    engine: Vec<String>,
    /// Images a batch.
    #[arg(long, default_value_t = 64, value_parser = clap::value_parser!(u32).range(1..=4096))]
    batch: u32,
    /// Seconds for each figure, at least.
    #[arg(long, default_value_t = 1.0)]
    seconds: f64,
    /// Threads [default: as many as the machine has].
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=1024))]
    threads: Option<u32>,
    /// Print the result as one JSON document.
    #[arg(long)]
    json: bool,
}

/// What was measured.
#[derive(Debug, Serialize)]
pub struct Benchmark {
    /// Threads at work.
    pub threads: usize,
    /// The tiers of this processor with the multiply-adds (two operations each) that all threads do together in
    /// registers, in 10⁹ operations a second: of f32, on the tier amx of bf16.
    pub peaks: Vec<Peak>,
    /// One row for each network and engine.
    pub rows: Vec<Row>,
}

/// The peak of a tier.
#[derive(Debug, Serialize)]
pub struct Peak {
    /// The tier.
    pub tier: &'static str,
    /// 10⁹ operations a second.
    pub gigaflops: f64,
}

/// One network on one engine.
#[derive(Debug, Serialize)]
pub struct Row {
    /// The network.
    pub network: String,
    /// The engine, as it names itself.
    pub engine: String,
    /// Images a batch.
    pub batch: usize,
    /// Multiply-adds of one image, as the definition of the network counts them.
    pub multiply_adds: usize,
    /// Images a second, forward.
    pub forward: f64,
    /// Images a second, forward and input gradient.
    pub gradient: f64,
    /// Operations that the definition counts, a second, over the peak of the fastest tier, AMX only for engines that use it;
    /// above 1 where an engine needs fewer operations than the definition counts.
    pub share_of_peak: f64,
}

/// Measures.
///
/// # Errors
/// With the exit code and the sentence that the user sees.
pub fn run(arguments: &Arguments, console: &Console) -> Result<(), Failure> {
    if !(arguments.seconds > 0.0 && arguments.seconds.is_finite()) {
        let message = format!("--seconds must be above 0, found {}", arguments.seconds);
        return Err(Failure::usage(anyhow::anyhow!(message)));
    }
    let threads = match arguments.threads {
        Some(threads) => threads as usize,
        None => std::thread::available_parallelism().map_or(1, usize::from),
    };
    let engines: Vec<EngineChoice> =
        arguments.engine.iter().map(|name| name.parse()).collect::<Result<_, _>>().map_err(Failure::usage)?;
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().map_err(Failure::not_possible)?;
    let benchmark = pool.install(|| measure(arguments, &engines, threads, console))?;
    if arguments.json {
        console.json(&benchmark)
    } else {
        console.answer(&show::benchmark(&benchmark));
        Ok(())
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
fn measure(
    arguments: &Arguments,
    engines: &[EngineChoice],
    threads: usize,
    console: &Console,
) -> Result<Benchmark, Failure> {
    let peaks: Vec<Peak> = Tier::ALL
        .into_iter()
        .filter(|tier| tier.available())
        .map(|tier| Peak { tier: tier.name(), gigaflops: peak(tier, threads, arguments.seconds) })
        .collect();
    let most = |engine: &str| {
        // AMX's products are of bf16: no measure for an engine that has none of them.
        let fitting = peaks.iter().filter(|peak| peak.tier != Tier::Amx.name() || engine.starts_with("cpu-amx"));
        fitting.map(|peak| peak.gigaflops).fold(0.0, f64::max)
    };
    let mut rows = Vec::new();
    for name in &arguments.networks {
        let architecture = find(name).map_err(Failure::usage)?;
        let graph = architecture.build(&Settings::with_classes(10)).map_err(Failure::not_possible)?;
        let multiply_adds = cost(&graph).map_err(Failure::not_possible)?.multiply_adds;
        let batch = arguments.batch as usize;
        let shape: Vec<usize> = std::iter::once(batch).chain(graph.input_shape().iter().copied()).collect();
        let feed = Feed::batch(initial_weight(0, "images of the benchmark", &shape, 1).map(f32::abs));
        for &engine in engines {
            let network = compile(&graph, engine, "flex").map_err(Failure::not_possible)?;
            console.remark(&format!("{name}, {} …", network.engine()));
            let output = network.output().to_owned();
            let forward = rate(arguments.seconds, batch, || network.forward(&feed, &[&output]).map(drop))?;
            let mut rule = |values: &[Array<f32>]| Ok(values.to_vec());
            let gradient = rate(arguments.seconds, batch, || {
                network.vjp(&feed, &[&output], network.input_name(), &mut rule).map(drop)
            })?;
            let most = most(network.engine());
            rows.push(Row {
                network: name.clone(),
                engine: network.engine().to_owned(),
                batch,
                multiply_adds,
                forward,
                gradient,
                share_of_peak: 2.0 * multiply_adds as f64 * forward / (most * 1e9),
            });
        }
    }
    Ok(Benchmark { threads, peaks, rows })
}

/// Images a second: the median over as many batches as fit into the time, three at least, after one that is not counted.
#[expect(clippy::cast_precision_loss, reason = "batches are small")]
fn rate<E: std::fmt::Display + std::fmt::Debug + Send + Sync + 'static>(
    seconds: f64,
    batch: usize,
    mut once: impl FnMut() -> Result<(), E>,
) -> Result<f64, Failure> {
    let failed = |error: E| Failure::not_possible(anyhow::anyhow!("{error}"));
    once().map_err(failed)?;
    let (started, mut times) = (Instant::now(), Vec::new());
    while times.len() < 3 || started.elapsed().as_secs_f64() < seconds {
        let start = Instant::now();
        once().map_err(failed)?;
        times.push(start.elapsed().as_secs_f64());
    }
    times.sort_by(f64::total_cmp);
    Ok(batch as f64 / times[times.len() / 2])
}

/// The best of several short runs on all threads at once.
#[expect(clippy::cast_precision_loss, reason = "operations of a short run are below 2^52")]
fn peak(tier: Tier, threads: usize, seconds: f64) -> f64 {
    const ROUNDS: usize = 2_000_000;
    let (started, mut best) = (Instant::now(), 0.0_f64);
    while best == 0.0 || started.elapsed().as_secs_f64() < seconds {
        let start = Instant::now();
        let operations: u64 = (0..threads).into_par_iter().map(|_| tier.multiply_adds(ROUNDS).0).sum();
        best = best.max(operations as f64 / start.elapsed().as_secs_f64() / 1e9);
    }
    best
}
