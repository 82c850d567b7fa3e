//! `transferscope attack`: adversarial images, saved losslessly with the manifest that made them.

use std::path::{Path, PathBuf};

use serde::Serialize;
use transferscope_lab::{
    data::{Compression, DataError, ImageSet, NpzWriter, png},
    deviate::{AttackPlan, Attacked, Images, Plan, Shard, attack},
    norm::Norm,
    objective::prediction,
    subject::Subject,
};
use transferscope_network::array::Array;
use transferscope_study::{
    measurement::{DataRecord, NetworkRecord},
    record,
};

use super::{
    measure::failed,
    options::{AttackOptions, CheckedAttack},
    subjects::{self, RunOptions},
};
use crate::{console::Console, exit::Failure};

/// What can be typed.
#[derive(clap::Args)]
pub struct Arguments {
    /// The network to attack.
    network: String,
    /// The images.
    #[arg(long, value_name = "DATA")]
    data: String,
    /// The folder for adversarial.npz, png/ and manifest.json.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    #[command(flatten)]
    attack: AttackOptions,
    /// Attack the first N images that are left after the data's own settings.
    #[arg(long)]
    limit: Option<usize>,
    /// The seed of random starts.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Keep the pixels as f32 instead of rounding them to 8 bits: npz only, since a PNG would hold other pixels.
    #[arg(long)]
    float: bool,
    #[command(flatten)]
    run: RunOptions,
    /// Print the manifest as one JSON document.
    #[arg(long)]
    json: bool,
}

/// What was done, and what came out of exactly the pixels that were saved.
#[derive(Serialize)]
struct Manifest {
    format: &'static str,
    version: u32,
    network: NetworkRecord,
    data: DataRecord,
    attack: &'static str,
    objective: &'static str,
    norm: &'static str,
    eps: f64,
    steps: Option<usize>,
    step_size: Option<f64>,
    start: Option<&'static str>,
    level: Option<usize>,
    seed: u64,
    engine: String,
    images: usize,
    pixels: &'static str,
    saved: Vec<String>,
    clean_accuracy: Option<f64>,
    adversarial_accuracy: Option<f64>,
    prediction_changed: f64,
    prediction_changed_before_rounding: f64,
    largest_change: f64,
    notes: Vec<String>,
}

