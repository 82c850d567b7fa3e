//! What an attack climbs: functions of the outputs, with their gradients in f64.

use serde::{Deserialize, Serialize};

/// What an attack climbs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Objective {
    /// Cross entropy of the outputs against the network's own clean prediction (the paper's choice, paper.md Q17).
    CrossEntropy,
    /// The largest other output minus the own one: its gradient does not shrink when the network is sure.
    Margin,
    /// |f(x + δ) − f(x)|, the canonical distance of the paper's Definition (paper.md §1.1). Its gradient is zero at δ = 0.
    OutputDistance,
}

/// The gradient of an objective with respect to the outputs of one image, as `scale · direction`.
///
/// The direction has entries of moderate size whatever the network's confidence, so that it survives f32; the scale
/// alone may be tiny.
#[derive(Clone, Debug, PartialEq)]
pub struct OutputGradient {
    /// The direction, one number an output.
    pub direction: Vec<f64>,
    /// What it is multiplied by, at least 0.
    pub scale: f64,
}

impl Objective {
    /// Its name on the command line and in results.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::CrossEntropy => "cross-entropy",
            Self::Margin => "margin",
            Self::OutputDistance => "output-distance",
        }
    }

    /// The objective's value for one image, from its outputs now and its clean outputs.
    #[must_use]
    pub fn value(self, outputs: &[f64], clean: &[f64]) -> f64 {
        let own = prediction(clean);
        match self {
            Self::CrossEntropy => log_sum_exp(outputs) - outputs[own],
            Self::Margin => best_other(outputs, own).map_or(0.0, |other| outputs[other] - outputs[own]),
            Self::OutputDistance => distance(outputs, clean),
        }
    }

    /// The objective's gradient with respect to the outputs of one image.
    ///
    /// For cross entropy with own class y the gradient is p − e_y. In f32, p_y − 1 is exactly 0 for sure networks;
    /// here the own entry is minus the sum of the others, written as (1 − p_y) · (q − e_y) with q the softmax of the
    /// other classes, so that the direction is exact however small 1 − p_y is.
    #[must_use]
    pub fn gradient(self, outputs: &[f64], clean: &[f64]) -> OutputGradient {
        let own = prediction(clean);
        match self {
            Self::CrossEntropy => cross_entropy_gradient(outputs, own),
            Self::Margin => {
                let mut direction = vec![0.0; outputs.len()];
                if let Some(other) = best_other(outputs, own) {
                    direction[other] = 1.0;
                    direction[own] = -1.0;
                }
                OutputGradient { direction, scale: 1.0 }
            }
            Self::OutputDistance => {
                let length = distance(outputs, clean);
                let unit = |(now, before): (&f64, &f64)| if length > 0.0 { (now - before) / length } else { 0.0 };
                OutputGradient { direction: outputs.iter().zip(clean).map(unit).collect(), scale: 1.0 }
            }
        }
    }
}

impl std::str::FromStr for Objective {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        [Self::CrossEntropy, Self::Margin, Self::OutputDistance]
            .into_iter()
            .find(|objective| objective.name() == text)
            .ok_or_else(|| {
                format!("expected the objective 'cross-entropy', 'margin' or 'output-distance', found '{text}'")
            })
    }
}

/// The index of the largest output; the first of equals.
#[must_use]
pub fn prediction(outputs: &[f64]) -> usize {
    let mut best = 0;
    for (index, output) in outputs.iter().enumerate() {
        if *output > outputs[best] {
            best = index;
        }
    }
    best
}

fn cross_entropy_gradient(outputs: &[f64], own: usize) -> OutputGradient {
    let Some(other) = best_other(outputs, own) else {
        return OutputGradient { direction: vec![0.0; outputs.len()], scale: 0.0 };
    };
    let mut direction: Vec<f64> = outputs.iter().map(|output| (output - outputs[other]).exp()).collect();
    direction[own] = 0.0;
    let total: f64 = direction.iter().sum();
    direction.iter_mut().for_each(|part| *part /= total);
    direction[own] = -1.0;
    // 1 − p_y = S / (1 + S) with S = Σ_{j≠y} e^(z_j − z_y) = total · e^(z_other − z_own); written with e^−|x|.
    let odds_exponent = outputs[other] - outputs[own] + total.ln();
    let decay = (-odds_exponent.abs()).exp();
    let scale = if odds_exponent >= 0.0 { 1.0 / (1.0 + decay) } else { decay / (1.0 + decay) };
    OutputGradient { direction, scale }
}

fn best_other(outputs: &[f64], own: usize) -> Option<usize> {
    (0..outputs.len())
        .filter(|&index| index != own)
        .reduce(|best, index| if outputs[index] > outputs[best] { index } else { best })
}

fn log_sum_exp(outputs: &[f64]) -> f64 {
    let largest = outputs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    largest + outputs.iter().map(|output| (output - largest).exp()).sum::<f64>().ln()
}

fn distance(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(left, right)| (left - right).powi(2)).sum::<f64>().sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The gradient is the limit of the difference quotient (step 1e-6: truncation and rounding below 1e-8).
    #[test]
    fn gradients_match_central_differences() {
        let clean = [1.0, 0.2, -0.5];
        let outputs = [0.7, 0.4, -0.1];
        for objective in [Objective::CrossEntropy, Objective::Margin, Objective::OutputDistance] {
            let gradient = objective.gradient(&outputs, &clean);
            for place in 0..3 {
                let at = |step: f64| {
                    let mut moved = outputs;
                    moved[place] += step;
                    objective.value(&moved, &clean)
                };
                let slope = (at(1e-6) - at(-1e-6)) / 2e-6;
                assert!((slope - gradient.scale * gradient.direction[place]).abs() < 1e-8, "{objective:?}");
            }
        }
    }

    /// A network that is sure to 1 − e^−800 still has a direction: towards the runner-up, away from its own class.
    #[test]
    fn a_saturated_image_keeps_its_direction() {
        let outputs = [800.0, 0.0, -1.0];
        let gradient = Objective::CrossEntropy.gradient(&outputs, &outputs);
        let share = 1.0 / (1.0 + (-1.0_f64).exp());
        assert!((gradient.direction[1] - share).abs() < 1e-12);
        assert!((gradient.direction[0] + 1.0).abs() < 1e-15);
        assert!(gradient.scale.is_finite() && gradient.scale >= 0.0);
    }

    #[test]
    fn one_output_has_nothing_to_climb() {
        assert_eq!(Objective::CrossEntropy.gradient(&[3.0], &[3.0]).scale, 0.0);
    }
}
