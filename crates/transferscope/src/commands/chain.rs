//! `transferscope chain`: which link from attack to knowledge breaks, over the results of several sources.

use std::path::PathBuf;

use serde::Serialize;
use transferscope_study::{
    chain::{Chain, ChainDirection, ChainLink, ChainPair, ChainsOver, chain_links},
    measurement::Measurement,
    record,
};

use crate::{console::Console, exit::Failure, show};

/// What can be typed.
#[derive(clap::Args)]
pub struct Arguments {
    /// Results that `measure --matching --json` wrote: different sources, one target, the same data.
    #[arg(required = true, num_args = 2.., value_name = "RESULT")]
    results: Vec<PathBuf>,
    /// Print one JSON document.
    #[arg(long)]
    json: bool,
}

/// The boxes of every result, and how neighbours move together over them.
#[derive(Serialize)]
pub struct Chains {
    /// One for each result, in the order typed.
    pub results: Vec<NamedChain>,
    /// Over the sources, the target given the source.
    pub t_given_s: Vec<ChainLink>,
    /// Over the sources, the source given the target.
    pub s_given_t: Vec<ChainLink>,
    /// Remarks: what a reader must know to judge the correlations.
    pub notes: Vec<String>,
}

/// One result's chain.
#[derive(Serialize)]
pub struct NamedChain {
    /// The source as it was typed, or the file.
    pub source: String,
    /// Both directions.
    #[serde(flatten)]
    pub chain: ChainPair,
}

/// Reads the results and correlates neighbours.
///
/// # Errors
/// With the exit code and the sentence that the user sees.
pub fn run(arguments: &Arguments, console: &Console) -> Result<(), Failure> {
    let mut results = Vec::with_capacity(arguments.results.len());
    let (mut targets, mut data) = (Vec::new(), Vec::new());
    for path in &arguments.results {
        let measurement: Measurement = record::read(path).map_err(Failure::bad_input)?;
        let Some(chain) = measurement.chain else {
            return Err(Failure::bad_input(anyhow::anyhow!(
                "'{}' holds no chain: expected a result of measure --matching --json, found one without matching",
                path.display()
            )));
        };
        let networks = measurement.networks.as_ref();
        targets.extend(networks.map(|networks| networks.target.spec.clone()));
        data.extend(measurement.data.map(|data| data.sha256));
        let source = networks.map_or_else(|| path.display().to_string(), |networks| networks.source.spec.clone());
        results.push(NamedChain { source, chain });
    }
    let side = |direction, pick: fn(&ChainPair) -> Chain| {
        let chains: Vec<Chain> = results.iter().map(|result| pick(&result.chain)).collect();
        chain_links(&chains, direction, ChainsOver::Sources)
    };
    let answer = Chains {
        t_given_s: side(ChainDirection::TargetGivenSource, |pair| pair.t_given_s),
        s_given_t: side(ChainDirection::SourceGivenTarget, |pair| pair.s_given_t),
        notes: notes(&results, targets, data),
        results,
    };
    if arguments.json {
        return console.json(&answer);
    }
    console.answer(&show::chains(&answer));
    Ok(())
}

fn notes(results: &[NamedChain], mut targets: Vec<String>, mut data: Vec<String>) -> Vec<String> {
    let mut notes = Vec::new();
    targets.sort();
    targets.dedup();
    if targets.len() > 1 {
        notes.push(format!("the results have different targets: {}", targets.join(", ")));
    }
    data.sort();
    data.dedup();
    if data.len() > 1 {
        notes.push("the results are over different images".to_owned());
    }
    let mut sources: Vec<&str> = results.iter().map(|result| result.source.as_str()).collect();
    sources.sort_unstable();
    if sources.windows(2).any(|pair| pair[0] == pair[1]) {
        notes.push("a source stands here more than once: the test takes them for different networks".to_owned());
    }
    if results.len() < FEW {
        notes.push(format!(
            "{} sources: below {FEW} no verdict is stronger than \"consistent with\"; each link is tested alone, not \
             adjusted for the others",
            results.len()
        ));
    }
    notes
}

/// Below so many networks a verdict is never more than "consistent with".
const FEW: usize = transferscope_theory::statistics::networks::VERDICT_SMALLEST_COUNT;
