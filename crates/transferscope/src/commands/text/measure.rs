//! `transferscope text measure`: a pair of text networks under attacks on words or on embeddings.

use clap::Args;
use serde::Serialize;
use transferscope_lab::{
    attacks::GradientAscent,
    deviate::Images,
    norm::Norm,
    objective::Objective,
    roles::{Pair, Source, Target},
    text::{
        ChangedText, EncodedTexts, TextAttackPlan, TextDeviated, TextPlan, TextSubject,
        attacks::{EmbeddingFamily, T3, WordFamily, WordMethod, WordRules},
        deviate_texts,
    },
};
use transferscope_study::{
    measurement::{Measurement, Roles, Settings, WordSuccess, from_deviated},
    record,
};

use super::loading::{Ready, data_record, network, reading_notes, sentences, text_failure};
use crate::{
    commands::subjects::{RunOptions, data_failure},
    console::Console,
    exit::Failure,
    show,
};

/// What can be typed for an attack on sentences.
#[derive(Args, Debug)]
pub struct TextAttackOptions {
    /// hotflip or t3 (words; between any two networks), or fgsm, pgd and singular-vector (embeddings; between networks that
    /// share tokenizer and embedding table). singular-vector measures to first order: deviations J·v, no step.
    #[arg(long, default_value = "hotflip")]
    pub attack: String,
    /// cross-entropy or margin: what is climbed, against the network's own prediction.
    #[arg(long, default_value = "cross-entropy")]
    pub objective: String,
    /// hotflip, t3: the largest share of a text's open words that may change.
    #[arg(long, default_value_t = 0.2)]
    pub most_words: f64,
    /// hotflip: how many changed texts are followed at a time.
    #[arg(long, default_value_t = 1)]
    pub beam: usize,
    /// hotflip: how many of the best flips are tried on the network for each text that is followed.
    #[arg(long, default_value_t = 16)]
    pub tried: usize,
    /// fgsm, pgd: linf or l2, over all numbers of a text's embeddings.
    #[arg(long, default_value = "linf")]
    pub norm: String,
    /// fgsm, pgd: the budget in units of the embedding table [default: half the root mean square of the table's numbers].
    #[arg(long)]
    pub eps: Option<f64>,
    /// Steps [default: pgd 10, t3 100].
    #[arg(long)]
    pub steps: Option<usize>,
    /// pgd: the size of each step [default: a quarter of eps].
    #[arg(long)]
    pub step_size: Option<f64>,
    /// singular-vector: which right-singular vector of the Jacobian, from 0, the largest singular value [default: 0].
    #[arg(long)]
    pub level: Option<usize>,
}

/// What can be typed.
#[derive(Args)]
pub struct Arguments {
    /// The source: a folder that `text train` wrote, or one with Hugging Face's config.json, tokenizer and
    /// model.safetensors or model.onnx (add #length=L for the tokens).
    #[arg(long, value_name = "FOLDER")]
    source: String,
    /// The target (reference): another such folder.
    #[arg(long, value_name = "FOLDER")]
    target: String,
    /// The sentences: text:PATH#key=value&... (lines of `LABEL text`, .tsv, .csv or .parquet; `data list` has the settings).
    #[arg(long, value_name = "DATA")]
    data: String,
    #[command(flatten)]
    attack: TextAttackOptions,
    /// Which texts: all, target-correct, source-correct or both-correct.
    #[arg(long, default_value = "all")]
    texts: String,
    /// Measure the first N texts that are left after the data's own settings.
    #[arg(long)]
    limit: Option<usize>,
    /// The seed of noise and resampling.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Random pairings behind the permuted reference.
    #[arg(long, default_value_t = 999)]
    permutations: usize,
    /// Write the values of each text as CSV.
    #[arg(long, value_name = "FILE.csv")]
    per_text: Option<std::path::PathBuf>,
    /// Put every changed text into the result, not only the first few.
    #[arg(long)]
    all_texts: bool,
    #[command(flatten)]
    run: RunOptions,
    /// Print the result as one JSON document.
    #[arg(long)]
    json: bool,
}

/// A measurement of a pair of text networks: the record of any pair, and what happened to the words. Its counts of
/// "images" are counts of texts.
#[derive(Serialize)]
pub struct TextMeasurement {
    /// The record of any pair.
    #[serde(flatten)]
    pub measurement: Measurement,
    /// What happened to the words; absent for attacks on embeddings.
    pub words: Option<Roles<WordAccounts>>,
}

/// What an attack built on one network did to its words.
#[derive(Serialize)]
pub struct WordAccounts {
    /// Success and cost.
    #[serde(flatten)]
    pub success: WordSuccess,
    /// Changed texts, side by side with what they were.
    pub texts: Vec<ChangedText>,
}

