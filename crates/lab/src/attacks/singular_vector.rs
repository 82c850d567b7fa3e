//! The exact first-order attack: a step along a right-singular vector of the Jacobian (paper.md §1.1, §3.1, §8).

use transferscope_engine::{EngineError, Feed};
use transferscope_network::array::Array;
use transferscope_theory::linear::SymmetricWorkspace;

use super::{Attack, AttackError, Jacobians, Situation, jacobians};
use crate::{
    norm::Norm,
    subject::{Outputs, Subject},
};

/// The right-singular vector of one image's Jacobian that belongs to a level.
#[derive(Clone, Debug)]
pub struct SingularDirection {
    /// v, of unit length, with as many entries as the image has pixels; zero where σ is zero.
    pub vector: Vec<f64>,
    /// The singular value σ of this level.
    pub value: f64,
    /// The largest singular value.
    pub top_value: f64,
    /// (σ − σ_next) / σ: where it is near 0 the direction is not unique. `None` for power iteration, which does not see
    /// the next value.
    pub relative_gap: Option<f64>,
}

/// Up to this many outputs the Gram matrix J·Jᵀ is formed (one reverse pass an output); above it, power iteration.
const MOST_OUTPUTS_FOR_GRAM: usize = 64;
/// Power iteration stops when σ changes by less than this share, or after [`MOST_ITERATIONS`].
const RAYLEIGH_TOLERANCE: f64 = 1e-5;
/// Enough for a ratio σ₂/σ₁ of 0.8 to fall below the tolerance (0.8^(2·30) is 2e-6).
const MOST_ITERATIONS: usize = 30;
/// Half the length of the central difference that stands for J·v, in pixel units: small against the distance between
/// ReLU kinks, large against f32 rounding (measured in the tests of this file's neighbours).
const DIFFERENCE_STEP: f64 = 1e-2;

/// A network's first-order behaviour at a batch of images: its Jacobians where it has few outputs, products with them
/// where it has many.
pub struct Linearized<'a> {
    subject: &'a Subject,
    images: &'a Array<f32>,
    of: Outputs,
    name: String,
    outputs: usize,
    dense: Option<Jacobians>,
}

impl<'a> Linearized<'a> {
    /// Linearizes a network at these images.
    ///
    /// # Errors
    /// Where the network cannot answer.
    pub fn new(subject: &'a Subject, images: &'a Array<f32>, of: Outputs) -> Result<Self, AttackError> {
        let name = subject.value_name(of)?;
        let outputs = subject.network().value_shape(&name).map_or(0, |shape| shape.iter().product::<usize>());
        // Centred outputs have no value of their own in the graph, so their Jacobian is always formed.
        let is_small = outputs <= MOST_OUTPUTS_FOR_GRAM || of == Outputs::Centred;
        let dense = if is_small { Some(jacobians(subject, images, of)?) } else { None };
        Ok(Self { subject, images, of, name, outputs, dense })
    }

    /// The singular direction of a level for each image.
    ///
    /// # Errors
    /// Where the level does not exist or is above 0 for a network of many outputs, or the network cannot answer.
    pub fn directions(&self, level: usize) -> Result<Vec<SingularDirection>, AttackError> {
        let inputs = self.images.row_length();
        if level >= self.outputs.min(inputs) {
            return Err(AttackError::Level { level, outputs: self.outputs, inputs });
        }
        match &self.dense {
            Some(all) => (0..self.images.rows()).map(|image| from_gram(all, image, level)).collect(),
            None if level == 0 => power_iteration(self.subject, self.images, &self.name, self.outputs),
            None => {
                let all = jacobians(self.subject, self.images, self.of)?;
                (0..self.images.rows()).map(|image| from_gram(&all, image, level)).collect()
            }
        }
    }

