//! A re-checked table as text.

use transferscope_theory::recheck::{ClaimReport, ClaimVerdict, RecheckReport};

use super::number::{plain, table};

/// What a table says, and what is wrong with it.
pub fn recheck(report: &RecheckReport) -> String {
    let mut parts = vec![format!("{} networks, outcome column '{}'", report.networks, report.outcome)];
    let mut rows = vec![["score", "correlation", "value", "95 %", "p", "verdict"].map(str::to_owned).to_vec()];
    for score in &report.scores {
        for entry in &score.correlations {
            let interval = entry.interval.as_ref().map(|limits| format!("[{:.3}, {:.3}]", limits.lower, limits.upper));
            rows.push(vec![
                score.name.clone(),
                entry.name.to_owned(),
                plain(entry.value),
                interval.unwrap_or_else(|| "-".to_owned()),
                plain(entry.p_value),
                entry.verdict.map_or("-", |verdict| verdict.words()).to_owned(),
            ]);
        }
        if !score.missing.is_empty() {
            rows.push(vec![score.name.clone(), format!("missing for {}", score.missing.join(", "))]);
        }
    }
    parts.push(table(&rows));
    if !report.claims.is_empty() {
        let mut rows = vec![["claimed", "figure", "recomputed", "finding"].map(str::to_owned).to_vec()];
        rows.extend(report.claims.iter().map(claim));
        parts.push(table(&rows));
    }
    let advice: Vec<String> = report.advice.sentences.iter().map(|line| format!("  - {line}")).collect();
    parts.push(format!("What {} networks can say:\n{}", report.networks, advice.join("\n")));
    parts.push(if report.passes {
        "No fault found: bounds hold, no column is a copy, every claim follows from its columns.".to_owned()
    } else {
        let faults: Vec<String> = report.faults.iter().map(|fault| format!("  - {fault}")).collect();
        format!("Faults:\n{}", faults.join("\n"))
    });
    parts.join("\n\n")
}

fn claim(report: &ClaimReport) -> Vec<String> {
    let mut finding = match &report.verdict {
        ClaimVerdict::ReproducedExactly => "reproduced exactly".to_owned(),
        ClaimVerdict::WithinRounding => "within rounding of the columns".to_owned(),
        ClaimVerdict::AnotherVariant { name, .. } => format!("is {name} instead"),
        ClaimVerdict::NotReproducible => "NOT REPRODUCIBLE".to_owned(),
        ClaimVerdict::Undefined { reason } => format!("undefined: {reason}"),
    };
    if let Some(column) = &report.matches_column {
        finding.push_str(&format!(" (it is the figure of column '{column}')"));
    }
    let decimals = report.claim.decimals as usize;
    vec![
        format!("{:?} of {}", report.claim.kind, report.claim.score),
        format!("{:.decimals$}", report.claim.value),
        plain(report.recomputed),
        finding,
    ]
}
