//! Making sense of the attack of a study file.

use transferscope_lab::{
    attacks::Start,
    budget::{Budget, parse_size},
    norm::Norm,
    objective::Objective,
    subject::Outputs,
};

use super::{
    AttackSettings, Problem,
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
        ("pgd", steps) => (steps.unwrap_or(DEFAULT_STEPS), DEFAULT_STEP_SHARE),
        (other, _) => return Err(Problem::at("attack.kind", unknown_word(other, &["fgsm", "pgd"]))),
    };
    let start = match file.start.as_deref() {
        None | Some("random") => Start::Random,
        Some("none") => Start::None,
        Some(other) => return Err(Problem::at("attack.start", unknown_word(other, &["none", "random"]))),
    };
    let settings = AttackSettings {
        eps,
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

pub(super) fn size(key: &str, typed: &SizeFile) -> Result<f64, Problem> {
    match typed {
        SizeFile::Number(number) => Ok(*number),
        SizeFile::Text(text) => parse_size(text).map_err(|error| Problem::at(key, error)),
    }
}
