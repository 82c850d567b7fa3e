//! A gradient against finite differences: the check that needs no second implementation.

use std::collections::HashMap;

use rand::RngExt;
use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};
use serde::Serialize;

use crate::{
    array::Array,
    graph::{Graph, Origin},
    interpreter::{InterpreterError, evaluate},
};

/// How well a gradient agrees with central differences.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct DirectionalCheck {
    /// Along how many directions the two were compared.
    pub directions: usize,
    /// The largest difference, relative to the larger of the derivatives (0: equal; about 1: unrelated).
    pub largest_relative_error: f64,
    /// The relative error that rounding of the function's own values can make in these differences.
    pub resolution: f64,
}

impl DirectionalCheck {
    /// What the check says: see [`Agreement`].
    #[must_use]
    pub fn agreement(&self) -> Agreement {
        if self.largest_relative_error <= TOLERANCE {
            Agreement::Agrees
        } else if self.largest_relative_error <= self.resolution {
            Agreement::Undecided
        } else {
            Agreement::Differs
        }
    }
}

/// Whether a gradient is that of its function, as far as finite differences can tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Agreement {
    /// The error is below [`TOLERANCE`].
    Agrees,
    /// The error is above it, and no larger than rounding can make it: the slope is too small beside the value. Deep
    /// networks whose gradient has vanished (most untrained ones without skips) are such functions.
    Undecided,
    /// The gradient is wrong.
    Differs,
}

