//! `transferscope measure`: a pair of networks, or deviations or Jacobians that somebody else made.

use std::path::PathBuf;

use clap::Args;
use transferscope_lab::{
    deviate::{DeviateError, Deviated, Plan, Shard, deviate},
    roles::{Pair, Source, Target},
};
use transferscope_study::{
    measurement::{Measurement, Roles, Settings, from_deviated, images_needed},
    record,
};

use super::{
    given,
    options::{AttackOptions, CheckedAttack},
    subjects::{self, RunOptions},
    twin,
};
use crate::{console::Console, exit::Failure, show};

/// What can be typed.
#[derive(Args)]
pub struct Arguments {
    /// The source: FILE.safetensors, ZOO_NAME, ZOO_NAME@WEIGHTS or ZOO_NAME@digits, with #key=value&...
    #[arg(long, value_name = "NETWORK", requires_all = ["target", "data"])]
    source: Option<String>,
    /// The target (reference), typed like the source.
    #[arg(long, value_name = "NETWORK", requires = "source")]
    target: Option<String>,
    /// The images: KIND:PATH#key=value&... (`transferscope data list` names the kinds).
    #[arg(long, value_name = "DATA", requires = "source")]
    data: Option<String>,
    /// Instead of networks: npz files with the deviations source_under_source, target_under_source,
    /// target_under_target, source_under_target (several files: shards of one run).
    #[arg(long, value_name = "FILE.npz", num_args = 1.., conflicts_with_all = ["source", "jacobians"])]
    deviations: Vec<PathBuf>,
    /// Instead of networks: an npz file with the Jacobians source (N,dS,n) and target (N,dT,n).
    #[arg(long, value_name = "FILE.npz", conflicts_with = "source")]
    jacobians: Option<PathBuf>,
    #[command(flatten)]
    attack: AttackOptions,
    /// Measure the first N images that are left after the data's own settings.
    #[arg(long)]
    limit: Option<usize>,
    /// The seed of random starts, noise and resampling.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Random pairings behind the permuted reference.
    #[arg(long, default_value_t = 999)]
    permutations: usize,
    /// Add gradient and function matching (one reverse pass an output and image for each network).
    #[arg(long)]
    matching: bool,
    /// Add the measures with the source replaced by its untrained twin: same graph, fresh weights, calibrated.
    #[arg(long)]
    untrained_twin: bool,
    /// Also say how many images would bring the standard errors of alpha1, alpha2 and combined down to this.
    #[arg(long, value_name = "E")]
    wanted_error: Option<f64>,
    /// Write the values of each image as CSV.
    #[arg(long, value_name = "FILE.csv")]
    per_image: Option<PathBuf>,
    /// Write deviations and perturbed images as npz (for other programs, and for --deviations).
    #[arg(long, value_name = "FILE.npz")]
    save: Option<PathBuf>,
    /// Do only every N-th chunk of 64 images, from I; with --save, and --deviations on all parts at the end.
    #[arg(long, value_name = "I/N", requires = "save")]
    shard: Option<String>,
    #[command(flatten)]
    run: RunOptions,
    /// Print the result as one JSON document.
    #[arg(long)]
    json: bool,
}

