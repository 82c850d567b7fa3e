//! The command: what can be typed, and the order of the work: features, scores, references, alphas, report.

use std::{path::PathBuf, time::Instant};

use transferscope_lab::{
    deviate::{Plan, Rows, Shard},
    observed::{Observed, observe},
};
use transferscope_study::{
    measurement::Settings,
    ranking::{
        CandidateCost, CandidateRecord, NetworkArrays, RankParts, RankReport, SourceOutputs, page, score_network,
    },
    record,
};
use transferscope_theory::{linear::Matrix, transferability::ReportOptions};

use super::{
    against::Against,
    cache::Cache,
    candidate::{Runnable, names, runnable},
    outcomes::{Known, outcomes},
    references::{References, Wish, references},
    target::{self, target},
    time_limit::TimeLimit,
    verify,
};
use crate::{
    commands::{
        measure,
        options::{AttackOptions, CheckedAttack},
        score::ScoreSettings,
        subjects::{self, RunOptions},
    },
    console::Console,
    exit::Failure,
    show,
};

/// What can be typed.
#[derive(clap::Args)]
pub struct Arguments {
    /// The target task: KIND:PATH#key=value&... Only its training split is read.
    #[arg(long, value_name = "DATA")]
    target_data: String,
    /// The candidates: FILE, ZOO_NAME@WEIGHTS, ..., with #key=value&...
    #[arg(long, value_name = "NETWORK", num_args = 1.., required = true)]
    candidates: Vec<String>,
    /// Networks that know the target task, to hold candidates against; never a candidate. The word `train` (the default)
    /// trains two small families with two seeds each on four fifths of the training split. `none` leaves alphas out.
    #[arg(long, value_name = "NETWORK|train|none", num_args = 1..)]
    reference: Vec<String>,
    /// Passes over the images in the training of references.
    #[arg(long, default_value_t = 12)]
    reference_epochs: usize,
    /// A CSV table: first column the candidate, then `outcome` (what fine-tuning gave) and, optionally, `source_accuracy`.
    #[arg(long, value_name = "FILE.csv")]
    outcomes: Option<PathBuf>,
    /// Fine-tune the first K candidates on the training split, score them on the test split, and say whether the order held.
    #[arg(long, value_name = "K")]
    verify: Option<usize>,
    /// The test images of --verify [default: the test split of the target's data].
    #[arg(long, value_name = "DATA", requires = "verify")]
    test_data: Option<String>,
    /// Passes over the images in each fine-tuning.
    #[arg(long, default_value_t = 10)]
    verify_epochs: usize,
    /// Stop beginning new work after this time (90s, 10m, 1.5h): scores come first, alphas then; what is left out is said.
    #[arg(long, value_name = "T")]
    time_limit: Option<String>,
    /// Measure alphas over at most so many images.
    #[arg(long, default_value_t = 200)]
    alpha_images: usize,
    /// Add gradient matching (one reverse pass an output and image).
    #[arg(long)]
    gradient_matching: bool,
    /// Keep features and outputs in this folder and take them from there: named after network, images and engine.
    #[arg(long, value_name = "DIR")]
    cache: Option<PathBuf>,
    /// Write scores, alphas, baselines and outcomes as a CSV table; `recheck` takes those of several targets together.
    #[arg(long, value_name = "FILE.csv")]
    table: Option<PathBuf>,
    /// Write the ranking as a page.
    #[arg(long, value_name = "FILE.html")]
    page: Option<PathBuf>,
    #[command(flatten)]
    attack: AttackOptions,
    #[command(flatten)]
    scores: ScoreSettings,
    #[command(flatten)]
    run: RunOptions,
    /// Print the ranking as one JSON document.
    #[arg(long)]
    json: bool,
}

/// The word that leaves alphas out.
const NONE: &str = "none";

