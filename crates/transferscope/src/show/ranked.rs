//! A ranking as text.

use transferscope_study::ranking::{AlphaForm, CandidateRecord, RankReport};
use transferscope_theory::recheck::RecheckReport;

use super::{
    number::{count, percent, plain, share, table},
    scored::{absences, against_outcomes, score_columns, tied},
};

/// Everything that `rank` found.
pub fn ranking(report: &RankReport) -> String {
    let mut parts = vec![format!(
        "{} candidates on {} images of {} ({} classes); the training split only",
        report.candidates.len(),
        count(report.target.images),
        report.target.spec,
        report.target.classes.unwrap_or(0)
    )];
    let order = report.order.iter().enumerate().map(|(place, name)| format!("  {}. {name}", place + 1));
    let by = report.ordered_by.map_or("the order given".to_owned(), |kind| format!("the {}", kind.name()));
    parts.push(format!("By {by}:\n{}", order.collect::<Vec<_>>().join("\n")));
    parts.extend(report.ties.as_ref().map(tied));
    let scored: Vec<_> = report.candidates.iter().map(|candidate| candidate.scores.clone()).collect();
    parts.push(format!("Scores (higher is better):\n{}", score_columns(&scored, &report.order)));
    parts.push(absences(&scored));
    parts.push(alphas(report));
    parts.push(references(report));
    parts.extend(report.against_outcomes.as_ref().map(|found: &RecheckReport| against_outcomes(found)));
    if report.candidates.len() > 2 {
        parts.push(agreement(report));
    }
    parts.push(costs(report));
    parts.extend(report.verification.as_ref().map(|verified| verified.sentence.clone()));
    let notes = report.notes.iter().map(|note| format!("note: {note}"));
    let flags = report
        .candidates
        .iter()
        .flat_map(|candidate| candidate.flags.iter().map(move |flag| format!("note: {}: {flag}", candidate.name)));
    parts.push(notes.chain(flags).collect::<Vec<_>>().join("\n"));
    parts.retain(|part| !part.is_empty());
    parts.join("\n\n")
}

fn in_order(report: &RankReport) -> impl Iterator<Item = &CandidateRecord> {
    report.order.iter().filter_map(|name| report.candidates.iter().find(|candidate| candidate.name == *name))
}

fn alphas(report: &RankReport) -> String {
    let forms: Vec<AlphaForm> = AlphaForm::ALL
        .into_iter()
        .filter(|form| report.candidates.iter().any(|candidate| candidate.alpha(*form).is_some()))
        .collect();
    if forms.is_empty() {
        return String::new();
    }
    let mut header = vec!["candidate".to_owned()];
    header.extend(forms.iter().map(|form| form.key().replace("_t_to_s", "").replace('_', " ")));
    let mut rows = vec![header];
    for candidate in in_order(report) {
        let mut row = vec![candidate.name.clone()];
        row.extend(forms.iter().map(|form| plain(candidate.alpha(*form))));
        rows.push(row);
    }
    let order = match report.order_by_combined.is_empty() {
        true => String::new(),
        false => format!("\n  by combined: {}", report.order_by_combined.join(", ")),
    };
    format!(
        "Attacks built on the reference, seen on the candidate (T->S), {} images, means over {} references:\n{}{order}",
        count(report.alpha_images),
        report.references.len(),
        table(&rows)
    )
}

fn references(report: &RankReport) -> String {
    if report.references.is_empty() {
        return String::new();
    }
    let mut rows = vec![["reference", "family", "accuracy", "over"].map(str::to_owned).to_vec()];
    rows.extend(report.references.iter().map(|reference| {
        vec![
            reference.name.clone(),
            reference.network.family.clone().unwrap_or_else(|| "unknown".to_owned()),
            share(reference.accuracy.as_ref()),
            reference.accuracy_over.clone(),
        ]
    }));
    let pairs = report.reference_agreement.iter().map(|pair| {
        let order =
            pair.order_spearman.map_or(String::new(), |rho| format!(", order of candidates: Spearman {rho:.2}"));
        format!("  {} and {}: same prediction {}{order}", pair.first, pair.second, percent(Some(pair.same_prediction)))
    });
    format!("References:\n{}\n{}", table(&rows), pairs.collect::<Vec<_>>().join("\n")).trim_end().to_owned()
}

/// How far every other number orders the candidates as the ordering score does; all pairs are in the JSON and on the page.
fn agreement(report: &RankReport) -> String {
    let Some(own) = report.ordered_by.map(|kind| kind.key()) else { return String::new() };
    let mut rows = vec![["score", "candidates", "Spearman", "Kendall"].map(str::to_owned).to_vec()];
    for pair in &report.agreement {
        let other = match (pair.first == own, pair.second == own) {
            (true, false) => &pair.second,
            (false, true) => &pair.first,
            _ => continue,
        };
        rows.push(vec![other.replace('_', " "), pair.networks.to_string(), plain(pair.spearman), plain(pair.kendall)]);
    }
    format!("Agreement of the order with the {}:\n{}", own.replace('_', " "), table(&rows))
}

fn costs(report: &RankReport) -> String {
    let header = [
        "candidate",
        "parameters",
        "multiply-adds",
        "forward, scores",
        "seconds",
        "scoring, seconds",
        "forward, alphas",
        "reverse, alphas",
        "seconds",
    ];
    let mut rows = vec![header.map(str::to_owned).to_vec()];
    rows.extend(in_order(report).map(|candidate| {
        let cost = candidate.cost;
        vec![
            candidate.name.clone(),
            count(candidate.network.parameters),
            count(candidate.multiply_adds),
            format!("{}", cost.forward_for_scores),
            format!("{:.1}", cost.observe_seconds),
            format!("{:.1}", cost.score_seconds),
            format!("{}", cost.forward_for_alphas),
            format!("{}", cost.reverse_for_alphas),
            format!("{:.1}", cost.alpha_seconds),
        ]
    }));
    format!(
        "Passes of one image; fine-tuning takes {} forward and {} reverse ({} rates, {} epochs):\n{}",
        report.fine_tuning.forward,
        report.fine_tuning.reverse,
        report.fine_tuning.rates,
        report.fine_tuning.epochs,
        table(&rows)
    )
}
