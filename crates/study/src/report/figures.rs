//! The figures of a page, made from the table and the summary.

use serde::Serialize;

use super::{
    chart::{Line, Mark, Rule, Scatter, lines, scatter},
    medium::Medium,
};
use crate::{
    plan::{EndpointStatistic, Measure, SeenFrom},
    verdict::{Key, Spread, Summary, Table, mean_of, pooled_variance, spread},
};

/// How many colours the page has; after them, lines are dashed.
const COLOURS: usize = 8;

/// A picture with what stands around it.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Figure {
    pub title: String,
    pub svg: String,
    pub caption: String,
    pub legend: Vec<LegendEntry>,
}

/// One line of a legend.
#[derive(Clone, Debug, Serialize)]
pub(super) struct LegendEntry {
    pub name: String,
    pub colour: usize,
    pub dashed: bool,
}

/// The colour of each source: by family where there are several, else its own.
pub(super) fn colours(summary: &Summary) -> Vec<usize> {
    let mut families: Vec<&str> = Vec::new();
    for row in &summary.rows {
        if !families.contains(&row.family.as_str()) {
            families.push(&row.family);
        }
    }
    let by_family = |family: &str| families.iter().position(|known| *known == family).unwrap_or(0) % COLOURS;
    summary.rows.iter().map(|row| by_family(&row.family)).collect()
}

/// Measure against outcome, one for each task.
pub(super) fn scatters(table: &Table<'_>, summary: &Summary) -> Vec<Figure> {
    let study = table.study();
    let endpoint = &study.endpoint;
    let colours = colours(summary);
    (0..study.tasks.len())
        .map(|task| {
            let marks: Vec<Mark> = summary
                .rows
                .iter()
                .zip(&colours)
                .filter_map(|(row, &colour)| {
                    let cell = row.tasks.get(task)?;
                    let alpha = cell
                        .alphas
                        .iter()
                        .find(|alpha| (alpha.measure, alpha.direction) == (endpoint.measure, endpoint.direction))?;
                    let percent = |ends: Option<[f64; 2]>| ends.map(|ends| ends.map(|end| 100.0 * end));
                    Some(Mark {
                        name: row.name.clone(),
                        x: alpha.value.mean,
                        y: 100.0 * cell.outcome.mean,
                        x_interval: alpha.value.ci95,
                        y_interval: percent(cell.outcome.ci95),
                        colour,
                        control: row.control,
                    })
                })
                .collect();
            let mut rules = vec![Rule {
                name: Medium::of(study).raw.to_owned(),
                at: 100.0 * summary.raw_pixels.get(task).copied().unwrap_or(0.0),
                vertical: false,
            }];
            let best = summary.references.get(task).and_then(|all| all.iter().map(|one| one.mean).reduce(f64::max));
            rules.extend(best.map(|best| Rule {
                name: "best reference, trained on the task".to_owned(),
                at: 100.0 * best,
                vertical: false,
            }));
            let floor =
                mean_over(summary, task, |alpha| alpha.noise.or(alpha.permuted), endpoint.measure, endpoint.direction);
            rules.extend(floor.map(|at| Rule { name: "noise".to_owned(), at, vertical: true }));
            let ceiling = mean_over(summary, task, |alpha| alpha.itself, endpoint.measure, endpoint.direction);
            let ceiling_text = ceiling.map_or_else(String::new, |at| {
                format!(" The ceiling, a network attacked by its own attack, is {at:.2}.")
            });
            let largest = marks.iter().map(|mark| mark.x).fold(0.0, f64::max);
            // A ceiling far to the right would press all networks into a corner.
            if let Some(at) = ceiling.filter(|at| *at < 1.6 * largest) {
                rules.push(Rule { name: "self".to_owned(), at, vertical: true });
            }
            let task_name =
                if study.tasks.len() > 1 { format!(", target {}", study.tasks[task].name) } else { String::new() };
            let plot = Scatter {
                title: format!("{} against accuracy after carrying over{task_name}", endpoint.measure.label()),
                x_label: format!("{} {}", endpoint.measure.label(), endpoint.direction.label()),
                y_label: "accuracy after carrying over (%)".to_owned(),
                fit: fit(&marks),
                marks,
                rules,
            };
            Figure {
                title: format!("Measure against outcome{task_name}"),
                svg: scatter(&plot),
                caption: format!(
                    "One point a network, mean over {} training seeds and {} references; bars are 95 % intervals over \
                     training seeds. Hollow: controls, which no statistic counts.{ceiling_text}",
                    study.seeds.len(),
                    study.references.len() * study.reference_seeds.len()
                ),
                legend: family_legend(summary, &colours),
            }
        })
        .collect()
}

