//! What may be typed for the attack, and the checked value it becomes: presets, defaults, refusals.

use clap::{Args, ValueEnum};
use transferscope_lab::{
    attacks::{GradientAscent, Start},
    budget::{Budget, parse_size},
    deviate::{AttackPlan, Images},
    norm::Norm,
    objective::Objective,
    subject::Outputs,
};
use transferscope_study::measurement::Settings;

use crate::exit::Failure;

/// Published conventions, by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Preset {
    /// The paper's adversarial-to-knowledge script: random-start FGSM, linf 0.1, images that the target gets right (paper.md Q14-Q20).
    PaperAdv2know,
    /// The paper's knowledge-to-adversarial script: random-start PGD, 50 steps of 0.2 eps in [-1,1] units, linf 0.1.
    PaperKnow2adv,
}

impl Preset {
    /// Its name as typed.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::PaperAdv2know => "paper-adv2know",
            Self::PaperKnow2adv => "paper-know2adv",
        }
    }
}

/// The attack as typed; what is absent comes from the preset, else from the defaults.
#[derive(Args, Debug, Default)]
pub struct AttackOptions {
    /// fgsm, pgd or singular-vector [default: pgd]. singular-vector without --eps measures to first order: deviations
    /// are J·v and no finite step is made.
    #[arg(long, value_name = "ATTACK")]
    pub attack: Option<String>,
    /// Which singular vector, from 0.
    #[arg(long, default_value_t = 0)]
    pub level: usize,
    /// cross-entropy, margin or output-distance [default: cross-entropy, against the own clean prediction].
    #[arg(long)]
    pub objective: Option<String>,
    /// linf or l2 [default: linf; l2 for singular-vector].
    #[arg(long)]
    pub norm: Option<String>,
    /// The budget in pixel units, such as 8/255 or 0.03 [default: 8/255].
    #[arg(long, allow_hyphen_values = true)]
    pub eps: Option<String>,
    /// Steps of pgd [default: 10].
    #[arg(long)]
    pub steps: Option<usize>,
    /// The size of each step in pixel units [default: 2/255 at 8/255, and in that proportion; eps for fgsm].
    #[arg(long, allow_hyphen_values = true)]
    pub step_size: Option<String>,
    /// none or random [default: none].
    #[arg(long)]
    pub start: Option<String>,
    /// Independent random starts an image [default: 1].
    #[arg(long)]
    pub restarts: Option<usize>,
    /// all, target-correct, source-correct or both-correct [default: all].
    #[arg(long)]
    pub images: Option<String>,
    /// logits, centred or features [default: logits].
    #[arg(long)]
    pub outputs: Option<String>,
    /// A published convention; single options go before it.
    #[arg(long, value_enum)]
    pub preset: Option<Preset>,
}

/// The attack, checked.
#[derive(Clone, Copy, Debug)]
pub struct CheckedAttack {
    /// What is done.
    pub attack: AttackPlan,
    /// Its name in results.
    pub name: &'static str,
    /// What a gradient attack climbs.
    pub objective: Objective,
    /// Which images.
    pub images: Images,
    /// Which outputs.
    pub outputs: Outputs,
    /// The preset it came from.
    pub preset: Option<Preset>,
}

impl CheckedAttack {
    /// Writes down how the attack is made.
    pub fn describe(&self, settings: &mut Settings) {
        match self.attack {
            AttackPlan::FirstOrder { level } => {
                settings.first_order = true;
                settings.level = Some(level);
            }
            AttackPlan::SingularStep { level, budget } => {
                settings.level = Some(level);
                settings.norm = Some(budget.norm().name().to_owned());
                settings.eps = Some(budget.size());
            }
            AttackPlan::Ascent { ascent, budget, start, restarts } => {
                settings.objective = Some(self.objective.name().to_owned());
                settings.norm = Some(budget.norm().name().to_owned());
                settings.eps = Some(budget.size());
                settings.steps = Some(ascent.steps);
                settings.step_size = Some(ascent.step_size);
                settings.start = Some(start.name().to_owned());
                settings.restarts = restarts;
            }
        }
    }
}

