//! Scores of several networks as text.

use transferscope_study::ranking::{Agreement, NetworkScores, ScoreReport, Ties};
use transferscope_theory::{
    recheck::{RecheckReport, ScoreColumn, ScoreTable},
    scores::ScoreKind,
    statistics::correlation::CorrelationKind,
};

use super::number::{count, plain, table};

/// Everything that `score` found.
pub fn scores(report: &ScoreReport) -> String {
    let mut parts = Vec::new();
    if let Some(first) = report.networks.first() {
        let (images, classes) = (count(first.images), first.classes);
        parts.push(format!(
            "{} networks on {images} images of {classes} classes; higher is better",
            report.networks.len()
        ));
    }
    parts.push(score_columns(&report.networks, &report.order));
    parts.push(absences(&report.networks));
    if let Some(ties) = &report.ties {
        parts.push(tied(ties));
    }
    if let Some(found) = &report.against_outcomes {
        parts.push(against_outcomes(found));
    }
    if report.networks.len() > 2 {
        parts.push(agreement(&report.agreement));
    }
    parts.extend(report.notes.iter().map(|note| format!("note: {note}")));
    parts.retain(|part| !part.is_empty());
    parts.join("\n\n")
}

/// Networks in rows, best first; scores in columns, with range and time below.
pub fn score_columns(networks: &[NetworkScores], order: &[String]) -> String {
    let kinds: Vec<ScoreKind> = ScoreKind::ALL
        .into_iter()
        .filter(|kind| networks.iter().any(|network| network.value(*kind).is_some()))
        .collect();
    let has_outcome = networks.iter().any(|network| network.outcome.is_some());
    let mut header = vec!["network".to_owned()];
    header.extend(kinds.iter().map(|kind| kind.name().to_owned()));
    if has_outcome {
        header.push("outcome".to_owned());
    }
    let mut rows = vec![header];
    for name in order {
        let Some(network) = networks.iter().find(|network| network.network == *name) else { continue };
        let mut row = vec![name.clone()];
        row.extend(kinds.iter().map(|kind| plain(network.value(*kind))));
        if has_outcome {
            row.push(plain(network.outcome));
        }
        rows.push(row);
    }
    if let Some(first) = networks.first() {
        let mut range = vec!["range".to_owned()];
        range.extend(kinds.iter().map(|kind| kind.range(first.classes, first.images).words()));
        rows.push(range);
        let mut seconds = vec!["seconds a network".to_owned()];
        let mean = |kind: &ScoreKind| {
            let all: Vec<f64> =
                networks.iter().filter_map(|network| network.scores.get(kind)).map(|entry| entry.seconds).collect();
            format!("{:.3}", all.iter().sum::<f64>() / all.len().max(1) as f64)
        };
        seconds.extend(kinds.iter().map(mean));
        rows.push(seconds);
    }
    table(&rows)
}

/// Why scores are absent, each reason once.
pub fn absences(networks: &[NetworkScores]) -> String {
    let mut lines: Vec<String> = Vec::new();
    for network in networks {
        for (kind, entry) in &network.scores {
            if let Some(reason) = &entry.absent_because {
                lines.push(format!("absent: {} of {}: {reason}", kind.name(), network.network));
            }
        }
    }
    lines.join("\n")
}

/// Which networks cannot be told from the first.
pub fn tied(ties: &Ties) -> String {
    let mut rows = vec![["network", ties.score.name(), "behind", "std error", "p", ""].map(str::to_owned).to_vec()];
    for entry in &ties.networks {
        rows.push(vec![
            entry.network.clone(),
            format!("{:.3}", entry.value),
            format!("{:.3}", entry.behind),
            format!("{:.3}", entry.std_error),
            format!("{:.3}", entry.p_value),
            if entry.tied { "may be the best" } else { "behind" }.to_owned(),
        ]);
    }
    format!("Against the best, over the same {} images ({}):\n{}", count(ties.images), ties.method, table(&rows))
}

