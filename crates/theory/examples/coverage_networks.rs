//! Coverage of every interval over networks, and false-positive rates of every verdict, by simulation.
//!
//! Run: `cargo run --release -p transferscope-theory --example coverage_networks [SIMULATIONS] [verdicts]`; the
//! false-positive rates of the verdicts of every correlation come last, in a table of their own, or alone.
#![expect(clippy::print_stdout, reason = "an example prints its table")]

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use statrs::distribution::{ContinuousCDF, Normal};
use transferscope_theory::statistics::correlation::{
    CopulaIntervalTable, CorrelationKind, RankStatistic, correlation, fisher_interval, slope_interval,
};
use transferscope_theory::statistics::networks::{
    ExpectedSign, Verdict, network_bootstrap, permutation_test, tied_with_best, verdict,
};

struct Source(ChaCha8Rng, Normal);

impl Source {
    fn normal(&mut self) -> f64 {
        let uniform = ((self.0.next_u64() >> 11) as f64 + 0.5) / (1_u64 << 53) as f64;
        self.1.inverse_cdf(uniform)
    }

    /// Student's t with three degrees of freedom: finite variance, no finite kurtosis.
    fn heavy(&mut self) -> f64 {
        let z = self.normal();
        let chi: f64 = (0..3).map(|_| self.normal().powi(2)).sum();
        z / (chi / 3.0).sqrt()
    }

    /// A network: outcome = rho·score + √(1−rho²)·error, both normal or both heavy-tailed.
    fn network(&mut self, regime: &Regime) -> (f64, f64) {
        let (score, error) = if regime.heavy { (self.heavy(), self.heavy()) } else { (self.normal(), self.normal()) };
        (score, regime.rho * score + (1.0 - regime.rho * regime.rho).sqrt() * error)
    }
}

struct Regime {
    name: &'static str,
    rho: f64,
    heavy: bool,
}

const REGIMES: [Regime; 5] = [
    Regime { name: "null", rho: 0.0, heavy: false },
    Regime { name: "middle (0.5)", rho: 0.5, heavy: false },
    Regime { name: "near ceiling (0.95)", rho: 0.95, heavy: false },
    Regime { name: "heavy-tailed (t3, 0.5)", rho: 0.5, heavy: true },
    Regime { name: "heavy-tailed null (t3)", rho: 0.0, heavy: true },
];

/// Population Spearman and Kendall correlations: 3 E sgn(x₁−x₂) sgn(y₁−y₃), and E sgn(x₁−x₂) sgn(y₁−y₂).
fn population(source: &mut Source, regime: &Regime) -> (f64, f64) {
    if !regime.heavy || regime.rho == 0.0 {
        return (RankStatistic::Spearman.population(regime.rho), RankStatistic::Kendall.population(regime.rho));
    }
    let draws = 1_000_000;
    let (mut spearman, mut kendall) = (0.0, 0.0);
    for _ in 0..draws {
        let (a, b, c) = (source.network(regime), source.network(regime), source.network(regime));
        spearman += ((a.0 - b.0) * (a.1 - c.1)).signum();
        kendall += ((a.0 - b.0) * (a.1 - b.1)).signum();
    }
    (3.0 * spearman / f64::from(draws), kendall / f64::from(draws))
}

#[derive(Default)]
struct Tally {
    covered: usize,
    given: usize,
}

impl Tally {
    fn add(&mut self, limits: Option<(f64, f64)>, truth: f64) {
        if let Some((lower, upper)) = limits {
            self.given += 1;
            self.covered += usize::from(lower <= truth && truth <= upper);
        }
    }

    fn cell(&self) -> String {
        if self.given == 0 {
            return "refused".to_owned();
        }
        format!("{:.1}", 100.0 * self.covered as f64 / self.given as f64)
    }
}

