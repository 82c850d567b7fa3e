//! Singular directions of Jacobians that are formed: the top one is where an attack of first order points (paper.md §3.1).

use transferscope_network::array::{Array, ArrayError};
use transferscope_theory::linear::SymmetricWorkspace;

use super::{AttackError, Jacobians};

/// The right-singular vector of one image's Jacobian that belongs to a level.
#[derive(Clone, Debug)]
pub struct SingularDirection {
    /// v, of unit length, with as many entries as the image has pixels; zero where σ is zero.
    pub vector: Vec<f64>,
    /// The singular value σ of this level.
    pub value: f64,
    /// The largest singular value.
    pub top_value: f64,
    /// (σ − σ_next) / σ: where it is near 0 the direction is not unique. `None` for power iteration, which does not see
    /// the next value.
    pub relative_gap: Option<f64>,
}

/// What a network does to first order at some images, or at some texts' vectors.
pub trait FirstOrder {
    /// The singular direction of a level for each of them.
    ///
    /// # Errors
    /// Where the level does not exist, or the network cannot answer.
    fn directions(&self, level: usize) -> Result<Vec<SingularDirection>, AttackError>;

    /// J v for each, `[N, outputs]`.
    ///
    /// # Errors
    /// Where the network cannot answer.
    fn push(&self, directions: &[SingularDirection]) -> Result<Array<f64>, AttackError>;
}

impl FirstOrder for Jacobians {
    fn directions(&self, level: usize) -> Result<Vec<SingularDirection>, AttackError> {
        if level >= self.outputs.min(self.inputs) {
            return Err(AttackError::Level { level, outputs: self.outputs, inputs: self.inputs });
        }
        (0..self.count()).map(|image| from_gram(self, image, level)).collect()
    }

    fn push(&self, directions: &[SingularDirection]) -> Result<Array<f64>, AttackError> {
        let vectors = stacked(directions, self.inputs)?;
        let products = (0..vectors.rows())
            .flat_map(|image| self.of(image).chunks(self.inputs.max(1)).map(move |row| (image, row)))
            .map(|(image, row)| row.iter().zip(vectors.row(image)).map(|(a, b)| a * b).sum())
            .collect();
        Array::new(vec![vectors.rows(), self.outputs], products).map_err(no_array)
    }
}

/// The vectors as rows, `[N, inputs]`.
pub(super) fn stacked(directions: &[SingularDirection], inputs: usize) -> Result<Array<f64>, AttackError> {
    let flat: Vec<f64> = directions.iter().flat_map(|direction| direction.vector.iter().copied()).collect();
    Array::new(vec![directions.len(), inputs], flat).map_err(no_array)
}

fn no_array(error: ArrayError) -> AttackError {
    AttackError::Decomposition(error.to_string())
}

fn from_gram(all: &Jacobians, image: usize, level: usize) -> Result<SingularDirection, AttackError> {
    let (jacobian, outputs, inputs) = (all.of(image), all.outputs, all.inputs);
    let row = |index: usize| &jacobian[index * inputs..(index + 1) * inputs];
    let mut gram = vec![0.0; outputs * outputs];
    for left in 0..outputs {
        for right in 0..=left {
            let product: f64 = row(left).iter().zip(row(right)).map(|(a, b)| a * b).sum();
            gram[left * outputs + right] = product;
            gram[right * outputs + left] = product;
        }
    }
    let mut workspace = SymmetricWorkspace::new(outputs);
    workspace.decompose(&gram).map_err(|error| AttackError::Decomposition(error.to_string()))?;
    let singular = |index: usize| workspace.values().get(index).map_or(0.0, |value| value.max(0.0).sqrt());
    let (value, next) = (singular(level), singular(level + 1));
    let mut vector = vec![0.0; inputs];
    for (index, weight) in workspace.vector(level).iter().enumerate() {
        vector.iter_mut().zip(row(index)).for_each(|(to, from)| *to += weight * from);
    }
    normalise(&mut vector);
    let relative_gap = Some(if value > 0.0 { (value - next) / value } else { 0.0 });
    Ok(SingularDirection { vector, value, top_value: singular(0), relative_gap })
}

/// Scales to unit length and returns the old length; a zero vector stays.
pub(super) fn normalise(vector: &mut [f64]) -> f64 {
    let length = vector.iter().map(|x| x * x).sum::<f64>().sqrt();
    if length > 0.0 {
        vector.iter_mut().for_each(|x| *x /= length);
    }
    length
}