/// Measures.
///
/// # Errors
/// With the exit code and the sentence that the user sees.
pub fn run(arguments: &Arguments, console: &Console) -> Result<(), Failure> {
    for path in [&arguments.per_image, &arguments.save].into_iter().flatten() {
        record::check_writable(path).map_err(Failure::bad_input)?;
    }
    if let Some(wanted) = arguments.wanted_error
        && !(wanted.is_finite() && wanted > 0.0)
    {
        return Err(Failure::usage(anyhow::anyhow!("expected --wanted-error above 0, such as 0.01, found {wanted}")));
    }
    let mut measurement = match (&arguments.source, &arguments.target, &arguments.data, &arguments.jacobians) {
        (Some(source), Some(target), Some(data), None) => networks(arguments, console, [source, target], data)?,
        (None, None, None, jacobians) => {
            refuse_network_options(arguments)?;
            match jacobians {
                Some(file) => given::jacobians(file, arguments.attack.level, arguments.seed, arguments.permutations)?,
                None if !arguments.deviations.is_empty() => {
                    given::deviations(&arguments.deviations, arguments.seed, arguments.permutations)?
                }
                None => {
                    return Err(Failure::usage(anyhow::anyhow!(
                        "nothing to measure: give --source, --target and --data, or --deviations, or --jacobians; \
                         for a first look: transferscope measure --source lenet@digits --target fc@digits#width=0.25 \
                         --data digits#split=test"
                    )));
                }
            }
        }
        _ => return Err(Failure::usage(anyhow::anyhow!("give --source, --target and --data together"))),
    };
    measurement.images_needed = arguments.wanted_error.map(|wanted| images_needed(&measurement, wanted));
    if let Some(path) = &arguments.per_image {
        record::write_text(path, &measurement.per_image.to_csv()).map_err(Failure::bad_input)?;
    }
    if arguments.json {
        console.json(&measurement)
    } else {
        console.answer(&show::measurement(&measurement));
        Ok(())
    }
}

fn refuse_network_options(arguments: &Arguments) -> Result<(), Failure> {
    let needs_networks = [
        ("an option of the attack", arguments.attack.is_touched()),
        ("--limit", arguments.limit.is_some()),
        ("--matching", arguments.matching),
        ("--untrained-twin", arguments.untrained_twin),
        ("--save", arguments.save.is_some()),
        ("--level", arguments.attack.level > 0 && arguments.jacobians.is_none()),
    ];
    match needs_networks.iter().find(|(_, set)| *set) {
        Some((option, _)) => Err(Failure::usage(anyhow::anyhow!(
            "{option} needs networks (--source, --target, --data): deviations and Jacobians are measured as they are"
        ))),
        None => Ok(()),
    }
}

fn networks(
    arguments: &Arguments,
    console: &Console,
    [source, target]: [&String; 2],
    data: &str,
) -> Result<Measurement, Failure> {
    let checked = arguments.attack.check()?;
    let plan = plan(arguments, &checked)?;
    arguments.run.engine()?;
    let mut images = subjects::images(data)?;
    if let Some(limit) = arguments.limit {
        let kept: Vec<usize> = (0..images.len().min(limit)).collect();
        images = images.select(&kept).map_err(subjects::data_failure)?;
    }
    let loaded = [subjects::network(source, console)?, subjects::network(target, console)?];
    let [source, target] = [
        subjects::subject(&loaded[0], &images, &arguments.run)?,
        subjects::subject(&loaded[1], &images, &arguments.run)?,
    ];
    let pair = Pair { source: Source(&source), target: Target(&target) };
    let deviated = deviate(pair, &images, &plan, &console.progress("images")).map_err(failed)?;
    if let Some(path) = &arguments.save {
        given::save(path, &deviated, &images).map_err(Failure::bad_input)?;
    }
    let labelled = [&source, &target].iter().all(|subject| subject.label_mismatch(&images).is_none());
    let records =
        Roles { source: subjects::network_record(&loaded[0])?, target: subjects::network_record(&loaded[1])? };
    let engines = [source.network().engine(), target.network().engine()];
    let settings = settings(arguments, &checked, &engine_of_pair(engines));
    let data_record = subjects::data_record(data, &images);
    let mut measurement =
        from_deviated(&deviated, labelled, settings, records, data_record).map_err(Failure::not_possible)?;
    measurement.notes = notes(&loaded, &source, &target, &images, &deviated, labelled);
    if arguments.untrained_twin {
        let twin = twin::measure(
            &twin::Wish {
                source: &loaded[0],
                target: &target,
                images: &images,
                plan: &plan,
                run: &arguments.run,
                permutations: arguments.permutations,
            },
            console,
        )?;
        measurement.untrained_twin = Some(Box::new(twin));
    }
    Ok(measurement)
}

