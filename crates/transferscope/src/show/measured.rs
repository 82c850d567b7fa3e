//! A measurement as text.

use transferscope_study::measurement::{Direction, DirectionNeeded, Match, Measurement, NetworkRecord, Settings};
use transferscope_theory::transferability::DirectionMeasure;

use super::{
    chain::chain as show_chain,
    number::{count, estimate, percent, pixels, plain, share, table},
    words,
};

/// A measurement as people read it: what was measured, both directions, what it means, what to know.
pub fn measurement(result: &Measurement) -> String {
    let mut parts = vec![
        headline(result),
        direction("S -> T: attack built on the source, seen on the target (knowledge -> adversarial)", &result.s_to_t),
        sentences(&result.s_to_t, "source", "target"),
        direction("T -> S: attack built on the target, seen on the source (adversarial -> knowledge)", &result.t_to_s),
        sentences(&result.t_to_s, "target", "source"),
    ];
    if let Some(twin) = &result.untrained_twin {
        parts.push(format!("Untrained twin: {}", twin.about));
        parts.push(direction("S -> T", &twin.s_to_t));
        parts.push(direction("T -> S", &twin.t_to_s));
    }
    if let Some(matching) = &result.matching {
        let mut rows = vec![cells(&["matching", "distance", "R2"])];
        let pairs = [
            ("gradient", &matching.gradient),
            ("function", &matching.function),
            ("function, held out", &matching.function_held_out),
        ];
        for (name, pair) in pairs {
            if let Some(pair) = pair {
                rows.push(matched(&format!("{name}, target given source"), &pair.t_given_s));
                rows.push(matched(&format!("{name}, source given target"), &pair.s_given_t));
            }
        }
        if let Some(knowledge) = &matching.knowledge {
            for (from, knowledge) in [("source", &knowledge.from_source), ("target", &knowledge.from_target)] {
                rows.push(matched(&format!("knowledge, labels given {from}"), &knowledge.in_sample));
                rows.push(matched(&format!("knowledge, held out, labels given {from}"), &knowledge.held_out));
            }
        }
        parts.push(table(&rows));
    }
    if let Some(chain) = &result.chain {
        parts.push(show_chain(chain));
    }
    parts.push(samples(result));
    if let Some(needed) = &result.images_needed {
        let line = |title: &str, needed: &DirectionNeeded| {
            let number = |value: Option<usize>| value.map_or_else(|| "-".to_owned(), count);
            vec![title.to_owned(), number(needed.alpha1), number(needed.alpha2), number(needed.combined)]
        };
        let title = format!("images for a standard error of {}", needed.wanted_error);
        parts.push(table(&[
            cells(&[&title, "alpha1", "alpha2", "combined"]),
            line("S -> T", &needed.s_to_t),
            line("T -> S", &needed.t_to_s),
        ]));
    }
    if !result.notes.is_empty() {
        let notes: Vec<String> = result.notes.iter().map(|note| format!("  - {note}")).collect();
        parts.push(format!("To know:\n{}", notes.join("\n")));
    }
    parts.join("\n\n")
}

fn headline(result: &Measurement) -> String {
    let mut lines = Vec::new();
    if let Some(networks) = &result.networks {
        lines.push(format!("source  {}", network(&networks.source)));
        lines.push(format!("target  {}", network(&networks.target)));
    }
    if let Some(data) = &result.data {
        let [channels, height, width] = data.shape;
        lines.push(format!("data    {} ({} images of {channels}x{height}x{width})", data.spec, count(data.images)));
    }
    lines.push(format!("attack  {}", attack(&result.settings)));
    lines.join("\n")
}

pub(super) fn network(record: &NetworkRecord) -> String {
    let accuracy = record.accuracy.map_or_else(String::new, |share| format!(", {} right", percent(Some(share))));
    format!("{} ({} parameters{accuracy})", record.spec, count(record.parameters))
}

