//! The page: one self-contained HTML file from records alone.

use minijinja::{Environment, context, value::Serde};

use super::{
    account::{limits, settings, times},
    figures::{colours, over_eps, over_the_mix, scatters, training_curves},
    format::{signed, three},
    published::published_rows,
    sections::{headline, heat_maps, held_against, image_groups, network_tables, text_groups},
};
use crate::{
    plan::Measure,
    records::Collected,
    run::Times,
    verdict::{Summary, Table, p},
};

/// Why the page could not be made.
#[derive(Debug, thiserror::Error)]
#[error("the page could not be made from its template: {0}")]
pub struct PageError(#[from] minijinja::Error);

/// The page of a study. Times are shown where they are given; without them, the same records give the same bytes.
///
/// # Errors
/// [`PageError`] where the template does not fit, an error of the program.
pub fn page(collected: &Collected, summary: &Summary, clock: Option<&Times>) -> Result<String, PageError> {
    let table = Table::new(collected);
    let study = table.study();
    let colours = colours(summary);
    let second = match study.endpoint.measure {
        Measure::Alpha1Envelope => Measure::Combined,
        _ => Measure::Alpha1Envelope,
    };
    let mut eps_figures = over_eps(&table, summary, study.endpoint.measure);
    eps_figures.extend(over_eps(&table, summary, second));
    let (does, does_not) = limits(&table, summary);
    let (published, published_eps) =
        if study.published_image_table { published_rows(&table) } else { (Vec::new(), String::new()) };
    let exploratory: Vec<Vec<String>> = summary
        .exploratory
        .iter()
        .map(|one| {
            vec![
                format!("{} {}", one.measure.label(), one.direction.label()),
                one.eps.clone(),
                one.task.clone(),
                signed(one.correlation),
                p(one.p_value),
                p(one.p_adjusted),
            ]
        })
        .collect();
    let variance: Vec<Vec<String>> = summary
        .variance
        .iter()
        .map(|part| {
            vec![
                part.over.clone(),
                three(part.standard_deviation),
                part.degrees_of_freedom.to_string(),
                part.how.clone(),
            ]
        })
        .collect();
    let mut environment = Environment::new();
    environment.add_template("study.html", include_str!("study.html"))?;
    Ok(environment.get_template("study.html")?.render(context! {
        title => &study.title,
        question => &study.question,
        verdict => summary.primary.verdict.words(),
        sentence => &summary.primary.sentence,
        what => &summary.primary.what,
        stand_in => &study.stand_in,
        notes => Serde(&summary.notes),
        headline => Serde(headline(summary)),
        held => Serde(held_against(&table, summary)),
        scatters => Serde(scatters(&table, summary)),
        mix => over_the_mix(&table).map(Serde),
        tables => Serde(network_tables(&table, summary, &colours)),
        eps_figures => Serde(eps_figures),
        heat => Serde(heat_maps(&table)),
        training => Serde(training_curves(&table)),
        images => Serde(image_groups(&table)),
        texts => Serde(text_groups(&table)),
        published => Serde(published),
        published_eps,
        eps => study.attack.eps.get(study.endpoint.eps).map(|(text, _)| text.clone()),
        variance => Serde(variance),
        exploratory => Serde(exploratory),
        settings => Serde(settings(&table)),
        engines => Serde(collected.engines()),
        times => clock.map(|clock| Serde(times(clock))),
        does => Serde(does),
        does_not => Serde(does_not),
        cells => collected.plan.cells.len(),
    })?)
}