fn family_legend(summary: &Summary, colours: &[usize]) -> Vec<LegendEntry> {
    let mut legend: Vec<LegendEntry> = Vec::new();
    for (row, &colour) in summary.rows.iter().zip(colours) {
        if !legend.iter().any(|entry| entry.name == row.family) {
            legend.push(LegendEntry { name: row.family.clone(), colour, dashed: false });
        }
    }
    if legend.len() < 2 { Vec::new() } else { legend }
}

fn mean_over(
    summary: &Summary,
    task: usize,
    number: impl Fn(&crate::verdict::AlphaCell) -> Option<f64>,
    measure: Measure,
    direction: SeenFrom,
) -> Option<f64> {
    let all: Vec<f64> = summary
        .rows
        .iter()
        .filter(|row| !row.control)
        .filter_map(|row| {
            let cell = row.tasks.get(task)?;
            number(cell.alphas.iter().find(|alpha| (alpha.measure, alpha.direction) == (measure, direction))?)
        })
        .collect();
    (!all.is_empty()).then(|| mean_of(&all))
}

/// Least squares through the marks that count.
fn fit(marks: &[Mark]) -> Option<[f64; 2]> {
    let counted: Vec<&Mark> = marks.iter().filter(|mark| !mark.control).collect();
    let x = mean_of(&counted.iter().map(|mark| mark.x).collect::<Vec<_>>());
    let y = mean_of(&counted.iter().map(|mark| mark.y).collect::<Vec<_>>());
    let squares: f64 = counted.iter().map(|mark| (mark.x - x).powi(2)).sum();
    let products: f64 = counted.iter().map(|mark| (mark.x - x) * (mark.y - y)).sum();
    (squares > 0.0).then(|| [y - products / squares * x, products / squares])
}

/// The primary measure over the mix of the sources, for each task; absent where sources have no mix.
pub(super) fn over_the_mix(table: &Table<'_>) -> Option<Figure> {
    let study = table.study();
    let endpoint = &study.endpoint;
    if endpoint.statistic != EndpointStatistic::Crossover {
        return None;
    }
    let key =
        Key { measure: endpoint.measure, direction: endpoint.direction, eps: endpoint.eps, reference_correct: false };
    let mut places: Vec<f64> = table.counted().iter().filter_map(|&source| study.sources[source].mix).collect();
    places.sort_by(f64::total_cmp);
    places.dedup();
    let all: Vec<Line> = (0..study.tasks.len())
        .map(|task| {
            let columns: Vec<Vec<f64>> = places
                .iter()
                .map(|&place| {
                    let here = table.counted().into_iter().filter(|&source| study.sources[source].mix == Some(place));
                    here.filter_map(|source| table.values(source, task, key)).flatten().collect()
                })
                .collect();
            let pooled = pooled_variance(&columns);
            let spreads: Vec<Spread> = columns.iter().filter_map(|values| spread(values, pooled)).collect();
            Line {
                name: study.tasks[task].name.clone(),
                colour: task,
                dashed: false,
                points: places.iter().zip(&spreads).map(|(&place, spread)| (100.0 * place, spread.mean)).collect(),
                band: spreads.iter().map(|spread| spread.ci95).collect(),
                dots: true,
            }
        })
        .collect();
    let legend = all
        .iter()
        .map(|line| LegendEntry { name: format!("target {}", line.name), colour: line.colour, dashed: false })
        .collect();
    Some(Figure {
        title: "Measure over the mix of the sources".to_owned(),
        svg: lines(
            "The primary measure over the mix of the sources, one line a target task",
            "mix of the source (%)",
            &format!("{} {}", endpoint.measure.label(), endpoint.direction.label()),
            &all,
            Some(places.iter().map(|place| (100.0 * place, format!("{:.0}", 100.0 * place))).collect()),
        ),
        caption: "Bands are 95 % intervals over training seeds and class draws. The claim predicts that the two lines cross: \
                  each task rises towards the sources that have seen its own classes."
            .to_owned(),
        legend,
    })
}