/// Ranks.
///
/// # Errors
/// With the exit code and the sentence that the user sees.
pub fn run(arguments: &Arguments, console: &Console) -> Result<(), Failure> {
    let limit = TimeLimit::new(arguments.time_limit.as_deref())?;
    let checked = check(arguments)?;
    for path in [&arguments.page, &arguments.table].into_iter().flatten() {
        record::check_writable(path).map_err(Failure::bad_input)?;
    }
    let cache = Cache::new(arguments.cache.as_deref())?;
    let names = names(&arguments.candidates)?;
    let known = match &arguments.outcomes {
        Some(path) => outcomes(path, &arguments.candidates, &names)?,
        None => vec![Known::default(); names.len()],
    };
    let target = target(&arguments.target_data)?;
    let test_data = match (arguments.verify, &arguments.test_data) {
        (None, _) => None,
        (Some(_), Some(typed)) => Some(typed.clone()),
        (Some(_), None) => Some(verify::test_split(&target.spec)?),
    };
    let data = subjects::data_record(&target.spec, &target.images);
    let mut notes = target.notes.clone();
    let mut subjects = Vec::with_capacity(names.len());
    let mut candidates = Vec::with_capacity(names.len());
    for ((typed, name), known) in arguments.candidates.iter().zip(&names).zip(&known) {
        let loaded = runnable(typed, &target.images, &arguments.run, console)?;
        // What was never trained is flagged at its candidate.
        notes.extend(loaded.notes.iter().filter(|note| !note.contains("never trained")).cloned());
        candidates.push(scored(arguments, console, &cache, &target, &data.sha256, &loaded, name, *known)?);
        subjects.push(loaded.subject);
    }
    let references = held_against(arguments, console, &target, &candidates, limit, &mut notes)?;
    let plan = plan(arguments, &checked);
    if let Some(references) = &references {
        let against = Against { references, plan: &plan, seed: arguments.scores.seed, limit };
        against.measure(&subjects, &mut candidates, &mut notes, console)?;
    }
    let (records, predictions, images) =
        references.map_or((vec![], vec![], 0), |found| (found.records, found.predictions, found.images.len()));
    let fine_tuning = verify::plan(arguments.verify_epochs, arguments.scores.seed);
    let mut report = RankReport::new(RankParts {
        target: data,
        candidates,
        references: records,
        reference_predictions: predictions,
        alpha_images: images,
        attack: settings(arguments, &checked, subjects.first().map_or("none", |subject| subject.network().engine())),
        fine_tuning: verify::cost(&fine_tuning),
        verification: None,
        notes,
        seed: arguments.scores.seed,
    });
    if let (Some(count), Some(test_data)) = (arguments.verify, &test_data) {
        let typed = |name: &String| {
            let place = names.iter().position(|other| other == name);
            place.map(|place| (arguments.candidates[place].clone(), name.clone()))
        };
        let first: Vec<(String, String)> = report.order.iter().take(count).filter_map(typed).collect();
        report.verification = Some(verify::verify(&first, &target, test_data, &fine_tuning, &arguments.run, console)?);
    }
    if let Some(path) = &arguments.page {
        let text = page(&report).map_err(Failure::not_possible)?;
        record::write_text(path, &text).map_err(Failure::bad_input)?;
        console.remark(&format!("wrote {}", path.display()));
    }
    if let Some(path) = &arguments.table {
        record::write_text(path, &show::score_table(&report.score_table())).map_err(Failure::bad_input)?;
    }
    if arguments.json {
        return console.json(&report);
    }
    console.answer(&show::ranking(&report));
    Ok(())
}

fn check(arguments: &Arguments) -> Result<CheckedAttack, Failure> {
    arguments.scores.check()?;
    arguments.run.engine()?;
    if arguments.verify.is_some_and(|count| count == 0 || count > arguments.candidates.len()) {
        return Err(Failure::usage(anyhow::anyhow!(
            "--verify takes a number from 1 to the number of candidates, {}",
            arguments.candidates.len()
        )));
    }
    if arguments.alpha_images < 2 || arguments.reference_epochs == 0 || arguments.verify_epochs == 0 {
        return Err(Failure::usage(anyhow::anyhow!(
            "--alpha-images must be at least 2, --reference-epochs and --verify-epochs at least 1"
        )));
    }
    for reference in &arguments.reference {
        if arguments.candidates.contains(reference) {
            return Err(Failure::usage(anyhow::anyhow!(
                "'{reference}' is a candidate and a reference: a reference is never a candidate"
            )));
        }
    }
    let checked = arguments.attack.check()?;
    plan(arguments, &checked).check().map_err(Failure::usage)?;
    Ok(checked)
}

fn plan(arguments: &Arguments, checked: &CheckedAttack) -> Plan {
    Plan {
        attack: checked.attack,
        objective: checked.objective,
        outputs: checked.outputs,
        images: checked.images,
        seed: arguments.scores.seed,
        moments: arguments.gradient_matching,
        keep_images: false,
        shard: Shard::whole(),
        threads: arguments.run.threads(),
    }
}

