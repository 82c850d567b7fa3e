//! The whole answer of a study as a value.

use serde::{Deserialize, Serialize};
use transferscope_theory::statistics::networks::{PermutationTest, Verdict};

use super::{
    Correlated, Crossover, Exploratory, Key, Spread, Table, VariancePart,
    correlated::{Covariates, correlated},
    crossover, exploratory, pooled_variance, spread,
    spread::mean,
    variance_parts,
    words::{sentence, verdict_of},
};
use crate::{
    plan::{EndpointStatistic, Measure, SeenFrom},
    records::Collected,
};

/// Why there is no summary.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SummaryError {
    /// The primary statistic does not exist.
    #[error("the primary statistic does not exist: {0}")]
    NoStatistic(String),
    /// A record lacks what is needed.
    #[error("the records lack {0}; remove the folder and run the study again")]
    Lacking(String),
}

/// A source on one task.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TaskCell {
    /// Accuracy on the outcome images after carrying over.
    pub outcome: Spread,
    /// The same for the untrained twin.
    pub twin: Spread,
    /// Outcome minus twin.
    pub gain: Spread,
    /// The endpoint's measures at the endpoint's budget, by direction (S→T, T→S) and measure.
    pub alphas: Vec<AlphaCell>,
}

/// One measure of a source on one task at the endpoint's budget.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AlphaCell {
    /// The measure.
    pub measure: Measure,
    /// Whose attack on whom.
    pub direction: SeenFrom,
    /// Over training seeds.
    pub value: Spread,
    /// Over the images that the references get right.
    pub reference_correct: Option<Spread>,
    /// Reference values, mean over pairs: noise, permuted pairing, self.
    pub noise: Option<f64>,
    /// Permuted pairing.
    pub permuted: Option<f64>,
    /// What 95 % of permuted pairings stay below, mean over pairs.
    pub null_95: Option<f64>,
    /// The network to itself.
    pub itself: Option<f64>,
}

/// One source.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SourceRow {
    /// Its name in the study.
    pub name: String,
    /// The zoo's name.
    pub network: String,
    /// The multiplier of its channels.
    pub width: f64,
    /// Its family.
    pub family: String,
    /// Whether it is a control.
    pub control: bool,
    /// Where it stands on the axis of a mix.
    pub mix: Option<f64>,
    /// Learned numbers.
    pub parameters: usize,
    /// Accuracy on its own test images, over training seeds.
    pub source_accuracy: Spread,
    /// The floor it had to reach.
    pub floor: Option<f64>,
    /// Whether it stayed below.
    pub under_trained: bool,
    /// Each task.
    pub tasks: Vec<TaskCell>,
}

/// The primary endpoint, decided.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Primary {
    /// What was tested, in words.
    pub what: String,
    /// The verdict.
    pub verdict: Verdict,
    /// The verdict in a sentence.
    pub sentence: String,
    /// The correlation, where that is the statistic.
    pub correlation: Option<Correlated>,
    /// The crossover, where that is the statistic.
    pub crossover: Option<Crossover>,
    /// The same without under-trained sources, where there are some and enough others.
    pub without_under_trained: Option<PermutationTest>,
    /// The same over the images that the references get right.
    pub reference_correct: Option<PermutationTest>,
}

/// The whole answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// One row a source, in the study's order.
    pub rows: Vec<SourceRow>,
    /// The primary endpoint.
    pub primary: Primary,
    /// Everything else, adjusted.
    pub exploratory: Vec<Exploratory>,
    /// Parts of the variance of the primary measure.
    pub variance: Vec<VariancePart>,
    /// Accuracy of a linear classifier on raw pixels, or on counts of words, by task.
    pub raw_pixels: Vec<f64>,
    /// Accuracy of the references on the outcome images (trained from scratch), by task and reference, over seeds.
    pub references: Vec<Vec<Spread>>,
    /// Remarks that a reader needs.
    pub notes: Vec<String>,
}

/// Measures shown in the table of networks.
pub(crate) const SHOWN: [Measure; 5] =
    [Measure::Alpha1, Measure::Alpha1Envelope, Measure::Alpha2, Measure::Alpha2Centred, Measure::Combined];

/// Puts the answer together.
///
/// # Errors
/// See [`SummaryError`].
pub fn summary(collected: &Collected) -> Result<Summary, SummaryError> {
    let table = Table::new(collected);
    let study = table.study();
    let rows = rows(&table)?;
    let measured = with_readings(&table);
    let primary = primary(&table, &rows, &measured)?;
    let raw_pixels = (0..study.tasks.len())
        .map(|task| collected.raw_pixels(task).map(|pixels| pixels.accuracy.value()))
        .collect::<Option<Vec<f64>>>()
        .ok_or_else(|| SummaryError::Lacking("the classifier that needs no network".to_owned()))?;
    let mut references = Vec::new();
    for task in 0..study.tasks.len() {
        let all: Vec<Vec<f64>> = (0..study.references.len())
            .map(|reference| {
                (0..study.reference_seeds.len())
                    .filter_map(|seed| Some(collected.reference(reference, task, seed)?.test_accuracy.value()))
                    .collect()
            })
            .collect();
        let pooled = pooled_variance(&all);
        references.push(all.iter().filter_map(|seeds| spread(seeds, pooled)).collect());
    }
    Ok(Summary {
        exploratory: exploratory(&table, &study.endpoint),
        variance: variance_parts(&table, 0),
        notes: notes(&table, &rows, &measured),
        rows,
        primary,
        raw_pixels,
        references,
    })
}

