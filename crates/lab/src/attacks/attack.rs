//! What an attack is, and what it may know.

use std::cell::Cell;

use transferscope_engine::{EngineError, Feed};
use transferscope_network::array::Array;

use crate::{
    budget::Budget,
    objective::Objective,
    subject::{Subject, SubjectError},
};

/// Proposes perturbed images. It may propose anything: the [`Family`](super::Family) that runs it moves every proposal
/// into the budget and the pixel range, and judges it.
pub trait Attack: Send + Sync {
    /// Its name in results.
    fn name(&self) -> &'static str;

    /// How many proposals it makes one after the other, at least 1.
    fn rounds(&self) -> usize;

    /// How many independent attempts the family makes and keeps the strongest of (by output distance); 1 for most.
    fn alternatives(&self) -> usize {
        1
    }

    /// The next perturbed images, `[N, …]`.
    ///
    /// # Errors
    /// Where the attacked network cannot answer.
    fn propose(&self, situation: &Situation<'_>) -> Result<Array<f32>, AttackError>;
}

/// Where an attack stands: everything it may look at.
pub struct Situation<'a> {
    /// The attacked network.
    pub subject: &'a Subject,
    /// The clean images, `[N, …]`.
    pub clean: &'a Array<f32>,
    /// The clean outputs, `[N, classes]`.
    pub clean_logits: &'a Array<f64>,
    /// The perturbed images so far: inside the budget and the pixel range.
    pub current: &'a Array<f32>,
    /// What is climbed.
    pub objective: Objective,
    /// How far it may go.
    pub budget: Budget,
    /// Which round this is, from 0.
    pub round: usize,
    /// Which alternative this is, from 0.
    pub alternative: usize,
    /// Filled in by [`Situation::gradient`]: at how many images the last gradient was zero in every pixel.
    pub zero_gradients: &'a Cell<usize>,
}

/// Why an attack failed.
#[derive(Debug, thiserror::Error)]
pub enum AttackError {
    /// The attacked network failed.
    #[error(transparent)]
    Subject(#[from] SubjectError),
    /// A level that the Jacobian does not have.
    #[error(
        "level {level} does not exist: a Jacobian of {outputs} outputs and {inputs} inputs has the levels 0 to {}",
        .outputs.min(.inputs).saturating_sub(1)
    )]
    Level {
        /// The level asked for.
        level: usize,
        /// Outputs.
        outputs: usize,
        /// Inputs.
        inputs: usize,
    },
    /// The eigenvectors could not be computed.
    #[error("the singular vectors could not be computed: {0}")]
    Decomposition(String),
}

/// The objective's gradient for every image: `scale · direction`, the direction in f32.
pub struct ObjectiveGradient {
    /// `[N, …]`: what the reverse pass made of each image's direction.
    pub direction: Array<f32>,
    /// What each row is multiplied by to give the true gradient.
    pub scale: Vec<f64>,
    /// The outputs of the same pass.
    pub outputs: Array<f32>,
}

impl Situation<'_> {
    /// The gradient of the objective at the current images.
    ///
    /// # Errors
    /// Where the network cannot answer.
    pub fn gradient(&self) -> Result<ObjectiveGradient, AttackError> {
        let gradient = objective_gradient(self.subject, self.current, self.clean_logits, self.objective)?;
        let is_zero = |row: &usize| gradient.direction.row(*row).iter().all(|&number| number == 0.0);
        self.zero_gradients.set((0..gradient.direction.rows()).filter(is_zero).count());
        Ok(gradient)
    }
}

/// The gradient of an objective at some images, given the outputs on the clean ones.
///
/// # Errors
/// Where the network cannot answer.
pub fn objective_gradient(
    subject: &Subject,
    images: &Array<f32>,
    clean_logits: &Array<f64>,
    objective: Objective,
) -> Result<ObjectiveGradient, AttackError> {
    let feed = Feed::batch(images.clone());
    gradient_at(subject, &feed, subject.network().input_name(), clean_logits, objective)
}

/// The same with respect to a named value, which the feed overrides or which is the input.
pub(crate) fn gradient_at(
    subject: &Subject,
    feed: &Feed,
    wrt: &str,
    clean_logits: &Array<f64>,
    objective: Objective,
) -> Result<ObjectiveGradient, AttackError> {
    let network = subject.network();
    let mut scale = Vec::with_capacity(feed.input.rows());
    let mut rule = |values: &[Array<f32>]| {
        scale.clear();
        values
            .iter()
            .map(|value| {
                let mut cotangent = Array::filled(value.shape().to_vec(), 0.0_f64);
                let width = cotangent.row_length();
                for (row, target) in cotangent.data_mut().chunks_mut(width.max(1)).enumerate() {
                    let outputs: Vec<f64> = value.row(row).iter().copied().map(f64::from).collect();
                    let gradient = objective.gradient(&outputs, clean_logits.row(row));
                    target.copy_from_slice(&gradient.direction);
                    scale.push(gradient.scale);
                }
                Ok::<_, EngineError>(cotangent.to_f32())
            })
            .collect()
    };
    let mut pulled = network.vjp(feed, &[network.output()], wrt, &mut rule).map_err(|source| subject.failed(source))?;
    Ok(ObjectiveGradient { direction: pulled.gradient, scale, outputs: pulled.values.swap_remove(0) })
}
