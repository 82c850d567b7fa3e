//! Coverage of every interval over images, by simulation: a Markdown table on standard output.
//!
//! `cargo run --release -p transferscope-theory --example coverage -- SIMULATIONS [REGIME]` (2000 by
//! default, all regimes).
//!
//! Each simulation draws N images from a law whose measures are known exactly (in closed form, or as the limit of a
//! large sample of the same law), computes the report, and asks of each interval that is offered whether it holds the
//! true value. Coverage is counted over the intervals that are offered; the share that is offered stands beside it.
#![expect(clippy::print_stdout, reason = "the table is the output of this example")]

use std::collections::BTreeMap;
use std::error::Error;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use statrs::distribution::{ContinuousCDF, Normal};
use transferscope_theory::deviation::{Deviations, DirectionDeviations};
use transferscope_theory::statistics::Interval;
use transferscope_theory::transferability::{DirectionReport, ReportOptions};

/// Outputs of both networks.
const OUTPUTS: usize = 4;
/// Samples from which the true values of a law are taken: 1/sqrt of it is far below every interval's width.
const LARGE: usize = 400_000;

/// How the deviations of one image are drawn.
#[derive(Clone, Copy)]
struct Law {
    name: &'static str,
    /// Length of the common direction against noise of unit variance in each output, per network.
    signal: [f64; 2],
    /// Standard deviation of log alpha1; the ratios are log-normal with median 1/2.
    spread: f64,
    /// Ratios are 1 / (1 + exp(..)) instead, in (0, 1).
    bounded: bool,
    /// How many common directions there are; above 1 the centred measures are not zero.
    classes: usize,
}

const LAWS: [Law; 4] = [
    Law { name: "null", signal: [0.0, 0.0], spread: 0.3, bounded: true, classes: 1 },
    Law { name: "middle", signal: [2.5, 2.5], spread: 0.5, bounded: false, classes: 3 },
    Law { name: "near the ceiling", signal: [12.0, 12.0], spread: 0.3, bounded: true, classes: 1 },
    Law { name: "heavy-tailed ratio", signal: [2.5, 2.5], spread: 1.2, bounded: false, classes: 3 },
];

struct Draws(ChaCha8Rng, Normal);

impl Draws {
    fn normal(&mut self) -> f64 {
        let uniform = ((self.0.next_u64() >> 11) as f64 + 0.5) / (1_u64 << 53) as f64;
        self.1.inverse_cdf(uniform)
    }
}

fn report(law: Law, images: usize, draws: &mut Draws, replicates: usize) -> Result<DirectionReport, Box<dyn Error>> {
    let mut own = Vec::with_capacity(images * OUTPUTS);
    let mut seen = Vec::with_capacity(images * OUTPUTS);
    let mut norms = Vec::with_capacity(images);
    for _ in 0..images {
        // The common direction of both networks: one for all images, or one of several that they share per image.
        let class = if law.classes > 1 { (draws.0.next_u64() % law.classes as u64) as usize } else { 0 };
        let mut side = |signal: f64, values: &mut Vec<f64>| {
            let first = values.len();
            for output in 0..OUTPUTS {
                values.push(draws.normal() + if output == class { signal } else { 0.0 });
            }
            values[first..].iter().map(|value| value * value).sum::<f64>().sqrt()
        };
        side(law.signal[0], &mut own);
        let length = side(law.signal[1], &mut seen);
        let exponent = law.spread * draws.normal();
        let ratio = if law.bounded {
            1.0 / (1.0 + (exponent - if law.signal[0] > 5.0 { 4.0 } else { 0.0 }).exp())
        } else {
            0.5 * exponent.exp()
        };
        norms.push(length / ratio);
    }
    let own = Deviations::new(own, images, OUTPUTS)?;
    let seen = Deviations::new(seen, images, OUTPUTS)?;
    let direction = DirectionDeviations::from_norms(&own, &seen, norms)?;
    let options = ReportOptions { permutations: 0, replicates, seed: draws.0.next_u64() };
    Ok(DirectionReport::new(&direction, &options)?)
}

/// Every interval of a report with the value it is of.
fn intervals(report: &DirectionReport) -> Vec<(&'static str, f64, Option<Interval>)> {
    let alpha1 = &report.alpha1;
    let mut list = vec![
        ("alpha1 mean", alpha1.mean.value(), alpha1.mean.interval()),
        ("alpha1 median", alpha1.median, alpha1.estimates.median.interval()),
        ("alpha1 ratio of means", alpha1.ratio_of_means, alpha1.estimates.ratio_of_means.interval()),
        ("alpha1 envelope", alpha1.envelope, alpha1.estimates.envelope.interval()),
        ("alpha1 share above 1", alpha1.share_above_1, alpha1.estimates.share_above_1.interval()),
    ];
    let measures = [
        report.alpha2.as_ref().map(|alpha2| ("alpha2", "alpha2 centred", alpha2)),
        Some(("combined", "combined centred", &report.combined)),
    ];
    for (name, centred, measure) in measures.into_iter().flatten() {
        list.push((name, measure.norm.value(), measure.norm.interval()));
        list.push((centred, measure.centred, measure.estimates.centred.interval()));
    }
    list
}

fn truth(law: Law) -> Result<BTreeMap<&'static str, f64>, Box<dyn Error>> {
    let mut draws = Draws(ChaCha8Rng::seed_from_u64(u64::MAX), Normal::standard());
    let large = report(law, LARGE, &mut draws, 0)?;
    let mut values: BTreeMap<_, _> = intervals(&large).into_iter().map(|(name, value, _)| (name, value)).collect();
    // With one common direction both sides are independent: the centred measures are exactly zero, and so is the null.
    if law.classes == 1 {
        values.insert("alpha2 centred", 0.0);
        values.insert("combined centred", 0.0);
    }
    if law.signal[0] == 0.0 {
        values.insert("alpha2", 0.0);
        values.insert("combined", 0.0);
    }
    Ok(values)
}

fn main() -> Result<(), Box<dyn Error>> {
    let simulations: usize = std::env::args().nth(1).map_or(Ok(2000), |text| text.parse())?;
    let only = std::env::args().nth(2);
    println!("| regime | images | interval | true value | coverage | offered |");
    println!("| --- | --- | --- | --- | --- | --- |");
    for law in LAWS.into_iter().filter(|law| only.as_deref().is_none_or(|name| name == law.name)) {
        let truth = truth(law)?;
        for images in [50, 500] {
            let mut counts: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
            for simulation in 0..simulations {
                let mut draws = Draws(ChaCha8Rng::seed_from_u64(simulation as u64), Normal::standard());
                let found = report(law, images, &mut draws, 399)?;
                for (name, _, interval) in intervals(&found) {
                    let count = counts.entry(name).or_default();
                    if let Some(interval) = interval {
                        count.0 += 1;
                        count.1 += usize::from(interval.contains(truth[name]));
                    }
                }
            }
            for (name, (offered, covered)) in counts {
                let coverage = if offered == 0 {
                    "not offered".to_owned()
                } else {
                    format!("{:.1} %", 100.0 * covered as f64 / offered as f64)
                };
                println!(
                    "| {} | {images} | {name} | {:.4} | {coverage} | {:.1} % |",
                    law.name,
                    truth[name],
                    100.0 * offered as f64 / simulations as f64
                );
            }
        }
    }
    Ok(())
}
