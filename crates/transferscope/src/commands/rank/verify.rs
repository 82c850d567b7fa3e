//! `--verify`: the first candidates, really fine-tuned, and scored on a test split that nothing else has read.

use std::time::Instant;

use transferscope_lab::{
    data::DataSpec,
    training::{FitError, Method, Task, TransferError, TransferPlan, Watch, transfer},
};
use transferscope_study::ranking::{FineTuningCost, Verification, VerifiedCandidate};

use super::target::Target;
use crate::{
    commands::subjects::{self, RunOptions},
    console::Console,
    exit::Failure,
};

/// How candidates are fine-tuned: all weights, a new head, the best of three learning rates on validation images.
#[must_use]
pub fn plan(epochs: usize, seed: u64) -> TransferPlan {
    let mut plan = TransferPlan::new(Method::Full);
    plan.recipe.epochs = epochs;
    plan.recipe.seed = seed;
    plan
}

/// What the plan costs.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "counts of passes are small")]
pub fn cost(plan: &TransferPlan) -> FineTuningCost {
    let (epochs, rates) = (plan.recipe.epochs, plan.rates.len());
    let passes = (epochs * rates) as f64;
    FineTuningCost { epochs, rates, forward: passes, reverse: passes }
}

/// The test split that belongs to a training split, as typed.
///
/// # Errors
/// With exit code 2 where the data have no splits, so that nobody knows what is untouched.
pub fn test_split(train: &str) -> Result<String, Failure> {
    let mut spec: DataSpec = train.parse().map_err(subjects::data_failure)?;
    match spec.settings.iter_mut().find(|(key, _)| key == "split") {
        Some((_, value)) => *value = "test".to_owned(),
        None => {
            return Err(Failure::usage(anyhow::anyhow!(
                "--verify needs test images that nothing else has read, and '{train}' has no splits: give --test-data"
            )));
        }
    }
    // A limit is for the training images; the test is as large as it is.
    spec.settings.retain(|(key, _)| key != "limit" && key != "seed");
    Ok(spec.to_string())
}

/// Fine-tunes networks (as typed, with their names in the ranking) and judges whether their order held.
///
/// # Errors
/// With the exit code and the sentence that the user sees.
pub fn verify(
    first: &[(String, String)],
    target: &Target,
    test_data: &str,
    plan: &TransferPlan,
    run: &RunOptions,
    console: &Console,
) -> Result<Verification, Failure> {
    let test = subjects::images(test_data)?;
    let task = Task::new(&target.images, &test).map_err(failed)?;
    let mut verified = Vec::with_capacity(first.len());
    for (typed, name) in first {
        let started = Instant::now();
        let loaded = subjects::network(typed, console)?;
        let steps = console.progress(&format!("fine-tuning {name}"));
        let watch = Watch::of(&steps);
        let gave = transfer(&loaded.graph, &loaded.contract, &task, plan, &run.device, run.threads(), &watch)
            .map_err(failed)?;
        let chosen = gave.candidates.iter().find(|candidate| candidate.setting.total_cmp(&gave.chosen).is_eq());
        verified.push(VerifiedCandidate {
            name: name.clone(),
            accuracy: gave.outcome.accuracy,
            rate: gave.chosen,
            validation_accuracy: chosen.and_then(|candidate| candidate.validation).map(|share| share.accuracy()),
            seconds: started.elapsed().as_secs_f64(),
        });
    }
    let rates: Vec<String> = plan.rates.iter().map(f64::to_string).collect();
    let recipe = format!(
        "All weights fine-tuned under a new head, {} epochs on {} training images, the best of the rates {} on held-out \
         training images.",
        plan.recipe.epochs,
        target.images.len(),
        rates.join(", ")
    );
    Ok(Verification::new(test_data.to_owned(), recipe, verified))
}

fn failed(error: TransferError) -> Failure {
    match error {
        TransferError::Fit(FitError::Stopped) => Failure::interrupted(),
        TransferError::Data(error) => subjects::data_failure(error),
        TransferError::TestData { .. } => Failure::bad_input(error),
        other => Failure::not_possible(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_test_split_has_the_training_splits_other_settings() {
        let split = |typed: &str| test_split(typed).ok();
        assert_eq!(split("digits#limit=50&seed=1&split=train").as_deref(), Some("digits#split=test"));
        let animals = "cifar10:d#split=train&classes=cat,dog";
        assert_eq!(split(animals).as_deref(), Some("cifar10:d#split=test&classes=cat,dog"));
        assert_eq!(split("npz:a.npz"), None);
        assert_eq!(cost(&plan(4, 0)).forward, 12.0);
    }
}
