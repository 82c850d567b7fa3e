//! The answer of `rank`: candidates in order, with ties, agreement, outcomes and costs.

use serde::Serialize;
use transferscope_theory::{
    recheck::{RecheckOptions, RecheckReport, ScoreColumn, ScoreMeaning, ScoreTable, recheck},
    scores::ScoreKind,
};

use super::{
    Agreement, AlphaForm, CandidateRecord, ReferenceAgreement, ReferenceRecord, ScoreReport, Ties, Verification,
    agreement,
};
use crate::measurement::{DataRecord, Settings};

/// A ranking.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RankReport {
    /// What kind of document this is.
    pub format: &'static str,
    /// Its version.
    pub version: u32,
    /// The target's training split.
    pub target: DataRecord,
    /// Candidates, in the order in which they were typed.
    pub candidates: Vec<CandidateRecord>,
    /// The score that the order comes from.
    pub ordered_by: Option<ScoreKind>,
    /// Names, best first.
    pub order: Vec<String>,
    /// Names by the combined measure T→S, best first; empty where it was not measured for all.
    pub order_by_combined: Vec<String>,
    /// Which candidates cannot be told from the first.
    pub ties: Option<Ties>,
    /// The references.
    pub references: Vec<ReferenceRecord>,
    /// Whether they agree.
    pub reference_agreement: Vec<ReferenceAgreement>,
    /// Images of the training split over which alphas are measured.
    pub alpha_images: usize,
    /// How the attack was made.
    pub attack: Settings,
    /// Whether two scores order the candidates alike.
    pub agreement: Vec<Agreement>,
    /// Every score against the outcomes, where at least three candidates have one.
    pub against_outcomes: Option<RecheckReport>,
    /// What fine-tuning would cost, to hold the costs of the candidates against.
    pub fine_tuning: FineTuningCost,
    /// What fine-tuning the first ones really gave, where asked for.
    pub verification: Option<Verification>,
    /// What a reader should know.
    pub notes: Vec<String>,
}

/// Passes of one image in a fine-tuning with the recipe that `--verify` uses.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct FineTuningCost {
    /// Passes over the data.
    pub epochs: usize,
    /// Learning rates that are tried.
    pub rates: usize,
    /// Forward passes an image.
    pub forward: f64,
    /// Reverse passes an image, to weights and pixels.
    pub reverse: f64,
}

/// What is known before the report is put together.
#[derive(Clone, Debug)]
pub struct RankParts {
    /// The target's training split.
    pub target: DataRecord,
    /// Candidates as typed.
    pub candidates: Vec<CandidateRecord>,
    /// References.
    pub references: Vec<ReferenceRecord>,
    /// Their predictions on the images of the alphas.
    pub reference_predictions: Vec<Vec<usize>>,
    /// Images of the alphas.
    pub alpha_images: usize,
    /// The attack.
    pub attack: Settings,
    /// What fine-tuning would cost.
    pub fine_tuning: FineTuningCost,
    /// What it really gave.
    pub verification: Option<Verification>,
    /// Remarks made on the way.
    pub notes: Vec<String>,
    /// Seed of the comparisons.
    pub seed: u64,
}

