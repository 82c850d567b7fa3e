//! From the text of a study file, a profile and overrides to a checked study; mistakes are pointed at.

use toml::Table;

use super::{
    Override, Problem, Setting, Study, StudyFile,
    check::check,
    error::{PlanError, did_you_mean},
    locate::{line_and_column, offset},
    overrides::put,
};

/// A study with what is needed to point into its text.
#[derive(Clone, Debug)]
pub struct Parsed {
    /// What it means.
    pub study: Study,
    /// The file as it counts, profile and overrides included.
    pub effective: StudyFile,
    name: String,
    text: String,
    overrides: Vec<Override>,
}

/// Reads a study. `name` is what the file is called in errors.
///
/// # Errors
/// [`PlanError`] with line and column for a mistake in the file, or with the override it came from.
pub fn parse(name: &str, text: &str, profile: Option<&str>, typed: &[Override]) -> Result<Parsed, PlanError> {
    let in_file =
        |error: &toml::de::Error| at_offset(name, text, error.span().map_or(0, |span| span.start), &said(error));
    // First as it stands, so that mistakes of the file are pointed at in the file.
    let file: StudyFile = toml::from_str(text).map_err(|error| in_file(&error))?;
    let mut overrides = Vec::new();
    if let Some(profile) = profile {
        let known: Vec<&str> = file.profile.keys().map(String::as_str).collect();
        let settings = file.profile.get(profile).ok_or_else(|| {
            let list = if known.is_empty() { "it has none".to_owned() } else { format!("it has {}", known.join(", ")) };
            let message =
                format!("the study has no profile `{profile}`{}; {list}", did_you_mean(profile, known.iter().copied()));
            PlanError::Elsewhere { origin: format!("--profile {profile}"), message }
        })?;
        overrides.extend(settings.iter().map(|(key, value)| Override {
            origin: format!("{name}, profile {profile}, `{key}`"),
            setting: Setting { key: key.clone(), value: value.clone() },
        }));
    }
    overrides.extend(typed.iter().cloned());
    let mut table: Table = toml::from_str(text).map_err(|error| in_file(&error))?;
    table.remove("profile");
    let mut effective = file;
    for one in &overrides {
        let elsewhere = |message: String| PlanError::Elsewhere { origin: one.origin.clone(), message };
        put(&mut table, &one.setting).map_err(|problem| elsewhere(problem.message))?;
        // After each, so that the one at fault is named.
        effective = table.clone().try_into().map_err(|error: toml::de::Error| elsewhere(said(&error)))?;
    }
    effective.profile.clear();
    let study = check(&effective).map_err(|problem| place(name, text, &overrides, &problem))?;
    Ok(Parsed { study, effective, name: name.to_owned(), text: text.to_owned(), overrides })
}

impl Parsed {
    /// A mistake that was found later (in the data), pointed at.
    #[must_use]
    pub fn place(&self, problem: &Problem) -> PlanError {
        place(&self.name, &self.text, &self.overrides, problem)
    }

    /// The study as it counts, as text that can be run again.
    #[must_use]
    pub fn effective_text(&self) -> String {
        toml::to_string_pretty(&self.effective.without_places()).unwrap_or_default()
    }
}

fn place(name: &str, text: &str, overrides: &[Override], problem: &Problem) -> PlanError {
    let message = problem.to_string();
    // The last override of the key, or of something around it, is where the value came from.
    let from = overrides.iter().rev().find(|one| {
        let key = &one.setting.key;
        problem.key == *key || problem.key.strip_prefix(key.as_str()).is_some_and(|rest| rest.starts_with('.'))
    });
    if let Some(one) = from {
        return PlanError::Elsewhere { origin: one.origin.clone(), message };
    }
    match offset(text, &problem.key) {
        Some(start) => at_offset(name, text, start, &message),
        None => PlanError::Elsewhere { origin: name.to_owned(), message },
    }
}

fn at_offset(name: &str, text: &str, start: usize, message: &str) -> PlanError {
    let (line, column) = line_and_column(text, start);
    PlanError::InFile {
        file: name.to_owned(),
        line,
        column,
        message: message.to_owned(),
        text: text.lines().nth(line - 1).unwrap_or_default().to_owned(),
    }
}

/// What serde said, with a guess for an unknown key.
fn said(error: &toml::de::Error) -> String {
    let message = error.message().to_owned();
    let quoted: Vec<&str> = message.split('`').skip(1).step_by(2).collect();
    match quoted.split_first() {
        Some((found, known)) if message.starts_with("unknown field") => {
            format!(
                "unknown key `{found}`{}; the keys here are {}",
                did_you_mean(found, known.iter().copied()),
                known.join(", ")
            )
        }
        Some((missing, _)) if message.starts_with("missing field") => format!("the key `{missing}` is missing"),
        _ => message,
    }
}