fn rows(table: &Table<'_>) -> Result<Vec<SourceRow>, SummaryError> {
    let study = table.study();
    let lacking = |what: &str| SummaryError::Lacking(what.to_owned());
    let sources = 0..study.sources.len();
    let every = |values: &dyn Fn(usize) -> Option<Vec<f64>>, what: &str| -> Result<Vec<Spread>, SummaryError> {
        let all: Vec<Vec<f64>> = sources.clone().map(values).collect::<Option<_>>().ok_or_else(|| lacking(what))?;
        let pooled = pooled_variance(&all);
        all.iter().map(|seeds| spread(seeds, pooled)).collect::<Option<_>>().ok_or_else(|| lacking(what))
    };
    let accuracies = every(&|source| table.source_accuracies(source), "the accuracy of a source")?;
    let mut rows: Vec<SourceRow> = study
        .sources
        .iter()
        .enumerate()
        .map(|(place, source)| {
            let trained = table.collected().source(place, 0);
            let accuracy = accuracies[place].clone();
            SourceRow {
                name: source.name.clone(),
                network: source.network.clone(),
                width: source.width,
                family: source.family.clone(),
                control: source.control,
                mix: source.mix,
                parameters: trained.map_or(0, |trained| trained.parameters),
                floor: source.floor,
                under_trained: source.floor.is_some_and(|floor| accuracy.mean < floor),
                source_accuracy: accuracy,
                tasks: Vec::new(),
            }
        })
        .collect();
    for task in 0..study.tasks.len() {
        let outcomes = every(&|source| table.outcomes(source, task), "an outcome")?;
        let twins = every(&|source| table.twins(source, task), "an untrained twin")?;
        let gain = |source: usize| -> Option<Vec<f64>> {
            let pairs = table.outcomes(source, task)?.into_iter().zip(table.twins(source, task)?);
            Some(pairs.map(|(outcome, twin)| outcome - twin).collect())
        };
        let gains = every(&gain, "a gain")?;
        let mut alphas: Vec<Vec<AlphaCell>> = vec![Vec::new(); rows.len()];
        for &direction in SeenFrom::ALL {
            let shown = SHOWN.into_iter().chain([study.endpoint.measure]);
            let mut seen = Vec::new();
            for measure in shown {
                if seen.contains(&measure) {
                    continue;
                }
                seen.push(measure);
                let key = Key { measure, direction, eps: study.endpoint.eps, reference_correct: false };
                let all: Vec<Option<Vec<f64>>> =
                    sources.clone().map(|source| table.values(source, task, key)).collect();
                let pooled = pooled_variance(&all.iter().flatten().cloned().collect::<Vec<_>>());
                let correct = Key { reference_correct: true, ..key };
                let on_correct: Vec<Option<Vec<f64>>> =
                    sources.clone().map(|source| table.values(source, task, correct)).collect();
                let pooled_correct = pooled_variance(&on_correct.iter().flatten().cloned().collect::<Vec<_>>());
                for source in sources.clone() {
                    let Some(value) = all[source].as_ref().and_then(|seeds| spread(seeds, pooled)) else { continue };
                    alphas[source].push(AlphaCell {
                        measure,
                        direction,
                        value,
                        reference_correct: on_correct[source].as_ref().and_then(|seeds| spread(seeds, pooled_correct)),
                        noise: table.mean_of(source, task, key, |reading| reading.references.noise),
                        permuted: table.mean_of(source, task, key, |reading| reading.references.permuted),
                        null_95: table.mean_of(source, task, key, |reading| reading.null_95),
                        itself: table.mean_of(source, task, key, |reading| reading.references.itself),
                    });
                }
            }
        }
        for (source, row) in rows.iter_mut().enumerate() {
            row.tasks.push(TaskCell {
                outcome: outcomes[source].clone(),
                twin: twins[source].clone(),
                gain: gains[source].clone(),
                alphas: std::mem::take(&mut alphas[source]),
            });
        }
    }
    Ok(rows)
}