/// One candidate with all its scores, from features and outputs that are computed once.
#[expect(clippy::too_many_arguments, reason = "one call, and every argument is another thing")]
fn scored(
    arguments: &Arguments,
    console: &Console,
    cache: &Cache,
    target: &target::Target,
    images: &str,
    loaded: &Runnable,
    name: &str,
    known: Known,
) -> Result<CandidateRecord, Failure> {
    let engine = loaded.subject.network().engine();
    let started = Instant::now();
    let kept = cache.find(&loaded.fingerprint, images, engine, target.images.len());
    let forward = if kept.is_some() { 0.0 } else { 1.0 };
    let observed = match kept {
        Some(observed) => observed,
        None => {
            let steps = console.progress(&format!("features of {name}"));
            let made =
                observe(&loaded.subject, &target.images, arguments.run.threads(), &steps).map_err(measure::failed)?;
            cache.keep(&loaded.fingerprint, images, engine, &made)?;
            made
        }
    };
    let observe_seconds = started.elapsed().as_secs_f64();
    let started = Instant::now();
    let arrays = arrays(name, &observed, &target.labels, known.outcome)?;
    let scores = score_network(&arrays, &arguments.scores.options())
        .map_err(|error| Failure::bad_input(anyhow::anyhow!("{name}: {error}")))?;
    let mut flags = Vec::new();
    if loaded.record.weights.contains("never trained") {
        flags.push("its weights were never trained: a control, not a candidate".to_owned());
    }
    Ok(CandidateRecord {
        name: name.to_owned(),
        network: loaded.record.clone(),
        fingerprint: loaded.fingerprint.clone(),
        multiply_adds: loaded.multiply_adds,
        source_accuracy: known.source_accuracy,
        scores,
        alphas: Vec::new(),
        flags,
        cost: CandidateCost {
            forward_for_scores: forward,
            observe_seconds,
            score_seconds: started.elapsed().as_secs_f64(),
            ..CandidateCost::default()
        },
    })
}

fn arrays(name: &str, observed: &Observed, labels: &[usize], outcome: Option<f64>) -> Result<NetworkArrays, Failure> {
    let matrix =
        |rows: &Rows| Matrix::from_rows(rows.count(), rows.width, rows.values.clone()).map_err(Failure::not_possible);
    Ok(NetworkArrays {
        name: name.to_owned(),
        features: observed
            .features
            .as_ref()
            .map_err(Clone::clone)
            .map(matrix)
            .map_or_else(|reason| Ok(Err(reason)), |made: Result<Matrix, Failure>| made.map(Ok))?,
        source: SourceOutputs::Logits(matrix(&observed.logits)?),
        labels: labels.to_vec(),
        outcome,
    })
}

/// The references, with every candidate of a reference's family flagged; `None` where none are wanted or time is over.
fn held_against(
    arguments: &Arguments,
    console: &Console,
    target: &target::Target,
    candidates: &[CandidateRecord],
    limit: TimeLimit,
    notes: &mut Vec<String>,
) -> Result<Option<References>, Failure> {
    if arguments.reference == [NONE] {
        notes.push("no alphas: --reference none".to_owned());
        return Ok(None);
    }
    if limit.is_over() {
        notes.push("the time limit was reached before the references: no alphas".to_owned());
        return Ok(None);
    }
    let families: Vec<Option<String>> = candidates.iter().map(|candidate| candidate.network.family.clone()).collect();
    let wish = Wish {
        typed: &arguments.reference,
        families: &families,
        epochs: arguments.reference_epochs,
        images: arguments.alpha_images,
        seed: arguments.scores.seed,
    };
    let found = references(&wish, target, &arguments.run, console)?;
    for record in &found.records {
        let Some(family) = &record.network.family else { continue };
        let same: Vec<&str> = candidates
            .iter()
            .filter(|candidate| candidate.network.family.as_ref() == Some(family))
            .map(|candidate| candidate.name.as_str())
            .collect();
        if !same.is_empty() {
            notes.push(format!(
                "the reference {} is of the family '{family}' of {}: its alphas favour them",
                record.name,
                same.join(", ")
            ));
        }
    }
    Ok(Some(found))
}

fn settings(arguments: &Arguments, checked: &CheckedAttack, engine: &str) -> Settings {
    let mut settings = Settings {
        attack: checked.name.to_owned(),
        restarts: 1,
        images: checked.images.name().to_owned(),
        outputs: checked.outputs.name().to_owned(),
        seed: arguments.scores.seed,
        engine: Some(engine.to_owned()),
        precision: arguments.run.precision_in_use(),
        device: Some(arguments.run.device.clone()),
        preset: checked.preset.map(|preset| preset.name().to_owned()),
        permutations: ReportOptions::default().permutations,
        ..Settings::default()
    };
    checked.describe(&mut settings);
    settings
}
