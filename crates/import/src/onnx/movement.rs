//! Operators that only move numbers, on known values of any type.

use transferscope_network::{
    array::{Array, strides},
    operator::Operator,
};

/// The result of an operator that moves numbers without computing any; `None` for the others.
pub(super) fn moved<T: Copy>(operator: &Operator, inputs: &[&Array<T>], shape: Vec<usize>) -> Option<Array<T>> {
    let &first = inputs.first()?;
    match operator {
        Operator::Reshape { .. } => Array::new(shape, first.data().to_vec()).ok(),
        Operator::Transpose { permutation } => {
            let from = strides(first.shape());
            let steps: Vec<usize> = permutation.iter().map(|&axis| from[axis]).collect();
            gathered(first, shape, 0, &steps)
        }
        Operator::Slice { axis, start, step, .. } => {
            let mut steps = strides(first.shape());
            let offset = start * steps[*axis];
            steps[*axis] *= step;
            gathered(first, shape, offset, &steps)
        }
        Operator::Select { axis, indices } => {
            let inner = strides(first.shape())[*axis];
            let block = inner * first.shape()[*axis];
            let mut numbers = Vec::with_capacity(shape.iter().product());
            for outer in first.data().chunks_exact(block.max(1)) {
                for &index in indices {
                    numbers.extend_from_slice(&outer[index * inner..(index + 1) * inner]);
                }
            }
            Array::new(shape, numbers).ok()
        }
        Operator::Concatenate { axis } => {
            let blocks = shape[..*axis].iter().product::<usize>();
            let mut numbers = Vec::with_capacity(shape.iter().product());
            for block in 0..blocks {
                for input in inputs {
                    let length: usize = input.shape()[*axis..].iter().product();
                    numbers.extend_from_slice(&input.data()[block * length..(block + 1) * length]);
                }
            }
            Array::new(shape, numbers).ok()
        }
        _ => None,
    }
}

/// The array broadcast to a shape whose axes it fits.
pub(super) fn broadcast<T: Copy>(array: &Array<T>, shape: &[usize]) -> Option<Array<T>> {
    let missing = shape.len().checked_sub(array.shape().len())?;
    let own = strides(array.shape());
    let mut steps = vec![0; missing];
    for (axis, &size) in array.shape().iter().enumerate() {
        if size == shape[missing + axis] {
            steps.push(own[axis]);
        } else if size == 1 {
            steps.push(0);
        } else {
            return None;
        }
    }
    gathered(array, shape.to_vec(), 0, &steps)
}

/// An array of this shape, read with these strides.
fn gathered<T: Copy>(array: &Array<T>, shape: Vec<usize>, offset: usize, steps: &[usize]) -> Option<Array<T>> {
    let count: usize = shape.iter().product();
    let mut numbers = Vec::with_capacity(count);
    let mut place = vec![0; shape.len()];
    let mut at = offset;
    for _ in 0..count {
        numbers.push(*array.data().get(at)?);
        // One step on, as an odometer does.
        for axis in (0..shape.len()).rev() {
            place[axis] += 1;
            at += steps[axis];
            if place[axis] < shape[axis] {
                break;
            }
            at -= steps[axis] * shape[axis];
            place[axis] = 0;
        }
    }
    Array::new(shape, numbers).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(shape: &[usize]) -> Array<usize> {
        let count = shape.iter().product();
        Array::new(shape.to_vec(), (0..count).collect()).expect("as many as the shape says")
    }

    fn check(operator: &Operator, inputs: &[&Array<usize>], expected: &[usize]) {
        let shapes: Vec<&[usize]> = inputs.iter().map(|input| input.shape()).collect();
        let shape = operator.output_shape(&shapes).expect("the shapes fit");
        let result = moved(operator, inputs, shape).expect("it moves numbers");
        assert_eq!(result.data(), expected, "{operator:?}");
    }

    #[test]
    fn numbers_are_moved_as_the_names_say() {
        let x = counted(&[2, 3]);
        check(&Operator::Transpose { permutation: vec![1, 0] }, &[&x], &[0, 3, 1, 4, 2, 5]);
        check(&Operator::Slice { axis: 1, start: 0, end: 3, step: 2 }, &[&x], &[0, 2, 3, 5]);
        check(&Operator::Select { axis: 0, indices: vec![1, 1] }, &[&x], &[3, 4, 5, 3, 4, 5]);
        check(&Operator::Concatenate { axis: 1 }, &[&x, &x], &[0, 1, 2, 0, 1, 2, 3, 4, 5, 3, 4, 5]);
        check(&Operator::Transpose { permutation: vec![] }, &[&counted(&[])], &[0]);
        assert_eq!(broadcast(&counted(&[2, 1]), &[2, 2, 2]).expect("it fits").data(), &[0, 0, 1, 1, 0, 0, 1, 1]);
        assert!(broadcast(&counted(&[2]), &[3]).is_none());
    }
}
