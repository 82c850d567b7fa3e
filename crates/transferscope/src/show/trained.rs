//! What training and transfer gave, in words.

use transferscope_lab::training::{Candidate, Epoch, Method, Selection};

use super::number::{count, percent, share, table};
use crate::commands::training::{
    train::TrainingRecord,
    transfer::{Reached, TransferRecord},
};

/// A finished epoch in one line.
#[must_use]
pub fn epoch(row: &Epoch, epochs: usize) -> String {
    let selection =
        row.selection.map_or_else(String::new, |found| format!(", held out {:.1} %", 100.0 * found.accuracy()));
    let seconds = row.seconds.map_or_else(String::new, |seconds| format!(", {seconds:.1} s"));
    format!(
        "epoch {}/{epochs}: loss {:.3}, learned from {:.1} %{selection}, rate {:.2e}{seconds}",
        row.epoch,
        row.train_loss,
        100.0 * row.train_accuracy(),
        row.rate
    )
}

/// Finished epochs as a table.
pub(super) fn epochs(history: &[Epoch]) -> String {
    let mut rows = vec![["epoch", "rate", "loss", "learned from", "held out"].map(str::to_owned).to_vec()];
    rows.extend(history.iter().map(|row| {
        vec![
            row.epoch.to_string(),
            format!("{:.2e}", row.rate),
            format!("{:.3}", row.train_loss),
            percent(Some(row.train_accuracy())),
            percent(row.selection.map(|found| found.accuracy())),
        ]
    }));
    table(&rows)
}

/// What a training gave.
#[must_use]
pub fn trained(record: &TrainingRecord) -> String {
    let kept = match (record.recipe.selection, record.chosen_on_test) {
        (_, true) => "the best on the test images, as the paper does: the accuracy below flatters it",
        (Selection::LastEpoch, _) => "the last",
        _ => "the best on held-out images",
    };
    let mut lines = vec![
        format!(
            "{} ({} learned numbers) on {} ({} images)",
            record.network.spec,
            count(record.network.parameters),
            record.data.spec,
            count(record.data.images)
        ),
        epochs(&record.history),
        format!("kept: epoch {}, {kept}", record.kept_epoch),
    ];
    if record.stopped_early {
        lines.push("stopped before the last epoch: the patience ran out".to_owned());
    }
    if let Some(test) = &record.test_accuracy {
        lines.push(format!("accuracy on the test images: {}", share(Some(test))));
    }
    lines.extend(record.notes.iter().map(|note| format!("note: {note}")));
    lines.push(format!("written: {}", record.out));
    lines.join("\n")
}

/// What a transfer gave.
#[must_use]
pub fn transferred(record: &TransferRecord) -> String {
    let setting = match record.plan.method {
        Method::Probe => "penalty",
        Method::LastLayer | Method::Full => "learning rate",
    };
    let mut rows = vec![[setting, "held out"].map(str::to_owned).to_vec()];
    rows.extend(record.candidates.iter().map(|tried: &Candidate| {
        let found = match (tried.diverged, tried.validation) {
            (true, _) => "diverged".to_owned(),
            (false, found) => percent(found.map(|found| found.accuracy())),
        };
        vec![format!("{}", tried.setting), found]
    }));
    let mut lines = vec![
        format!(
            "{} by {}: {} images of {} classes",
            record.network.spec,
            record.plan.method.name(),
            count(record.data.images),
            record.data.classes.unwrap_or(0)
        ),
        table(&rows),
        format!("chosen: {setting} {}", record.chosen),
        format!("accuracy on the test images: {}", share(Some(&record.outcome.accuracy))),
    ];
    let references = [
        ("untrained twin", &record.untrained_twin),
        ("raw pixels", &record.raw_pixels),
        ("from scratch", &record.from_scratch),
    ];
    lines.extend(references.into_iter().filter_map(|(name, reached)| Some(reference(name, reached.as_ref()?))));
    if record.plan.recipe.selection == Selection::BestOnTest {
        lines.push("note: the epoch was chosen on the test images, as the paper does, which flatters it".to_owned());
    }
    if record.converged == Some(false) {
        lines.push("note: the regression did not reach its minimum".to_owned());
    }
    lines.extend(record.notes.iter().map(|note| format!("note: {note}")));
    lines.extend(record.out.iter().map(|path| format!("written: {path}")));
    lines.join("\n")
}

fn reference(name: &str, reached: &Reached) -> String {
    let gain = reached.gain.as_ref().map_or_else(String::new, |gain| {
        let interval = gain.interval().map_or_else(String::new, |interval| {
            format!(" [{:+.1}, {:+.1}]", 100.0 * interval.low(), 100.0 * interval.high())
        });
        format!("; gain over it {:+.1} points{interval}", 100.0 * gain.value())
    });
    format!("  {name}: {}{gain}", share(Some(&reached.accuracy)))
}
