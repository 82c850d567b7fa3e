//! Making sense of the attack of a study file.

use transferscope_lab::{
    attacks::Start,
    budget::{Budget, parse_size},
    norm::Norm,
    objective::Objective,
    subject::Outputs,
    text::attacks::{T3, WordMethod, WordRules},
};

use super::{
    AttackOnWords, AttackSettings, Problem,
    error::unknown_word,
    study_file::{AttackFile, SizeFile},
};

/// PGD-10 with steps of a quarter of the budget, as `measure` does it by default.
const DEFAULT_STEPS: usize = 10;
const DEFAULT_STEP_SHARE: f64 = 0.25;
const DEFAULT_PERMUTATIONS: usize = 199;

pub(super) fn attack(file: &AttackFile) -> Result<AttackSettings, Problem> {
    fn word<T: std::str::FromStr<Err = String>>(key: &str, text: Option<&str>, default: T) -> Result<T, Problem> {
        text.map_or(Ok(default), |text| text.parse().map_err(|error: String| Problem::at(key, error)))
    }
    let norm: Norm = word("attack.norm", file.norm.as_deref(), Norm::Linf)?;
    let mut eps = Vec::new();
    for (place, typed) in file.eps.iter().enumerate() {
        let key = format!("attack.eps.{place}");
        let size = size(&key, typed)?;
        Budget::new(norm, size).map_err(|error| Problem::at(key.clone(), error))?;
        let text = match typed {
            SizeFile::Number(number) => number.to_string(),
            SizeFile::Text(text) => text.clone(),
        };
        if eps.iter().any(|(_, known): &(String, f64)| (known - size).abs() < 1e-12) {
            return Err(Problem::at(key, format!("the budget {text} is given twice")));
        }
        eps.push((text, size));
    }
    eps.sort_by(|one, two| one.1.total_cmp(&two.1));
    if eps.is_empty() {
        return Err(Problem::at("attack.eps", "expected at least one budget such as \"8/255\", found none"));
    }
    let (steps, share) = match (file.kind.as_str(), file.steps) {
        ("fgsm", None | Some(1)) => (1, 1.0),
        ("fgsm", Some(steps)) => {
            return Err(Problem::at("attack.steps", format!("fgsm is one step, found {steps}; use kind = \"pgd\"")));
        }
        ("hotflip" | "t3", _) => return words(file, eps),
        ("pgd", steps) => (steps.unwrap_or(DEFAULT_STEPS), DEFAULT_STEP_SHARE),
        (other, _) => return Err(Problem::at("attack.kind", unknown_word(other, &["fgsm", "pgd", "hotflip", "t3"]))),
    };
    let start = match file.start.as_deref() {
        None | Some("random") => Start::Random,
        Some("none") => Start::None,
        Some(other) => return Err(Problem::at("attack.start", unknown_word(other, &["none", "random"]))),
    };
    for (key, typed) in [("attack.beam", file.beam), ("attack.tried", file.tried)] {
        if typed.is_some() {
            return Err(Problem::at(key, "an attack on images follows no texts; it belongs to hotflip"));
        }
    }
    let settings = AttackSettings {
        eps,
        on_words: None,
        steps,
        step_share: file.step_share.unwrap_or(share),
        start,
        restarts: file.restarts.unwrap_or(1),
        norm,
        objective: word("attack.objective", file.objective.as_deref(), Objective::CrossEntropy)?,
        outputs: word("attack.outputs", file.outputs.as_deref(), Outputs::Logits)?,
        seed: file.seed,
        permutations: file.permutations.unwrap_or(DEFAULT_PERMUTATIONS),
    };
    let refuse = |error: &dyn std::fmt::Display| Problem::at("attack", error);
    for place in 0..settings.eps.len() {
        settings.plan(place, 1).map_err(|error| refuse(&error))?.check().map_err(|error| refuse(&error))?;
    }
    Ok(settings)
}

/// An attack on words: its budgets are shares of a text's open words.
fn words(file: &AttackFile, eps: Vec<(String, f64)>) -> Result<AttackSettings, Problem> {
    let of_pixels = [
        ("step_share", file.step_share.is_some()),
        ("start", file.start.is_some()),
        ("restarts", file.restarts.is_some()),
        ("norm", file.norm.is_some()),
        ("outputs", file.outputs.is_some()),
    ];
    if let Some((key, _)) = of_pixels.iter().find(|(_, typed)| *typed) {
        return Err(Problem::at(format!("attack.{key}"), format!("an attack on words has no `{key}`; leave it out")));
    }
    let method = match (file.kind.as_str(), file.steps) {
        ("t3", steps) => WordMethod::T3(T3 { steps: steps.unwrap_or(T3::default().steps), ..T3::default() }),
        (_, None) => WordMethod::HotFlip,
        (_, Some(_)) => return Err(Problem::at("attack.steps", "hotflip goes on until the budget ends; leave it out")),
    };
    let objective = match file.objective.as_deref() {
        None => Objective::CrossEntropy,
        Some(text) => text.parse().map_err(|error: String| Problem::at("attack.objective", error))?,
    };
    if objective == Objective::OutputDistance {
        let message = "the slope of the output distance is zero at the text itself; take cross-entropy or margin";
        return Err(Problem::at("attack.objective", message));
    }
    let rules = WordRules::default();
    let on_words =
        AttackOnWords { method, beam: file.beam.unwrap_or(rules.beam), tried: file.tried.unwrap_or(rules.tried) };
    let settings = AttackSettings {
        eps,
        on_words: Some(on_words),
        steps: 1,
        step_share: 1.0,
        start: Start::None,
        restarts: 1,
        norm: Norm::Linf,
        objective,
        outputs: Outputs::Logits,
        seed: file.seed,
        permutations: file.permutations.unwrap_or(DEFAULT_PERMUTATIONS),
    };
    for place in 0..settings.eps.len() {
        if let Some((family, _)) = settings.word_family(place) {
            family.rules.check().map_err(|error| Problem::at("attack", error))?;
        }
    }
    Ok(settings)
}

pub(super) fn size(key: &str, typed: &SizeFile) -> Result<f64, Problem> {
    match typed {
        SizeFile::Number(number) => Ok(*number),
        SizeFile::Text(text) => parse_size(text).map_err(|error| Problem::at(key, error)),
    }
}
