//! The networks of the synthetic experiment: one hidden layer of sigmoids, with analytic Jacobians.

use transferscope_theory::linear::{Matrix, product::multiply};

use super::SyntheticError;

/// f(x) = W2 s(W1 x + b1) + b2 with s(z) = 1/(1 + e^(-z)), in f64.
///
/// Shapes: W1 m x n, b1 m, W2 d x m, b2 d. The Jacobian is W2 diag(s (1 - s)) W1 (paper §8.3), with s(1 - s) instead of
/// e^(-z)/(1 + e^(-z))², which overflows for steep negative z (paper §11.1, Q10).
///
/// ```
/// use transferscope_study::experiments::synthetic::SigmoidNetwork;
/// use transferscope_theory::linear::Matrix;
///
/// let one = |value| Matrix::from_rows(1, 1, vec![value]);
/// let network = SigmoidNetwork::new(one(2.0)?, vec![0.0], one(3.0)?, vec![1.0])?;
/// let at_zero = network.evaluate(&one(0.0)?)?;
/// assert_eq!(at_zero.outputs[(0, 0)], 2.5);            // 3 s(0) + 1
/// assert_eq!(network.jacobians(&at_zero), vec![1.5]);  // 3 · 1/4 · 2
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct SigmoidNetwork {
    w1: Matrix,
    b1: Vec<f64>,
    w2: Matrix,
    b2: Vec<f64>,
}

/// What a network gives at a set of points, one row each.
#[derive(Debug, Clone, PartialEq)]
pub struct Evaluation {
    /// s(W1 x + b1), N x m.
    pub hidden: Matrix,
    /// f(x), N x d.
    pub outputs: Matrix,
}

impl SigmoidNetwork {
    /// Checks that the weights fit together and are finite.
    ///
    /// # Errors
    /// [`SyntheticError::Shape`], [`SyntheticError::NotFinite`].
    pub fn new(w1: Matrix, b1: Vec<f64>, w2: Matrix, b2: Vec<f64>) -> Result<Self, SyntheticError> {
        let width = w1.rows();
        for (what, expected, found) in
            [("b1", width, b1.len()), ("the columns of W2", width, w2.columns()), ("b2", w2.rows(), b2.len())]
        {
            if expected != found {
                return Err(SyntheticError::Shape {
                    what: what.to_owned(),
                    expected: format!("{expected} numbers beside W1 of {width} rows and W2 of {}", w2.rows()),
                    found: found.to_string(),
                });
            }
        }
        for (what, values) in [("W1", w1.as_slice()), ("b1", &b1), ("W2", w2.as_slice()), ("b2", &b2)] {
            if let Some(place) = values.iter().position(|value| !value.is_finite()) {
                return Err(SyntheticError::NotFinite { what: what.to_owned(), place, value: values[place] });
            }
        }
        Ok(Self { w1, b1, w2, b2 })
    }

    /// Hidden width m.
    #[must_use]
    pub fn width(&self) -> usize {
        self.w1.rows()
    }

    /// Input dimension n.
    #[must_use]
    pub fn inputs(&self) -> usize {
        self.w1.columns()
    }

    /// Output dimension d.
    #[must_use]
    pub fn outputs(&self) -> usize {
        self.w2.rows()
    }

    /// W1 (m x n) and W2 (d x m).
    #[must_use]
    pub fn matrices(&self) -> (&Matrix, &Matrix) {
        (&self.w1, &self.w2)
    }

    /// b1 (m) and b2 (d).
    #[must_use]
    pub fn shifts(&self) -> (&[f64], &[f64]) {
        (&self.b1, &self.b2)
    }

    /// The same network with every weight moved: self + factor * other, for networks of one shape.
    ///
    /// # Errors
    /// [`SyntheticError::Linear`] where the shapes differ.
    pub fn moved(&self, factor: f64, other: &Self) -> Result<Self, SyntheticError> {
        let add = |one: &[f64], two: &[f64]| one.iter().zip(two).map(|(a, b)| a + factor * b).collect::<Vec<f64>>();
        Self::new(
            self.w1.plus_scaled(factor, &other.w1)?,
            add(&self.b1, &other.b1),
            self.w2.plus_scaled(factor, &other.w2)?,
            add(&self.b2, &other.b2),
        )
    }

