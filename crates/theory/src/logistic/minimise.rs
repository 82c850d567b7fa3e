//! L-BFGS for smooth convex functions (Nocedal and Wright, Numerical Optimization, algorithms 7.4 and 7.5).

/// Pairs of steps and gradient changes that are remembered.
const MEMORY: usize = 10;
/// Armijo's condition: this share of the decrease that the slope promises must come true.
const SUFFICIENT: f64 = 1e-4;
/// How often a step is halved before the search gives up.
const HALVINGS: usize = 40;

/// Where a minimisation ended.
pub(super) struct Minimum {
    pub point: Vec<f64>,
    pub value: f64,
    /// The largest component of the gradient there.
    pub slope: f64,
    pub iterations: usize,
}

/// Minimises `function` (value and gradient of a point) from `start` until no component of the gradient is above
/// `tolerance`, or for `most` iterations, or until no step leads down any more.
pub(super) fn minimise(
    mut function: impl FnMut(&[f64]) -> (f64, Vec<f64>),
    start: Vec<f64>,
    tolerance: f64,
    most: usize,
) -> Minimum {
    let mut point = start;
    let (mut value, mut gradient) = function(&point);
    let mut pairs: Vec<(Vec<f64>, Vec<f64>)> = Vec::new();
    let mut iterations = 0;
    while iterations < most && largest(&gradient) > tolerance {
        let mut direction = quasi_newton(&pairs, &gradient);
        let mut descent = dot(&direction, &gradient);
        if descent >= 0.0 {
            // Rounding spoiled the memory: start it anew along the gradient.
            pairs.clear();
            direction = gradient.iter().map(|slope| -slope).collect();
            descent = -dot(&gradient, &gradient);
        }
        let mut step = if pairs.is_empty() { 1.0 / largest(&gradient).max(1.0) } else { 1.0 };
        let mut taken = None;
        for _ in 0..HALVINGS {
            let next: Vec<f64> = point.iter().zip(&direction).map(|(x, d)| x + step * d).collect();
            let (next_value, next_gradient) = function(&next);
            if next_value <= value + SUFFICIENT * step * descent {
                taken = Some((next, next_value, next_gradient));
                break;
            }
            step /= 2.0;
        }
        let Some((next, next_value, next_gradient)) = taken else { break };
        let moved: Vec<f64> = next.iter().zip(&point).map(|(new, old)| new - old).collect();
        let turned: Vec<f64> = next_gradient.iter().zip(&gradient).map(|(new, old)| new - old).collect();
        // Only pairs of positive curvature keep the approximation positive definite.
        if dot(&moved, &turned) > 1e-12 * dot(&turned, &turned).sqrt() * dot(&moved, &moved).sqrt() {
            if pairs.len() == MEMORY {
                pairs.remove(0);
            }
            pairs.push((moved, turned));
        }
        (point, value, gradient) = (next, next_value, next_gradient);
        iterations += 1;
    }
    Minimum { slope: largest(&gradient), point, value, iterations }
}

/// −H·g by the two-loop recursion.
fn quasi_newton(pairs: &[(Vec<f64>, Vec<f64>)], gradient: &[f64]) -> Vec<f64> {
    let mut direction: Vec<f64> = gradient.iter().map(|slope| -slope).collect();
    let mut weights = Vec::with_capacity(pairs.len());
    for (moved, turned) in pairs.iter().rev() {
        let weight = dot(moved, &direction) / dot(moved, turned);
        add(&mut direction, -weight, turned);
        weights.push(weight);
    }
    if let Some((moved, turned)) = pairs.last() {
        let scale = dot(moved, turned) / dot(turned, turned);
        direction.iter_mut().for_each(|d| *d *= scale);
    }
    for ((moved, turned), weight) in pairs.iter().zip(weights.into_iter().rev()) {
        let correction = weight - dot(turned, &direction) / dot(moved, turned);
        add(&mut direction, correction, moved);
    }
    direction
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn add(to: &mut [f64], weight: f64, of: &[f64]) {
    to.iter_mut().zip(of).for_each(|(to, of)| *to += weight * of);
}

fn largest(numbers: &[f64]) -> f64 {
    numbers.iter().fold(0.0, |largest, number| number.abs().max(largest))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Σ c_i (x_i − i)²: the minimum is at x_i = i, whatever the curvatures.
    #[test]
    fn a_badly_scaled_quadratic_is_minimised() {
        let curvature = [1.0, 100.0, 0.01, 7.0];
        let function = |x: &[f64]| {
            let value = x.iter().zip(curvature).enumerate().map(|(i, (x, c))| c * (x - i as f64).powi(2)).sum();
            let gradient = x.iter().zip(curvature).enumerate().map(|(i, (x, c))| 2.0 * c * (x - i as f64)).collect();
            (value, gradient)
        };
        let found = minimise(function, vec![5.0; 4], 1e-9, 200);
        assert!(found.slope <= 1e-9, "{} after {}", found.slope, found.iterations);
        for (place, x) in found.point.iter().enumerate() {
            // |x − x*| = slope / (2c) ≤ 1e-9 / 0.02.
            assert!((x - place as f64).abs() < 1e-7, "{place}: {x}");
        }
    }
}
