//! Values that are known when the file is read are computed then, within a budget.

use std::sync::Arc;

use transferscope_network::{
    array::{Array, element_count},
    graph::Builder,
    interpreter::evaluate,
    operator::{Arithmetic, Operator},
};

use super::{
    count::Count,
    held::Held,
    image_indices::ImageIndices,
    movement::moved,
    refusal::{Made, Refusal, broken, unsupported},
};

/// Numbers that any file may compute, however small it is: position tables, masks, resize matrices.
const FREE_NUMBERS: usize = 4 << 20;
/// Numbers that a file may compute for each of its bytes: every weight transposed several times over.
const NUMBERS_A_BYTE: usize = 2;
/// Numbers that one operation may make: 128 MiB of weights.
const MOST_AT_ONCE: usize = 32 << 20;

/// Computes known values, and keeps count of how much.
#[derive(Debug)]
pub(super) struct Folding {
    left: usize,
}

impl Folding {
    pub(super) fn for_file(bytes: usize) -> Self {
        Self { left: bytes.saturating_mul(NUMBERS_A_BYTE).saturating_add(FREE_NUMBERS) }
    }

    /// Adds what belongs to numbers in a file beside the ONNX file.
    pub(super) fn allow(&mut self, bytes: u64) {
        let bytes = usize::try_from(bytes).unwrap_or(usize::MAX);
        self.left = self.left.saturating_add(bytes.saturating_mul(NUMBERS_A_BYTE));
    }

    /// Takes the cost of an array of this shape from the budget.
    pub(super) fn pay(&mut self, shape: &[usize]) -> Made<()> {
        let count = element_count(shape).unwrap_or(usize::MAX);
        self.spend(count, count)
    }

    fn spend(&mut self, work: usize, made: usize) -> Made<()> {
        match self.left.checked_sub(work) {
            Some(left) if made <= MOST_AT_ONCE => {
                self.left = left;
                Ok(())
            }
            _ => broken("the file computes more known numbers than a network of its size can need"),
        }
    }

    /// The result of an operator whose inputs are all known.
    pub(super) fn compute(&mut self, operator: &Operator, inputs: &[Held]) -> Made<Held> {
        if inputs.iter().any(|held| matches!(held, Held::Images(_))) {
            return ImageIndices::applied(operator, inputs).ok_or_else(|| {
                Refusal::Unsupported("it computes with numbers that count the images of a batch".into())
            });
        }
        crate::limits::check_parameters(operator)?;
        let shapes: Vec<Vec<usize>> = inputs.iter().map(|held| held.fixed_shape().unwrap_or_default()).collect();
        let slices: Vec<&[usize]> = shapes.iter().map(Vec::as_slice).collect();
        let shape = operator.output_shape(&slices)?;
        crate::limits::check_value(operator.name(), &shape)?;
        let made = element_count(&shape).unwrap_or(usize::MAX);
        let work = match operator {
            Operator::Linear | Operator::MatrixProduct => {
                made.saturating_mul(shapes[0].last().copied().unwrap_or(1)) / WORK_A_NUMBER
            }
            Operator::Convolution { .. } | Operator::MaxPool(_) | Operator::AveragePool { .. } => {
                return unsupported("it works on constants, which no exported network does");
            }
            _ => shapes.iter().filter_map(|shape| element_count(shape)).sum::<usize>(),
        };
        self.spend(work.saturating_add(made), made)?;
        let counts: Option<Vec<&Array<Count>>> = inputs.iter().map(Held::counts).collect();
        if let Some(arrays) = counts {
            if let Operator::Arithmetic(kind) = operator {
                return whole_arithmetic(*kind, &arrays, &shape);
            }
            if let Some(result) = moved(operator, &arrays, shape.clone()) {
                return Ok(Held::of_counts(result));
            }
        }
        let arrays: Option<Vec<Arc<Array<f32>>>> = inputs.iter().map(Held::floats).collect();
        let Some(arrays) = arrays else {
            return unsupported("it computes real numbers from the batch size, which is known only when it runs");
        };
        let references: Vec<&Array<f32>> = arrays.iter().map(AsRef::as_ref).collect();
        if let Some(result) = moved(operator, &references, shape) {
            return Ok(Held::of_floats(result));
        }
        real(operator, &arrays)
    }
}

/// Multiplications that take as long as making one number the slow way.
const WORK_A_NUMBER: usize = 16;

/// Computed in double precision by the interpreter, rounded once.
fn real(operator: &Operator, arrays: &[Arc<Array<f32>>]) -> Made<Held> {
    let mut builder = Builder::new("known");
    let wires: Vec<_> = arrays
        .iter()
        .enumerate()
        .map(|(place, array)| builder.shared_weight(&place.to_string(), Arc::clone(array)))
        .collect();
    let output = builder.node("result", operator.clone(), &wires);
    let graph = builder.finish(output)?;
    let evaluation =
        evaluate(&graph, &[], &std::collections::HashMap::new()).map_err(|error| Refusal::Broken(error.to_string()))?;
    Ok(Held::of_floats(evaluation.value(graph.output()).to_f32()))
}

fn whole_arithmetic(kind: Arithmetic, arrays: &[&Array<Count>], shape: &[usize]) -> Made<Held> {
    let wide = |array: &Array<Count>| super::movement::broadcast(array, shape);
    let &[a, b] = arrays else { return broken("two inputs are wanted") };
    let (Some(a), Some(b)) = (wide(a), wide(b)) else { return broken("the shapes do not broadcast") };
    let pairs = a.data().iter().zip(b.data());
    let numbers: Option<Vec<Count>> = pairs.map(|(&a, &b)| whole(kind, a, b)).collect();
    match numbers.map(|numbers| Array::new(shape.to_vec(), numbers)) {
        Some(Ok(array)) => Ok(Held::of_counts(array)),
        _ => unsupported("it computes with the batch size in a way that is known only when it runs"),
    }
}

fn whole(kind: Arithmetic, a: Count, b: Count) -> Option<Count> {
    match kind {
        Arithmetic::Add => a.plus(b),
        Arithmetic::Subtract => a.minus(b),
        Arithmetic::Multiply => a.times(b),
        Arithmetic::Divide => a.over(b),
        Arithmetic::Maximum | Arithmetic::Minimum => {
            if a == b {
                return Some(a);
            }
            let larger_is_first = match (a.as_fixed(), b.as_fixed()) {
                (Some(a), Some(b)) => a > b,
                (None, Some(b)) if a.is_always_above(b) => true,
                (Some(a), None) if b.is_always_above(a) => false,
                _ => return None,
            };
            Some(if larger_is_first == (kind == Arithmetic::Maximum) { a } else { b })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_beside_the_file_count_as_its_own() {
        let mut folding = Folding::for_file(0);
        assert!(folding.pay(&[FREE_NUMBERS]).is_ok());
        assert!(folding.pay(&[1]).is_err());
        folding.allow(100);
        assert!(folding.pay(&[100 * NUMBERS_A_BYTE]).is_ok());
        assert!(folding.pay(&[1]).is_err());
    }
}