fn primary(table: &Table<'_>, rows: &[SourceRow], counted: &[usize]) -> Result<Primary, SummaryError> {
    let study = table.study();
    let endpoint = &study.endpoint;
    let key = |reference_correct| Key {
        measure: endpoint.measure,
        direction: endpoint.direction,
        eps: endpoint.eps,
        reference_correct,
    };
    let lacking = || SummaryError::Lacking("the primary measure of a network".to_owned());
    let (correlation, crossed, without, on_correct, test);
    match endpoint.statistic {
        EndpointStatistic::Correlation => {
            let column = |sources: &[usize], reference_correct: bool| -> Option<Vec<f64>> {
                let value = |&source: &usize| table.values(source, 0, key(reference_correct)).map(|seeds| mean(&seeds));
                sources.iter().map(value).collect()
            };
            let outcome = |sources: &[usize]| -> Vec<f64> {
                sources.iter().map(|&source| rows[source].tasks[0].outcome.mean).collect()
            };
            let others = Covariates {
                samples: study.samples(),
                families: counted.iter().map(|&source| rows[source].family.clone()).collect(),
                source_accuracy: counted.iter().map(|&source| rows[source].source_accuracy.mean).collect(),
                parameters: counted.iter().map(|&source| rows[source].parameters as f64).collect(),
            };
            let values = column(counted, false).ok_or_else(lacking)?;
            let result =
                correlated(endpoint.kind, &values, &outcome(counted), &others).map_err(SummaryError::NoStatistic)?;
            let plain = |sources: &[usize], reference_correct: bool| -> Option<PermutationTest> {
                let values = column(sources, reference_correct)?;
                correlated(endpoint.kind, &values, &outcome(sources), &Covariates::default())
                    .ok()
                    .map(|result| result.test)
            };
            let trained: Vec<usize> = counted.iter().copied().filter(|&source| !rows[source].under_trained).collect();
            without = if trained.len() < counted.len() { plain(&trained, false) } else { None };
            on_correct = plain(counted, true);
            test = result.test;
            (correlation, crossed) = (Some(result), None);
        }
        EndpointStatistic::Crossover => {
            let by_seed = |task: usize, sources: &[usize], reference_correct: bool| -> Option<Vec<Vec<f64>>> {
                let columns: Vec<Vec<f64>> = sources
                    .iter()
                    .map(|&source| table.values(source, task, key(reference_correct)))
                    .collect::<Option<_>>()?;
                Some((0..study.seeds.len()).map(|seed| columns.iter().map(|column| column[seed]).collect()).collect())
            };
            let of = |sources: &[usize], reference_correct: bool| -> Result<Crossover, SummaryError> {
                let mix: Vec<f64> = sources.iter().filter_map(|&source| rows[source].mix).collect();
                let first = by_seed(0, sources, reference_correct).ok_or_else(lacking)?;
                let second = by_seed(1, sources, reference_correct).ok_or_else(lacking)?;
                crossover(&mix, &first, &second).map_err(SummaryError::NoStatistic)
            };
            let result = of(counted, false)?;
            let trained: Vec<usize> = counted.iter().copied().filter(|&source| !rows[source].under_trained).collect();
            without =
                if trained.len() < counted.len() { of(&trained, false).ok().map(|result| result.test) } else { None };
            on_correct = of(counted, true).ok().map(|result| result.test);
            test = result.test;
            (correlation, crossed) = (None, Some(result));
        }
    }
    let verdict = verdict_of(&test);
    let what = super::words::what(study);
    Ok(Primary {
        sentence: sentence(study, verdict, &test),
        what,
        verdict,
        correlation,
        crossover: crossed,
        without_under_trained: without,
        reference_correct: on_correct,
    })
}

/// The counted sources that have the primary measure on every task. The others' images do not move, under their own
/// attack or under a reference's, so that the measure is undefined there; the notes name them.
fn with_readings(table: &Table<'_>) -> Vec<usize> {
    let study = table.study();
    let endpoint = &study.endpoint;
    let key =
        Key { measure: endpoint.measure, direction: endpoint.direction, eps: endpoint.eps, reference_correct: false };
    let has = |&source: &usize| (0..study.tasks.len()).all(|task| table.values(source, task, key).is_some());
    table.counted().into_iter().filter(has).collect()
}

fn notes(table: &Table<'_>, rows: &[SourceRow], measured: &[usize]) -> Vec<String> {
    let study = table.study();
    let mut notes: Vec<String> = study.stand_in.iter().cloned().collect();
    for row in rows.iter().filter(|row| row.under_trained && !row.control) {
        notes.push(format!(
            "{} is under-trained: {:.1} % right on its own test {}, below its floor of {:.0} %",
            row.name,
            100.0 * row.source_accuracy.mean,
            study.samples(),
            100.0 * row.floor.unwrap_or(0.0)
        ));
    }
    for source in table.counted().into_iter().filter(|source| !measured.contains(source)) {
        notes.push(format!(
            "{} is left out of the primary statistic: the attack moves no output on its pairs, so {} is undefined there",
            rows[source].name,
            study.endpoint.measure.label()
        ));
    }
    if study.attack.restarts == 1 && study.reading.is_none() {
        notes.push("one start an image: the spread over starts is part of the spread over images".to_owned());
    }
    notes
}