    /// J v for each image, `[N, outputs]`: exact where the Jacobian is formed, else by a central difference.
    ///
    /// # Errors
    /// Where the network cannot answer.
    pub fn push(&self, directions: &[SingularDirection]) -> Result<Array<f64>, AttackError> {
        let inputs = self.images.row_length();
        let flat: Vec<f64> = directions.iter().flat_map(|direction| direction.vector.iter().copied()).collect();
        let failed = |error: transferscope_network::array::ArrayError| AttackError::Decomposition(error.to_string());
        let vectors = Array::new(vec![directions.len(), inputs], flat).map_err(failed)?;
        let Some(all) = &self.dense else {
            return push_forward(self.subject, self.images, &self.name, &vectors, self.outputs);
        };
        let products = (0..vectors.rows())
            .flat_map(|image| all.of(image).chunks(inputs.max(1)).map(move |row| (image, row)).collect::<Vec<_>>())
            .map(|(image, row)| row.iter().zip(vectors.row(image)).map(|(a, b)| a * b).sum())
            .collect();
        Array::new(vec![vectors.rows(), self.outputs], products).map_err(failed)
    }

    /// The Jacobians themselves.
    ///
    /// # Errors
    /// Where they were not formed yet and the network cannot answer.
    pub fn into_jacobians(self) -> Result<Jacobians, AttackError> {
        match self.dense {
            Some(dense) => Ok(dense),
            None => jacobians(self.subject, self.images, self.of),
        }
    }
}

fn from_gram(all: &Jacobians, image: usize, level: usize) -> Result<SingularDirection, AttackError> {
    let (jacobian, outputs, inputs) = (all.of(image), all.outputs, all.inputs);
    let row = |index: usize| &jacobian[index * inputs..(index + 1) * inputs];
    let mut gram = vec![0.0; outputs * outputs];
    for left in 0..outputs {
        for right in 0..=left {
            let product: f64 = row(left).iter().zip(row(right)).map(|(a, b)| a * b).sum();
            gram[left * outputs + right] = product;
            gram[right * outputs + left] = product;
        }
    }
    let mut workspace = SymmetricWorkspace::new(outputs);
    workspace.decompose(&gram).map_err(|error| AttackError::Decomposition(error.to_string()))?;
    let singular = |index: usize| workspace.values().get(index).map_or(0.0, |value| value.max(0.0).sqrt());
    let (value, next) = (singular(level), singular(level + 1));
    let mut vector = vec![0.0; inputs];
    for (index, weight) in workspace.vector(level).iter().enumerate() {
        vector.iter_mut().zip(row(index)).for_each(|(to, from)| *to += weight * from);
    }
    normalise(&mut vector);
    let relative_gap = Some(if value > 0.0 { (value - next) / value } else { 0.0 });
    Ok(SingularDirection { vector, value, top_value: singular(0), relative_gap })
}

/// v ← Jᵀ(J v)/|·|, with Jᵀ exact by reverse mode and J v by a central difference of two forward passes.
fn power_iteration(
    subject: &Subject,
    images: &Array<f32>,
    name: &str,
    outputs: usize,
) -> Result<Vec<SingularDirection>, AttackError> {
    let rows = images.rows();
    // The first cotangent: alternating signs, the same for every image, so that nothing is random.
    let mut cotangents = Array::filled(vec![rows, outputs], 0.0_f64);
    for (place, number) in cotangents.data_mut().iter_mut().enumerate() {
        *number = if (place % outputs).is_multiple_of(2) { 1.0 } else { -1.0 };
    }
    let mut values = vec![0.0; rows];
    let mut vectors = Array::filled(vec![rows, images.row_length()], 0.0_f64);
    for _ in 0..MOST_ITERATIONS {
        vectors = pull_back(subject, images, name, &cotangents)?;
        let lengths: Vec<f64> = vectors.data_mut().chunks_mut(images.row_length().max(1)).map(normalise).collect();
        let change = values.iter().zip(&lengths).map(|(old, new)| (new - old).abs() / new.max(f64::MIN_POSITIVE));
        let settled = change.fold(0.0, f64::max) < RAYLEIGH_TOLERANCE;
        values = lengths;
        if settled {
            break;
        }
        cotangents = push_forward(subject, images, name, &vectors, outputs)?;
        cotangents.data_mut().chunks_mut(outputs).for_each(|row| {
            normalise(row);
        });
    }
    Ok((0..rows)
        .map(|row| SingularDirection {
            vector: vectors.row(row).to_vec(),
            value: values[row],
            top_value: values[row],
            relative_gap: None,
        })
        .collect())
}

