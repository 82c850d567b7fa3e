//! A ranking as one self-contained page: no script, no font, no picture from elsewhere.

use minijinja::{Environment, context, value::Serde};
use serde::Serialize;
use transferscope_theory::{scores::ScoreKind, statistics::correlation::CorrelationKind};

use super::{AlphaForm, CandidateRecord, RankReport};

/// What the template sees of one candidate.
#[derive(Serialize)]
struct Row<'a> {
    place: usize,
    candidate: &'a CandidateRecord,
    tied: Option<bool>,
    value: Option<f64>,
    low: Option<f64>,
    high: Option<f64>,
    behind: Option<f64>,
    scores: Vec<Option<f64>>,
    alphas: Vec<Option<f64>>,
    absent: Vec<String>,
}

/// The correlation of one column with the outcomes.
#[derive(Serialize)]
struct Against {
    score: String,
    networks: usize,
    spearman: Option<f64>,
    p_value: Option<f64>,
    symmetric: Option<f64>,
    by_outcome: Option<f64>,
    verdict: &'static str,
}

/// The page of a ranking.
///
/// # Errors
/// Where the template does not fit, an error of the program.
pub fn page(report: &RankReport) -> Result<String, minijinja::Error> {
    let kinds: Vec<ScoreKind> = ScoreKind::ALL
        .into_iter()
        .filter(|kind| report.candidates.iter().any(|candidate| candidate.scores.value(*kind).is_some()))
        .collect();
    let forms: Vec<AlphaForm> = AlphaForm::ALL
        .into_iter()
        .filter(|form| report.candidates.iter().any(|candidate| candidate.alpha(*form).is_some()))
        .collect();
    let rows: Vec<Row<'_>> = report
        .order
        .iter()
        .enumerate()
        .filter_map(|(place, name)| {
            let candidate = report.candidates.iter().find(|candidate| candidate.name == *name)?;
            Some(row(report, place + 1, candidate, &kinds, &forms))
        })
        .collect();
    let mut environment = Environment::new();
    environment.add_filter("three", |value: Option<f64>| value.map_or_else(|| "–".to_owned(), |v| format!("{v:.3}")));
    environment.add_filter("percent", |value: Option<f64>| {
        value.map_or_else(|| "–".to_owned(), |v| format!("{:.1} %", 100.0 * v))
    });
    environment.add_filter("millions", |value: f64| format!("{:.2} M", value / 1e6));
    environment.add_filter("seconds", |value: f64| format!("{value:.1} s"));
    environment.add_template("rank.html", include_str!("rank.html"))?;
    let names = |key: fn(&ScoreKind) -> &'static str| kinds.iter().map(key).collect::<Vec<_>>();
    environment.get_template("rank.html")?.render(context! {
        report => Serde(report),
        rows => Serde(&rows),
        scores => names(|kind| kind.name()),
        abouts => names(|kind| kind.about()),
        ordered_by => report.ordered_by.map(ScoreKind::name),
        alphas => forms.iter().map(|form| form.key().replace('_', " ").replace(" t to s", "")).collect::<Vec<_>>(),
        against => Serde(&against(report)),
        advice => report.against_outcomes.as_ref().map(|found| found.advice.sentences.clone()),
    })
}

fn row<'a>(
    report: &RankReport,
    place: usize,
    candidate: &'a CandidateRecord,
    kinds: &[ScoreKind],
    forms: &[AlphaForm],
) -> Row<'a> {
    let entry =
        report.ties.as_ref().and_then(|ties| ties.networks.iter().find(|entry| entry.network == candidate.name));
    let estimate =
        report.ordered_by.and_then(|kind| candidate.scores.scores.get(&kind)).and_then(|entry| entry.value.as_ref());
    let interval = estimate.and_then(|estimate| estimate.interval());
    let absent =
        candidate.scores.scores.iter().filter_map(|(kind, entry)| {
            entry.absent_because.as_ref().map(|reason| format!("{}: {reason}", kind.name()))
        });
    Row {
        place,
        candidate,
        tied: entry.map(|entry| entry.tied),
        behind: entry.map(|entry| entry.behind),
        value: estimate.map(|estimate| estimate.value()),
        low: interval.map(|interval| interval.low()),
        high: interval.map(|interval| interval.high()),
        scores: kinds.iter().map(|kind| candidate.scores.value(*kind)).collect(),
        alphas: forms.iter().map(|form| candidate.alpha(*form)).collect(),
        absent: absent.collect(),
    }
}

fn against(report: &RankReport) -> Vec<Against> {
    let Some(found) = &report.against_outcomes else { return Vec::new() };
    let one = |score: &transferscope_theory::recheck::ScoreReport| {
        let of = |kind| score.correlations.iter().find(|entry| entry.kind == kind);
        let spearman = of(CorrelationKind::Spearman);
        Against {
            score: score.name.replace('_', " "),
            networks: score.n,
            spearman: spearman.and_then(|entry| entry.value),
            p_value: spearman.and_then(|entry| entry.p_value),
            symmetric: of(CorrelationKind::WeightedTauSymmetric).and_then(|entry| entry.value),
            by_outcome: of(CorrelationKind::WeightedTauByOutcome).and_then(|entry| entry.value),
            verdict: spearman.and_then(|entry| entry.verdict).map_or("–", |verdict| verdict.words()),
        }
    };
    found.scores.iter().map(one).collect()
}
