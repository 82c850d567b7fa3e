//! `transferscope init`: a commented study to start from.

use std::path::PathBuf;

use transferscope_study::{
    experiments::{PUBLISHED_STUDIES, published_study},
    plan::{Fingerprints, ImageCounts, cells, parse, work_of},
    record,
};

use super::{run::machine, speed::Paces, study_folder::plan_failure, subjects::RunOptions};
use crate::{console::Console, exit::Failure};

/// What can be typed.
#[derive(clap::Args)]
pub struct Arguments {
    /// Which study to start from: demo, architectures, class-mix or source-ladder.
    #[arg(default_value = "architectures")]
    study: String,
    /// Where it is written [default: the study's name with .toml].
    #[arg(long, value_name = "FILE.toml")]
    out: Option<PathBuf>,
    #[command(flatten)]
    run: RunOptions,
}

/// Images that the estimate of time assumes, where the data are not there to be counted: those of the subsets that the
/// shipped studies were run on.
const ASSUMED: ImageCounts = ImageCounts { source: 20_000, target: 4_000, alpha: 750, outcome: 750 };

/// Writes a study.
///
/// # Errors
/// With the exit code and the sentence that the user sees.
pub fn run(arguments: &Arguments, console: &Console) -> Result<(), Failure> {
    let text = published_study(&arguments.study).ok_or_else(|| {
        let known: Vec<&str> = PUBLISHED_STUDIES.iter().map(|(name, _)| *name).collect();
        Failure::usage(anyhow::anyhow!("expected one of {}, found '{}'", known.join(", "), arguments.study))
    })?;
    let path = arguments.out.clone().unwrap_or_else(|| PathBuf::from(format!("{}.toml", arguments.study)));
    if path.exists() {
        return Err(Failure::bad_input(anyhow::anyhow!(
            "'{}' is there already; give another name with --out",
            path.display()
        )));
    }
    record::check_writable(&path).map_err(Failure::bad_input)?;
    let machine = machine(&arguments.run)?;
    let mut lines = Vec::new();
    let name = format!("studies/{}.toml", arguments.study);
    let mut paces = Paces::default();
    for profile in [None, Some("quick"), Some("paper")] {
        let Ok(parsed) = parse(&name, text, profile, &[]).map_err(plan_failure) else { continue };
        let study = &parsed.study;
        let none = Fingerprints {
            sources: vec![Default::default(); study.sources.len()],
            tasks: vec![Default::default(); study.tasks.len()],
            ..Fingerprints::default()
        };
        let counts = vec![ASSUMED; study.tasks.len()];
        let cells = cells(study, &none, "");
        paces.measure(study, &[], &machine)?;
        let minutes = work_of(study, &cells, &counts, |network, width| paces.of(network, width)).seconds() / 60.0;
        let how = profile.map_or_else(String::new, |profile| format!(" --profile {profile}"));
        lines.push(format!(
            "# transferscope run {}{how}: {} cells, about {} with {} threads of this machine{}{}",
            path.display(),
            cells.len(),
            crate::show::rough_time(minutes),
            machine.threads,
            if arguments.study == "demo" { " (on fewer images than assumed: less)" } else { "" },
            if study.pretrained.is_empty() { "" } else { " and what the networks from folders take" }
        ));
    }
    let header = lines.join("\n");
    record::write_text(&path, &format!("{header}\n\n{text}")).map_err(Failure::bad_input)?;
    console.answer(&format!(
        "{header}\n\nwritten: {}\nnext: transferscope run {} --dry-run --set data.root=DIR",
        path.display(),
        path.display()
    ));
    Ok(())
}
