//! Training by limited-memory BFGS: as deep in a few hundred steps as gradient descent is in many thousand.

use std::collections::VecDeque;

use transferscope_theory::linear::{Matrix, dot};

use super::{SigmoidNetwork, SyntheticError, training::loss_and_gradient};

/// Pairs of steps and changes of the gradient that are remembered.
const MEMORY: usize = 20;
/// Share of the predicted decrease that a step must achieve (Armijo).
const SUFFICIENT: f64 = 1e-4;
/// Halvings of a step before the search gives up.
const MOST_HALVINGS: usize = 30;

/// Trains on inputs (N x n) and truth (N x d) by at most `steps` steps; loss = sum of squared errors / N.
///
/// Each step goes along the two-loop direction (Nocedal and Wright, algorithm 7.4) and is halved until the loss falls
/// enough; pairs without positive curvature are not remembered. The loss never rises. Ends early where no step along
/// the gradient lowers the loss any more.
///
/// # Errors
/// [`SyntheticError::Shape`] for other inputs, [`SyntheticError::Linear`] where the start already overflows.
///
/// ```
/// use transferscope_study::experiments::synthetic::{SigmoidNetwork, train_lbfgs};
/// use transferscope_theory::linear::Matrix;
///
/// // f(x) = w2 s(w1 x) + b fits three points of a line: the loss falls from 2/3 to almost nothing.
/// let one = |value| Matrix::from_rows(1, 1, vec![value]);
/// let points = Matrix::from_rows(3, 1, vec![-1.0, 0.0, 1.0])?;
/// let start = SigmoidNetwork::new(one(1.0)?, vec![0.0], one(0.1)?, vec![0.0])?;
/// let trained = train_lbfgs(start, &points, &points, 60)?;
/// let errors = trained.evaluate(&points)?.outputs.plus_scaled(-1.0, &points)?;
/// assert!(errors.squared_norm() / 3.0 < 1e-3);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn train_lbfgs(
    start: SigmoidNetwork,
    inputs: &Matrix,
    truth: &Matrix,
    steps: usize,
) -> Result<SigmoidNetwork, SyntheticError> {
    let mut network = start;
    let (mut loss, gradient) = loss_and_gradient(&network, inputs, truth)?;
    let mut gradient = gradient.to_vector();
    let mut pairs: VecDeque<Pair> = VecDeque::with_capacity(MEMORY + 1);
    for _ in 0..steps {
        let mut direction = direction(&gradient, &pairs);
        let mut slope = dot(&gradient, &direction);
        if slope >= 0.0 {
            pairs.clear();
            direction = gradient.iter().map(|value| -value).collect();
            slope = -dot(&gradient, &gradient);
        }
        // Without memory the direction is the gradient, whose length says nothing about a sensible step.
        let first = if pairs.is_empty() { 1.0 / (1.0 + slope.abs().sqrt()) } else { 1.0 };
        let Some((next, next_loss, next_gradient, size)) =
            search(&network, inputs, truth, (loss, slope), &direction, first)
        else {
            if pairs.is_empty() {
                break;
            }
            pairs.clear();
            continue;
        };
        let step: Vec<f64> = direction.iter().map(|value| size * value).collect();
        let change: Vec<f64> = next_gradient.iter().zip(&gradient).map(|(new, old)| new - old).collect();
        let curvature = dot(&step, &change);
        if curvature > 1e-10 * (dot(&step, &step) * dot(&change, &change)).sqrt() {
            pairs.push_back(Pair { inverse: 1.0 / curvature, step, change });
            if pairs.len() > MEMORY {
                pairs.pop_front();
            }
        }
        (network, loss, gradient) = (next, next_loss, next_gradient);
    }
    Ok(network)
}

/// A step s, the change y of the gradient along it, and 1/(s·y).
struct Pair {
    step: Vec<f64>,
    change: Vec<f64>,
    inverse: f64,
}

/// The two-loop recursion: minus the approximate inverse Hessian times the gradient.
fn direction(gradient: &[f64], pairs: &VecDeque<Pair>) -> Vec<f64> {
    let mut result: Vec<f64> = gradient.iter().map(|value| -value).collect();
    let mut weights = Vec::with_capacity(pairs.len());
    for pair in pairs.iter().rev() {
        let weight = pair.inverse * dot(&pair.step, &result);
        result.iter_mut().zip(&pair.change).for_each(|(value, change)| *value -= weight * change);
        weights.push(weight);
    }
    if let Some(last) = pairs.back() {
        let scale = 1.0 / (last.inverse * dot(&last.change, &last.change));
        result.iter_mut().for_each(|value| *value *= scale);
    }
    for (pair, weight) in pairs.iter().zip(weights.iter().rev()) {
        let correction = weight - pair.inverse * dot(&pair.change, &result);
        result.iter_mut().zip(&pair.step).for_each(|(value, step)| *value += correction * step);
    }
    result
}

/// Halves the step until the loss falls enough; the new network, its loss and gradient, and the step.
fn search(
    network: &SigmoidNetwork,
    inputs: &Matrix,
    truth: &Matrix,
    (loss, slope): (f64, f64),
    direction: &[f64],
    first: f64,
) -> Option<(SigmoidNetwork, f64, Vec<f64>, f64)> {
    let along = network.with_vector(direction)?;
    let mut size = first;
    for _ in 0..MOST_HALVINGS {
        // A step into overflow is too long, like any other that does not lower the loss.
        if let Ok(next) = network.moved(size, &along)
            && let Ok((new, gradient)) = loss_and_gradient(&next, inputs, truth)
            && new <= loss + SUFFICIENT * size * slope
        {
            return Some((next, new, gradient.to_vector(), size));
        }
        size *= 0.5;
    }
    None
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;

    /// A network that another of the same width made is found again almost exactly, and deeper with more steps.
    #[test]
    fn the_loss_falls_to_almost_nothing_where_it_can() {
        let field =
            |rows, columns, shift: f64| Matrix::from_fn(rows, columns, |i, j| ((3 * i + j) as f64 + shift).sin());
        let teacher = SigmoidNetwork::new(field(4, 3, 0.3), vec![0.2; 4], field(2, 4, 1.3), vec![0.1; 2]).unwrap();
        let inputs = field(60, 3, 0.4);
        let truth = teacher.evaluate(&inputs).unwrap().outputs;
        let start = SigmoidNetwork::new(field(4, 3, 0.0), vec![0.1; 4], field(2, 4, 1.0), vec![0.0; 2]).unwrap();
        let loss = |steps| {
            let trained = train_lbfgs(start.clone(), &inputs, &truth, steps).unwrap();
            loss_and_gradient(&trained, &inputs, &truth).unwrap().0
        };
        let (none, some, many) = (loss(0), loss(20), loss(200));
        assert!(some < 0.1 * none && many < 1e-3 * none, "{none} {some} {many}");
    }
}