impl RankReport {
    /// Puts the parts together.
    #[must_use]
    pub fn new(parts: RankParts) -> Self {
        let RankParts { target, candidates, references, reference_predictions, .. } = parts;
        let scored: Vec<_> = candidates.iter().map(|candidate| candidate.scores.clone()).collect();
        let scores = ScoreReport::of(scored, parts.seed);
        let columns = columns(&candidates);
        let with_outcome = candidates.iter().filter(|candidate| candidate.scores.outcome.is_some()).count();
        let against_outcomes = (with_outcome > 2).then(|| {
            let classes = candidates.first().map(|candidate| candidate.scores.classes);
            recheck(
                &table(&candidates, &columns),
                &RecheckOptions { classes, seed: parts.seed, ..RecheckOptions::default() },
            )
        });
        let mut by_combined: Vec<(&str, f64)> = candidates
            .iter()
            .filter_map(|candidate| Some((candidate.name.as_str(), candidate.alpha(AlphaForm::Combined)?)))
            .collect();
        by_combined.sort_by(|a, b| b.1.total_cmp(&a.1));
        let order_by_combined = match by_combined.len() == candidates.len() {
            true => by_combined.into_iter().map(|(name, _)| name.to_owned()).collect(),
            false => Vec::new(),
        };
        let mut notes = parts.notes;
        notes.extend(scores.notes.clone());
        if let Some(outputs) = different_outputs(&candidates) {
            notes.push(format!(
                "candidates have {outputs} outputs: raw alpha2 and combined cannot be compared across them; compare the \
                 normalised forms"
            ));
        }
        let reference_agreement = super::reference_agreement(&references, &reference_predictions, &candidates);
        Self {
            format: "transferscope.rank",
            version: 1,
            target,
            ordered_by: scores.ordered_by,
            order: scores.order,
            order_by_combined,
            ties: scores.ties,
            agreement: agreement(&columns),
            against_outcomes,
            reference_agreement,
            references,
            alpha_images: parts.alpha_images,
            attack: parts.attack,
            fine_tuning: parts.fine_tuning,
            verification: parts.verification,
            notes,
            candidates,
        }
    }
}

impl RankReport {
    /// Scores, alphas, static baselines and outcomes as a table that `recheck` reads.
    #[must_use]
    pub fn score_table(&self) -> ScoreTable {
        table(&self.candidates, &columns(&self.candidates))
    }
}

/// Numbers of classes of the candidates' own heads, where they differ.
fn different_outputs(candidates: &[CandidateRecord]) -> Option<String> {
    let mut counts: Vec<usize> = candidates.iter().map(|candidate| candidate.network.classes).collect();
    counts.sort_unstable();
    counts.dedup();
    (counts.len() > 1).then(|| counts.iter().map(usize::to_string).collect::<Vec<_>>().join(", "))
}

/// Every number that orders candidates, by name: scores, alphas, static baselines.
#[expect(clippy::cast_precision_loss, reason = "counts of parameters and operations are far below 2^53")]
pub(super) fn columns(candidates: &[CandidateRecord]) -> Vec<(String, Vec<Option<f64>>)> {
    let of = |name: &str, value: &dyn Fn(&CandidateRecord) -> Option<f64>| {
        (name.to_owned(), candidates.iter().map(value).collect::<Vec<_>>())
    };
    let mut columns = Vec::new();
    for kind in ScoreKind::ALL {
        columns.push(of(kind.key(), &|candidate| candidate.scores.value(kind)));
    }
    for form in AlphaForm::ALL {
        columns.push(of(form.key(), &|candidate| candidate.alpha(form)));
    }
    columns.push(of("parameters", &|candidate| Some(candidate.network.parameters as f64)));
    columns.push(of("multiply_adds", &|candidate| Some(candidate.multiply_adds as f64)));
    columns.push(of("source_accuracy", &|candidate| candidate.source_accuracy));
    columns.retain(|(_, values)| values.iter().any(Option::is_some));
    columns
}

fn table(candidates: &[CandidateRecord], columns: &[(String, Vec<Option<f64>>)]) -> ScoreTable {
    let column = |name: &str, values: Vec<Option<f64>>| ScoreColumn {
        name: name.to_owned(),
        // Normalised and mean forms have no published bound of their own.
        meaning: match name {
            "h_score" | "leep" | "nce" => ScoreMeaning::from_column_name(name),
            _ => ScoreMeaning::Other,
        },
        values,
        decimals: 17,
    };
    ScoreTable {
        networks: candidates.iter().map(|candidate| candidate.name.clone()).collect(),
        outcome: column("outcome", candidates.iter().map(|candidate| candidate.scores.outcome).collect()),
        scores: columns.iter().map(|(name, values)| column(name, values.clone())).collect(),
        claims: Vec::new(),
    }
}
