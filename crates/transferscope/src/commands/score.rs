//! `transferscope score`: all scores of networks whose features somebody has saved.

use std::path::{Path, PathBuf};

use transferscope_lab::data::{Array, NpzFile};
use transferscope_study::{
    ranking::{NetworkArrays, RankingError, ScoreReport, SourceOutputs, score_table},
    record,
};
use transferscope_theory::{
    linear::Matrix,
    scores::{KNearest, LinearProbe, NleepOptions, ScoreOptions},
};

use super::subjects::data_failure;
use crate::{console::Console, exit::Failure, show};

/// What can be typed.
#[derive(clap::Args)]
pub struct Arguments {
    /// One npz file a network: labels (N), features (N,D) and, where the network has a head over source classes,
    /// logits (N,C) or probabilities (N,C); optionally outcome (one number: the accuracy after fine-tuning).
    /// `networks run NETWORK --data DATA --out FILE.npz` and examples/from_pytorch.py write such files.
    #[arg(required = true, value_name = "FILE.npz")]
    files: Vec<PathBuf>,
    #[command(flatten)]
    settings: ScoreSettings,
    /// Write scores and outcomes as a CSV table, as `recheck` reads it.
    #[arg(long, value_name = "FILE.csv")]
    table: Option<PathBuf>,
    /// Print the report as one JSON document.
    #[arg(long)]
    json: bool,
}

/// What can be set on scores.
#[derive(clap::Args, Clone, Copy, Debug)]
pub struct ScoreSettings {
    /// Parts that the linear probe holds out in turn.
    #[arg(long, default_value_t = LinearProbe::default().folds)]
    pub folds: usize,
    /// Neighbours that vote in kNN.
    #[arg(long, default_value_t = KNearest::default().neighbours)]
    pub neighbours: usize,
    /// The seed of NLEEP's clusters and of the comparisons.
    #[arg(long, default_value_t = 0)]
    pub seed: u64,
}

impl ScoreSettings {
    /// The options of the scores.
    #[must_use]
    pub fn options(&self) -> ScoreOptions {
        ScoreOptions {
            probe: LinearProbe { folds: self.folds, ..LinearProbe::default() },
            neighbours: KNearest { neighbours: self.neighbours, ..KNearest::default() },
            nleep: NleepOptions { seed: self.seed, ..NleepOptions::default() },
            ..ScoreOptions::default()
        }
    }

    /// Refuses what cannot be meant.
    ///
    /// # Errors
    /// With exit code 2.
    pub fn check(&self) -> Result<(), Failure> {
        if self.folds < 2 {
            return Err(Failure::usage(anyhow::anyhow!("--folds must be at least 2, found {}", self.folds)));
        }
        if self.neighbours == 0 {
            return Err(Failure::usage(anyhow::anyhow!("--neighbours must be at least 1, found 0")));
        }
        Ok(())
    }
}

/// Scores the files.
///
/// # Errors
/// With the exit code and the sentence that the user sees.
pub fn run(arguments: &Arguments, console: &Console) -> Result<(), Failure> {
    arguments.settings.check()?;
    if let Some(path) = &arguments.table {
        record::check_writable(path).map_err(Failure::bad_input)?;
    }
    let arrays = arguments.files.iter().map(|path| read(path)).collect::<Result<Vec<_>, _>>()?;
    let steps = console.progress("networks");
    let total = arrays.len();
    let advanced = |done| transferscope_lab::deviate::Progress::advanced(&steps, done, total);
    let report = ScoreReport::new(&arrays, &arguments.settings.options(), arguments.settings.seed, advanced).map_err(
        |error| match error {
            RankingError::Nothing => Failure::usage(error),
            other => Failure::bad_input(other),
        },
    )?;
    if let Some(path) = &arguments.table {
        record::write_text(path, &show::score_table(&score_table(&report.networks))).map_err(Failure::bad_input)?;
    }
    if arguments.json {
        return console.json(&report);
    }
    console.answer(&show::scores(&report));
    Ok(())
}

fn read(path: &Path) -> Result<NetworkArrays, Failure> {
    let file = NpzFile::open(path).map_err(data_failure)?;
    let shown = path.display();
    let bad = |message: String| Failure::bad_input(anyhow::anyhow!("'{shown}': {message}"));
    let matrix = |name: &str| -> Result<Option<Matrix>, Failure> {
        if !file.contains(name) {
            return Ok(None);
        }
        let Array { shape, data } = file.array_f64(name).map_err(data_failure)?;
        let &[rows, columns] = shape.as_slice() else {
            return Err(bad(format!("expected '{name}' to have two axes (images, values), found shape {shape:?}")));
        };
        Matrix::from_rows(rows, columns, data).map(Some).map_err(|error| bad(format!("array '{name}': {error}")))
    };
    if !file.contains("labels") {
        return Err(bad("expected an array 'labels', the class of each image in the target task".to_owned()));
    }
    let labels = file.array_i64("labels").map_err(data_failure)?;
    if labels.shape.len() != 1 {
        return Err(bad(format!("expected 'labels' to have one axis, found shape {:?}", labels.shape)));
    }
    let label =
        |&label: &i64| usize::try_from(label).map_err(|_| bad(format!("expected labels from 0, found {label}")));
    let outcome = match file.contains("outcome") {
        false => None,
        true => match file.array_f64("outcome").map_err(data_failure)?.data.as_slice() {
            &[outcome] if outcome.is_finite() => Some(outcome),
            other => return Err(bad(format!("expected 'outcome' to be one finite number, found {other:?}"))),
        },
    };
    let source = match (matrix("logits")?, matrix("probabilities")?) {
        (Some(_), Some(_)) => {
            return Err(bad("expected 'logits' or 'probabilities', found both; drop one".to_owned()));
        }
        (Some(logits), None) => SourceOutputs::Logits(logits),
        (None, Some(probabilities)) => SourceOutputs::Probabilities(probabilities),
        (None, None) => SourceOutputs::Absent("the file holds neither 'logits' nor 'probabilities'".to_owned()),
    };
    Ok(NetworkArrays {
        name: path.file_stem().map_or_else(|| shown.to_string(), |stem| stem.to_string_lossy().into_owned()),
        features: matrix("features")?.ok_or_else(|| "the file holds no array 'features'".to_owned()),
        source,
        labels: labels.data.iter().map(label).collect::<Result<_, _>>()?,
        outcome,
    })
}
