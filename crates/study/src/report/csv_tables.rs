//! The numbers of a study as CSV: one row a network and task, and one row a reading.

use std::fmt::Write;

use crate::{
    plan::SeenFrom,
    records::{Collected, Reading},
    verdict::Summary,
};

/// One row a source and task: accuracies, outcome, gain, and each measure at the endpoint's budget.
#[must_use]
pub fn networks_csv(collected: &Collected, summary: &Summary) -> String {
    let study = &collected.plan.study;
    let mut text = String::from(
        "name,network,width,family,control,mix,parameters,source_accuracy,under_trained,task,outcome,outcome_low,outcome_high,twin,gain",
    );
    let first = summary.rows.first().and_then(|row| row.tasks.first());
    let columns: Vec<_> =
        first.map_or_else(Vec::new, |task| task.alphas.iter().map(|cell| (cell.direction, cell.measure)).collect());
    for (direction, measure) in &columns {
        let name = format!("{}_{}", measure.word(), direction.word()).replace('-', "_");
        let _ = write!(text, ",{name},{name}_low,{name}_high");
    }
    text.push('\n');
    for row in &summary.rows {
        for (task, cell) in row.tasks.iter().enumerate() {
            let _ = write!(
                text,
                "{},{},{},{},{},{},{},{},{},{},{},{},{},{},{}",
                row.name,
                row.network,
                row.width,
                row.family,
                row.control,
                row.mix.map_or_else(String::new, |mix| mix.to_string()),
                row.parameters,
                row.source_accuracy.mean,
                row.under_trained,
                study.tasks[task].name,
                cell.outcome.mean,
                end(cell.outcome.ci95, 0),
                end(cell.outcome.ci95, 1),
                cell.twin.mean,
                cell.gain.mean
            );
            for (direction, measure) in &columns {
                let found = cell.alphas.iter().find(|one| one.direction == *direction && one.measure == *measure);
                match found {
                    Some(one) => {
                        let value = &one.value;
                        let _ = write!(text, ",{},{},{}", value.mean, end(value.ci95, 0), end(value.ci95, 1));
                    }
                    None => text.push_str(",,,"),
                }
            }
            text.push('\n');
        }
    }
    text
}

fn end(ends: Option<[f64; 2]>, which: usize) -> String {
    ends.map_or_else(String::new, |ends| ends[which].to_string())
}

/// One row a reading: source, seed, task, reference, its seed, budget, images, direction, measure, and its numbers.
#[must_use]
pub fn pairs_csv(collected: &Collected) -> String {
    let study = &collected.plan.study;
    let mut text = String::from(
        "source,source_seed,task,reference,reference_seed,eps,images,direction,measure,estimate,low,high,std_error,n,noise,permuted,null_95,self\n",
    );
    for (source, of) in study.sources.iter().enumerate() {
        for (task, of_task) in study.tasks.iter().enumerate() {
            for (seed, of_seed) in study.seeds.iter().enumerate() {
                let Some(paired) = collected.pair(source, task, seed) else { continue };
                for reference in &paired.references {
                    let head = format!(
                        "{},{of_seed},{},{},{}",
                        of.name,
                        of_task.name,
                        study.references[reference.reference].name,
                        study.reference_seeds[reference.seed]
                    );
                    for (budget, (eps, _)) in reference.budgets.iter().zip(&study.attack.eps) {
                        let sets =
                            [("all", Some(&budget.all)), ("reference-correct", budget.reference_correct.as_ref())];
                        for (images, set) in sets {
                            let Some(set) = set else { continue };
                            for &direction in SeenFrom::ALL {
                                for (measure, reading) in set.direction(direction) {
                                    let _ =
                                        write!(text, "{head},{eps},{images},{},{}", direction.word(), measure.word());
                                    numbers(&mut text, reading);
                                }
                            }
                        }
                    }
                }
            }
        }
    }
    text
}

fn numbers(text: &mut String, reading: &Reading) {
    let optional = |value: Option<f64>| value.map_or_else(String::new, |value| value.to_string());
    let interval = reading.estimate.interval();
    let _ = writeln!(
        text,
        ",{},{},{},{},{},{},{},{},{}",
        reading.estimate.value(),
        optional(interval.map(|interval| interval.low())),
        optional(interval.map(|interval| interval.high())),
        optional(reading.estimate.std_error()),
        reading.estimate.count(),
        optional(reading.references.noise),
        optional(reading.references.permuted),
        optional(reading.null_95),
        optional(reading.references.itself)
    );
}
