//! Time of the ten rows of the synthetic experiment: `cargo run --release -p transferscope-study --example synthetic_throughput`.
//!
//! N = 5,000 samples made from a seed, source widths 50 and 100, levels 0 and 1, one and two threads; making the data and
//! training the networks is not timed. The public Python program takes 43 s for the same ten rows on two cores.
#![expect(clippy::print_stdout, reason = "the figures are the output of this example")]

use std::error::Error;
use std::time::Instant;

use transferscope_study::experiments::synthetic::{GeneratedOptions, ROWS, SyntheticOptions, generate, run};

/// Runs per line; the shortest is printed, since other work only ever adds to it.
const REPEATS: usize = 5;
/// Seconds of the public program.
const PUBLIC: f64 = 43.0;

fn main() -> Result<(), Box<dyn Error>> {
    println!("| source width | level | threads | seconds, shortest of {REPEATS} | times faster than {PUBLIC} s |");
    println!("| --- | --- | --- | --- | --- |");
    for source_width in [50, 100] {
        let options = GeneratedOptions { source_width, steps: 100, threads: 2, ..GeneratedOptions::default() };
        let world = generate(&options)?;
        for (level, threads) in [(0, 1), (0, 2), (1, 1), (1, 2)] {
            let mut shortest = f64::INFINITY;
            for _ in 0..REPEATS {
                let start = Instant::now();
                let result = run(&world, &SyntheticOptions { level, threads, ..SyntheticOptions::default() })?;
                shortest = shortest.min(start.elapsed().as_secs_f64());
                assert_eq!(result.rows.len(), ROWS);
            }
            println!("| {source_width} | {level} | {threads} | {shortest:.3} | {:.0} |", PUBLIC / shortest);
        }
    }
    Ok(())
}
