//! Lists of networks and data, and accounts of one of them, as text.

use transferscope_lab::data::{Inspection, KindInfo};
use transferscope_network::self_check::Agreement;

use super::number::{count, percent, table};
use crate::commands::networks::{NetworkInspection, RunAccount, ZooEntry};

/// The zoo.
pub fn zoo(entries: &[ZooEntry]) -> String {
    let mut rows = vec![["name", "family", "parameters", "multiply-adds"].map(str::to_owned).to_vec()];
    rows.extend(entries.iter().map(|entry| {
        vec![entry.name.to_owned(), entry.family.to_owned(), count(entry.parameters), count(entry.multiply_adds)]
    }));
    let about: Vec<String> = entries.iter().map(|entry| format!("  {}: {}", entry.name, entry.about)).collect();
    format!(
        "{}\n\n{}\n\nSettings: #width=0.5&classes=10&seed=0. Weights: NAME@FILE (PyTorch or safetensors), or NAME@digits \
         to train on the embedded digits here and now.",
        table(&rows),
        about.join("\n")
    )
}

/// A network.
pub fn network(inspection: &NetworkInspection) -> String {
    let summary = &inspection.summary;
    let mut rows = vec![["value", "operator", "shape", "parameters"].map(str::to_owned).to_vec()];
    rows.extend(summary.nodes.iter().map(|node| {
        vec![node.name.clone(), node.operator.to_owned(), format!("{:?}", node.output_shape), count(node.parameters)]
    }));
    let mut lines = vec![format!("{} ({})", inspection.spec, summary.name), table(&rows), String::new()];
    lines.push(format!(
        "{} parameters, {} multiply-adds and {} activations an input",
        count(summary.parameters),
        count(summary.multiply_adds),
        count(summary.activations)
    ));
    match (&summary.head, &summary.head_missing) {
        (Some(head), _) => lines.push(format!(
            "head: {} features '{}' to {} classes through '{}'",
            head.width, head.features, head.classes, head.weight
        )),
        (None, reason) => lines.push(format!("no head: {}", reason.as_deref().unwrap_or("unknown"))),
    }
    if let Some(contract) = &summary.contract {
        lines.push(format!(
            "contract: {:?} {}x{} pixels ({:?}), mean {:?}, std {:?}, {} classes",
            contract.channels,
            contract.height,
            contract.width,
            contract.range,
            contract.mean,
            contract.std,
            contract.classes
        ));
    }
    if let Some(check) = &inspection.gradient_check {
        let verdict = match (check.passed, check.agreement) {
            (false, _) => "FAILED",
            (true, Agreement::Undecided) => {
                "undecided (the slope is too small beside the output for finite differences)"
            }
            (true, _) => "passed",
        };
        lines.push(format!(
            "gradient check {verdict}: interpreter against finite differences {:.1e} ({} directions, f64), engine against \
             interpreter {:.1e} (f32)",
            check.largest_relative_error, check.directions, check.engine_relative_error
        ));
    }
    lines.extend(inspection.notes.iter().map(|note| format!("note: {note}")));
    lines.join("\n")
}

/// A run of a network.
pub fn run(account: &RunAccount) -> String {
    let mut lines = vec![format!(
        "{} on {}: {} images, engine {}",
        account.network,
        account.data,
        count(account.images),
        account.engine
    )];
    match (account.accuracy, &account.no_accuracy_because) {
        (Some(share), _) => lines.push(format!("right: {}", percent(Some(share)))),
        (None, reason) => lines.push(format!("no accuracy: {}", reason.as_deref().unwrap_or("unknown"))),
    }
    if let Some(reason) = &account.no_features_because {
        lines.push(format!("no features: {reason}"));
    }
    if let Some(path) = &account.written {
        lines.push(format!("wrote {}", path.display()));
    }
    lines.join("\n")
}

/// The kinds of data.
pub fn kinds(kinds: &[KindInfo]) -> String {
    let blocks: Vec<String> = kinds
        .iter()
        .map(|kind| {
            let place = kind.path.map_or_else(|| kind.kind.to_owned(), |path| format!("{}:{path}", kind.kind));
            let later = if kind.available { "" } else { " (not in this version)" };
            let mut lines = vec![format!("{place}{later}\n  {}", kind.reads)];
            if !kind.splits.is_empty() {
                let default = kind.default_split.unwrap_or("-");
                lines.push(format!("  splits: {} (default {default})", kind.splits.join(", ")));
            }
            lines.extend(kind.settings.iter().map(|setting| format!("  #{}= {}", setting.key, setting.meaning)));
            lines.join("\n")
        })
        .collect();
    blocks.join("\n\n")
}

/// A set of images.
pub fn inspection(found: &Inspection) -> String {
    let mut lines = vec![format!(
        "{}: {} images of {}x{}x{}, held as {}",
        found.name,
        count(found.count),
        found.shape.channels,
        found.shape.height,
        found.shape.width,
        found.storage
    )];
    if let Some(classes) = &found.classes {
        let list: Vec<String> = classes.iter().map(|class| format!("{} {}", class.name, class.count)).collect();
        lines.push(format!("classes: {}", list.join(", ")));
    } else {
        lines.push("no labels".to_owned());
    }
    for (place, channel) in found.channels.iter().enumerate() {
        lines.push(format!(
            "channel {place}: mean {:.4}, std {:.4}, from {:.3} to {:.3}",
            channel.mean, channel.std, channel.min, channel.max
        ));
    }
    lines.push(format!("sha256 {}", found.sha256));
    lines.extend(found.notes.iter().map(|note| format!("note: {note}")));
    lines.join("\n")
}
