//! One self-contained page: no script, no font, no picture from elsewhere.

use minijinja::{Environment, context, value::Serde};
use serde::Serialize;

use super::{
    super::{ColumnCorrelation, RowBounds, SyntheticResult, SyntheticRow, chain_links, correlations_with_loss},
    claim,
    curves::curves,
    weakest_link,
};
use crate::chain::ChainLink;

/// Why the page could not be made.
#[derive(Debug, thiserror::Error)]
#[error("the page could not be made from its template: {0}")]
pub struct PageError(#[from] minijinja::Error);

/// What the template sees of one level.
#[derive(Serialize)]
struct Level<'a> {
    number: usize,
    curves: Vec<(&'static str, String)>,
    claim: Vec<String>,
    weakest: String,
    rows: &'a [SyntheticRow],
    columns: Vec<ColumnCorrelation>,
    links: Vec<ChainLink>,
}

/// The page of the experiment at one or more levels, with a switch between them; `origin` says where the data come from.
///
/// # Errors
/// [`PageError`] where the template does not fit, an error of the program.
pub fn page(results: &[SyntheticResult], bounds: &[RowBounds], origin: &str) -> Result<String, PageError> {
    let levels: Vec<Level<'_>> = results
        .iter()
        .map(|result| Level {
            number: result.level,
            curves: curves(result),
            claim: claim(result),
            weakest: weakest_link(result),
            rows: &result.rows,
            columns: correlations_with_loss(result),
            links: chain_links(result),
        })
        .collect();
    let mut environment = Environment::new();
    environment.add_filter("three", |value: Option<f64>| value.map_or_else(|| "–".to_owned(), |v| format!("{v:.3}")));
    environment.add_filter("four", |value: Option<f64>| value.map_or_else(|| "–".to_owned(), |v| format!("{v:.4}")));
    environment.add_filter("power", |value: f64| format!("{value:.3e}"));
    environment.add_template("page.html", include_str!("page.html"))?;
    let first = results.first();
    Ok(environment.get_template("page.html")?.render(context! {
        levels => Serde(&levels),
        bounds => Serde(bounds),
        origin,
        samples => first.map(|result| result.samples),
        source_width => first.map(|result| result.source_width),
        target_width => first.map(|result| result.target_width),
        spread => first.map(|result| result.spread),
        loss_target => first.and_then(|result| result.rows.first()).map(|row| row.loss_target),
    })?)
}
