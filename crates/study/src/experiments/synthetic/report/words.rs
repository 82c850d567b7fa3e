//! What the correlations and the chain say, in sentences; pure functions from numbers.

use super::super::{ColumnCorrelation, SyntheticResult, chain_links, correlations_with_loss};
use crate::chain::{ChainLink, LinkState};

/// Whether more adversarial transferability went with better knowledge transfer over the rows, and where it did not.
#[must_use]
pub fn claim(result: &SyntheticResult) -> Vec<String> {
    let columns = correlations_with_loss(result);
    let (kept, against): (Vec<&ColumnCorrelation>, Vec<&ColumnCorrelation>) =
        columns.iter().filter(|column| column.pearson.is_some()).partition(|c| c.has_claimed_sign == Some(true));
    let list = |columns: &[&ColumnCorrelation]| {
        let shown = |column: &&ColumnCorrelation| format!("{} ({:+.3})", column.column, column.pearson.unwrap_or(0.0));
        columns.iter().map(shown).collect::<Vec<_>>().join(", ")
    };
    let attack = match result.level {
        0 => "With the top singular direction (level 0, the attack of the paper)".to_owned(),
        level => format!("With singular direction number {} (level {level}, not the attack of the paper)", level + 1),
    };
    let mut sentences = Vec::new();
    if against.is_empty() {
        sentences.push(format!(
            "{attack} the claim holds: over the ten rows every measure tends to fall, and the gradient matching distance to rise, \
             as the loss of the source rises. Pearson with the loss: {}.",
            list(&kept)
        ));
    } else {
        sentences.push(format!(
            "{attack} the claim does not hold throughout: {} {} the wrong sign.",
            list(&against),
            if against.len() == 1 { "has" } else { "have" }
        ));
        if !kept.is_empty() {
            sentences.push(format!("The claimed sign is kept by {}.", list(&kept)));
        }
    }
    sentences.push(
        "The ten rows are steps of one walk away from one network, so these correlations describe that walk; they are no \
         sample of networks and carry no interval."
            .to_owned(),
    );
    sentences
}

/// Which neighbour of the chain breaks first, if one does.
#[must_use]
pub fn weakest_link(result: &SyntheticResult) -> String {
    let links = chain_links(result);
    let broken: Vec<String> = links.iter().filter(|link| link.state == LinkState::Breaks).map(named).collect();
    if !broken.is_empty() {
        return format!("Links that break, since their sides move against each other: {}.", broken.join("; "));
    }
    let weakest =
        links.iter().filter(|link| link.pearson.is_some()).min_by(|one, two| lower(one).total_cmp(&lower(two)));
    match weakest {
        Some(link) => format!("No link breaks; the weakest is {}.", named(link)),
        None => "No link can be judged, since their sides do not vary.".to_owned(),
    }
}

fn lower(link: &ChainLink) -> f64 {
    link.pearson.unwrap_or(1.0).min(link.spearman.unwrap_or(1.0))
}

fn named(link: &ChainLink) -> String {
    let number = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), |value| format!("{value:+.3}"));
    format!("{} to {} (Pearson {}, Spearman {})", link.from, link.to, number(link.pearson), number(link.spearman))
}