/// Attacks and saves.
///
/// # Errors
/// With the exit code and the sentence that the user sees.
pub fn run(arguments: &Arguments, console: &Console) -> Result<(), Failure> {
    let checked = arguments.attack.check()?;
    let plan = plan(arguments, &checked)?;
    let mut images = subjects::images(&arguments.data)?;
    if let Some(limit) = arguments.limit {
        let kept: Vec<usize> = (0..images.len().min(limit)).collect();
        images = images.select(&kept).map_err(subjects::data_failure)?;
    }
    let pictures = arguments.out.join("png");
    let folder = if arguments.float { &arguments.out } else { &pictures };
    std::fs::create_dir_all(folder).map_err(|error| {
        Failure::bad_input(anyhow::anyhow!("cannot make the folder '{}': {error}", folder.display()))
    })?;
    record::check_writable(&arguments.out.join("manifest.json")).map_err(Failure::bad_input)?;
    let network = subjects::network(&arguments.network, console)?;
    let subject = subjects::subject(&network, &images, &arguments.run)?;
    let purpose = format!("start of the attack on {}", subject.name());
    let attacked = attack(&subject, &images, &plan, &purpose, &console.progress("images")).map_err(failed)?;
    let clean = images.decode(0..images.len()).map_err(subjects::data_failure)?;
    let Some(budget) = plan.budget() else { return Err(first_order()) };
    let levels = (!arguments.float).then(|| rounded(&attacked.perturbed, &clean, budget.norm(), budget.size()));
    // What is evaluated is what a reader of the saved file gets.
    let saved: Vec<f32> = levels.as_ref().map_or_else(
        || attacked.perturbed.clone(),
        |levels| levels.iter().map(|&level| f32::from(level) / 255.0).collect(),
    );
    let under = predictions(&subject, &saved, &images)?;
    let files = save(&arguments.out, &images, levels.as_deref(), &saved)?;
    let mut record = subjects::network_record(&network)?;
    let labels = images.labels().filter(|_| subject.label_mismatch(&images).is_none());
    let accuracy = |said: &[usize]| labels.map(|labels| share(said.iter().zip(labels).map(|(a, b)| *a == *b as usize)));
    record.accuracy = accuracy(&attacked.prediction);
    let (steps, step_size, start, level) = match checked.attack {
        AttackPlan::Ascent { ascent, start, .. } => {
            (Some(ascent.steps), Some(ascent.step_size), Some(start.name()), None)
        }
        AttackPlan::SingularStep { level, .. } | AttackPlan::FirstOrder { level } => (None, None, None, Some(level)),
    };
    let changed = |now: &[usize]| share(now.iter().zip(&attacked.prediction).map(|(now, then)| now != then));
    let manifest = Manifest {
        format: "transferscope.attack",
        version: 1,
        network: record,
        data: subjects::data_record(&arguments.data, &images),
        attack: checked.name,
        objective: checked.objective.name(),
        norm: budget.norm().name(),
        eps: budget.size(),
        steps,
        step_size,
        start,
        level,
        seed: arguments.seed,
        engine: subject.network().engine().to_owned(),
        images: images.len(),
        pixels: if arguments.float {
            "f32, as the attack made them"
        } else {
            "8 bits, rounded to the nearest level inside the budget; the figures below are of the rounded pixels"
        },
        saved: files,
        clean_accuracy: accuracy(&attacked.prediction),
        adversarial_accuracy: accuracy(&under),
        prediction_changed: changed(&under),
        prediction_changed_before_rounding: changed(&attacked.prediction_under),
        largest_change: largest(&saved, &clean, budget.norm(), images.shape().values()),
        notes: notes(&attacked, &images),
    };
    record::write(&arguments.out.join("manifest.json"), &manifest).map_err(Failure::bad_input)?;
    if arguments.json {
        return console.json(&manifest);
    }
    let percent = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), |value| format!("{:.1} %", 100.0 * value));
    console.answer(&format!(
        "{} images attacked with {} ({} {:.4}), saved in {}\npixels: {}\nright when clean {}, right under the attack {}\n\
         prediction changed at {:.1} % of the images (before rounding {:.1} %); largest change {:.4}",
        manifest.images,
        manifest.attack,
        manifest.norm,
        manifest.eps,
        arguments.out.display(),
        manifest.pixels,
        percent(manifest.clean_accuracy),
        percent(manifest.adversarial_accuracy),
        100.0 * manifest.prediction_changed,
        100.0 * manifest.prediction_changed_before_rounding,
        manifest.largest_change
    ));
    Ok(())
}

fn first_order() -> Failure {
    Failure::usage(anyhow::anyhow!(
        "the first-order singular-vector attack makes no step, so there is no image to save; give --eps"
    ))
}

fn plan(arguments: &Arguments, checked: &CheckedAttack) -> Result<Plan, Failure> {
    if matches!(checked.attack, AttackPlan::FirstOrder { .. }) {
        return Err(first_order());
    }
    if checked.images != Images::All && checked.preset.is_none() {
        return Err(Failure::usage(anyhow::anyhow!(
            "`attack` saves every image of the data; choose them in DATA (classes, limit, seed) instead of --images"
        )));
    }
    let plan = Plan {
        attack: checked.attack,
        objective: checked.objective,
        outputs: checked.outputs,
        images: Images::All,
        seed: arguments.seed,
        moments: false,
        keep_images: true,
        shard: Shard::whole(),
        threads: arguments.run.threads(),
    };
    plan.check().map_err(Failure::usage)?;
    if plan.restarts() > 1 {
        return Err(Failure::usage(anyhow::anyhow!(
            "`attack` saves one image for each image; drop --restarts, or run it again with another --seed"
        )));
    }
    Ok(plan)
}

/// Grey levels of perturbed pixels: the nearest, and where that leaves an L-infinity budget, the nearest inside it. In L2 a
/// change that rounding makes too long is shortened level by level, largest changes first.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to the range of a byte")]
fn rounded(perturbed: &[f32], clean: &[f32], norm: Norm, size: f64) -> Vec<u8> {
    // Half a hundredth of a level: what f32 arithmetic may have left over.
    const SLACK: f64 = 5e-5;
    let level = |(now, then): (&f32, &f32)| -> u8 {
        let nearest = (f64::from(*now) * 255.0).round();
        if norm == Norm::L2 {
            // Towards the clean pixel, so that no change grows.
            let clean = f64::from(*then) * 255.0;
            let exact = f64::from(*now) * 255.0;
            let inward = if exact > clean { exact.floor().max(clean.floor()) } else { exact.ceil().min(clean.ceil()) };
            return inward.clamp(0.0, 255.0) as u8;
        }
        let low = ((f64::from(*then) - size) * 255.0 - SLACK * 255.0).ceil();
        let high = ((f64::from(*then) + size) * 255.0 + SLACK * 255.0).floor();
        nearest.clamp(low.min(high), high.max(low)).clamp(0.0, 255.0) as u8
    };
    perturbed.iter().zip(clean).map(level).collect()
}