/// A measure against the budget, one line a source: for each direction.
pub(super) fn over_eps(table: &Table<'_>, summary: &Summary, measure: Measure) -> Vec<Figure> {
    let study = table.study();
    if study.attack.eps.len() < 2 {
        return Vec::new();
    }
    // A logarithmic axis: budgets are usually doubled.
    let place = |eps: usize| study.attack.eps[eps].1.log2();
    SeenFrom::ALL
        .iter()
        .map(|&direction| {
            let all: Vec<Line> = (0..study.sources.len())
                .map(|source| {
                    let point = |eps: usize| {
                        let key = Key { measure, direction, eps, reference_correct: false };
                        Some((place(eps), mean_of(&table.values(source, 0, key)?)))
                    };
                    Line {
                        name: study.sources[source].name.clone(),
                        colour: source % COLOURS,
                        dashed: source >= COLOURS || study.sources[source].control,
                        points: (0..study.attack.eps.len()).filter_map(point).collect(),
                        band: None,
                        dots: true,
                    }
                })
                .collect();
            let ticks = (0..study.attack.eps.len()).map(|eps| (place(eps), study.attack.eps[eps].0.clone())).collect();
            let legend = all
                .iter()
                .map(|line| LegendEntry { name: line.name.clone(), colour: line.colour, dashed: line.dashed })
                .collect();
            Figure {
                title: format!("{} {}", measure.label(), direction.label()),
                svg: lines(
                    &format!("{} {} against the budget", measure.label(), direction.label()),
                    Medium::of(study).axis,
                    &format!("{} {}", measure.label(), direction.label()),
                    &all,
                    Some(ticks),
                ),
                caption: match summary.rows.iter().any(|row| row.control) {
                    true => "Mean over training seeds and references. Dashed: controls, or a second round of colours."
                        .to_owned(),
                    false => "Mean over training seeds and references.".to_owned(),
                },
                legend,
            }
        })
        .collect()
}

/// Accuracy by epoch, one line a source or a reference, mean over seeds.
pub(super) fn training_curves(table: &Table<'_>) -> Vec<Figure> {
    let study = table.study();
    let collected = table.collected();
    let accuracy = |trained: &crate::records::Trained| -> Vec<(f64, f64)> {
        let share = |epoch: &transferscope_lab::training::Epoch| {
            100.0 * epoch.selection.map_or_else(|| epoch.train_accuracy(), |share| share.accuracy())
        };
        trained.history.iter().map(|epoch| (epoch.epoch as f64, share(epoch))).collect()
    };
    let averaged = |runs: Vec<Vec<(f64, f64)>>| -> Vec<(f64, f64)> {
        let epochs = runs.iter().map(Vec::len).min().unwrap_or(0);
        let at = |epoch: usize| {
            let values: Vec<f64> = runs.iter().map(|run| run[epoch].1).collect();
            (runs[0][epoch].0, mean_of(&values))
        };
        (0..epochs).map(at).collect()
    };
    let sources: Vec<Line> = (0..study.sources.len())
        .filter(|&source| !study.sources[source].untrained)
        .map(|source| {
            let runs = (0..study.seeds.len()).filter_map(|seed| collected.source(source, seed)).map(accuracy).collect();
            Line {
                name: study.sources[source].name.clone(),
                colour: source % COLOURS,
                dashed: source >= COLOURS || study.sources[source].control,
                points: averaged(runs),
                band: None,
                dots: false,
            }
        })
        .collect();
    let mut references = Vec::new();
    for task in 0..study.tasks.len() {
        for reference in 0..study.references.len() {
            let runs = (0..study.reference_seeds.len())
                .filter_map(|seed| collected.reference(reference, task, seed))
                .map(accuracy)
                .collect();
            let name = if study.tasks.len() > 1 {
                format!("{}, {}", study.references[reference].name, study.tasks[task].name)
            } else {
                study.references[reference].name.clone()
            };
            references.push(Line {
                name,
                colour: references.len() % COLOURS,
                dashed: references.len() >= COLOURS,
                points: averaged(runs),
                band: None,
                dots: false,
            });
        }
    }
    [("Sources", sources), ("References", references)]
        .into_iter()
        .filter(|(_, all)| all.iter().any(|line| line.points.len() > 1))
        .map(|(title, all)| Figure {
            title: title.to_owned(),
            svg: lines(&format!("{title}: accuracy by epoch"), "epoch", "accuracy (%)", &all, None),
            caption: format!(
                "Accuracy on the {many} that select the epoch (on training {many} where none do), mean over seeds.",
                many = Medium::of(study).many
            ),
            legend: all
                .iter()
                .map(|line| LegendEntry { name: line.name.clone(), colour: line.colour, dashed: line.dashed })
                .collect(),
        })
        .collect()
}