pub(super) fn attack(settings: &Settings) -> String {
    if settings.first_order {
        let level = settings.level.unwrap_or(0);
        return format!(
            "first order: right-singular vector {level} of the Jacobian, deviations J·v, seed {}",
            settings.seed
        );
    }
    let Some(eps) = settings.eps else { return format!("{}, seed {}", settings.attack, settings.seed) };
    let mut text = format!("{} {} {}", settings.attack, settings.norm.as_deref().unwrap_or("-"), pixels(eps));
    if let (Some(steps), Some(step_size)) = (settings.steps, settings.step_size) {
        text.push_str(&format!(", {steps} x {}", pixels(step_size)));
    }
    for part in
        [&settings.objective, &settings.start.as_ref().map(|start| format!("start {start}"))].into_iter().flatten()
    {
        text.push_str(&format!(", {part}"));
    }
    let engine = settings.engine.as_deref().unwrap_or("-");
    format!(
        "{text}, {} restart(s), images {}, outputs {}, seed {}, engine {engine}, {}",
        settings.restarts, settings.images, settings.outputs, settings.seed, settings.precision
    )
}

pub(super) fn direction(title: &str, direction: &Direction) -> String {
    let report = &direction.report;
    let alpha1 = &report.alpha1;
    let references = &alpha1.references;
    let mut rows = vec![
        cells(&["measure", "value [95 %]", "noise", "permuted", "self"]),
        vec![
            "alpha1 (mean of ratios)".to_owned(),
            estimate(&alpha1.mean),
            plain(references.noise),
            plain(references.permuted),
            plain(references.itself),
        ],
        cells(&["  median", &estimate(&alpha1.estimates.median)]),
        cells(&["  ratio of means", &estimate(&alpha1.estimates.ratio_of_means)]),
        cells(&["  envelope", &estimate(&alpha1.estimates.envelope)]),
        cells(&["  share above 1", &percent(Some(alpha1.share_above_1))]),
    ];
    if let Some(alpha2) = &report.alpha2 {
        rows.extend(consistency("alpha2", alpha2));
    }
    rows.extend(consistency("combined", &report.combined));
    let mut text = format!("{title}\n{}", table(&rows));
    if let Some(success) = &direction.success {
        let named = [
            ("own prediction changed", &success.prediction_changed),
            ("  at home, on the attacked network", &success.prediction_changed_at_home),
            ("  where it changed at home", &success.prediction_changed_where_home_changed),
            ("wrong under attack, all images", &success.error_all),
            ("  of those the source has right", &success.error_source_correct),
            ("  of those the target has right", &success.error_target_correct),
            ("  of those both have right", &success.error_both_correct),
            ("wrong when clean (the floor)", &success.clean_error),
        ];
        let rows: Vec<Vec<String>> = named
            .into_iter()
            .filter(|(_, rate)| rate.is_some())
            .map(|(name, rate)| vec![name.to_owned(), share(rate.as_ref())])
            .collect();
        text.push_str(&format!("\n{}", table(&rows)));
    }
    text
}

fn consistency(name: &str, measure: &DirectionMeasure) -> Vec<Vec<String>> {
    let references = &measure.references;
    vec![
        vec![
            name.to_owned(),
            estimate(&measure.norm),
            plain(references.noise),
            plain(references.permuted),
            plain(references.itself),
        ],
        cells(&["  unbiased", &plain(measure.unbiased)]),
        cells(&["  normalised", &plain(measure.normalised)]),
        vec![
            "  centred".to_owned(),
            estimate(&measure.estimates.centred),
            "-".to_owned(),
            plain(measure.permuted_centred.as_ref().map(|null| null.mean)),
        ],
    ]
}

pub(super) fn sentences(direction: &Direction, built: &str, seen: &str) -> String {
    words::direction(direction, built, seen).into_iter().map(|line| format!("  {line}")).collect::<Vec<_>>().join("\n")
}

fn samples(result: &Measurement) -> String {
    let mut lines = vec![format!("{} images measured", count(result.samples.used))];
    for (reason, number) in &result.samples.excluded {
        lines.push(format!("  {}: {reason}", count(*number)));
    }
    if let Some(sizes) = &result.perturbations {
        lines.push(format!(
            "perturbations: on the source linf {} (l2 mean {:.3}), on the target linf {} (l2 mean {:.3})",
            pixels(sizes.source.linf.max),
            sizes.source.l2.mean,
            pixels(sizes.target.linf.max),
            sizes.target.l2.mean
        ));
    }
    lines.join("\n")
}

fn matched(name: &str, matched: &Match) -> Vec<String> {
    vec![name.to_owned(), format!("{:.4}", matched.distance), plain(matched.r2)]
}

fn cells(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}
