//! A minimum of a smooth convex function: limited-memory BFGS (Nocedal 1980) with a backtracking line search.

use crate::linear::dot;

/// Where the search came to rest.
pub(super) struct Minimum {
    pub point: Vec<f64>,
    pub iterations: usize,
    /// Largest absolute entry of the gradient there.
    pub slope: f64,
}

/// Pairs of steps and gradient changes that are remembered.
const MEMORY: usize = 10;
/// Share of the predicted decrease that a step must make (Armijo).
const DECREASE: f64 = 1e-4;
/// Halvings of a step before the search gives up: the rest is rounding.
const HALVINGS: usize = 50;

struct Pair {
    step: Vec<f64>,
    change: Vec<f64>,
    inverse_curvature: f64,
}

/// Goes down from `start` until no entry of the gradient is above `tolerance`; `function` fills in the gradient and returns
/// the value.
pub(super) fn minimise(
    start: Vec<f64>,
    tolerance: f64,
    most_iterations: usize,
    mut function: impl FnMut(&[f64], &mut [f64]) -> f64,
) -> Minimum {
    let mut point = start;
    let mut gradient = vec![0.0; point.len()];
    let mut value = function(&point, &mut gradient);
    let mut memory: Vec<Pair> = Vec::with_capacity(MEMORY);
    let slope = |gradient: &[f64]| gradient.iter().fold(0.0_f64, |most, entry| most.max(entry.abs()));
    let mut iterations = 0;
    while slope(&gradient) > tolerance && iterations < most_iterations {
        iterations += 1;
        let direction = direction(&gradient, &memory);
        let descent = dot(&direction, &gradient);
        let mut length = if memory.is_empty() { 1.0 / dot(&gradient, &gradient).sqrt().max(1.0) } else { 1.0 };
        let mut accepted = None;
        for _ in 0..HALVINGS {
            let next: Vec<f64> = point.iter().zip(&direction).map(|(x, d)| x + length * d).collect();
            let mut next_gradient = vec![0.0; next.len()];
            let next_value = function(&next, &mut next_gradient);
            if next_value <= value + DECREASE * length * descent {
                accepted = Some((next, next_gradient, next_value));
                break;
            }
            length *= 0.5;
        }
        let Some((next, next_gradient, next_value)) = accepted else { break };
        let step: Vec<f64> = next.iter().zip(&point).map(|(new, old)| new - old).collect();
        let change: Vec<f64> = next_gradient.iter().zip(&gradient).map(|(new, old)| new - old).collect();
        let curvature = dot(&step, &change);
        if curvature > 1e-12 * dot(&change, &change).sqrt() * dot(&step, &step).sqrt() {
            if memory.len() == MEMORY {
                memory.remove(0);
            }
            memory.push(Pair { step, change, inverse_curvature: 1.0 / curvature });
        }
        (point, gradient, value) = (next, next_gradient, next_value);
    }
    Minimum { slope: slope(&gradient), point, iterations }
}

/// Minus the remembered inverse Hessian times the gradient (the two loops of Nocedal).
fn direction(gradient: &[f64], memory: &[Pair]) -> Vec<f64> {
    let mut q = gradient.to_vec();
    let mut weights = Vec::with_capacity(memory.len());
    for pair in memory.iter().rev() {
        let weight = pair.inverse_curvature * dot(&pair.step, &q);
        q.iter_mut().zip(&pair.change).for_each(|(q, y)| *q -= weight * y);
        weights.push(weight);
    }
    if let Some(last) = memory.last() {
        let scale = 1.0 / (last.inverse_curvature * dot(&last.change, &last.change));
        q.iter_mut().for_each(|q| *q *= scale);
    }
    for (pair, weight) in memory.iter().zip(weights.into_iter().rev()) {
        let back = weight - pair.inverse_curvature * dot(&pair.change, &q);
        q.iter_mut().zip(&pair.step).for_each(|(q, s)| *q += back * s);
    }
    q.iter_mut().for_each(|q| *q = -*q);
    q
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Σ k (x_k − k)²: condition number 20, minimum at x_k = k.
    #[test]
    fn a_quadratic_is_minimised() {
        let found = minimise(vec![0.0; 20], 1e-10, 200, |x, gradient| {
            x.iter()
                .zip(gradient)
                .enumerate()
                .map(|(k, (x, slope))| {
                    let weight = (k + 1) as f64;
                    *slope = 2.0 * weight * (x - k as f64);
                    weight * (x - k as f64).powi(2)
                })
                .sum()
        });
        assert!(found.slope <= 1e-10 && found.iterations < 200);
        assert!(found.point.iter().enumerate().all(|(k, x)| (x - k as f64).abs() < 1e-9));
    }
}