    /// self + step * other in single precision, as the public program moves its weights: the product is rounded, then the sum.
    #[expect(clippy::cast_possible_truncation, reason = "rounding is what is asked for")]
    pub(super) fn moved_in_single(&self, step: f64, other: &Self) -> Result<Self, SyntheticError> {
        let step = step as f32;
        let add = |one: &[f64], two: &[f64]| -> Vec<f64> {
            one.iter().zip(two).map(|(a, b)| f64::from(*a as f32 + step * *b as f32)).collect()
        };
        let matrix = |one: &Matrix, two: &Matrix| {
            Matrix::from_rows(one.rows(), one.columns(), add(one.as_slice(), two.as_slice()))
        };
        Self::new(
            matrix(&self.w1, &other.w1)?,
            add(&self.b1, &other.b1),
            matrix(&self.w2, &other.w2)?,
            add(&self.b2, &other.b2),
        )
    }

    /// All weights one after another: W1 and W2 in row order, b1, b2.
    pub(super) fn to_vector(&self) -> Vec<f64> {
        [self.w1.as_slice(), self.w2.as_slice(), &self.b1, &self.b2].concat()
    }

    /// A network of this shape with the weights of [`to_vector`](Self::to_vector); `None` for another number of them, or
    /// one that is not finite.
    pub(super) fn with_vector(&self, weights: &[f64]) -> Option<Self> {
        let (first, rest) = weights.split_at_checked(self.w1.as_slice().len())?;
        let (second, rest) = rest.split_at_checked(self.w2.as_slice().len())?;
        let (b1, b2) = rest.split_at_checked(self.b1.len())?;
        let matrix = |like: &Matrix, values: &[f64]| Matrix::from_rows(like.rows(), like.columns(), values.to_vec());
        Self::new(matrix(&self.w1, first).ok()?, b1.to_vec(), matrix(&self.w2, second).ok()?, b2.to_vec()).ok()
    }

    /// Every weight times a factor.
    pub(super) fn scaled(&self, factor: f64) -> Self {
        let times = |values: &[f64]| values.iter().map(|value| factor * value).collect();
        let (b1, b2) = (times(&self.b1), times(&self.b2));
        Self { w1: self.w1.scaled(factor), b1, w2: self.w2.scaled(factor), b2 }
    }

    /// Every weight but W1 times a factor.
    pub(super) fn scaled_but_first(&self, factor: f64) -> Self {
        Self { w1: self.w1.clone(), ..self.scaled(factor) }
    }

    /// Hidden values and outputs at the rows of `points` (N x n).
    ///
    /// # Errors
    /// [`SyntheticError::Shape`] for points of another dimension, [`SyntheticError::Linear`] where a value overflows.
    pub fn evaluate(&self, points: &Matrix) -> Result<Evaluation, SyntheticError> {
        if points.columns() != self.inputs() {
            return Err(SyntheticError::Shape {
                what: "inputs of a network".to_owned(),
                expected: format!("{} columns", self.inputs()),
                found: format!("{}", points.columns()),
            });
        }
        let (samples, width) = (points.rows(), self.width());
        let mut hidden = vec![0.0; samples * width];
        let inner = self.inputs();
        multiply(points.as_slice(), self.w1.transposed().as_slice(), (samples, inner, width), &mut hidden);
        for row in hidden.chunks_exact_mut(width) {
            for (value, shift) in row.iter_mut().zip(&self.b1) {
                *value = 1.0 / (1.0 + (-(*value + shift)).exp());
            }
        }
        let hidden = Matrix::from_rows(samples, width, hidden)?;
        let outputs = self.head(&hidden)?;
        Ok(Evaluation { hidden, outputs })
    }