fn main() {
    let simulations: usize = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(2_000);
    if std::env::args().nth(2).as_deref() == Some("verdicts") {
        return false_positives(simulations);
    }
    println!(
        "{simulations} simulations; coverage in %, nominal 95; Monte-Carlo standard error {:.2}",
        100.0 * (0.95 * 0.05 / simulations as f64).sqrt()
    );
    println!(
        "| n | regime | slope (permutation) | Fisher, Pearson | copula, Spearman | copula, Kendall | bootstrap, Pearson |"
    );
    println!("|---|---|---|---|---|---|---|");
    for n in [5_usize, 8, 12, 20] {
        let spearman_table = CopulaIntervalTable::unchecked(RankStatistic::Spearman, n, 11);
        let kendall_table = CopulaIntervalTable::unchecked(RankStatistic::Kendall, n, 12);
        for (index, regime) in REGIMES.iter().enumerate() {
            let mut source = Source(ChaCha8Rng::seed_from_u64(1_000 * n as u64 + index as u64), Normal::standard());
            let (spearman_truth, kendall_truth) = population(&mut source, regime);
            let mut tallies: [Tally; 5] = Default::default();
            for simulation in 0..simulations {
                let (x, y): (Vec<f64>, Vec<f64>) = (0..n).map(|_| source.network(regime)).unzip();
                let seed = simulation as u64;
                let slope = slope_interval(&x, &y, 0.95, seed).ok();
                tallies[0].add(slope.map(|found| (found.lower, found.upper)), regime.rho);
                let value = |kind| correlation(kind, &x, &y).unwrap_or(0.0);
                let fisher = fisher_interval(value(CorrelationKind::Pearson), n, 0.95).ok();
                tallies[1].add(fisher.map(|found| (found.lower, found.upper)), regime.rho);
                let spearman = spearman_table.interval(value(CorrelationKind::Spearman), 0.95).ok();
                tallies[2].add(spearman.map(|found| (found.lower, found.upper)), spearman_truth);
                let kendall = kendall_table.interval(value(CorrelationKind::KendallTauB), 0.95).ok();
                tallies[3].add(kendall.map(|found| (found.lower, found.upper)), kendall_truth);
                let bootstrap = network_bootstrap(CorrelationKind::Pearson, &x, &y, 0.95, 599, seed).ok();
                tallies[4].add(bootstrap.map(|found| (found.lower, found.upper)), regime.rho);
            }
            let cells: Vec<String> = tallies.iter().map(Tally::cell).collect();
            println!("| {n} | {} | {} |", regime.name, cells.join(" | "));
        }
    }
    false_positives(simulations);
    let mut source = Source(ChaCha8Rng::seed_from_u64(77), Normal::standard());
    let mut lost = 0_usize;
    let groups = simulations.min(2_000);
    for simulation in 0..groups {
        // Five equally good networks, 100 images, correlated outcomes; network 0 stands for the truly best.
        let shared: Vec<f64> = (0..100).map(|_| source.normal()).collect();
        let outcomes: Vec<Vec<f64>> = (0..5)
            .map(|_| shared.iter().map(|s| if s + source.normal() > 0.0 { 1.0 } else { 0.0 }).collect())
            .collect();
        if let Ok(group) = tied_with_best(&outcomes, 0.05, simulation as u64) {
            lost += group.networks.iter().filter(|network| network.network == 0 && !network.tied).count();
        }
    }
    println!(
        "best of five equal networks left out of the tied group: {:.1} % of {groups}",
        100.0 * lost as f64 / groups as f64
    );
}

/// How often each correlation's verdict is another word than "not shown" where there is nothing to show.
fn false_positives(simulations: usize) {
    let names: Vec<&str> = CorrelationKind::ALL.iter().map(|kind| kind.name()).collect();
    println!("\n| n | regime | {} |\n|---|---{} |", names.join(" | "), "|---".repeat(names.len()));
    for n in [5_usize, 8, 12, 20] {
        for (index, regime) in REGIMES.iter().enumerate().filter(|(_, regime)| regime.rho == 0.0) {
            let mut source = Source(ChaCha8Rng::seed_from_u64(5_000 * n as u64 + index as u64), Normal::standard());
            let mut words = [0_usize; CorrelationKind::ALL.len()];
            for simulation in 0..simulations {
                let (x, y): (Vec<f64>, Vec<f64>) = (0..n).map(|_| source.network(regime)).unzip();
                for (word, kind) in words.iter_mut().zip(CorrelationKind::ALL) {
                    let says = permutation_test(kind, &x, &y, simulation as u64)
                        .map(|test| verdict(&test, ExpectedSign::Positive, 0.05));
                    *word += usize::from(!matches!(says, Ok(Verdict::NotShown)));
                }
            }
            let rates: Vec<String> =
                words.iter().map(|&count| format!("{:.1}", 100.0 * count as f64 / simulations as f64)).collect();
            println!("| {n} | {} | {} |", regime.name, rates.join(" | "));
        }
    }
}