/// The correlations of scores with outcomes, with what so many networks can say.
pub fn against_outcomes(found: &RecheckReport) -> String {
    let shown =
        [CorrelationKind::Spearman, CorrelationKind::WeightedTauSymmetric, CorrelationKind::WeightedTauByOutcome];
    let mut rows = vec![
        ["score", "networks", "Spearman", "95 %", "p", "weighted tau", "by outcome", "verdict"]
            .map(str::to_owned)
            .to_vec(),
    ];
    for score in &found.scores {
        let of = |kind| score.correlations.iter().find(|entry| entry.kind == kind);
        let [spearman, symmetric, by_outcome] = shown.map(of);
        let interval = spearman.and_then(|entry| entry.interval.as_ref());
        rows.push(vec![
            score.name.clone(),
            score.n.to_string(),
            plain(spearman.and_then(|entry| entry.value)),
            interval.map_or_else(|| "-".to_owned(), |limits| format!("[{:.2}, {:.2}]", limits.lower, limits.upper)),
            plain(spearman.and_then(|entry| entry.p_value)),
            plain(symmetric.and_then(|entry| entry.value)),
            plain(by_outcome.and_then(|entry| entry.value)),
            spearman.and_then(|entry| entry.verdict).map_or("-", |verdict| verdict.words()).to_owned(),
        ]);
    }
    let advice: Vec<String> = found.advice.sentences.iter().map(|line| format!("  - {line}")).collect();
    format!(
        "Against the outcomes (p and verdict by permutation of Spearman; weighted tau: SciPy's, mean of both rankings, \
         and ranked by outcome only):\n{}\n{}",
        table(&rows),
        advice.join("\n")
    )
}

/// Rank correlations between scores.
fn agreement(pairs: &[Agreement]) -> String {
    let names: Vec<&str> = {
        let mut names: Vec<&str> = Vec::new();
        for pair in pairs.iter().filter(|pair| pair.spearman.is_some()) {
            for name in [pair.first.as_str(), pair.second.as_str()] {
                if !names.contains(&name) {
                    names.push(name);
                }
            }
        }
        names
    };
    if names.len() < 2 {
        return String::new();
    }
    let value = |a: &str, b: &str| {
        pairs.iter().find(|pair| (pair.first == a && pair.second == b) || (pair.first == b && pair.second == a))
    };
    let mut rows = vec![std::iter::once(String::new()).chain(names.iter().map(|name| (*name).to_owned())).collect()];
    for row in &names {
        let cells = names.iter().map(|column| match row == column {
            true => "1".to_owned(),
            false => {
                value(row, column).and_then(|pair| pair.spearman).map_or("-".to_owned(), |rho| format!("{rho:.2}"))
            }
        });
        rows.push(std::iter::once((*row).to_owned()).chain(cells).collect::<Vec<_>>());
    }
    format!("Agreement between scores (Spearman over networks):\n{}", table(&rows))
}

/// A CSV table of scores and outcomes, as `recheck` reads it.
pub fn score_table(table: &ScoreTable) -> String {
    let quoted = |name: &str| match name.contains([',', '"', '\n']) {
        true => format!("\"{}\"", name.replace('"', "\"\"")),
        false => name.to_owned(),
    };
    let cell = |value: Option<f64>| value.map_or_else(String::new, |value| format!("{value}"));
    let line = |first: &str, cells: Vec<String>| format!("{first},{}\n", cells.join(","));
    let columns: Vec<&ScoreColumn> = table.scores.iter().chain(std::iter::once(&table.outcome)).collect();
    let mut text = line("network", columns.iter().map(|column| quoted(&column.name)).collect());
    for (row, network) in table.networks.iter().enumerate() {
        text.push_str(&line(&quoted(network), columns.iter().map(|column| cell(column.values[row])).collect()));
    }
    text
}
