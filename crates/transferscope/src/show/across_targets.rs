//! Scores over several target tasks as text.

use transferscope_theory::recheck::{AcrossTargets, KindAcrossTargets, RecheckReport, ScoreAcrossTargets};

use super::number::{estimate, plain, table};

/// What several tables say together, and what is wrong with each.
pub fn across_targets(found: &AcrossTargets, reports: &[(String, RecheckReport)]) -> String {
    let mut parts = vec![format!("{} target tasks: {}", found.targets.len(), found.targets.join(", "))];
    parts.extend(found.kinds.iter().map(|kind| of_kind(kind, &found.targets)));
    for (target, report) in reports.iter().filter(|(_, report)| !report.passes) {
        let faults: Vec<String> = report.faults.iter().map(|fault| format!("  - {fault}")).collect();
        parts.push(format!("Faults of {target}:\n{}", faults.join("\n")));
    }
    if reports.iter().all(|(_, report)| report.passes) {
        parts.push("No fault found in any table.".to_owned());
    }
    parts.join("\n\n")
}

fn of_kind(kind: &KindAcrossTargets, targets: &[String]) -> String {
    let mut header = vec!["score".to_owned()];
    header.extend(targets.iter().cloned());
    header.extend(["mean [95 %]", "over the best bar [95 %]", "p", "p, Holm", ""].map(str::to_owned));
    let mut rows = vec![header];
    rows.extend(kind.scores.iter().map(row));
    let bar = match &kind.best_bar {
        Some(bar) => format!("the best bar is {bar}"),
        None => "no bar that every target defines".to_owned(),
    };
    format!("{} ({bar}):\n{}", kind.name, table(&rows))
}

fn row(score: &ScoreAcrossTargets) -> Vec<String> {
    let or_dash = |found: Option<String>| found.unwrap_or_else(|| "-".to_owned());
    let mut row = vec![score.name.clone()];
    row.extend(score.by_target.iter().map(|value| plain(*value)));
    row.push(or_dash(score.mean.as_ref().map(estimate)));
    row.push(or_dash(score.over_best_bar.as_ref().map(estimate)));
    row.push(plain(score.p_value));
    row.push(plain(score.p_adjusted));
    row.push(
        match (score.is_bar, score.helps) {
            (true, _) => "bar",
            (false, Some(true)) => "helps",
            (false, Some(false)) => "not shown to help",
            (false, None) => "-",
        }
        .to_owned(),
    );
    row
}
