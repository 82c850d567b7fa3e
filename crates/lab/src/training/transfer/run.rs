//! A transfer from beginning to end.

use serde::{Deserialize, Serialize};
use transferscope_network::{contract::Contract, graph::Graph, passes::replace_head};

use super::{Method, Task, TransferError, TransferPlan, backbone::Reheaded, gradient::learn, probe::fit_probe};
use crate::{
    outcome::Outcome,
    training::{Epoch, Share, Watch, evaluate::accuracy_here, fit::in_pool, weights_of},
};

/// A setting that was tried.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Candidate {
    /// The learning rate, or the penalty of the probe.
    pub setting: f64,
    /// What it gave on the validation images (the paper's preset: on the test images); `None` where nothing was chosen on.
    pub validation: Option<Share>,
    /// Whether training diverged.
    pub diverged: bool,
}

/// What a transfer gave.
#[derive(Clone, Debug)]
pub struct Transferred {
    /// The network with its new head.
    pub graph: Graph,
    /// Its contract, with the classes of the task.
    pub contract: Contract,
    /// Right and wrong on the test images.
    pub outcome: Outcome,
    /// Every setting that was tried, in the order in which it was.
    pub candidates: Vec<Candidate>,
    /// The one that was chosen.
    pub chosen: f64,
    /// The epochs of the chosen run; empty for the probe.
    pub history: Vec<Epoch>,
    /// Whether the probe reached its minimum; `None` for the other methods.
    pub converged: Option<bool>,
}

/// Gives a network a new head for a task, trains what the plan says, and measures it on the test images.
///
/// The same values give the same bits for any number of threads.
///
/// ```
/// use transferscope_lab::{data, training::{Method, Task, TransferPlan, Watch, transfer}};
/// use transferscope_network::zoo::{Settings, find};
/// let (train, test) = (data::load("digits#split=train&classes=0,1,2")?, data::load("digits#split=test&classes=0,1,2")?);
/// let fc = find("fc")?;
/// // Ten classes before, three after.
/// let graph = fc.build(&Settings { width: 0.5, ..Settings::with_classes(10) })?;
/// let plan = TransferPlan::new(Method::Probe);
/// let given = transfer(&graph, &fc.contract(10), &Task::new(&train, &test)?, &plan, "flex", 1, &Watch::nobody())?;
/// assert_eq!((given.contract.classes, given.outcome.accuracy.count()), (3, test.len()));
/// assert!(given.outcome.accuracy.value() > 0.9);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// See [`TransferError`].
pub fn transfer(
    graph: &Graph,
    contract: &Contract,
    task: &Task<'_>,
    plan: &TransferPlan,
    device: &str,
    threads: usize,
    watch: &Watch<'_>,
) -> Result<Transferred, TransferError> {
    plan.check()?;
    in_pool(threads, || {
        let network = Reheaded::new(graph, contract, task, plan.recipe.seed)?;
        match plan.method {
            Method::Probe => by_probe(&network, task, plan, device, watch),
            Method::LastLayer | Method::Full => {
                let learned = learn(&network, task, plan, device, watch)?;
                let outcome = accuracy_here(&learned.attached, task.test(), device)?;
                Ok(Transferred {
                    graph: weights_of(&network.graph, &learned.attached)?,
                    contract: network.contract,
                    outcome,
                    candidates: learned.candidates,
                    chosen: learned.rate,
                    history: learned.fitted.history,
                    converged: None,
                })
            }
        }
    })
}

fn by_probe(
    network: &Reheaded,
    task: &Task<'_>,
    plan: &TransferPlan,
    device: &str,
    watch: &Watch<'_>,
) -> Result<Transferred, TransferError> {
    let rows = network.features(task.train(), device, watch.progress)?;
    let probe = fit_probe(&rows, plan, watch.progress)?;
    let [weight, bias] = probe.head(rows.rows.row_length())?;
    let attached = replace_head(&network.attached, weight, bias)?;
    Ok(Transferred {
        graph: weights_of(&network.graph, &attached)?,
        contract: network.contract.clone(),
        outcome: accuracy_here(&attached, task.test(), device)?,
        candidates: probe.candidates,
        chosen: probe.penalty,
        history: Vec::new(),
        converged: Some(probe.converged),
    })
}
