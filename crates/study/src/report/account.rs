//! The account of a study: its settings, its limits, its time.

use super::{
    format::duration,
    medium::Medium,
    sections::{Fact, fact},
};
use crate::{
    plan::{Claim, EndpointStatistic, Study, TrainingRecipe},
    run::Times,
    verdict::{Summary, Table},
};

/// Settings in plain words.
pub(super) fn settings(table: &Table<'_>) -> Vec<Fact> {
    let study = table.study();
    let medium = Medium::of(study);
    let plan = &table.collected().plan;
    let list = |seeds: &[u64]| seeds.iter().map(u64::to_string).collect::<Vec<_>>().join(", ");
    let mut facts = vec![
        fact("target data", study.target.data.clone(), study.stand_in.clone().unwrap_or_default()),
        fact("attack", study.attack.words(), String::new()),
        fact(
            "budgets",
            study.attack.eps.iter().map(|(text, _)| text.clone()).collect::<Vec<_>>().join(", "),
            medium.budget,
        ),
        fact("carrying over", study.transfer.method.word(), transfer_note(study)),
        fact("training seeds", list(&study.seeds), format!("references: {}", list(&study.reference_seeds))),
        fact("engine", plan.engine.clone(), format!("profile {}", plan.profile.as_deref().unwrap_or("none"))),
    ];
    for (task, [alpha, outcome]) in plan.images.iter().enumerate() {
        facts.push(fact(
            &format!("{}, {}", medium.many, study.tasks[task].name),
            format!("{alpha} attacked, {outcome} scored"),
            format!("disjoint test {}; the same for every source", medium.many),
        ));
    }
    if let Some(reading) = &study.reading {
        facts.push(fact(
            "reading",
            format!("{} words of a text", reading.length),
            format!(
                "a network knows the words of its training texts that come up {} times, at most {}; others are one unknown word",
                reading.vocabulary.smallest_count, reading.vocabulary.most_words
            ),
        ));
    }
    for (name, recipe) in recipes(study) {
        facts.push(fact(&name, recipe, String::new()));
    }
    facts
}

fn transfer_note(study: &Study) -> String {
    let many = Medium::of(study).many;
    match study.transfer.images {
        Some(images) => format!("learns from at most {images} {many} of the task"),
        None => format!("learns from all training {many} of the task"),
    }
}

/// Every training recipe once, with the networks that follow it.
fn recipes(study: &Study) -> Vec<(String, String)> {
    let mut groups: Vec<(TrainingRecipe, Vec<String>)> = Vec::new();
    let trained = study.sources.iter().filter(|source| !source.untrained).map(|source| (&source.name, &source.recipe));
    let references = study.references.iter().map(|reference| (&reference.name, &reference.recipe));
    for (name, recipe) in trained.chain(references) {
        match groups.iter_mut().find(|(known, _)| known == recipe) {
            Some((_, names)) => names.push(name.clone()),
            None => groups.push((recipe.clone(), vec![name.clone()])),
        }
    }
    let Medium { many, .. } = Medium::of(study);
    let words = |recipe: &TrainingRecipe| {
        let optimizer = match recipe.adamw {
            true => format!("AdamW rate {}, weight decay {}", recipe.rate, recipe.weight_decay),
            false => {
                format!("SGD rate {}, momentum {}, weight decay {}", recipe.rate, recipe.momentum, recipe.weight_decay)
            }
        };
        format!(
            "{} epochs of batches of {}, {optimizer}, {}{}{}{}",
            recipe.epochs,
            recipe.batch,
            if recipe.one_cycle { "one cycle" } else { "cosine" },
            match (study.reading.is_some(), recipe.augment) {
                (true, _) => "",
                (false, true) => ", shifted and mirrored",
                (false, false) => ", images as they are",
            },
            if recipe.validation > 0.0 {
                format!(", best epoch on {:.0} % validation {many}", 100.0 * recipe.validation)
            } else {
                ", last epoch".to_owned()
            },
            recipe.images.map_or_else(String::new, |images| format!(", at most {images} {many}"))
        )
    };
    groups.iter().map(|(recipe, names)| (format!("training of {}", names.join(", ")), words(recipe))).collect()
}

/// What the study does and does not show.
pub(super) fn limits(table: &Table<'_>, summary: &Summary) -> (Vec<String>, Vec<String>) {
    let study = table.study();
    let counted = table.counted().len();
    let mut does = vec![
        format!(
            "It measures {} sources ({counted} of them count) at {} training seeds each against {} references, on {} that \
             score no outcome.",
            study.sources.len(),
            study.seeds.len(),
            study.references.len() * study.reference_seeds.len(),
            Medium::of(study).many
        ),
        "Its one primary endpoint was named in the study file before it ran; everything else is exploratory and adjusted \
         (Holm)."
            .to_owned(),
    ];
    if study.sources.iter().any(|source| source.control) {
        does.push("Controls are shown beside the networks and enter no statistic.".to_owned());
    }
    let mut does_not = Vec::new();
    if let Some(note) = &study.stand_in {
        does_not.push(format!("It says nothing of the original target set: {note}."));
    }
    if counted < 8 {
        does_not.push(format!(
            "With {counted} networks it cannot decide: no verdict goes beyond \"consistent with\", and only very strong \
             relations would be seen."
        ));
    }
    let families =
        table.counted().iter().map(|&source| &study.sources[source].family).collect::<std::collections::BTreeSet<_>>();
    if study.endpoint.statistic == EndpointStatistic::Correlation && families.len() > 1 {
        does_not.push(
            "Its networks differ in architecture, size and accuracy at once; the partial correlations and the rivals tell how \
             much of the relation these explain alone."
                .to_owned(),
        );
    }
    does_not.push(match study.claim {
        Claim::AdversarialToKnowledge | Claim::Both => {
            "A correlation over networks is no cause: it does not say that changing the attack would change the transfer."
                .to_owned()
        }
        Claim::KnowledgeToAdversarial => {
            "It does not say that networks which transfer badly are safe: an attack that was not tried may carry over."
                .to_owned()
        }
    });
    if summary.rows.iter().any(|row| row.under_trained && !row.control) {
        does_not.push(
            "Some sources are under-trained (marked in the table), so what they show is of weak networks.".to_owned(),
        );
    }
    (does, does_not)
}

/// Time by kind of step.
pub(super) fn times(times: &Times) -> Vec<Fact> {
    let mut facts: Vec<Fact> = times
        .by_kind()
        .into_iter()
        .map(|(kind, count, seconds)| fact(&kind, duration(seconds), format!("{count} cells")))
        .collect();
    if !facts.is_empty() {
        let all: f64 = times.steps.iter().map(|step| step.seconds).sum();
        facts.push(fact("all", duration(all), format!("{} cells", times.steps.len())));
    }
    facts
}