fn predictions(subject: &Subject, pixels: &[f32], images: &ImageSet) -> Result<Vec<usize>, Failure> {
    const BATCH: usize = 64;
    let shape = images.shape();
    let mut said = Vec::with_capacity(images.len());
    for batch in pixels.chunks(BATCH * shape.values()) {
        let count = batch.len() / shape.values();
        let array = Array::new(vec![count, shape.channels, shape.height, shape.width], batch.to_vec())
            .map_err(Failure::not_possible)?;
        let logits = subject.logits(&array).map_err(Failure::not_possible)?;
        said.extend((0..count).map(|row| prediction(logits.row(row))));
    }
    Ok(said)
}

fn save(out: &Path, images: &ImageSet, levels: Option<&[u8]>, pixels: &[f32]) -> Result<Vec<String>, Failure> {
    let shape = images.shape();
    let write = || -> Result<Vec<String>, DataError> {
        let mut file = NpzWriter::create(&out.join("adversarial.npz"), Compression::Deflated)?;
        let dimensions = [images.len(), shape.channels, shape.height, shape.width];
        match levels {
            Some(levels) => file.array("images", &dimensions, levels)?,
            None => file.array("images", &dimensions, pixels)?,
        }
        if let Some(labels) = images.labels() {
            let labels: Vec<i64> = labels.iter().copied().map(i64::from).collect();
            file.array("labels", &[labels.len()], &labels)?;
        }
        file.array("image_id", &[images.len()], images.ids())?;
        file.finish()?;
        let mut saved = vec!["adversarial.npz".to_owned()];
        if let Some(levels) = levels {
            for (place, id) in images.ids().iter().enumerate() {
                let name = format!("png/{id:06}.png");
                let one = &levels[place * shape.values()..(place + 1) * shape.values()];
                let bytes = png::encode(shape, one)?;
                let mut file = transferscope_lab::data::AtomicFile::create(&out.join(&name))?;
                std::io::Write::write_all(file.writer(), &bytes).map_err(|source| DataError::Io {
                    action: "write",
                    path: name.clone(),
                    source,
                })?;
                file.commit()?;
            }
            saved.push(format!("png/ID.png ({} files, ID is the image's place in its data)", images.len()));
        }
        Ok(saved)
    };
    write().map_err(Failure::bad_input)
}

fn share(yes: impl Iterator<Item = bool>) -> f64 {
    let (mut count, mut all) = (0_usize, 0_usize);
    for one in yes {
        all += 1;
        count += usize::from(one);
    }
    count as f64 / all.max(1) as f64
}

fn largest(pixels: &[f32], clean: &[f32], norm: Norm, length: usize) -> f64 {
    let change = |(now, then): (&[f32], &[f32])| {
        norm.measure(&now.iter().zip(then).map(|(now, then)| now - then).collect::<Vec<f32>>())
    };
    pixels.chunks(length.max(1)).zip(clean.chunks(length.max(1))).map(change).fold(0.0, f64::max)
}

fn notes(attacked: &Attacked, images: &ImageSet) -> Vec<String> {
    let mut notes = images.notes().to_vec();
    if attacked.zero_gradients > 0 {
        notes.push(format!(
            "the first gradient was zero at {} of {} images: there the attack had no direction to go",
            attacked.zero_gradients,
            attacked.ids.len()
        ));
    }
    notes
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A clean level of 100 and a budget of 1.4 levels: 101.4 would round to 101, 101.6 to 102, which is outside.
    #[test]
    fn rounding_stays_inside_the_budget() {
        let levels = |values: [f32; 3]| values.map(|value| value / 255.0);
        let clean = levels([100.0, 100.0, 0.0]);
        let now = levels([101.4, 101.6, 0.4]);
        assert_eq!(rounded(&now, &clean, Norm::Linf, 1.4 / 255.0), [101, 101, 0]);
        assert_eq!(rounded(&now, &clean, Norm::Linf, 2.0 / 255.0), [101, 102, 0]);
        // In L2 every change is rounded towards the clean pixel, so no perturbation grows.
        assert_eq!(rounded(&now, &clean, Norm::L2, 1.0), [101, 101, 0]);
    }
}
