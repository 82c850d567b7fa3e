//! Training a sigmoid network: full-batch gradient descent with momentum on the mean squared error.

use transferscope_theory::linear::{
    Matrix,
    product::{cross, multiply},
};

use super::{SigmoidNetwork, SyntheticError};

/// How the velocity becomes a step (paper §11.1, Q13).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TrainingUpdate {
    /// Every weight moves by its velocity.
    #[default]
    Corrected,
    /// As released: W1 moves by its velocity, W2, b1 and b2 by the rate times theirs, so that the rate counts twice.
    AsReleased,
}

/// How a network is trained.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TrainingOptions {
    /// Steps over all samples.
    pub steps: usize,
    /// Rate. The public program says 0.2 and, by its double use, takes 0.04 for all weights but W1.
    pub rate: f64,
    /// Momentum.
    pub momentum: f64,
    /// What a velocity does.
    pub update: TrainingUpdate,
}

impl Default for TrainingOptions {
    /// With the corrected update 0.2 diverges: the largest curvature of W2 is near m/2 = 50, where momentum 0.9 allows
    /// rates below 3.8/50.
    fn default() -> Self {
        Self { steps: 800, rate: 0.03, momentum: 0.9, update: TrainingUpdate::Corrected }
    }
}

/// Trains on inputs (N x n) and truth (N x d); loss = sum of squared errors / N.
///
/// # Errors
/// [`SyntheticError::Diverged`] when a weight leaves the finite numbers, [`SyntheticError::Shape`] for other inputs.
pub fn train(
    start: SigmoidNetwork,
    inputs: &Matrix,
    truth: &Matrix,
    options: &TrainingOptions,
) -> Result<SigmoidNetwork, SyntheticError> {
    let mut network = start;
    let mut velocity = network.moved(-1.0, &network)?;
    for step in 0..options.steps {
        let diverged = |_| SyntheticError::Diverged { step, rate: options.rate };
        let (_, gradient) = loss_and_gradient(&network, inputs, truth).map_err(diverged)?;
        velocity = velocity.scaled(options.momentum).moved(options.rate, &gradient).map_err(diverged)?;
        let by = match options.update {
            TrainingUpdate::Corrected => velocity.clone(),
            TrainingUpdate::AsReleased => velocity.scaled_but_first(options.rate),
        };
        network = network.moved(-1.0, &by).map_err(diverged)?;
    }
    Ok(network)
}

/// The loss, and its gradient in the shape of the network.
pub(super) fn loss_and_gradient(
    network: &SigmoidNetwork,
    inputs: &Matrix,
    truth: &Matrix,
) -> Result<(f64, SigmoidNetwork), SyntheticError> {
    let at = network.evaluate(inputs)?;
    let (samples, width, outputs) = (inputs.rows(), network.width(), network.outputs());
    let errors = at.outputs.plus_scaled(-1.0, truth)?;
    let loss = errors.squared_norm() / samples as f64;
    let errors = errors.scaled(2.0 / samples as f64);
    let mut back = vec![0.0; samples * width];
    multiply(errors.as_slice(), network.matrices().1.as_slice(), (samples, outputs, width), &mut back);
    for (slope, hidden) in back.iter_mut().zip(at.hidden.as_slice()) {
        *slope *= hidden * (1.0 - hidden);
    }
    let back = Matrix::from_rows(samples, width, back)?;
    let gradient = SigmoidNetwork::new(
        cross(&back, inputs)?,
        column_sums(&back),
        cross(&errors, &at.hidden)?,
        column_sums(&errors),
    )?;
    Ok((loss, gradient))
}

fn column_sums(matrix: &Matrix) -> Vec<f64> {
    let mut sums = vec![0.0; matrix.columns()];
    for row in matrix.as_slice().chunks_exact(matrix.columns().max(1)) {
        sums.iter_mut().zip(row).for_each(|(sum, value)| *sum += value);
    }
    sums
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;

    fn task() -> (SigmoidNetwork, Matrix, Matrix) {
        let field =
            |rows, columns, shift: f64| Matrix::from_fn(rows, columns, |i, j| ((3 * i + j) as f64 + shift).sin());
        let network = SigmoidNetwork::new(field(4, 3, 0.0), vec![0.1; 4], field(2, 4, 1.0), vec![0.0; 2]).unwrap();
        (network, field(12, 3, 0.4), field(12, 2, 2.0))
    }

    fn loss(network: &SigmoidNetwork, inputs: &Matrix, truth: &Matrix) -> f64 {
        let outputs = network.evaluate(inputs).unwrap().outputs;
        outputs.plus_scaled(-1.0, truth).unwrap().squared_norm() / inputs.rows() as f64
    }

    /// The slope along the gradient is the squared gradient; central differences with step 1e-5 err by about 1e-9.
    #[test]
    fn the_gradient_is_the_derivative_of_the_loss() {
        let (network, inputs, truth) = task();
        let (_, gradient) = loss_and_gradient(&network, &inputs, &truth).unwrap();
        let at = |step: f64| loss(&network.moved(step, &gradient).unwrap(), &inputs, &truth);
        let slope = (at(1e-5) - at(-1e-5)) / 2e-5;
        let (w1, w2) = gradient.matrices();
        let (b1, b2) = gradient.shifts();
        let square = w1.squared_norm() + w2.squared_norm() + b1.iter().chain(b2).map(|b| b * b).sum::<f64>();
        assert!((slope - square).abs() < 1e-7 * square, "{slope} is not {square}");
    }

    #[test]
    fn the_loss_falls_and_a_reckless_rate_is_told() {
        let (network, inputs, truth) = task();
        let before = loss(&network, &inputs, &truth);
        let options = TrainingOptions { steps: 200, ..TrainingOptions::default() };
        let trained = train(network.clone(), &inputs, &truth, &options).unwrap();
        assert!(loss(&trained, &inputs, &truth) < 0.5 * before);
        let reckless = TrainingOptions { rate: 1e300, ..options };
        assert!(matches!(train(network, &inputs, &truth, &reckless), Err(SyntheticError::Diverged { .. })));
    }

    /// One step from rest: W1 moves by rate x gradient in both forms, the rest by rate² x gradient as released.
    #[test]
    fn the_released_update_uses_the_rate_twice() {
        let (network, inputs, truth) = task();
        let (_, gradient) = loss_and_gradient(&network, &inputs, &truth).unwrap();
        let step = TrainingOptions { steps: 1, rate: 0.5, momentum: 0.9, update: TrainingUpdate::AsReleased };
        let moved = train(network.clone(), &inputs, &truth, &step).unwrap();
        let change = network.moved(-1.0, &moved).unwrap();
        assert!((change.matrices().0[(1, 2)] - 0.5 * gradient.matrices().0[(1, 2)]).abs() < 1e-14);
        assert!((change.matrices().1[(1, 2)] - 0.25 * gradient.matrices().1[(1, 2)]).abs() < 1e-14);
        assert!((change.shifts().0[1] - 0.25 * gradient.shifts().0[1]).abs() < 1e-14);
    }
}