    /// W2 h + b2 at the rows of `hidden` (N x m).
    pub(super) fn head(&self, hidden: &Matrix) -> Result<Matrix, SyntheticError> {
        let (samples, outputs) = (hidden.rows(), self.outputs());
        let mut values = vec![0.0; samples * outputs];
        let shape = (samples, self.width(), outputs);
        multiply(hidden.as_slice(), self.w2.transposed().as_slice(), shape, &mut values);
        for row in values.chunks_exact_mut(outputs) {
            for (value, shift) in row.iter_mut().zip(&self.b2) {
                *value += shift;
            }
        }
        Ok(Matrix::from_rows(samples, outputs, values)?)
    }

    /// The Jacobians (d x n each, row order) at the evaluated points, one after another.
    #[must_use]
    pub fn jacobians(&self, at: &Evaluation) -> Vec<f64> {
        let mut jacobians = vec![0.0; at.hidden.rows() * self.outputs() * self.inputs()];
        let block = JACOBIAN_BLOCK * self.outputs() * self.inputs();
        for (index, part) in jacobians.chunks_mut(block.max(1)).enumerate() {
            let first = index * JACOBIAN_BLOCK;
            let last = (first + JACOBIAN_BLOCK).min(at.hidden.rows());
            self.write_jacobians(at, first..last, part);
        }
        jacobians
    }

    /// The Jacobians of some of the points, as one product of (k d x m) scaled head rows with W1.
    pub(super) fn write_jacobians(&self, at: &Evaluation, points: std::ops::Range<usize>, result: &mut [f64]) {
        let width = self.width();
        let rows = points.len() * self.outputs();
        let mut scaled = Vec::with_capacity(rows * width);
        let mut slopes = vec![0.0; width];
        for point in points {
            for (slope, value) in slopes.iter_mut().zip(at.hidden.row(point)) {
                *slope = value * (1.0 - value);
            }
            for output in 0..self.outputs() {
                scaled.extend(self.w2.row(output).iter().zip(&slopes).map(|(weight, slope)| weight * slope));
            }
        }
        multiply(&scaled, self.w1.as_slice(), (rows, width, self.inputs()), result);
    }
}

/// Samples per product: the scaled head rows of so many fit into the second cache.
const JACOBIAN_BLOCK: usize = 64;

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;

    pub(crate) fn small(seed: f64) -> SigmoidNetwork {
        let field = |rows, columns, shift: f64| {
            Matrix::from_fn(rows, columns, |i, j| ((2 * i + 3 * j) as f64 * seed + shift).sin())
        };
        SigmoidNetwork::new(field(5, 4, 0.1), field(1, 5, 0.3).as_slice().to_vec(), field(3, 5, 0.7), vec![0.2; 3])
            .unwrap()
    }

    /// Central differences with step 1e-5 leave an error of order 1e-10 in values of order one.
    #[test]
    fn the_jacobian_is_the_derivative() {
        let network = small(1.3);
        let point = |step: f64, axis: usize| {
            Matrix::from_fn(1, 4, |_, j| 0.3 * j as f64 - 0.4 + if j == axis { step } else { 0.0 })
        };
        let jacobian = network.jacobians(&network.evaluate(&point(0.0, 0)).unwrap());
        for axis in 0..4 {
            let (up, down) = (point(1e-5, axis), point(-1e-5, axis));
            let (up, down) = (network.evaluate(&up).unwrap().outputs, network.evaluate(&down).unwrap().outputs);
            for output in 0..3 {
                let slope = (up[(0, output)] - down[(0, output)]) / 2e-5;
                assert!((slope - jacobian[output * 4 + axis]).abs() < 1e-9);
            }
        }
    }

    #[test]
    fn steep_hidden_units_have_slope_zero_and_no_nan() {
        let one = |value| Matrix::from_rows(1, 1, vec![value]).unwrap();
        let network = SigmoidNetwork::new(one(1.0), vec![0.0], one(1.0), vec![0.0]).unwrap();
        let far = network.evaluate(&one(-2000.0)).unwrap();
        assert_eq!(network.jacobians(&far), vec![0.0]);
    }

    #[test]
    fn weights_that_do_not_fit_are_refused() {
        let refused = SigmoidNetwork::new(Matrix::zeros(3, 2), vec![0.0; 3], Matrix::zeros(1, 4), vec![0.0]);
        assert!(refused.unwrap_err().to_string().contains("the columns of W2: expected 3 numbers"));
    }
}