/// 8/255, the field's usual budget on small images.
const DEFAULT_EPS: f64 = 8.0 / 255.0;
/// Of the budget: 2/255 at 8/255.
const DEFAULT_STEP_SHARE: f64 = 0.25;
const DEFAULT_STEPS: usize = 10;
/// The scripts' budget in pixel units from 0 to 1 (paper.md Q17).
const PAPER_EPS: f64 = 0.1;
/// "pgd" of the scripts: 50 steps of 10·eps/50 in [−1,1] units, which is a tenth of the budget in pixels (paper.md Q17).
const PAPER_STEPS: usize = 50;
const PAPER_STEP_SHARE: f64 = 0.1;

struct Defaults {
    attack: &'static str,
    eps: f64,
    steps: usize,
    step_share: f64,
    start: Start,
    images: Images,
}

impl AttackOptions {
    /// Whether any option is set that only an attack by this program can obey.
    #[must_use]
    pub fn is_touched(&self) -> bool {
        self.attack.is_some()
            || self.objective.is_some()
            || self.norm.is_some()
            || self.eps.is_some()
            || self.steps.is_some()
            || self.step_size.is_some()
            || self.start.is_some()
            || self.restarts.is_some()
            || self.images.is_some()
            || self.outputs.is_some()
            || self.preset.is_some()
    }

    /// The checked attack.
    ///
    /// # Errors
    /// With exit code 2 where a value cannot be meant.
    pub fn check(&self) -> Result<CheckedAttack, Failure> {
        let defaults = match self.preset {
            None => Defaults {
                attack: "pgd",
                eps: DEFAULT_EPS,
                steps: DEFAULT_STEPS,
                step_share: DEFAULT_STEP_SHARE,
                start: Start::None,
                images: Images::All,
            },
            Some(Preset::PaperAdv2know) => Defaults {
                attack: "fgsm",
                eps: PAPER_EPS,
                steps: 1,
                step_share: 1.0,
                start: Start::Random,
                images: Images::TargetCorrect,
            },
            Some(Preset::PaperKnow2adv) => Defaults {
                attack: "pgd",
                eps: PAPER_EPS,
                steps: PAPER_STEPS,
                step_share: PAPER_STEP_SHARE,
                start: Start::Random,
                images: Images::TargetCorrect,
            },
        };
        let objective = parsed(self.objective.as_deref(), Objective::CrossEntropy)?;
        let images = parsed(self.images.as_deref(), defaults.images)?;
        let outputs = parsed(self.outputs.as_deref(), Outputs::Logits)?;
        let (attack, name) = self.plan(&defaults)?;
        Ok(CheckedAttack { attack, name, objective, images, outputs, preset: self.preset })
    }

    fn plan(&self, defaults: &Defaults) -> Result<(AttackPlan, &'static str), Failure> {
        let attack = self.attack.as_deref().unwrap_or(defaults.attack);
        let size = |text: &Option<String>| text.as_deref().map(parse_size).transpose().map_err(Failure::usage);
        let eps = size(&self.eps)?;
        let refuse = |options: &[(&str, bool)]| -> Result<(), Failure> {
            match options.iter().find(|(_, set)| *set) {
                Some((option, _)) => {
                    Err(Failure::usage(anyhow::anyhow!("{option} does not apply to --attack {attack}")))
                }
                None => Ok(()),
            }
        };
        let gradient_only = [
            ("--step-size", self.step_size.is_some()),
            ("--start", self.start.is_some()),
            ("--restarts", self.restarts.is_some()),
        ];
        match attack {
            "singular-vector" => {
                refuse(&gradient_only)?;
                refuse(&[("--steps", self.steps.is_some()), ("--objective", self.objective.is_some())])?;
                let norm = parsed(self.norm.as_deref(), Norm::L2)?;
                let plan = match eps {
                    None => {
                        refuse(&[("--norm (without --eps: first-order measures have no step)", self.norm.is_some())])?;
                        AttackPlan::FirstOrder { level: self.level }
                    }
                    Some(eps) => AttackPlan::SingularStep {
                        level: self.level,
                        budget: Budget::new(norm, eps).map_err(Failure::usage)?,
                    },
                };
                Ok((plan, "singular-vector"))
            }
            "fgsm" | "pgd" => {
                refuse(&[("--level", self.level > 0)])?;
                let norm = parsed(self.norm.as_deref(), Norm::Linf)?;
                let budget = Budget::new(norm, eps.unwrap_or(defaults.eps)).map_err(Failure::usage)?;
                let is_fgsm = attack == "fgsm";
                if is_fgsm {
                    refuse(&[("--steps above 1", self.steps.is_some_and(|steps| steps != 1))])?;
                }
                let share = if is_fgsm { 1.0 } else { defaults.step_share };
                let steps = if is_fgsm { 1 } else { self.steps.unwrap_or(defaults.steps) };
                let ascent =
                    GradientAscent { steps, step_size: size(&self.step_size)?.unwrap_or(share * budget.size()) };
                let start = match self.start.as_deref() {
                    None => defaults.start,
                    Some("none") => Start::None,
                    Some("random") => Start::Random,
                    Some(other) => {
                        let message = anyhow::anyhow!("expected the start 'none' or 'random', found '{other}'");
                        return Err(Failure::usage(message));
                    }
                };
                let plan = AttackPlan::Ascent { ascent, budget, start, restarts: self.restarts.unwrap_or(1) };
                Ok((plan, if is_fgsm { "fgsm" } else { "pgd" }))
            }
            other => Err(Failure::usage(anyhow::anyhow!(
                "expected the attack 'fgsm', 'pgd' or 'singular-vector', found '{other}'"
            ))),
        }
    }
}