/// How many changed texts a result shows.
const SHOWN: usize = 5;
/// Of the root mean square of the table's numbers.
const EPS_SHARE: f64 = 0.5;
const STEP_SHARE: f64 = 0.25;
const STEPS: usize = 10;

impl TextAttackOptions {
    /// The attack, with the default budget from the table of the attacked network.
    ///
    /// # Errors
    /// With exit code 2 where a value cannot be meant.
    pub fn checked(&self, subject: &TextSubject) -> Result<TextAttackPlan, Failure> {
        let usage = |message: String| Failure::usage(anyhow::anyhow!(message));
        let objective: Objective = self.objective.parse().map_err(usage)?;
        if objective == Objective::OutputDistance {
            return Err(usage(
                "the gradient of the output distance is zero at the text itself, where attacks on texts start; choose \
                 --objective cross-entropy or margin"
                    .to_owned(),
            ));
        }
        let ascent = |steps: usize, full_step: bool| -> Result<TextAttackPlan, Failure> {
            let size = self.eps.unwrap_or_else(|| EPS_SHARE * root_mean_square(subject.table().data()));
            let step_size = self.step_size.unwrap_or(if full_step { size } else { STEP_SHARE * size });
            let norm: Norm = self.norm.parse().map_err(usage)?;
            let family = EmbeddingFamily { objective, norm, size, ascent: GradientAscent { steps, step_size } };
            family.check().map_err(text_failure)?;
            Ok(TextAttackPlan::Embedding(family))
        };
        if self.level.is_some() && self.attack != "singular-vector" {
            return Err(usage(format!("--level does not apply to --attack {}", self.attack)));
        }
        match self.attack.as_str() {
            "singular-vector" => {
                let typed = [
                    ("--eps", self.eps.is_some()),
                    ("--steps", self.steps.is_some()),
                    ("--step-size", self.step_size.is_some()),
                ];
                match typed.iter().find(|(_, typed)| *typed) {
                    Some((option, _)) => Err(usage(format!(
                        "--attack singular-vector measures to first order and makes no step: leave {option} out, or use \
                         --attack pgd"
                    ))),
                    None => Ok(TextAttackPlan::FirstOrder { level: self.level.unwrap_or(0) }),
                }
            }
            "hotflip" | "t3" => {
                let rules = WordRules { most_share: self.most_words, beam: self.beam, tried: self.tried };
                rules.check().map_err(text_failure)?;
                let t3 = T3 { steps: self.steps.unwrap_or(T3::default().steps), ..T3::default() };
                let method = if self.attack == "t3" { WordMethod::T3(t3) } else { WordMethod::HotFlip };
                Ok(TextAttackPlan::Words(WordFamily { objective, rules }, method))
            }
            "fgsm" => ascent(1, true),
            "pgd" => ascent(self.steps.unwrap_or(STEPS), false),
            other => Err(usage(format!(
                "expected the attack 'hotflip', 't3', 'fgsm', 'pgd' or 'singular-vector', found '{other}'"
            ))),
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "a table has far fewer than 2^52 numbers")]
fn root_mean_square(numbers: &[f32]) -> f64 {
    let squares: f64 = numbers.iter().map(|&number| f64::from(number) * f64::from(number)).sum();
    (squares / numbers.len().max(1) as f64).sqrt()
}

/// Measures.
///
/// # Errors
/// With the exit code and the sentence that the user sees.
pub fn run(arguments: &Arguments, console: &Console) -> Result<(), Failure> {
    if let Some(path) = &arguments.per_text {
        record::check_writable(path).map_err(Failure::bad_input)?;
    }
    let texts: Images = arguments
        .texts
        .parse()
        .map_err(|error: String| Failure::usage(anyhow::anyhow!("{}", error.replace("the images", "the texts"))))?;
    let mut set = sentences(&arguments.data)?;
    if let Some(limit) = arguments.limit {
        set = set.first(limit.max(1));
    }
    let (source, target) = (network(&arguments.source, &arguments.run)?, network(&arguments.target, &arguments.run)?);
    let same_classes = source.loaded.contract.class_names == target.loaded.contract.class_names;
    let mut notes = Vec::new();
    // Labels are the target's where it knows them; else the texts are measured without.
    let labelled = match set.clone().with_classes(&target.loaded.contract.class_names) {
        Ok(known) => {
            set = known;
            same_classes
        }
        Err(error) if texts == Images::All => {
            notes.push(format!("rates that need labels are absent: {error}"));
            false
        }
        Err(error) => return Err(data_failure(error)),
    };
    if !same_classes {
        notes.push("rates that need labels are absent: the networks know different classes".to_owned());
        if texts != Images::All {
            return Err(Failure::usage(anyhow::anyhow!(
                "--texts {} needs networks of the same classes; use --texts all",
                arguments.texts
            )));
        }
    }
    let attack = arguments.attack.checked(&source.subject)?;
    let plan = TextPlan { attack, texts, seed: arguments.seed, threads: arguments.run.threads() };
    let pair = Pair { source: Source(&source.subject), target: Target(&target.subject) };
    let found = deviate_texts(pair, &set, &plan, &console.progress("texts")).map_err(text_failure)?;
    for ready in [&source, &target] {
        let encoded = EncodedTexts::new(&set, ready.subject.tokenizer(), ready.subject.length());
        notes.extend(ready.loaded.notes.iter().cloned());
        notes.extend(reading_notes(&set, &encoded));
        notes.extend(ready.subject.subject().network().remark().map(str::to_owned));
    }
    notes.extend(zero_notes(&found));
    dedup(&mut notes);
    let settings = settings(arguments, &attack, &source);
    let records = Roles { source: source.record, target: target.record };
    let data = data_record(&arguments.data, &set, source.subject.length());
    let mut measurement =
        from_deviated(&found.deviated, labelled, settings, records, data).map_err(Failure::not_possible)?;
    measurement.notes = notes;
    if let Some(path) = &arguments.per_text {
        record::write_text(path, &measurement.per_image.to_csv()).map_err(Failure::bad_input)?;
    }
    let words = match attack {
        TextAttackPlan::Embedding(_) | TextAttackPlan::FirstOrder { .. } => None,
        TextAttackPlan::Words(..) => {
            let [on_source, on_target] = found.changed;
            let account = |texts: Vec<ChangedText>| account(texts, arguments.all_texts);
            Some(Roles { source: account(on_source)?, target: account(on_target)? })
        }
    };
    let result = TextMeasurement { measurement, words };
    if arguments.json {
        console.json(&result)
    } else {
        console.answer(&show::text_measurement(&result));
        Ok(())
    }
}

/// Success over all texts; the texts themselves only as far as they are to be shown.
///
/// # Errors
/// In no case with finite counts.
pub fn account(texts: Vec<ChangedText>, all: bool) -> Result<WordAccounts, Failure> {
    let success = WordSuccess::new(&texts).map_err(Failure::not_possible)?;
    let shown = match all {
        true => texts,
        false => texts.into_iter().filter(|text| text.fooled).take(SHOWN).collect(),
    };
    Ok(WordAccounts { success, texts: shown })
}

fn zero_notes(found: &TextDeviated) -> Vec<String> {
    ["source", "target"]
        .into_iter()
        .zip(found.deviated.zero_gradients)
        .filter(|(_, zeros)| *zeros > 0)
        .map(|(role, zeros)| {
            format!(
                "the attack on the {role} had nothing to propose at {zeros} of {} texts: its gradient was zero there, or no other word near",
                found.deviated.ids.len()
            )
        })
        .collect()
}

fn dedup(notes: &mut Vec<String>) {
    let mut seen = std::collections::HashSet::new();
    notes.retain(|note| seen.insert(note.clone()));
}

fn settings(arguments: &Arguments, attack: &TextAttackPlan, source: &Ready) -> Settings {
    let options = &arguments.attack;
    let settings = Settings {
        attack: options.attack.clone(),
        objective: Some(options.objective.clone()),
        restarts: 1,
        images: arguments.texts.clone(),
        outputs: "logits".to_owned(),
        seed: arguments.seed,
        engine: Some(source.subject.subject().network().engine().to_owned()),
        precision: arguments.run.precision_in_use(),
        device: Some(arguments.run.device.clone()),
        permutations: arguments.permutations,
        ..Settings::default()
    };
    match attack {
        // The budget of an attack on words is the share of words that may change.
        TextAttackPlan::Words(family, method) => Settings {
            norm: Some("share of words".to_owned()),
            eps: Some(family.rules.most_share),
            steps: match method {
                WordMethod::HotFlip => None,
                WordMethod::T3(t3) => Some(t3.steps),
            },
            ..settings
        },
        TextAttackPlan::Embedding(family) => Settings {
            norm: Some(family.norm.name().to_owned()),
            eps: Some(family.size),
            steps: Some(family.ascent.steps),
            step_size: Some(family.ascent.step_size),
            start: Some("none".to_owned()),
            ..settings
        },
        TextAttackPlan::FirstOrder { level } => {
            Settings { first_order: true, level: Some(*level), objective: None, ..settings }
        }
    }
}
