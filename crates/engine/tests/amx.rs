//! The AMX tier: on the processor's tiles where it has them, else executed by software (see `software_amx`). That its
//! operators are right is shown with those of all tiers, in `operators.rs`.
#![expect(clippy::print_stderr, reason = "a skipped test says so")]

mod software_amx;

use std::error::Error;

use rayon::ThreadPoolBuilder;
use software_amx::tiers;
use transferscope_engine::{
    Feed, Frozen, Pulled,
    cpu::{CpuNetwork, CpuOptions, Precision, Tier},
};
use transferscope_network::{
    array::Array,
    graph::{Builder, Graph, GraphError},
    operator::Activation,
    zoo::initial_weight,
};

/// Images of a batch: with one, two or three threads they fall into groups of other sizes, and their pixels into other tiles.
const BATCH: usize = 5;

/// Images of 81 pixels fill no tile of 32, through convolutions whose pixels are rows as they lie (one tap) and are copied.
fn graph() -> Result<Graph, GraphError> {
    let mut builder = Builder::new("case");
    let mut value = builder.input("x", &[3, 9, 9]);
    for (name, [inputs, outputs, kernel, stride]) in
        [("few", [3, 32, 3, 1]), ("one tap", [32, 48, 1, 1]), ("tiles", [48, 32, 3, 1]), ("stride", [32, 20, 3, 2])]
    {
        let weight = format!("{name}.weight");
        let numbers = initial_weight(7, &weight, &[outputs, inputs, kernel, kernel], inputs * kernel * kernel);
        let weight = builder.weight(&weight, numbers);
        let made = builder.convolution(name, value, weight, None, stride, kernel / 2);
        value = builder.activation(&format!("{name}.relu"), made, Activation::Relu);
    }
    let features = builder.global_average_pool("features", value);
    let weight = builder.weight("head", initial_weight(7, "head", &[10, 20], 20));
    let logits = builder.linear("logits", features, weight, None);
    builder.finish(logits)
}

fn run(tier: Tier, precision: Precision, winograd: bool) -> Result<(&'static str, Pulled), Box<dyn Error>> {
    let network = CpuNetwork::new(&graph()?, CpuOptions { tier: Some(tier), winograd, precision })?;
    let feed = Feed::batch(initial_weight(3, "images", &[BATCH, 3, 9, 9], 1));
    let mut rule = |values: &[Array<f32>]| Ok(values.to_vec());
    let pulled = network.vjp(&feed, &[network.output()], network.input_name(), &mut rule)?;
    Ok((network.engine(), pulled))
}

/// Says so where there is nothing to test.
fn is_skipped() -> bool {
    let skipped = !tiers().contains(&Tier::Amx);
    if skipped {
        eprintln!("skipped: AMX is tested where there are AVX-512 and Linux");
    }
    skipped
}

#[test]
fn there_is_amx_in_the_tests_wherever_there_is_avx512() {
    let tiers = tiers();
    assert_eq!(tiers.contains(&Tier::Amx), tiers.contains(&Tier::Avx512));
}

/// The sums are made in another order than AVX-512's, so other bits show that AMX made them.
#[test]
fn products_in_bf16_are_made_by_amx_and_those_of_f32_by_avx512() -> Result<(), Box<dyn Error>> {
    if is_skipped() {
        return Ok(());
    }
    let names = ["cpu-avx512", "cpu-amx-bf16x3", "cpu-amx-bf16"];
    for (precision, name) in Precision::ALL.into_iter().zip(names) {
        let (engine, found) = run(Tier::Amx, precision, true)?;
        let (_, other) = run(Tier::Avx512, precision, true)?;
        assert_eq!(engine, name);
        assert_eq!(found.gradient == other.gradient, precision == Precision::F32, "{name}");
    }
    Ok(())
}

#[test]
fn any_number_of_threads_gives_the_same_bits() -> Result<(), Box<dyn Error>> {
    if is_skipped() {
        return Ok(());
    }
    for (precision, winograd) in [(Precision::Bf16x3, false), (Precision::Bf16x3, true), (Precision::Bf16, true)] {
        let with = |threads: usize| -> Result<Pulled, Box<dyn Error>> {
            let pool = ThreadPoolBuilder::new().num_threads(threads).build()?;
            pool.install(|| run(Tier::Amx, precision, winograd).map_err(|error| error.to_string()))
                .map(|(_, pulled)| pulled)
                .map_err(Into::into)
        };
        let alone = with(1)?;
        for threads in [2, 3] {
            let pulled = with(threads)?;
            assert_eq!(pulled.values, alone.values, "{}, {threads} threads", precision.name());
            assert_eq!(pulled.gradient, alone.gradient, "{}, {threads} threads", precision.name());
        }
    }
    Ok(())
}
