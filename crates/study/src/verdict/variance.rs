//! Where the spread of the primary measure comes from: images, starts, training seeds, references.

use serde::{Deserialize, Serialize};

use super::{Key, Table, pooled_variance, spread::mean};

/// One part of the variance of the primary measure of a single pair.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VariancePart {
    /// Over what it varies.
    pub over: String,
    /// The standard deviation; absent where the design cannot tell.
    pub standard_deviation: Option<f64>,
    /// Degrees of freedom behind it.
    pub degrees_of_freedom: usize,
    /// How it was made, or why it is absent.
    pub how: String,
}

/// The parts of the variance of the primary measure, each as a standard deviation on the measure's own scale.
///
/// These are the plain spreads that a reader would see, not components of a model: the spread over training seeds, for
/// example, contains the part that images and starts have in it, so it is at least as large.
#[must_use]
pub fn variance_parts(table: &Table<'_>, task: usize) -> Vec<VariancePart> {
    let study = table.study();
    let endpoint = &study.endpoint;
    let key =
        Key { measure: endpoint.measure, direction: endpoint.direction, eps: endpoint.eps, reference_correct: false };
    let counted = table.counted();
    let seeds = study.seeds.len();
    let part = |over: &str, found: Option<(f64, usize)>, how: &str, absent: &str| VariancePart {
        over: over.to_owned(),
        standard_deviation: found.map(|(variance, _)| variance.sqrt()),
        degrees_of_freedom: found.map_or(0, |(_, degrees)| degrees),
        how: if found.is_some() { how.to_owned() } else { absent.to_owned() },
    };

    let (mut squared_errors, mut starts) = (Vec::new(), Vec::new());
    let (mut by_source_seed, mut by_reference_seed, mut by_reference) = (Vec::new(), Vec::new(), Vec::new());
    let mut means = Vec::new();
    for &source in &counted {
        let mut of_seeds = Vec::new();
        for seed in 0..seeds {
            let Some(values) = table.by_reference(source, task, seed, key) else { continue };
            let Some(paired) = table.collected().pair(source, task, seed) else { continue };
            for reference in &paired.references {
                let Some(budget) = reference.budgets.get(endpoint.eps) else { continue };
                let reading = budget.all.direction(endpoint.direction).get(&endpoint.measure);
                squared_errors
                    .extend(reading.and_then(|reading| reading.estimate.std_error()).map(|error| error * error));
                let side = usize::from(endpoint.direction == crate::plan::SeenFrom::TargetToSource);
                let restarts: Vec<f64> =
                    budget.by_restart.iter().filter_map(|both| both[side].get(&endpoint.measure).copied()).collect();
                if restarts.len() > 1 {
                    starts.push(restarts);
                }
            }
            let of_reference = |place: usize| -> Vec<f64> {
                let same = paired.references.iter().zip(&values).filter(|(with, _)| with.reference == place);
                same.map(|(_, value)| *value).collect()
            };
            let groups: Vec<Vec<f64>> = (0..study.references.len()).map(of_reference).collect();
            by_reference.push(groups.iter().map(|group| mean(group)).collect::<Vec<f64>>());
            by_reference_seed.extend(groups);
            of_seeds.push(mean(&values));
        }
        means.push(mean(&of_seeds));
        by_source_seed.push(of_seeds);
    }
    let images = (!squared_errors.is_empty()).then(|| (mean(&squared_errors), squared_errors.len()));
    let networks = pooled_variance(&[means.clone()]);
    let texts = study.reading.is_some();
    let many = study.samples();
    vec![
        part(
            many,
            images,
            &format!("root of the mean squared standard error of a pair: another draw of as many {many}"),
            "no pair has a standard error",
        ),
        part(
            "starts of the attack",
            pooled_variance(&starts),
            "between restarts of one pair, each measured alone",
            match texts {
                true => "an attack on words has one start, the text",
                false => "one start an image: set attack.restarts to 2 or more to see it",
            },
        ),
        part(
            "training seeds of the source",
            pooled_variance(&by_source_seed),
            "between seeds of one recipe, references averaged, pooled over recipes",
            "one training seed",
        ),
        part(
            "training seeds of the reference",
            pooled_variance(&by_reference_seed),
            "between seeds of one reference recipe, pooled over sources",
            "one seed a reference",
        ),
        part(
            "reference recipes",
            pooled_variance(&by_reference),
            "between reference recipes, their seeds averaged, pooled over sources",
            "one reference recipe",
        ),
        part(
            "source recipes",
            networks,
            "between recipes, seeds and references averaged: what the verdict is about",
            "one recipe",
        ),
    ]
}
