//! The parts of a page that are tables and sentences, ready to be printed.

use serde::Serialize;

use super::{
    format::{count, interval, percent, signed, three, with_interval},
    medium::Medium,
};
use crate::{
    plan::SeenFrom,
    records::{Examples, TextExamples},
    verdict::{AlphaCell, Key, Summary, Table, TaskCell, mean_of},
};

/// A fact of the head: a name and a value.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Fact {
    pub name: String,
    pub value: String,
    pub note: String,
}

pub(super) fn fact(name: &str, value: impl Into<String>, note: impl Into<String>) -> Fact {
    Fact { name: name.to_owned(), value: value.into(), note: note.into() }
}

/// The numbers behind the verdict.
pub(super) fn headline(summary: &Summary) -> Vec<Fact> {
    let primary = &summary.primary;
    let p = crate::verdict::p;
    let mut facts = Vec::new();
    if let Some(found) = &primary.correlation {
        let test = &found.test;
        facts.push(fact(test.kind.name(), signed(test.correlation), format!("over {} networks", test.n)));
        facts.push(fact("95 % interval", interval(found.fisher95), "Fisher; assumes joint normality"));
        facts.push(fact(
            "permutation p",
            p(test.p_value),
            format!("two-sided; smallest possible {}", p(test.smallest_p)),
        ));
        facts.push(fact("leaving one out", interval(found.leave_one_out), "range of the coefficient"));
    }
    if let Some(found) = &primary.crossover {
        let test = &found.test;
        facts.push(fact(
            "difference of slopes",
            format!("{:+.3}", test.correlation),
            format!("over {} networks", test.n),
        ));
        let ends = found.over_seeds95.map_or_else(|| "–".to_owned(), |[low, high]| format!("{low:+.3} to {high:+.3}"));
        facts.push(fact("95 % interval", ends, format!("over {} training seeds", found.by_seed.len())));
        facts.push(fact("permutation p", p(test.p_value), "two-sided, shuffled within seeds"));
        facts.push(fact("order test p", p(found.order_p), "Page, seeds as blocks"));
    }
    facts
}

/// One line of a list of other statistics.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Held {
    pub what: String,
    pub value: String,
    pub p: String,
    pub note: String,
}

/// What is held against the headline: rivals, partial correlations, other choices of images and sources.
pub(super) fn held_against(table: &Table<'_>, summary: &Summary) -> Vec<Held> {
    let Medium { many, .. } = Medium::of(table.study());
    let p = crate::verdict::p;
    let mut rows = Vec::new();
    if let Some(found) = &summary.primary.correlation {
        for rival in &found.rivals {
            rows.push(Held {
                what: format!("instead of the attack: {}", rival.what),
                value: rival.test.map_or_else(|| "–".to_owned(), |test| signed(test.correlation)),
                p: rival.test.map_or_else(|| "–".to_owned(), |test| p(test.p_value)),
                note: rival.absent_because.clone().unwrap_or_else(|| "same statistic, costs no attack".to_owned()),
            });
        }
        for partial in &found.partials {
            let known = partial.partial;
            rows.push(Held {
                what: format!("partial, given {}", partial.given),
                value: known.map_or_else(|| "–".to_owned(), |one| signed(one.correlation)),
                p: known.map_or_else(|| "–".to_owned(), |one| p(one.p_value)),
                note: match (known, &partial.absent_because) {
                    (Some(one), _) => format!("{} degrees of freedom, Student's t", one.degrees_of_freedom),
                    (None, Some(reason)) => reason.clone(),
                    (None, None) => String::new(),
                },
            });
        }
    }
    let crossed = summary.primary.crossover.is_some();
    let number = |value: f64| if crossed { format!("{value:+.3}") } else { signed(value) };
    let others = [
        (
            format!("over {many} that the reference gets right"),
            summary.primary.reference_correct,
            format!("the paper's choice of {many}"),
        ),
        (
            "without under-trained sources".to_owned(),
            summary.primary.without_under_trained,
            "those below their floor left out".to_owned(),
        ),
    ];
    for (what, test, note) in others {
        if let Some(test) = test {
            rows.push(Held {
                what,
                value: number(test.correlation),
                p: p(test.p_value),
                note: format!("{note}; {} networks", test.n),
            });
        }
    }
    rows
}

