//! Every candidate against every reference: alphas, and what they cost.

use std::time::Instant;

use transferscope_lab::{
    deviate::{AttackPlan, AttackedReferences, Plan},
    subject::Subject,
};
use transferscope_study::ranking::{CandidateRecord, alphas};
use transferscope_theory::transferability::ReportOptions;

use super::{references::References, time_limit::TimeLimit};
use crate::{commands::measure, console::Console, exit::Failure};

/// What candidates are held against, and how.
pub struct Against<'a> {
    /// The references with the images.
    pub references: &'a References,
    /// The attack.
    pub plan: &'a Plan,
    /// The seed of the comparisons.
    pub seed: u64,
    /// When to stop beginning new candidates.
    pub limit: TimeLimit,
}

impl Against<'_> {
    /// Fills in the alphas of the candidates; what the time limit leaves out is said.
    ///
    /// # Errors
    /// With the exit code and the sentence that the user sees.
    pub fn measure(
        &self,
        subjects: &[Subject],
        candidates: &mut [CandidateRecord],
        notes: &mut Vec<String>,
        console: &Console,
    ) -> Result<(), Failure> {
        let found = self.references;
        let steps = console.progress("attacks on the references");
        let attacked = AttackedReferences::new(&found.subjects, &found.images, self.plan, &steps);
        let attacked = attacked.map_err(measure::failed)?;
        let options = ReportOptions { seed: self.seed, ..ReportOptions::default() };
        for (candidate, subject) in candidates.iter_mut().zip(subjects) {
            if self.limit.is_over() {
                notes.push(format!("the time limit was reached: no alphas for {}", candidate.name));
                continue;
            }
            let started = Instant::now();
            let steps = console.progress(&format!("{} against the references", candidate.name));
            let pairs = attacked.against(subject, &steps).map_err(measure::failed)?;
            for (deviated, record) in pairs.iter().zip(&found.records) {
                candidate.alphas.push(alphas(&record.name, deviated, &options).map_err(Failure::not_possible)?);
            }
            candidate.cost.alpha_seconds = started.elapsed().as_secs_f64();
            let [forward, reverse] = passes(self.plan, subject.classes(), found.subjects.len());
            candidate.cost.forward_for_alphas = forward;
            candidate.cost.reverse_for_alphas = reverse;
        }
        Ok(())
    }
}

/// Forward and reverse passes of one image through a candidate, for all references. An attack of finite size is made once for
/// all of them; what belongs to a pair is done for each.
#[expect(clippy::cast_precision_loss, reason = "counts of passes are small")]
fn passes(plan: &Plan, classes: usize, references: usize) -> [f64; 2] {
    // Clean outputs, its own attack judged, noise seen; then each reference's attack seen.
    let (once, each) = (3, 1);
    let [forward, reverse] = match plan.attack {
        AttackPlan::Ascent { ascent, restarts, .. } => [once + ascent.steps * restarts, ascent.steps * restarts],
        AttackPlan::FirstOrder { .. } | AttackPlan::SingularStep { .. } => [once, classes],
    };
    let by_pair = plan.moments || matches!(plan.attack, AttackPlan::FirstOrder { .. });
    let times = if by_pair { references } else { 1 };
    let jacobian = if plan.moments { classes * references } else { 0 };
    [(forward * times + each * references) as f64, (reverse * times + jacobian) as f64]
}

#[cfg(test)]
mod tests {
    use transferscope_lab::{
        attacks::{GradientAscent, Start},
        budget::Budget,
        deviate::{Images, Shard},
        norm::Norm,
        objective::Objective,
        subject::Outputs,
    };

    use super::*;

    /// The attack is paid once, every further reference costs the one pass that sees its attack.
    #[test]
    fn further_references_cost_one_forward_pass() {
        let budget = Budget::new(Norm::Linf, 0.03).expect("it is in range");
        let ascent = GradientAscent { steps: 10, step_size: 0.01 };
        let plan = Plan {
            attack: AttackPlan::Ascent { ascent, budget, start: Start::None, restarts: 1 },
            objective: Objective::CrossEntropy,
            outputs: Outputs::Logits,
            images: Images::All,
            seed: 0,
            moments: false,
            keep_images: false,
            shard: Shard::whole(),
            threads: 1,
        };
        assert_eq!(passes(&plan, 10, 1), [14.0, 10.0]);
        assert_eq!(passes(&plan, 10, 4), [17.0, 10.0]);
        // Jacobians belong to a pair, and with them each pair is run by itself.
        let with_jacobians = Plan { moments: true, ..plan };
        assert_eq!(passes(&with_jacobians, 10, 4), [4.0 * 14.0, 4.0 * (10.0 + 10.0)]);
    }
}
