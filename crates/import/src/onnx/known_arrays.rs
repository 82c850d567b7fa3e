//! Known arrays on their way to becoming weights: what they are called, and whether training may move them.

use std::{
    collections::HashMap,
    sync::{Arc, Weak},
};

use transferscope_network::{array::Array, operator::Operator};

use super::held::Held;

/// What is known of an array beside its numbers.
#[derive(Clone, Debug)]
pub(super) struct Label {
    /// What it is called if it becomes a weight.
    pub name: String,
    /// Whether it stands among the file's own numbers, as weights do, rather than among those of its formulas.
    pub is_learned: bool,
}

/// Labels by the place of an array in memory. What holds an address, however weakly, keeps another array from taking it and
/// its label.
#[derive(Debug, Default)]
pub(super) struct KnownArrays(HashMap<*const Array<f32>, (Weak<Array<f32>>, Label)>);

impl KnownArrays {
    /// Labels an array that has no label yet.
    pub(super) fn label(&mut self, held: &Held, name: &str, is_learned: bool) {
        if let Held::Floats(array) = held {
            let label = || (Arc::downgrade(array), Label { name: name.to_owned(), is_learned });
            self.0.entry(Arc::as_ptr(array)).or_insert_with(label);
        }
    }

    /// Labels what was made of known arrays: it is learned where they are and only their places changed.
    pub(super) fn label_made(&mut self, made: &Held, name: &str, operator: &Operator, inputs: &[Held]) {
        let is_learned = only_moves(operator) && inputs.iter().any(|held| self.is_learned(held));
        self.label(made, name, is_learned);
    }

    /// Says that an array with a label is learned.
    pub(super) fn learn(&mut self, held: &Held) {
        if let Held::Floats(array) = held
            && let Some((_, label)) = self.0.get_mut(&Arc::as_ptr(array))
        {
            label.is_learned = true;
        }
    }

    /// The label of an array.
    pub(super) fn of(&self, array: &Arc<Array<f32>>) -> Option<&Label> {
        self.0.get(&Arc::as_ptr(array)).map(|(_, label)| label)
    }

    /// Whether an array is learned.
    pub(super) fn is_learned(&self, held: &Held) -> bool {
        matches!(held, Held::Floats(array) if self.of(array).is_some_and(|label| label.is_learned))
    }
}

/// Whether an operator changes no number, only its place.
fn only_moves(operator: &Operator) -> bool {
    matches!(
        operator,
        Operator::Reshape { .. }
            | Operator::Transpose { .. }
            | Operator::Slice { .. }
            | Operator::Select { .. }
            | Operator::Concatenate { .. }
    )
}

/// Whether an operator reads its input at this place as the weight of a layer, which is learned wherever the file keeps it.
pub(super) fn is_weight_of_a_layer(operator: &Operator, place: usize) -> bool {
    place > 0
        && matches!(
            operator,
            Operator::Convolution { .. } | Operator::Linear | Operator::BatchNormalization { .. } | Operator::Lookup
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moved_numbers_stay_learned_and_computed_ones_are_not() {
        let mut known = KnownArrays::default();
        let array = |number: f64| Held::of_floats(Array::filled(vec![2, 2], number).to_f32());
        let (weight, turned, halved) = (array(1.0), array(2.0), array(3.0));
        known.label(&weight, "w", true);
        known.label_made(&turned, "t", &Operator::Transpose { permutation: vec![1, 0] }, std::slice::from_ref(&weight));
        let half = Operator::Arithmetic(transferscope_network::operator::Arithmetic::Multiply);
        known.label_made(&halved, "h", &half, &[weight.clone(), array(0.5)]);
        assert_eq!([&weight, &turned, &halved].map(|held| known.is_learned(held)), [true, true, false]);
        // The first label stays.
        known.label(&weight, "other", false);
        assert!(known.is_learned(&weight));
    }
}