fn plan(arguments: &Arguments, checked: &CheckedAttack) -> Result<Plan, Failure> {
    let shard = match &arguments.shard {
        None => Shard::whole(),
        Some(text) => {
            let numbers = text.split_once('/').and_then(|(i, n)| Some((i.parse().ok()?, n.parse().ok()?)));
            let (index, count) = numbers
                .ok_or_else(|| Failure::usage(anyhow::anyhow!("expected a shard such as 0/2, found '{text}'")))?;
            Shard::new(index, count).map_err(Failure::usage)?
        }
    };
    let plan = Plan {
        attack: checked.attack,
        objective: checked.objective,
        outputs: checked.outputs,
        images: checked.images,
        seed: arguments.seed,
        moments: arguments.matching,
        keep_images: arguments.save.is_some(),
        shard,
        threads: arguments.run.threads(),
    };
    plan.check().map_err(Failure::usage)?;
    Ok(plan)
}

/// The engine of both networks by name, or the two names where kernels that suit the one do not suit the other.
fn engine_of_pair([source, target]: [&str; 2]) -> String {
    if source == target { source.to_owned() } else { format!("{source} and {target}") }
}

fn settings(arguments: &Arguments, checked: &CheckedAttack, engine: &str) -> Settings {
    let mut settings = Settings {
        attack: checked.name.to_owned(),
        restarts: 1,
        images: checked.images.name().to_owned(),
        outputs: checked.outputs.name().to_owned(),
        seed: arguments.seed,
        engine: Some(engine.to_owned()),
        precision: arguments.run.precision_in_use(),
        device: Some(arguments.run.device.clone()),
        preset: checked.preset.map(|preset| preset.name().to_owned()),
        permutations: arguments.permutations,
        shard: arguments.shard.clone(),
        ..Settings::default()
    };
    checked.describe(&mut settings);
    settings
}

/// The exit code that belongs to an error of a run.
pub(super) fn failed(error: DeviateError) -> Failure {
    match error {
        DeviateError::Stopped => Failure::interrupted(),
        DeviateError::Plan(_) | DeviateError::NoLabels { .. } => Failure::usage(error),
        DeviateError::Data(error) => subjects::data_failure(error),
        other => Failure::not_possible(other),
    }
}

fn notes(
    loaded: &[transferscope_import::spec::LoadedNetwork; 2],
    source: &transferscope_lab::subject::Subject,
    target: &transferscope_lab::subject::Subject,
    images: &transferscope_lab::data::ImageSet,
    deviated: &Deviated,
    labelled: bool,
) -> Vec<String> {
    let mut notes: Vec<String> = loaded.iter().flat_map(|network| network.notes.iter().cloned()).collect();
    notes.extend(images.notes().iter().cloned());
    for (role, subject) in [("source", source), ("target", target)] {
        notes.extend(subject.network().remark().map(|remark| format!("{role}: {remark}")));
    }
    notes.dedup();
    if !labelled {
        let reason = [source, target].iter().find_map(|subject| subject.label_mismatch(images)).unwrap_or_default();
        notes.push(format!("rates that need labels are absent: {reason}"));
    }
    for (role, zeros) in [("source", deviated.zero_gradients[0]), ("target", deviated.zero_gradients[1])] {
        if zeros > 0 {
            notes.push(format!(
                "the first gradient of the attack on the {role} was zero at {zeros} of {} images: there it had no \
                 direction to go; the network may mask its gradients, or be saturated",
                deviated.ids.len()
            ));
        }
    }
    for (role, gaps) in [("source", &deviated.gaps[0]), ("target", &deviated.gaps[1])] {
        notes.extend(close_gaps(gaps.iter().copied(), role, "singular value of the attack and the next one"));
    }
    notes
}

/// A remark on the images at which the direction of the attack is hardly determined, where there are any.
pub(super) fn close_gaps(gaps: impl Iterator<Item = f64>, role: &str, values: &str) -> Option<String> {
    let close = gaps.filter(|gap| *gap < CLOSE_GAP).count();
    (close > 0).then(|| {
        format!(
            "at {close} images the {role}'s {values} lie within {:.0} % of each other: the direction of the attack is \
             hardly determined there",
            100.0 * CLOSE_GAP
        )
    })
}

/// Below this relative gap a singular direction is said to be hardly determined.
const CLOSE_GAP: f64 = 0.01;
