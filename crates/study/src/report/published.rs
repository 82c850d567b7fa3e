//! The published image table beside ours.

use serde::Serialize;

use crate::{
    plan::{Measure, SeenFrom},
    verdict::{Key, Table},
};

/// A published row: zoo name, knowledge transfer (%), alpha1, alpha2 and combined as the paper prints them, which are
/// *squares* for the last two (paper.md §10.1).
const ROWS: [(&str, f64, f64, f64, f64); 5] = [
    ("fc", 28.30, 0.346, 0.189, 0.0258),
    ("lenet", 45.65, 0.324, 0.215, 0.0254),
    ("alexnet", 55.09, 0.337, 0.205, 0.0268),
    ("resnet18", 76.60, 0.538, 0.244, 0.0707),
    ("resnet50", 77.92, 0.614, 0.234, 0.0899),
];
/// The budget of the published table.
const PUBLISHED_EPS: f64 = 0.1;

/// One row, published and ours; numbers are ready to be printed.
#[derive(Clone, Debug, Serialize)]
pub(super) struct PublishedRow {
    name: String,
    published: [String; 4],
    ours: Option<[String; 4]>,
}

/// The rows, and the budget at which ours were measured.
pub(super) fn published_rows(table: &Table<'_>) -> (Vec<PublishedRow>, String) {
    let study = table.study();
    let eps =
        study.attack.eps.iter().position(|(_, size)| (size - PUBLISHED_EPS).abs() < 1e-9).unwrap_or(study.endpoint.eps);
    let typed = study.attack.eps.get(eps).map_or_else(String::new, |(text, _)| text.clone());
    let rows = ROWS
        .iter()
        .map(|&(name, transfer, alpha1, alpha2, combined)| {
            let source = study.sources.iter().position(|source| source.network == name && !source.control);
            let mean = |values: Option<Vec<f64>>| values.map(|values| crate::verdict::mean_of(&values));
            let reading = |source: usize, measure: Measure| {
                let key = Key { measure, direction: SeenFrom::TargetToSource, eps, reference_correct: true };
                mean(table.values(source, 0, key))
            };
            let ours = source.map(|source| {
                [
                    mean(table.outcomes(source, 0)).map(|share| format!("{:.1}", 100.0 * share)),
                    reading(source, Measure::Alpha1).map(|value| format!("{value:.3}")),
                    reading(source, Measure::Alpha2).map(|value| format!("{value:.3}")),
                    reading(source, Measure::Combined).map(|value| format!("{value:.3}")),
                ]
                .map(|text| text.unwrap_or_else(|| "–".to_owned()))
            });
            PublishedRow {
                name: name.to_owned(),
                published: [
                    format!("{transfer:.1}"),
                    format!("{alpha1:.3}"),
                    format!("{:.3}", alpha2.sqrt()),
                    format!("{:.3}", combined.sqrt()),
                ],
                ours,
            }
        })
        .collect();
    (rows, typed)
}
