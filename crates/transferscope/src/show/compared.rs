//! A comparison as text.

use transferscope_study::measurement::{Comparison, DirectionComparison};
use transferscope_theory::statistics::Estimate;

use super::number::{count, estimate, table};

/// Paired differences as people read them.
pub fn comparison(comparison: &Comparison) -> String {
    let mut parts = vec![format!(
        "first minus second, paired over {} shared images; an interval without 0 is a difference",
        count(comparison.shared_images)
    )];
    parts.push(direction("S -> T", &comparison.s_to_t));
    parts.push(direction("T -> S", &comparison.t_to_s));
    if !comparison.settings_that_differ.is_empty() {
        let mut rows = vec![vec!["differs in".to_owned(), "first".to_owned(), "second".to_owned()]];
        rows.extend(
            comparison.settings_that_differ.iter().map(|(name, a, b)| vec![name.clone(), a.clone(), b.clone()]),
        );
        parts.push(table(&rows));
    }
    parts.extend(comparison.notes.iter().map(|note| format!("To know: {note}")));
    parts.join("\n\n")
}

fn direction(title: &str, direction: &DirectionComparison) -> String {
    let difference = &direction.difference;
    let optional = |value: &Option<Estimate>| value.as_ref().map_or_else(|| "-".to_owned(), estimate);
    let rows = vec![
        vec![title.to_owned(), "difference [95 %]".to_owned()],
        vec!["alpha1".to_owned(), estimate(&difference.alpha1)],
        vec!["envelope of alpha1".to_owned(), estimate(&difference.envelope)],
        vec!["alpha2".to_owned(), optional(&difference.alpha2)],
        vec!["alpha2 squared".to_owned(), optional(&difference.alpha2_squared)],
        vec!["combined".to_owned(), optional(&difference.combined)],
        vec!["combined squared".to_owned(), optional(&difference.combined_squared)],
    ];
    table(&rows)
}
