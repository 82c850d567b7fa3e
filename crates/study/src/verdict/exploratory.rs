//! Everything but the primary endpoint: correlations of every measure, direction and budget, adjusted for their number.

use serde::{Deserialize, Serialize};
use transferscope_theory::statistics::networks::{holm, permutation_test};

use super::{Key, Table, correlated::PERMUTATION_SEED, spread::mean};
use crate::plan::{Endpoint, EndpointStatistic, Measure, SeenFrom};

/// One correlation that was not named before.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Exploratory {
    /// The measure.
    pub measure: Measure,
    /// Whose attack on whom.
    pub direction: SeenFrom,
    /// The budget, as typed.
    pub eps: String,
    /// The task.
    pub task: String,
    /// The coefficient over networks.
    pub correlation: f64,
    /// Its permutation p.
    pub p_value: f64,
    /// The same, adjusted by Holm for all of these.
    pub p_adjusted: f64,
}

/// Measures that are looked at besides the primary one.
const LOOKED_AT: [Measure; 6] = [
    Measure::Alpha1,
    Measure::Alpha1Envelope,
    Measure::Alpha2,
    Measure::Alpha2Normalised,
    Measure::Alpha2Centred,
    Measure::Combined,
];

/// Every correlation but the primary one, adjusted by Holm. What has no correlation is left out.
#[must_use]
pub fn exploratory(table: &Table<'_>, endpoint: &Endpoint) -> Vec<Exploratory> {
    let study = table.study();
    let counted = table.counted();
    let mut found = Vec::new();
    for (task, of_task) in study.tasks.iter().enumerate() {
        let outcomes: Option<Vec<f64>> =
            counted.iter().map(|&source| table.outcomes(source, task).map(|seeds| mean(&seeds))).collect();
        let Some(outcomes) = outcomes else { continue };
        for (eps, (typed, _)) in study.attack.eps.iter().enumerate() {
            for &direction in SeenFrom::ALL {
                for measure in LOOKED_AT {
                    let key = Key { measure, direction, eps, reference_correct: false };
                    let is_primary = endpoint.statistic == EndpointStatistic::Correlation
                        && (endpoint.measure, endpoint.direction, endpoint.eps) == (measure, direction, eps)
                        && task == 0;
                    let values: Option<Vec<f64>> = counted
                        .iter()
                        .map(|&source| table.values(source, task, key).map(|seeds| mean(&seeds)))
                        .collect();
                    let test = values
                        .filter(|_| !is_primary)
                        .and_then(|values| permutation_test(endpoint.kind, &values, &outcomes, PERMUTATION_SEED).ok());
                    if let Some(test) = test {
                        found.push(Exploratory {
                            measure,
                            direction,
                            eps: typed.clone(),
                            task: of_task.name.clone(),
                            correlation: test.correlation,
                            p_value: test.p_value,
                            p_adjusted: test.p_value,
                        });
                    }
                }
            }
        }
    }
    let plain: Vec<f64> = found.iter().map(|one| one.p_value).collect();
    if let Ok(adjusted) = holm(&plain) {
        found.iter_mut().zip(adjusted).for_each(|(one, p)| one.p_adjusted = p);
    }
    found
}
