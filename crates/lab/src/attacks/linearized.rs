//! What a network does to first order at some images: Jacobians where it has few outputs, products with them where it has many.

use transferscope_engine::{EngineError, Feed};
use transferscope_network::array::Array;

use super::{
    AttackError, FirstOrder, Jacobians, SingularDirection, jacobians,
    singular_direction::{normalise, stacked},
};
use crate::subject::{Outputs, Subject};

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
}

impl FirstOrder for Linearized<'_> {
    fn directions(&self, level: usize) -> Result<Vec<SingularDirection>, AttackError> {
        let inputs = self.images.row_length();
        if level >= self.outputs.min(inputs) {
            return Err(AttackError::Level { level, outputs: self.outputs, inputs });
        }
        match &self.dense {
            Some(all) => all.directions(level),
            None if level == 0 => power_iteration(self.subject, self.images, &self.name, self.outputs),
            None => jacobians(self.subject, self.images, self.of)?.directions(level),
        }
    }

    /// Exact where the Jacobian is formed, else by a central difference.
    fn push(&self, directions: &[SingularDirection]) -> Result<Array<f64>, AttackError> {
        match &self.dense {
            Some(all) => all.push(directions),
            None => {
                let vectors = stacked(directions, self.images.row_length())?;
                push_forward(self.subject, self.images, &self.name, &vectors, self.outputs)
            }
        }
    }
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