fn parsed<T: std::str::FromStr<Err = String>>(text: Option<&str>, default: T) -> Result<T, Failure> {
    match text {
        None => Ok(default),
        Some(text) => text.parse().map_err(|error: String| Failure::usage(anyhow::anyhow!(error))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(options: AttackOptions) -> Result<CheckedAttack, Failure> {
        options.check()
    }

    #[test]
    fn the_defaults_are_pgd_10_at_8_of_255() {
        let checked = check(AttackOptions::default()).expect("defaults are valid");
        let AttackPlan::Ascent { ascent, budget, start, restarts } = checked.attack else {
            panic!("the default is a gradient attack")
        };
        assert_eq!((ascent.steps, start, restarts), (10, Start::None, 1));
        assert!((ascent.step_size - 2.0 / 255.0).abs() < 1e-15);
        assert!((budget.size() - 8.0 / 255.0).abs() < 1e-15);
    }

    /// paper.md Q17 in [−1,1] units: box ±2·0.1, step 2·0.1 for one step, 10·0.1/50 for fifty; halved in pixel units.
    #[test]
    fn presets_carry_the_papers_conventions() {
        for (preset, steps, step_size) in
            [(Preset::PaperAdv2know, 1, 0.1), (Preset::PaperKnow2adv, 50, 10.0 * 0.1 / 50.0 / 2.0)]
        {
            let checked = check(AttackOptions { preset: Some(preset), ..AttackOptions::default() });
            let checked = checked.expect("presets are valid");
            assert_eq!(checked.images, Images::TargetCorrect);
            let AttackPlan::Ascent { ascent, budget, start, .. } = checked.attack else {
                panic!("presets are gradient attacks")
            };
            assert_eq!((ascent.steps, start), (steps, Start::Random));
            assert!((ascent.step_size - step_size).abs() < 1e-15);
            assert!((budget.size() - 0.1).abs() < 1e-15);
        }
    }

    /// No option is parsed and then dropped: what cannot be obeyed is refused.
    #[test]
    fn options_that_do_not_apply_are_refused() {
        let text = |value: &str| Some(value.to_owned());
        let cases = [
            AttackOptions { eps: text("-1"), ..AttackOptions::default() },
            AttackOptions { eps: text("8"), ..AttackOptions::default() },
            AttackOptions { attack: text("fgsm"), steps: Some(3), ..AttackOptions::default() },
            AttackOptions { attack: text("pgd"), level: 1, ..AttackOptions::default() },
            AttackOptions { attack: text("singular-vector"), start: text("random"), ..AttackOptions::default() },
            AttackOptions { attack: text("singular-vector"), norm: text("l2"), ..AttackOptions::default() },
            AttackOptions { attack: text("cw"), ..AttackOptions::default() },
            AttackOptions { norm: text("l1"), ..AttackOptions::default() },
        ];
        for options in cases {
            let shown = format!("{options:?}");
            assert_eq!(check(options).err().map(|failure| failure.code), Some(crate::exit::USAGE), "{shown}");
        }
    }
}
