//! What a design can show: the chance that its number of networks would find a correlation that is there.

use serde::Serialize;
use transferscope_theory::statistics::{
    correlation::CorrelationKind,
    networks::{PowerError, VERDICT_SMALLEST_COUNT, permutation_power},
};

use super::Study;

/// True correlations at which the power is told.
const CORRELATIONS: [f64; 3] = [0.5, 0.7, 0.9];
const LEVEL: f64 = 0.05;
/// Standard error of a power below 0.025.
const SIMULATIONS: usize = 400;

/// The power of a design.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DesignPower {
    /// Networks that count: recipes that are no controls.
    pub networks: usize,
    /// True correlation and the chance of finding it at the 5 % level.
    pub power: Vec<(f64, f64)>,
    /// Whether the study can say more than "consistent with".
    pub can_decide: bool,
}

/// The power of the primary test of a study.
///
/// For a crossover it is that of a correlation over the same networks within one seed, a lower bound: seeds are blocks
/// that add to it.
///
/// # Errors
/// Where there are too few networks to test anything.
pub fn design_power(study: &Study) -> Result<DesignPower, PowerError> {
    let networks = study.sources.iter().filter(|source| !source.control).count();
    let kind = match study.endpoint.kind {
        CorrelationKind::Spearman => CorrelationKind::Spearman,
        _ => CorrelationKind::Pearson,
    };
    let power = CORRELATIONS
        .iter()
        .map(|&correlation| {
            // Four networks and fewer cannot reject at 5 %, and the simulation says so; below three there is no test.
            Ok((correlation, permutation_power(kind, networks, correlation, LEVEL, SIMULATIONS, 0)?.power))
        })
        .collect::<Result<_, PowerError>>()?;
    Ok(DesignPower { networks, power, can_decide: networks >= VERDICT_SMALLEST_COUNT })
}