/// A row of the table of networks.
#[derive(Clone, Debug, Serialize)]
pub(super) struct NetworkLine {
    pub name: String,
    pub about: String,
    pub control: bool,
    pub under_trained: bool,
    pub colour: usize,
    pub parameters: String,
    pub source_accuracy: String,
    pub outcome: String,
    pub gain: String,
    pub alphas: Vec<AlphaLine>,
}

/// A measure in that table.
#[derive(Clone, Debug, Serialize)]
pub(super) struct AlphaLine {
    pub value: String,
    pub references: String,
    pub not_above_chance: bool,
}

/// The table of networks for one task.
#[derive(Clone, Debug, Serialize)]
pub(super) struct NetworkTable {
    pub task: String,
    pub columns: Vec<String>,
    pub rows: Vec<NetworkLine>,
    pub baselines: Vec<Fact>,
}

/// The tables of networks.
pub(super) fn network_tables(table: &Table<'_>, summary: &Summary, colours: &[usize]) -> Vec<NetworkTable> {
    let study = table.study();
    // The direction that the study asks about comes first: the table is wider than many windows.
    let ordered = |cell: &TaskCell| -> Vec<AlphaCell> {
        let (asked, other): (Vec<_>, Vec<_>) =
            cell.alphas.iter().cloned().partition(|alpha| alpha.direction == study.endpoint.direction);
        [asked, other].concat()
    };
    (0..study.tasks.len())
        .map(|task| {
            let first = summary.rows.first().and_then(|row| row.tasks.get(task));
            let columns = first.map_or_else(Vec::new, |cell| {
                ordered(cell)
                    .iter()
                    .map(|alpha| format!("{} {}", alpha.measure.label(), alpha.direction.label()))
                    .collect()
            });
            let rows = summary
                .rows
                .iter()
                .zip(colours)
                .filter_map(|(row, &colour)| {
                    let cell = row.tasks.get(task)?;
                    let alphas = ordered(cell)
                        .iter()
                        .map(|alpha| AlphaLine {
                            value: with_interval(&alpha.value, 1.0),
                            references: references(alpha),
                            not_above_chance: alpha.null_95.is_some_and(|null| alpha.value.mean <= null),
                        })
                        .collect();
                    let width = if row.width == 1.0 { String::new() } else { format!(", width {}", row.width) };
                    Some(NetworkLine {
                        name: row.name.clone(),
                        about: format!("{}{width}", row.network),
                        control: row.control,
                        under_trained: row.under_trained,
                        colour,
                        parameters: count(row.parameters),
                        source_accuracy: with_interval(&row.source_accuracy, 100.0),
                        outcome: with_interval(&cell.outcome, 100.0),
                        gain: with_interval(&cell.gain, 100.0),
                        alphas,
                    })
                })
                .collect();
            let mut baselines = vec![fact(
                &format!("{}, linear", Medium::of(study).raw),
                format!("{} %", percent(summary.raw_pixels.get(task).copied().unwrap_or(0.0))),
                "needs no network",
            )];
            if let Some(references) = summary.references.get(task) {
                for (reference, accuracy) in study.references.iter().zip(references) {
                    baselines.push(fact(
                        &format!("reference {}", reference.name),
                        format!("{} %", with_interval(accuracy, 100.0)),
                        "trained from scratch on the task",
                    ));
                }
            }
            let name = &study.tasks[task].name;
            NetworkTable {
                task: if study.tasks.len() > 1 { format!("Target task {name}") } else { String::new() },
                columns,
                rows,
                baselines,
            }
        })
        .collect()
}

fn references(alpha: &AlphaCell) -> String {
    let parts = [("noise", alpha.noise), ("permuted", alpha.permuted), ("self", alpha.itself)];
    let shown: Vec<String> =
        parts.iter().filter_map(|(name, value)| value.map(|value| format!("{name} {}", three(Some(value))))).collect();
    shown.join("\n")
}

