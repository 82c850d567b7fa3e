//! Plain closures behind the door: closed-form worlds in which every answer is known.

use transferscope_network::array::Array;

use crate::door::{CotangentRule, EngineError, Feed, Frozen, Pulled, check_cotangents};

/// f(x) for one sample.
pub type Value = dyn Fn(&[f64]) -> Vec<f64> + Send + Sync;
/// J(x)ᵀ c for one sample x and one cotangent c.
pub type PullBack = dyn Fn(&[f64], &[f64]) -> Vec<f64> + Send + Sync;

/// A network given by two closures on single samples.
///
/// ```
/// use transferscope_engine::{Feed, Frozen, function::Function};
/// use transferscope_network::array::Array;
/// // f(x) = (2 x1, x2)
/// let network = Function::new(&[2], 2, |x| vec![2.0 * x[0], x[1]], |_, c| vec![2.0 * c[0], c[1]]);
/// let feed = Feed::batch(Array::new(vec![1, 2], vec![3.0, 4.0])?);
/// assert_eq!(network.forward(&feed, &["output"])?[0].data(), &[6.0, 4.0]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Function {
    input_shape: Vec<usize>,
    outputs: usize,
    value: Box<Value>,
    pull_back: Box<PullBack>,
}

impl Function {
    /// A network from samples of this shape to this many outputs.
    pub fn new(
        input_shape: &[usize],
        outputs: usize,
        value: impl Fn(&[f64]) -> Vec<f64> + Send + Sync + 'static,
        pull_back: impl Fn(&[f64], &[f64]) -> Vec<f64> + Send + Sync + 'static,
    ) -> Self {
        Self { input_shape: input_shape.to_vec(), outputs, value: Box::new(value), pull_back: Box::new(pull_back) }
    }

    fn checked<'feed>(&self, feed: &'feed Feed) -> Result<&'feed Array<f32>, EngineError> {
        if let Some((name, _)) = feed.overrides.first() {
            return Err(EngineError::UnknownValue { name: name.clone() });
        }
        if feed.input.shape().get(1..) != Some(self.input_shape.as_slice()) {
            return Err(EngineError::Shape {
                name: "input".to_owned(),
                expected: self.input_shape.clone(),
                found: feed.input.shape().to_vec(),
            });
        }
        Ok(&feed.input)
    }

    fn rows(&self, input: &Array<f32>) -> Result<Array<f32>, EngineError> {
        let rows = (0..input.rows()).flat_map(|row| (self.value)(&wide(input.row(row)))).collect();
        array(vec![input.rows(), self.outputs], rows)
    }

    fn known(name: &str, expected: &str) -> Result<(), EngineError> {
        if name == expected { Ok(()) } else { Err(EngineError::UnknownValue { name: name.to_owned() }) }
    }
}

impl Frozen for Function {
    fn engine(&self) -> &'static str {
        "function"
    }

    fn input_shape(&self) -> &[usize] {
        &self.input_shape
    }

    fn input_name(&self) -> &str {
        "input"
    }

    fn output(&self) -> &str {
        "output"
    }

    fn value_shape(&self, name: &str) -> Option<Vec<usize>> {
        match name {
            "input" => Some(self.input_shape.clone()),
            "output" => Some(vec![self.outputs]),
            _ => None,
        }
    }

    fn forward(&self, feed: &Feed, want: &[&str]) -> Result<Vec<Array<f32>>, EngineError> {
        let input = self.checked(feed)?;
        want.iter()
            .map(|name| {
                Self::known(name, "output")?;
                self.rows(input)
            })
            .collect()
    }

    fn vjp(&self, feed: &Feed, at: &[&str], wrt: &str, rule: &mut CotangentRule<'_>) -> Result<Pulled, EngineError> {
        Self::known(wrt, "input")?;
        let input = self.checked(feed)?;
        let values = self.forward(feed, at)?;
        let cotangents = rule(&values)?;
        check_cotangents(at, &values, &cotangents)?;
        let mut gradient = Array::filled(input.shape().to_vec(), 0.0_f64);
        let length = gradient.row_length();
        for cotangent in &cotangents {
            for (row, target) in gradient.data_mut().chunks_mut(length.max(1)).enumerate() {
                let pulled = (self.pull_back)(&wide(input.row(row)), &wide(cotangent.row(row)));
                target.iter_mut().zip(pulled).for_each(|(number, part)| *number += part);
            }
        }
        Ok(Pulled { values, gradient: gradient.to_f32() })
    }
}

fn wide(row: &[f32]) -> Vec<f64> {
    row.iter().copied().map(f64::from).collect()
}

fn array(shape: Vec<usize>, numbers: Vec<f64>) -> Result<Array<f32>, EngineError> {
    Array::new(shape, numbers)
        .map(|array| array.to_f32())
        .map_err(|error| EngineError::Failed { engine: "function", message: error.to_string() })
}