fn pull_back(
    subject: &Subject,
    images: &Array<f32>,
    name: &str,
    cotangents: &Array<f64>,
) -> Result<Array<f64>, AttackError> {
    let network = subject.network();
    let mut rule = |values: &[Array<f32>]| {
        values
            .iter()
            .map(|value| {
                cotangents
                    .to_f32()
                    .reshaped(value.shape().to_vec())
                    .map_err(|error| EngineError::Objective(error.to_string()))
            })
            .collect()
    };
    let pulled = network
        .vjp(&Feed::batch(images.clone()), &[name], network.input_name(), &mut rule)
        .map_err(|source| subject.failed(source))?;
    let shape = vec![images.rows(), images.row_length()];
    pulled.gradient.to_f64().reshaped(shape).map_err(|error| AttackError::Decomposition(error.to_string()))
}

/// J v for each image, as the central difference (f(x + h v) − f(x − h v)) / 2h. The images may leave `[0,1]` by h.
fn push_forward(
    subject: &Subject,
    images: &Array<f32>,
    name: &str,
    vectors: &Array<f64>,
    outputs: usize,
) -> Result<Array<f64>, AttackError> {
    let at = |step: f64| -> Result<Array<f64>, AttackError> {
        let mut moved = images.to_f64();
        moved.data_mut().iter_mut().zip(vectors.data()).for_each(|(pixel, v)| *pixel += step * v);
        let values = subject
            .network()
            .forward(&Feed::batch(moved.to_f32()), &[name])
            .map_err(|source| subject.failed(source))?;
        let value = values.into_iter().next().map(|value| value.to_f64());
        let shape = vec![images.rows(), outputs];
        value
            .and_then(|value| value.reshaped(shape).ok())
            .ok_or_else(|| AttackError::Decomposition(format!("'{name}' has no {outputs} outputs")))
    };
    let (ahead, behind) = (at(DIFFERENCE_STEP)?, at(-DIFFERENCE_STEP)?);
    let mut slope = ahead;
    slope.data_mut().iter_mut().zip(behind.data()).for_each(|(to, from)| {
        *to = (*to - from) / (2.0 * DIFFERENCE_STEP);
    });
    Ok(slope)
}

/// Scales to unit length and returns the old length; a zero vector stays.
fn normalise(vector: &mut [f64]) -> f64 {
    let length = vector.iter().map(|x| x * x).sum::<f64>().sqrt();
    if length > 0.0 {
        vector.iter_mut().for_each(|x| *x /= length);
    }
    length
}

/// A finite step along a singular direction: the whole budget along v in L2, along sign(v) in L-infinity (a heuristic:
/// the exact L-infinity problem is NP-hard, paper.md §6.10). Both signs are tried; the family keeps the stronger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SingularVector {
    /// Which singular vector, from 0.
    pub level: usize,
    /// Of which outputs' Jacobian.
    pub outputs: Outputs,
}

impl Attack for SingularVector {
    fn name(&self) -> &'static str {
        "singular-vector"
    }

    fn rounds(&self) -> usize {
        1
    }

    fn alternatives(&self) -> usize {
        2
    }

    #[expect(clippy::cast_possible_truncation, reason = "pixels are f32")]
    fn propose(&self, situation: &Situation<'_>) -> Result<Array<f32>, AttackError> {
        let directions = Linearized::new(situation.subject, situation.clean, self.outputs)?.directions(self.level)?;
        let sign = if situation.alternative == 0 { 1.0 } else { -1.0 };
        let mut proposal = situation.clean.clone();
        let length = proposal.row_length().max(1);
        for (pixels, direction) in proposal.data_mut().chunks_mut(length).zip(&directions) {
            let vector: Vec<f32> = direction.vector.iter().map(|x| (sign * x) as f32).collect();
            let step: Vec<f32> = match situation.budget.norm() {
                Norm::L2 => vector.iter().map(|x| (f64::from(*x) * situation.budget.size()) as f32).collect(),
                Norm::Linf => Norm::Linf.steepest(&vector, situation.budget.size()),
            };
            pixels.iter_mut().zip(step).for_each(|(pixel, x)| *pixel += x);
        }
        Ok(proposal)
    }
}
