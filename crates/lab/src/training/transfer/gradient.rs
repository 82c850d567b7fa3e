//! Transfer by gradient steps: the head alone, or everything, at the learning rate that does best on validation images.

use transferscope_engine::trainable::Trained;
use transferscope_network::graph::Graph;

use super::{Candidate, Method, Task, TransferError, TransferPlan, backbone::Reheaded, part::Part};
use crate::training::{FeatureRows, Fit, FitError, Fitted, Recipe, Selection, Share, Watch, fit::Run, weights_of};

/// What was learned.
pub(super) struct Learned {
    /// From pixels to logits.
    pub attached: Graph,
    pub candidates: Vec<Candidate>,
    /// The learning rate that was chosen.
    pub rate: f64,
    pub fitted: Fitted,
}

pub(super) fn learn(
    network: &Reheaded,
    task: &Task<'_>,
    plan: &TransferPlan,
    device: &str,
    watch: &Watch<'_>,
) -> Result<Learned, TransferError> {
    let images = task.train().len();
    // Features that do not change from epoch to epoch are computed once.
    let fixed = plan.method == Method::LastLayer
        && !plan.adapting_normalization
        && plan.recipe.augmentation.is_none()
        && plan.recipe.selection != Selection::BestOnTest;
    let of_features = if fixed { images } else { 0 };
    let of_a_rate = images * plan.recipe.epochs;
    let total = of_features + of_a_rate * plan.rates.len();
    let whole = watch.progress;
    let features = match fixed {
        true => Some(network.features(task.train(), device, &Part { whole, before: 0, images, total })?),
        false => None,
    };
    let mut candidates = Vec::with_capacity(plan.rates.len());
    let mut best: Option<(Option<Share>, f64, Fitted)> = None;
    for (place, &rate) in plan.rates.iter().enumerate() {
        let recipe = Recipe { rate, ..plan.recipe };
        let part = Part { whole, before: of_features + of_a_rate * place, images: of_a_rate, total };
        let watch = Watch { progress: &part, ..*watch };
        let tried = match &features {
            Some(rows) => head_on_features(network, rows, &recipe, device, &watch),
            None => on_images(network, task, plan, &recipe, device, &watch),
        };
        let fitted = match tried {
            Ok(fitted) => fitted,
            Err(FitError::Diverged { .. }) => {
                candidates.push(Candidate { setting: rate, validation: None, diverged: true });
                continue;
            }
            Err(other) => return Err(other.into()),
        };
        let validation = fitted.kept().and_then(|row| row.selection);
        candidates.push(Candidate { setting: rate, validation, diverged: false });
        let beats =
            |best: &Option<Share>| validation.zip(*best).is_some_and(|(found, best)| found.is_better_than(&best));
        if best.as_ref().is_none_or(|(share, ..)| beats(share)) {
            best = Some((validation, rate, fitted));
        }
    }
    let Some((_, rate, fitted)) = best else {
        let rates: Vec<String> = plan.rates.iter().map(f64::to_string).collect();
        return Err(TransferError::AllDiverged(rates.join(", ")));
    };
    Ok(Learned { attached: weights_of(&network.attached, &fitted.graph)?, candidates, rate, fitted })
}

/// The backbone is not run again: its features were computed once, so not one of its bits can change.
fn head_on_features(
    network: &Reheaded,
    rows: &FeatureRows,
    recipe: &Recipe,
    device: &str,
    watch: &Watch<'_>,
) -> Result<Fitted, FitError> {
    let graph = network.head_graph()?;
    recipe.check()?;
    let run = Run { graph: &graph, train: rows, test: None, recipe, trained: Trained::All, device };
    run.train(None, watch)
}

fn on_images(
    network: &Reheaded,
    task: &Task<'_>,
    plan: &TransferPlan,
    recipe: &Recipe,
    device: &str,
    watch: &Watch<'_>,
) -> Result<Fitted, FitError> {
    let trained = match (plan.method, plan.adapting_normalization) {
        (Method::LastLayer, true) => Trained::OnlyAdapting(network.head.to_vec()),
        (Method::LastLayer, false) => Trained::Only(network.head.to_vec()),
        (Method::Full | Method::Probe, _) => Trained::All,
    };
    let fit = Fit { test: Some(task.test()), trained, device, ..Fit::new(&network.attached, task.train(), recipe) };
    fit.run_here(watch)
}
