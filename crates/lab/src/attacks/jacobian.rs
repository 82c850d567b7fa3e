//! The Jacobian of a network's outputs with respect to pixels, one reverse pass an output.

use transferscope_engine::{EngineError, Feed};
use transferscope_network::array::Array;

use super::AttackError;
use crate::subject::{Outputs, Subject};

/// Jacobians of a batch: `[N, outputs, inputs]`, row-major, f64.
#[derive(Clone, Debug)]
pub struct Jacobians {
    /// Number of outputs d.
    pub outputs: usize,
    /// Number of inputs n.
    pub inputs: usize,
    /// The numbers.
    pub values: Vec<f64>,
}

impl Jacobians {
    /// How many images there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.values.len() / (self.outputs * self.inputs).max(1)
    }

    /// The `d × n` Jacobian of one image.
    #[must_use]
    pub fn of(&self, image: usize) -> &[f64] {
        let size = self.outputs * self.inputs;
        &self.values[image * size..(image + 1) * size]
    }
}

/// The Jacobians of a batch of images: d vector-Jacobian products with unit cotangents.
///
/// For centred outputs the mean over outputs is taken off each column: J − 1/d Σ rows.
///
/// # Errors
/// Where the network cannot answer.
pub fn jacobians(subject: &Subject, images: &Array<f32>, outputs: Outputs) -> Result<Jacobians, AttackError> {
    jacobians_at(subject, &Feed::batch(images.clone()), subject.network().input_name(), outputs)
}

/// The same with respect to a named value, which the feed overrides or which is the input.
pub(crate) fn jacobians_at(
    subject: &Subject,
    feed: &Feed,
    wrt: &str,
    outputs: Outputs,
) -> Result<Jacobians, AttackError> {
    let name = subject.value_name(outputs)?;
    let network = subject.network();
    let elements = |name: &str| network.value_shape(name).map_or(0, |shape| shape.iter().product::<usize>());
    let (count, inputs) = (elements(&name), elements(wrt));
    let mut values = vec![0.0; feed.input.rows() * count * inputs];
    for output in 0..count {
        let mut unit = |at: &[Array<f32>]| {
            at.iter()
                .map(|value| {
                    let mut cotangent = Array::filled(value.shape().to_vec(), 0.0);
                    for row in cotangent.data_mut().chunks_mut(count) {
                        row[output] = 1.0;
                    }
                    Ok::<_, EngineError>(cotangent)
                })
                .collect()
        };
        let pulled = network.vjp(feed, &[&name], wrt, &mut unit).map_err(|source| subject.failed(source))?;
        for image in 0..feed.input.rows() {
            let start = (image * count + output) * inputs;
            let target = &mut values[start..start + inputs];
            target.iter_mut().zip(pulled.gradient.row(image)).for_each(|(to, &from)| *to = f64::from(from));
        }
    }
    let mut jacobians = Jacobians { outputs: count, inputs, values };
    if outputs == Outputs::Centred {
        centre(&mut jacobians);
    }
    Ok(jacobians)
}

#[expect(clippy::cast_precision_loss, reason = "output counts are small")]
fn centre(jacobians: &mut Jacobians) {
    let (outputs, inputs) = (jacobians.outputs, jacobians.inputs);
    for jacobian in jacobians.values.chunks_mut((outputs * inputs).max(1)) {
        for input in 0..inputs {
            let mean = (0..outputs).map(|output| jacobian[output * inputs + input]).sum::<f64>() / outputs as f64;
            (0..outputs).for_each(|output| jacobian[output * inputs + input] -= mean);
        }
    }
}
