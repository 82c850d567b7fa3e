//! A norm is a value: it measures, projects, and knows its own steepest step.

use serde::{Deserialize, Serialize};

/// How the size of a perturbation is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Norm {
    /// The largest change of any pixel value.
    Linf,
    /// The Euclidean length of the change.
    L2,
}

impl Norm {
    /// Its name on the command line and in results.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Linf => "linf",
            Self::L2 => "l2",
        }
    }

    /// The size of a vector.
    #[must_use]
    pub fn measure(self, vector: &[f32]) -> f64 {
        match self {
            Self::Linf => vector.iter().fold(0.0, |largest, &x| f64::max(largest, f64::from(x).abs())),
            Self::L2 => vector.iter().map(|&x| f64::from(x) * f64::from(x)).sum::<f64>().sqrt(),
        }
    }

    /// Moves a vector to the nearest one of at most this size.
    #[expect(clippy::cast_possible_truncation, reason = "perturbations are f32")]
    pub fn project(self, vector: &mut [f32], size: f64) {
        match self {
            Self::Linf => {
                let bound = size as f32;
                vector.iter_mut().for_each(|x| *x = x.clamp(-bound, bound));
            }
            Self::L2 => {
                let length = self.measure(vector);
                if length > size {
                    let factor = size / length;
                    vector.iter_mut().for_each(|x| *x = (f64::from(*x) * factor) as f32);
                }
            }
        }
    }

    /// The vector of this size along which a function with this gradient grows fastest:
    /// size · sign(g) for L-infinity (0 where g is 0), size · g/|g| for L2. Zero for a zero gradient.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, reason = "perturbations are f32")]
    pub fn steepest(self, gradient: &[f32], size: f64) -> Vec<f32> {
        match self {
            Self::Linf => gradient.iter().map(|&g| if g == 0.0 { 0.0 } else { (size as f32).copysign(g) }).collect(),
            Self::L2 => {
                let length = self.measure(gradient);
                let factor = if length > 0.0 { size / length } else { 0.0 };
                gradient.iter().map(|&g| (f64::from(g) * factor) as f32).collect()
            }
        }
    }
}

impl std::str::FromStr for Norm {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "linf" => Ok(Self::Linf),
            "l2" => Ok(Self::L2),
            _ => Err(format!("expected the norm 'linf' or 'l2', found '{text}'")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Projection gives the nearest vector inside: it is inside, and what is inside stays.
    #[test]
    fn projection_lands_inside_and_leaves_the_inside_alone() {
        for norm in [Norm::Linf, Norm::L2] {
            let mut far = vec![3.0, -4.0, 0.5];
            norm.project(&mut far, 1.0);
            assert!(norm.measure(&far) <= 1.0 + 1e-6, "{norm:?}");
            let mut near = vec![0.25, -0.5, 0.1];
            norm.project(&mut near, 1.0);
            assert_eq!(near, vec![0.25, -0.5, 0.1]);
        }
    }

    /// Hölder: ⟨g, step⟩ is size times the dual norm of g.
    #[test]
    fn the_steepest_step_reaches_the_dual_norm() {
        let gradient = [3.0, -4.0, 0.0];
        let gain = |step: Vec<f32>| -> f32 { step.iter().zip(&gradient).map(|(s, g)| s * g).sum() };
        assert!((gain(Norm::Linf.steepest(&gradient, 0.5)) - 0.5 * 7.0).abs() < 1e-6);
        assert!((gain(Norm::L2.steepest(&gradient, 0.5)) - 0.5 * 5.0).abs() < 1e-6);
        assert_eq!(Norm::L2.steepest(&[0.0; 2], 1.0), vec![0.0; 2]);
    }
}