/// Why a gradient could not be checked.
#[derive(Debug, thiserror::Error, PartialEq)]
pub enum SelfCheckError {
    /// The graph could not be evaluated.
    #[error(transparent)]
    Interpreter(#[from] InterpreterError),
    /// Point and gradient have different lengths.
    #[error("the point has {point} numbers, but the gradient has {gradient}")]
    Length {
        /// Numbers of the point.
        point: usize,
        /// Numbers of the gradient.
        gradient: usize,
    },
    /// The function or the gradient is NaN or infinite.
    #[error("the function or its gradient is NaN or infinite, so the two cannot be compared")]
    NotFinite,
}

/// The error below which a gradient in double precision is taken as right. Rounding leaves about 1e-9 of steps of 1e-5
/// (see [`directional_check`]); what is wrong in kind (a sign, a factor, a missing branch) is above 1e-2.
pub const TOLERANCE: f64 = 1e-5;

/// The steps of the differences, in units of the point, in the order in which they are tried while the error is above
/// [`TOLERANCE`]. The first is near the cube root of double precision's rounding (6e-6), where truncation and rounding
/// of a central difference are about equally small. A kink (of ReLU, of a maximum) that lies within a step disturbs the
/// difference, and a smaller step lets go of it; where the slope is tiny beside the value, rounding does, and a larger
/// step lifts the difference out of it. A wrong gradient stays wrong at every step.
const STEPS: [f64; 5] = [1e-5, 1e-6, 1e-7, 1e-4, 1e-3];

/// By how many units of double precision one evaluation of a network may be off: its last sums have tens of terms.
const ROUNDINGS: f64 = 8.0;

/// Compares a gradient with central differences (f(x + h d) − f(x − h d)) / 2h along random directions d, whose
/// coordinates are uniform in ±1.
///
/// `function` is a real function of as many numbers as `point` has, and `gradient` its gradient there. The error along
/// one direction is |difference − ⟨gradient, d⟩|, relative to the largest of the two and of ‖gradient‖ (so that a
/// direction that happens to be level does not count as an error). It calls `function` twice for each direction, and
/// up to ten times where the two disagree.
///
/// ```
/// use transferscope_network::self_check::directional_check;
/// let check = directional_check(|x| Ok(x[0] * x[0] + 3.0 * x[1]), &[2.0, 1.0], &[4.0, 3.0], 3, 0)?;
/// assert!(check.largest_relative_error < 1e-8);
/// # Ok::<(), transferscope_network::self_check::SelfCheckError>(())
/// ```
///
/// # Errors
/// Where the lengths differ, a number is not finite, or the function gives an error.
pub fn directional_check(
    mut function: impl FnMut(&[f64]) -> Result<f64, SelfCheckError>,
    point: &[f64],
    gradient: &[f64],
    directions: usize,
    seed: u64,
) -> Result<DirectionalCheck, SelfCheckError> {
    if point.len() != gradient.len() {
        return Err(SelfCheckError::Length { point: point.len(), gradient: gradient.len() });
    }
    let norm = gradient.iter().map(|slope| slope * slope).sum::<f64>().sqrt();
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut worst = Difference { error: 0.0, resolution: 0.0 };
    for _ in 0..directions {
        let direction: Vec<f64> = point.iter().map(|_| random.random_range(-1.0..=1.0)).collect();
        let slope: f64 = gradient.iter().zip(&direction).map(|(a, b)| a * b).sum();
        let mut best: Option<Difference> = None;
        for step in STEPS {
            let mut moved = |distance: f64| {
                let place: Vec<f64> = point.iter().zip(&direction).map(|(x, d)| x + distance * d).collect();
                function(&place)
            };
            let found = Difference::between(moved(step)?, moved(-step)?, step, slope, norm)?;
            let kept = best.filter(|best| best.error <= found.error).unwrap_or(found);
            best = Some(kept);
            if kept.error <= TOLERANCE {
                break;
            }
        }
        worst = best.filter(|best| best.error > worst.error).unwrap_or(worst);
    }
    Ok(DirectionalCheck { directions, largest_relative_error: worst.error, resolution: worst.resolution })
}

/// One central difference beside the slope that the gradient gives.
#[derive(Clone, Copy)]
struct Difference {
    error: f64,
    resolution: f64,
}

impl Difference {
    fn between(above: f64, below: f64, step: f64, slope: f64, norm: f64) -> Result<Self, SelfCheckError> {
        let difference = (above - below) / (2.0 * step);
        if !difference.is_finite() || !slope.is_finite() {
            return Err(SelfCheckError::NotFinite);
        }
        let scale = difference.abs().max(slope.abs()).max(norm);
        if scale == 0.0 {
            // Both zero: they agree.
            return Ok(Self { error: 0.0, resolution: 0.0 });
        }
        let rounding = ROUNDINGS * f64::EPSILON * (above.abs() + below.abs()) / (2.0 * step);
        Ok(Self { error: (difference - slope).abs() / scale, resolution: rounding / scale })
    }
}

/// Checks the interpreter's input gradient of a graph at one random input (uniform in `[0,1]`, like pixels) for one
/// random projection of its output, along random directions.
///
/// It costs one reverse pass and two forward passes a direction: three directions are enough for a large network, since
/// each is a random combination of all inputs and the projection one of all outputs.
///
/// # Errors
/// Where the graph cannot be evaluated, or gives NaN or infinity.
pub fn self_check(graph: &Graph, directions: usize, seed: u64) -> Result<DirectionalCheck, SelfCheckError> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    // Directions have the seed's first stream.
    random.set_stream(1);
    let inputs: Vec<Array<f64>> = graph
        .inputs()
        .iter()
        .map(|&id| {
            let mut shape = vec![1];
            if let Origin::Input { shape: own } = &graph.value(id).origin {
                shape.extend(own);
            }
            uniform(&mut random, shape, 0.0)
        })
        .collect();
    let evaluation = evaluate(graph, &inputs, &HashMap::new())?;
    let output = graph.output();
    let projection = uniform(&mut random, evaluation.value(output).shape().to_vec(), -1.0);
    let gradients = evaluation.pull_back(&[(output, projection.clone())], graph.inputs())?;
    let flat = |arrays: &[Array<f64>]| arrays.iter().flat_map(|array| array.data().iter().copied()).collect::<Vec<_>>();
    let projected = |point: &[f64]| {
        let mut place = inputs.clone();
        let mut rest = point;
        for array in &mut place {
            let (own, others) = rest.split_at(array.len());
            array.data_mut().copy_from_slice(own);
            rest = others;
        }
        let evaluation = evaluate(graph, &place, &HashMap::new())?;
        Ok(evaluation.value(output).data().iter().zip(projection.data()).map(|(y, c)| y * c).sum())
    };
    directional_check(projected, &flat(&inputs), &flat(&gradients), directions, seed)
}

