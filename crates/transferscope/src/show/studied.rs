//! A study on the terminal: progress, the plan, the answer.

use std::path::Path;

use transferscope_lab::deviate::Progress;
use transferscope_study::{
    plan::{Cell, DesignPower, Study, Work},
    run::Events,
    verdict::Summary,
};

use crate::console::Console;

/// Draws the progress of a study.
pub struct StudyProgress<'a> {
    console: &'a Console,
}

impl<'a> StudyProgress<'a> {
    /// On this console.
    #[must_use]
    pub fn new(console: &'a Console) -> Self {
        Self { console }
    }
}

impl Events for StudyProgress<'_> {
    fn planned(&self, cells: usize, done: usize) {
        let already = if done > 0 { format!(", {done} of them done before") } else { String::new() };
        self.console.remark(&format!("{cells} cells{already}"));
    }

    fn finished(&self, cell: &Cell, seconds: f64) {
        self.console.remark(&format!("{} ({seconds:.1} s)", cell.name));
    }

    fn remark(&self, text: &str) {
        self.console.remark(text);
    }

    fn progress(&self, what: &str) -> Box<dyn Progress + '_> {
        Box::new(self.console.progress(what))
    }

    fn stopped(&self) -> bool {
        crate::interrupt::requested()
    }
}

/// The answer of a study; ends with the path of its page.
#[must_use]
pub fn study(summary: &Summary, page: &Path) -> String {
    let mut lines = vec![format!("{:<18} {:>9} {:>12} {:>9}", "network", "own test", "carried over", "gain")];
    for row in &summary.rows {
        for task in &row.tasks {
            let marks = match (row.control, row.under_trained) {
                (true, _) => "  control",
                (false, true) => "  under-trained",
                (false, false) => "",
            };
            lines.push(format!(
                "{:<18} {:>8.1}% {:>11.1}% {:>+8.1}%{marks}",
                row.name,
                100.0 * row.source_accuracy.mean,
                100.0 * task.outcome.mean,
                100.0 * task.gain.mean
            ));
        }
    }
    lines.push(String::new());
    lines.push(format!("{}: {}", summary.primary.verdict.words(), summary.primary.sentence));
    lines.extend(summary.notes.iter().map(|note| format!("note: {note}")));
    lines.push(String::new());
    lines.push(page.display().to_string());
    lines.join("\n")
}

/// The plan of a study: cells, minutes, power.
#[must_use]
pub fn dry_run(study: &Study, cells: &[Cell], work: &Work, power: &DesignPower, images: &[[usize; 2]]) -> String {
    let mut lines = vec![study.title.clone(), String::new()];
    lines.push(format!(
        "{} cells: {} sources x {} seeds, {} references x {} seeds, {} target task(s)",
        cells.len(),
        study.sources.len(),
        study.seeds.len(),
        study.references.len(),
        study.reference_seeds.len(),
        study.tasks.len()
    ));
    let many = study.samples();
    for (task, [alpha, outcome]) in study.tasks.iter().zip(images) {
        lines.push(format!("target task {}: {alpha} {many} attacked, {outcome} others score the outcome", task.name));
    }
    lines.push(String::new());
    for item in &work.items {
        lines.push(format!("{:<20} {:>5} cells  {:>10}", item.what, item.cells, rough_time(item.seconds / 60.0)));
    }
    lines.push(format!(
        "about {}, from passes and training steps of each network measured just now",
        rough_time(work.seconds() / 60.0)
    ));
    lines.push(String::new());
    lines.push(format!(
        "{} networks count (controls do not). Chance of finding a true correlation at p <= 0.05:",
        power.networks
    ));
    for (correlation, chance) in &power.power {
        lines.push(format!("  {correlation:.1}: {:.0} %", 100.0 * chance));
    }
    if !power.can_decide {
        lines.push("fewer than 8 networks: no verdict goes beyond \"consistent with\"".to_owned());
    }
    lines.extend(study.stand_in.iter().map(|note| format!("\ntarget: {note}")));
    lines.join("\n")
}

/// Minutes, as roughly as they are known.
#[must_use]
pub fn rough_time(minutes: f64) -> String {
    if minutes < 1.0 {
        format!("{:.0} s", (60.0 * minutes).max(1.0))
    } else if minutes < 120.0 {
        format!("{minutes:.0} min")
    } else {
        format!("{:.0} h", minutes / 60.0)
    }
}
