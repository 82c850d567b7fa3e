//! Coverage of every interval over images, by simulation: a Markdown table on standard output.
//!
//! `cargo run --release -p transferscope-theory --example coverage -- [SIMULATIONS] [REGIME] [single|paired]` (2000
//! simulations, `all` regimes, single results and paired differences by default).
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
use transferscope_theory::statistics::{Estimate, Interval};
use transferscope_theory::transferability::{DirectionReport, ReportOptions, paired_difference};

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

/// One result, or the pair of results of two sources on the same images: the second source's signal and its ratios are a
/// fifth weaker, and its noise is that of the first to four fifths.
struct Drawn {
    first: DirectionReport,
    second: Option<DirectionReport>,
}

/// Correlation of the noise of the two sources of a pair.
const SHARED_NOISE: f64 = 0.8;
/// The second source's signal and ratios against the first's.
const WEAKER: f64 = 0.8;

#[derive(Default)]
struct Arrays {
    own: Vec<f64>,
    seen: Vec<f64>,
    norms: Vec<f64>,
}

impl Arrays {
    /// One image: `noise` holds that of both sides and of the ratio.
    fn push(&mut self, law: Law, class: usize, weaker: f64, noise: &[f64]) {
        let side = |signal: f64, noise: &[f64], values: &mut Vec<f64>| {
            let moved = noise.iter().enumerate().map(|(at, value)| value + if at == class { signal } else { 0.0 });
            let first = values.len();
            values.extend(moved);
            values[first..].iter().map(|value| value * value).sum::<f64>().sqrt()
        };
        side(weaker * law.signal[0], &noise[..OUTPUTS], &mut self.own);
        let length = side(weaker * law.signal[1], &noise[OUTPUTS..2 * OUTPUTS], &mut self.seen);
        let exponent = law.spread * noise[2 * OUTPUTS];
        let ratio = if law.bounded {
            weaker / (1.0 + (exponent - if law.signal[0] > 5.0 { 4.0 } else { 0.0 }).exp())
        } else {
            0.5 * weaker * exponent.exp()
        };
        self.norms.push(length / ratio);
    }

    fn report(self, images: usize, options: &ReportOptions) -> Result<DirectionReport, Box<dyn Error>> {
        let own = Deviations::new(self.own, images, OUTPUTS)?;
        let seen = Deviations::new(self.seen, images, OUTPUTS)?;
        Ok(DirectionReport::new(&DirectionDeviations::from_norms(&own, &seen, self.norms)?, options)?)
    }
}

fn drawn(law: Law, images: usize, draws: &mut Draws, replicates: usize, paired: bool) -> Result<Drawn, Box<dyn Error>> {
    let (mut first, mut second) = (Arrays::default(), Arrays::default());
    let normals = |draws: &mut Draws| -> Vec<f64> { (0..=2 * OUTPUTS).map(|_| draws.normal()).collect() };
    for _ in 0..images {
        // The common direction of both networks: one for all images, or one of several that they share per image.
        let class = if law.classes > 1 { (draws.0.next_u64() % law.classes as u64) as usize } else { 0 };
        let noise = normals(draws);
        first.push(law, class, 1.0, &noise);
        if paired {
            let rest = (1.0 - SHARED_NOISE * SHARED_NOISE).sqrt();
            let other: Vec<f64> =
                noise.iter().zip(normals(draws)).map(|(one, two)| SHARED_NOISE * one + rest * two).collect();
            second.push(law, class, WEAKER, &other);
        }
    }
    let options = ReportOptions { permutations: 0, replicates, seed: draws.0.next_u64() };
    let none = ReportOptions { replicates: 0, ..options };
    Ok(Drawn {
        first: first.report(images, &options)?,
        second: if paired { Some(second.report(images, &none)?) } else { None },
    })
}

/// A name, the value and the interval, where there are any.
type Named = (&'static str, Option<f64>, Option<Interval>);

/// The paired differences of two results with their intervals.
fn differences(drawn: &Drawn) -> Result<Vec<Named>, Box<dyn Error>> {
    let Some(second) = &drawn.second else { return Ok(Vec::new()) };
    let numbers: Vec<u64> = (0..drawn.first.images as u64).collect();
    let found = paired_difference(&drawn.first.per_image, &numbers, &second.per_image, &numbers)?;
    let row = |name, estimate: Option<&Estimate>| {
        (name, estimate.map(Estimate::value), estimate.and_then(Estimate::interval))
    };
    Ok(vec![
        row("difference of alpha1 mean", Some(&found.alpha1)),
        row("difference of alpha1 envelope", Some(&found.envelope)),
        row("difference of alpha2 squared", found.alpha2_squared.as_ref()),
        row("difference of combined squared", found.combined_squared.as_ref()),
        row("difference of alpha2", found.alpha2.as_ref()),
        row("difference of combined", found.combined.as_ref()),
    ])
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
    let large = drawn(law, LARGE, &mut draws, 0, true)?;
    let mut values: BTreeMap<_, _> =
        intervals(&large.first).into_iter().map(|(name, value, _)| (name, value)).collect();
    // At the null the roots of both squares are undefined, and no interval of their difference is offered.
    values.extend(differences(&large)?.into_iter().map(|(name, value, _)| (name, value.unwrap_or(0.0))));
    // With one common direction both sides are independent: the centred measures are exactly zero, and so is the null.
    if law.classes == 1 {
        values.insert("alpha2 centred", 0.0);
        values.insert("combined centred", 0.0);
    }
    if law.signal[0] == 0.0 {
        values.insert("alpha2", 0.0);
        values.insert("combined", 0.0);
        values.insert("difference of alpha2 squared", 0.0);
        values.insert("difference of combined squared", 0.0);
    }
    Ok(values)
}

fn main() -> Result<(), Box<dyn Error>> {
    let simulations: usize = std::env::args().nth(1).map_or(Ok(2000), |text| text.parse())?;
    let only = std::env::args().nth(2).filter(|name| name != "all");
    let part = std::env::args().nth(3);
    let wanted = |name: &str| part.as_deref().is_none_or(|part| part == name);
    println!("| regime | images | interval | true value | coverage | offered |");
    println!("| --- | --- | --- | --- | --- | --- |");
    for law in LAWS.into_iter().filter(|law| only.as_deref().is_none_or(|name| name == law.name)) {
        let truth = truth(law)?;
        for images in [50, 500] {
            let mut counts: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
            for simulation in 0..simulations {
                let mut found = Vec::new();
                if wanted("single") {
                    let mut draws = Draws(ChaCha8Rng::seed_from_u64(simulation as u64), Normal::standard());
                    let drawn = drawn(law, images, &mut draws, 399, false)?;
                    found.extend(intervals(&drawn.first).into_iter().map(|(name, _, interval)| (name, interval)));
                }
                if wanted("paired") {
                    let mut draws = Draws(ChaCha8Rng::seed_from_u64(!(simulation as u64)), Normal::standard());
                    let pair = drawn(law, images, &mut draws, 0, true)?;
                    found.extend(differences(&pair)?.into_iter().map(|(name, _, interval)| (name, interval)));
                }
                for (name, interval) in found {
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