/// Numbers uniform from `low` to 1.
fn uniform(random: &mut ChaCha8Rng, shape: Vec<usize>, low: f64) -> Array<f64> {
    let mut array = Array::filled(shape, 0.0);
    for number in array.data_mut() {
        *number = random.random_range(low..=1.0);
    }
    array
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::zoo::{Settings, architectures};

    fn cubes(x: &[f64]) -> f64 {
        x.iter().map(|number| number.powi(3)).sum()
    }

    #[test]
    fn a_wrong_gradient_is_found() {
        let point = [0.5, -1.0, 2.0];
        let right = [0.75, 3.0, 12.0];
        let error = |gradient: &[f64]| {
            directional_check(|x| Ok(cubes(x)), &point, gradient, 3, 7).map(|check| check.largest_relative_error)
        };
        assert!(error(&right).expect("it is finite") < 1e-8);
        // A sign, a factor, one coordinate missing, everything missing.
        for wrong in [[-0.75, -3.0, -12.0], [1.5, 6.0, 24.0], [0.75, 0.0, 12.0], [0.0; 3]] {
            assert!(error(&wrong).expect("it is finite") > 1e-2, "{wrong:?}");
        }
    }

    #[test]
    fn what_cannot_be_compared_is_an_error() {
        assert!(directional_check(|_| Ok(f64::NAN), &[1.0], &[1.0], 1, 0).is_err());
        assert!(directional_check(|x| Ok(cubes(x)), &[1.0], &[f64::NAN], 1, 0).is_err());
        assert!(directional_check(|x| Ok(cubes(x)), &[1.0], &[], 1, 0).is_err());
        let level = directional_check(|_| Ok(4.0), &[1.0], &[0.0], 1, 0).expect("a constant has a gradient");
        assert!(level.largest_relative_error < f64::MIN_POSITIVE);
    }

    #[test]
    fn a_slope_below_the_rounding_of_the_value_is_undecided_not_wrong() {
        // 1 + 1e-15 x: a step of 1e-3 moves it by less than its last digit.
        let check = directional_check(|x| Ok(1.0 + 1e-15 * x[0]), &[0.5], &[1e-15], 1, 7).expect("it is finite");
        assert_eq!(check.agreement(), Agreement::Undecided, "{check:?}");
        let wrong = directional_check(|x| Ok(1.0 + x[0]), &[0.5], &[1.1], 1, 7).expect("it is finite");
        assert_eq!(wrong.agreement(), Agreement::Differs, "{wrong:?}");
        // 1 + 1e-9 x: the step of 1e-5 is lost in rounding, the one of 1e-3 is not.
        let small = directional_check(|x| Ok(1.0 + 1e-9 * x[0]), &[0.5], &[1e-9], 1, 7).expect("it is finite");
        assert_eq!(small.agreement(), Agreement::Undecided, "{small:?}");
        let larger = directional_check(|x| Ok(1.0 + 1e-7 * x[0]), &[0.5], &[1e-7], 1, 7).expect("it is finite");
        assert_eq!(larger.agreement(), Agreement::Agrees, "{larger:?}");
    }

    #[test]
    fn every_architecture_has_the_gradient_of_its_own_function() {
        for architecture in architectures() {
            // Thin ones: the formulas are the same, and the interpreter is slow.
            let settings = Settings { width: 0.05, ..Settings::with_classes(5) };
            let graph = architecture.build(&settings).expect("the settings are in range");
            // The fresh weights are PyTorch's, uniform in ±1/√fan_in: of variance 1/(3 fan_in), so that each layer makes
            // the signal √3 times smaller, √6 times with a ReLU, and the slope of tens of layers is lost in rounding.
            // Twice as large, they keep it in its range, with and without ReLU.
            let weights = graph
                .weights()
                .map(|(_, name, weight)| {
                    let gain = if weight.shape().len() > 1 { 2.0 } else { 1.0 };
                    (name.to_owned(), Arc::new(weight.map(|number| number * gain)))
                })
                .collect();
            let graph = graph.structure().with_weights(&weights).expect("the weights are its own");
            let check = self_check(&graph, 2, 11).expect("fresh networks are finite");
            assert!(check.largest_relative_error < TOLERANCE, "{}: {check:?}", architecture.name);
        }
    }
}