/// The source by reference heat map.
#[derive(Clone, Debug, Serialize)]
pub(super) struct HeatMap {
    pub title: String,
    pub columns: Vec<String>,
    pub rows: Vec<HeatRow>,
}

/// One of its rows.
#[derive(Clone, Debug, Serialize)]
pub(super) struct HeatRow {
    pub name: String,
    pub control: bool,
    pub cells: Vec<HeatCell>,
}

/// One of its cells: the text, and how deep its colour is, from 0 to 1.
#[derive(Clone, Debug, Serialize)]
pub(super) struct HeatCell {
    pub text: String,
    pub depth: String,
    pub deep: bool,
}

/// The primary measure of each pair of a task, mean over the source's seeds.
pub(super) fn heat_maps(table: &Table<'_>) -> Vec<HeatMap> {
    let study = table.study();
    let endpoint = &study.endpoint;
    let mut maps = Vec::new();
    for task in 0..study.tasks.len() {
        for &direction in SeenFrom::ALL {
            let key = Key { measure: endpoint.measure, direction, eps: endpoint.eps, reference_correct: false };
            let columns: Vec<String> = study
                .references
                .iter()
                .flat_map(|reference| {
                    study.reference_seeds.iter().map(move |seed| format!("{} · {seed}", reference.name))
                })
                .collect();
            let values: Vec<Vec<f64>> = (0..study.sources.len())
                .map(|source| {
                    let seeds: Vec<Vec<f64>> =
                        (0..study.seeds.len()).filter_map(|seed| table.by_reference(source, task, seed, key)).collect();
                    (0..columns.len())
                        .map(|column| mean_of(&seeds.iter().map(|row| row[column]).collect::<Vec<_>>()))
                        .collect()
                })
                .collect();
            let low = values.iter().flatten().copied().fold(f64::INFINITY, f64::min);
            let high = values.iter().flatten().copied().fold(f64::NEG_INFINITY, f64::max);
            let cell = |value: &f64| {
                let depth = if high > low { (value - low) / (high - low) } else { 0.5 };
                HeatCell {
                    text: format!("{value:.2}"),
                    depth: format!("{:.0}", 6.0 + 84.0 * depth),
                    deep: depth > 0.55,
                }
            };
            let rows = study
                .sources
                .iter()
                .zip(&values)
                .map(|(source, row)| HeatRow {
                    name: source.name.clone(),
                    control: source.control,
                    cells: row.iter().map(cell).collect(),
                })
                .collect();
            let of_task =
                if study.tasks.len() > 1 { format!(", target {}", study.tasks[task].name) } else { String::new() };
            maps.push(HeatMap {
                title: format!("{} {}{of_task}", endpoint.measure.label(), direction.label()),
                columns,
                rows,
            });
        }
    }
    maps
}

/// A group of images with what was said of them.
#[derive(Clone, Debug, Serialize)]
pub(super) struct ImageGroup {
    pub task: String,
    pub examples: Examples,
}

/// The images of each task.
pub(super) fn image_groups(table: &Table<'_>) -> Vec<ImageGroup> {
    let study = table.study();
    (0..study.tasks.len())
        .filter_map(|task| {
            let examples = table.collected().examples(task)?.clone();
            let name = if study.tasks.len() > 1 { study.tasks[task].name.clone() } else { String::new() };
            Some(ImageGroup { task: name, examples })
        })
        .collect()
}

/// A group of texts with what was said of them.
#[derive(Clone, Debug, Serialize)]
pub(super) struct TextGroup {
    pub task: String,
    pub examples: TextExamples,
}

/// The texts of each task.
pub(super) fn text_groups(table: &Table<'_>) -> Vec<TextGroup> {
    let study = table.study();
    (0..study.tasks.len())
        .filter_map(|task| {
            let examples = table.collected().text_examples(task)?.clone();
            let name = if study.tasks.len() > 1 { study.tasks[task].name.clone() } else { String::new() };
            Some(TextGroup { task: name, examples })
        })
        .collect()
}
