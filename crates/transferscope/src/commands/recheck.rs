//! `transferscope recheck`: tables of scores and outcomes, checked; several of them, one a target task, also together.

use std::path::{Path, PathBuf};

use serde::Serialize;
use transferscope_theory::recheck::{
    AcrossTargets, AcrossTargetsError, RecheckOptions, RecheckReport, ScoreTable, TargetTable, across_targets,
    classes_of_data_set, paper_image_family, paper_image_table, recheck,
};

use crate::{console::Console, exit::Failure, show};

/// What can be typed.
#[derive(clap::Args)]
pub struct Arguments {
    /// A CSV file: first column the network, then numbers; one column is the outcome (named `outcome...` or `accuracy`,
    /// or by --outcome). Rows `claimed_pearson`, `claimed_weighted_tau`, ... hold claimed correlations.
    /// The word `paper` stands for the image table of Liang et al. 2021. Several tables, one a target task, are also
    /// taken together: both weighted taus of each score with intervals over the targets.
    #[arg(required = true, value_name = "TABLE")]
    tables: Vec<PathBuf>,
    /// Columns that a score must beat to be of help, target by target (linear_probe, parameters, ...); needs several tables.
    #[arg(long, value_name = "COLUMN", num_args = 1..)]
    bars: Vec<String>,
    /// The column that holds the outcome.
    #[arg(long, value_name = "COLUMN")]
    outcome: Option<String>,
    /// Number of classes of the data set, or its name (dtd, cifar10, ...): the H-score cannot exceed classes - 1.
    #[arg(long, value_name = "N|NAME")]
    classes: Option<String>,
    /// Columns that are no scores but are held fixed in partial correlations (an architecture family as 0 and 1).
    #[arg(long, value_name = "COLUMN")]
    covariate: Vec<String>,
    /// Offer the intervals that need score and outcome to be jointly normal.
    #[arg(long)]
    assume_normal: bool,
    /// The seed of permutations.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Print the report as one JSON document.
    #[arg(long)]
    json: bool,
}

/// The word for the paper's own table.
const PAPER: &str = "paper";

/// Several tables, one a target task.
#[derive(Serialize)]
struct Together {
    tables: Vec<OfTarget>,
    across_targets: AcrossTargets,
}

#[derive(Serialize)]
struct OfTarget {
    target: String,
    report: RecheckReport,
}

/// Re-checks tables; ends with exit code 5 where one has faults.
///
/// # Errors
/// With the exit code and the sentence that the user sees.
pub fn run(arguments: &Arguments, console: &Console) -> Result<(), Failure> {
    let classes = arguments.classes.as_deref().map(classes).transpose()?;
    if let ([_], [bar, ..]) = (arguments.tables.as_slice(), arguments.bars.as_slice()) {
        return Err(Failure::usage(anyhow::anyhow!(
            "--bars {bar} holds scores against it target by target, and one table is one target: give several tables"
        )));
    }
    let mut targets = Vec::with_capacity(arguments.tables.len());
    let mut reports = Vec::with_capacity(arguments.tables.len());
    for place in &arguments.tables {
        let (table, covariates) = if place == Path::new(PAPER) {
            (paper_image_table().map_err(Failure::not_possible)?, vec![paper_image_family()])
        } else {
            read(place, arguments.outcome.as_deref(), &arguments.covariate)?
        };
        let options =
            RecheckOptions { classes, covariates, assume_normal: arguments.assume_normal, seed: arguments.seed };
        let target = place.file_stem().unwrap_or(place.as_os_str()).to_string_lossy().into_owned();
        reports.push((target.clone(), recheck(&table, &options)));
        targets.push(TargetTable { target, table });
    }
    match reports.as_slice() {
        [(_, report)] if arguments.json => console.json(report)?,
        [(_, report)] => console.answer(&show::recheck(report)),
        _ => together(arguments, &targets, &reports, console)?,
    }
    match reports.iter().map(|(_, report)| report.faults.len()).sum() {
        0_usize => Ok(()),
        faults => Err(Failure::checks_failed(match reports.len() {
            1 => anyhow::anyhow!("the table has {faults} faults"),
            _ => anyhow::anyhow!("the tables have {faults} faults"),
        })),
    }
}

fn together(
    arguments: &Arguments,
    targets: &[TargetTable],
    reports: &[(String, RecheckReport)],
    console: &Console,
) -> Result<(), Failure> {
    let found = across_targets(targets, &arguments.bars).map_err(|error| match error {
        AcrossTargetsError::UnknownBar { .. } | AcrossTargetsError::Repeated { .. } => Failure::usage(error),
        other => Failure::not_possible(other),
    })?;
    if arguments.json {
        let tables = reports
            .iter()
            .map(|(target, report)| OfTarget { target: target.clone(), report: report.clone() })
            .collect();
        return console.json(&Together { tables, across_targets: found });
    }
    console.answer(&show::across_targets(&found, reports));
    Ok(())
}

fn classes(typed: &str) -> Result<usize, Failure> {
    typed.parse().ok().filter(|&count| count > 1).or_else(|| classes_of_data_set(typed)).ok_or_else(|| {
        Failure::usage(anyhow::anyhow!(
            "expected a number of classes above 1 or the name of a known data set, found '{typed}'"
        ))
    })
}

/// The table of a CSV file, and the covariates taken out of it.
fn read(path: &Path, outcome: Option<&str>, covariates: &[String]) -> Result<(ScoreTable, Vec<Vec<f64>>), Failure> {
    let shown = path.display().to_string();
    let unusable = |error: csv::Error| Failure::bad_input(anyhow::anyhow!("cannot read '{shown}' as CSV: {error}"));
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_path(path).map_err(unusable)?;
    let mut header: Vec<String> = reader.headers().map_err(unusable)?.iter().map(str::to_owned).collect();
    let mut rows = Vec::new();
    for record in reader.records() {
        rows.push(record.map_err(unusable)?.iter().map(str::to_owned).collect::<Vec<String>>());
    }
    let mut taken = Vec::new();
    for name in covariates {
        let place = header.iter().position(|column| column.trim() == name).filter(|&place| place > 0);
        let place = place.ok_or_else(|| {
            Failure::usage(anyhow::anyhow!("'{shown}' has no column '{name}'; its columns are {}", header.join(", ")))
        })?;
        header.remove(place);
        let mut values = Vec::new();
        for row in &mut rows {
            let cell = if place < row.len() { row.remove(place) } else { String::new() };
            if row.first().is_some_and(|network| network.trim().starts_with("claimed_")) {
                continue;
            }
            values.push(cell.trim().parse::<f64>().ok().filter(|value| value.is_finite()).ok_or_else(|| {
                Failure::bad_input(anyhow::anyhow!(
                    "'{shown}': expected a number in the covariate column '{name}' of '{}', found '{cell}'",
                    row.first().map_or("", String::as_str)
                ))
            })?);
        }
        taken.push(values);
    }
    let table = ScoreTable::from_cells(&header, &rows, outcome)
        .map_err(|error| Failure::bad_input(anyhow::anyhow!("'{shown}': {error}")))?;
    Ok((table, taken))
}
