//! Time per sample of the streaming first-order measures: `cargo run --release -p transferscope-theory --example jacobian_throughput`.
//!
//! N = 100,000 samples, d_S = d_T = 10, n = 50; Jacobians from a seed, generation not timed.
#![expect(clippy::print_stdout, reason = "the figures are the output of this example")]

use std::error::Error;
use std::time::{Duration, Instant};

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use transferscope_theory::jacobian::{FirstOrderAccumulator, FirstOrderOptions, JacobianChunk, SampleGrams};
use transferscope_theory::statistics::CHUNK;
use transferscope_theory::transferability::ReportOptions;

const SAMPLES: usize = 100_000;
const OUTPUTS: usize = 10;
const INPUTS: usize = 50;

fn now() -> Instant {
    Instant::now()
}

/// A dominant direction (singular value near 12) and uniform noise in +-1 (near 4), a third of it, at every sample.
fn fill(values: &mut [f64], draws: &mut ChaCha8Rng) {
    for (i, value) in values.iter_mut().enumerate() {
        let (row, column) = (i / INPUTS % OUTPUTS, i % INPUTS);
        let dominant = ((row * row % 7) as f64 - 2.5) * ((column * 3 % 11) as f64 - 4.5);
        *value = 0.08 * dominant + f64::from(draws.next_u32()) / f64::from(u32::MAX >> 1) - 1.0;
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut field = FirstOrderAccumulator::new(OUTPUTS, OUTPUTS, FirstOrderOptions::default());
    let (mut source, mut target) = (vec![0.0; CHUNK * OUTPUTS * INPUTS], vec![0.0; CHUNK * OUTPUTS * INPUTS]);
    let (mut streaming, mut products) = (Duration::ZERO, Duration::ZERO);
    let mut grams = SampleGrams::default();
    let mut draws = ChaCha8Rng::seed_from_u64(1);
    for chunk in 0..SAMPLES.div_ceil(CHUNK) {
        let size = CHUNK.min(SAMPLES - chunk * CHUNK) * OUTPUTS * INPUTS;
        fill(&mut source[..size], &mut draws);
        fill(&mut target[..size], &mut draws);
        let samples = JacobianChunk::new(&source[..size], &target[..size], OUTPUTS, OUTPUTS, INPUTS)?;
        let start = now();
        field.add_chunk(chunk, &samples)?;
        streaming += start.elapsed();
        let start = now();
        for (j_source, j_target) in samples.iter() {
            grams.compute(j_source, j_target, INPUTS);
        }
        products += start.elapsed();
    }
    let field = field.finish()?;
    let start = now();
    let options = ReportOptions { permutations: 0, replicates: 999, seed: 0 };
    let report = field.report(INPUTS, &options)?;
    let reporting = start.elapsed();
    let per_sample = |time: Duration| time.as_secs_f64() * 1e6 / SAMPLES as f64;
    println!("streaming, whole:       {:.2} us per sample", per_sample(streaming));
    println!("of it Gram products:    {:.2} us per sample", per_sample(products));
    println!("report, both directions: {:.2} us per sample", per_sample(reporting));
    println!("alpha1 s to t: {}", report.s_to_t.alpha1.mean.value());
    Ok(())
}
