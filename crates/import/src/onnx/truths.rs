//! Truth values that the graph computes: masks, as the numbers 1 and 0.
//!
//! No gradient goes through a comparison, so none is computed; but a mask is 1 or 0 from the start, and what exporters do to
//! it (negate it, join it with a known mask, choose by it) is arithmetic.

use transferscope_network::{
    array::Array,
    operator::{Arithmetic, Operator},
};

use super::{
    converter::Converter,
    count::Count,
    held::Held,
    refusal::{Made, unsupported},
};

/// A number so large that a choice by it is as good as by infinity, which times 0 would be no number.
const LARGE: f32 = 1e30;

/// Whether an operator makes truth values of these inputs.
pub(super) fn are_made(operator: &Operator, inputs: &[Held]) -> bool {
    match operator {
        Operator::Reshape { .. }
        | Operator::Transpose { .. }
        | Operator::Slice { .. }
        | Operator::Select { .. }
        | Operator::RepeatRows => inputs.first().is_some_and(Held::is_truth),
        Operator::Concatenate { .. }
        | Operator::Arithmetic(Arithmetic::Multiply | Arithmetic::Maximum | Arithmetic::Minimum) => {
            inputs.iter().all(Held::is_truth)
        }
        Operator::Arithmetic(Arithmetic::Subtract) => {
            matches!(inputs, [one, truth] if truth.is_truth() && is_all(one, 1.0))
        }
        _ => false,
    }
}

fn is_all(held: &Held, number: f32) -> bool {
    held.floats().is_some_and(|array| array.data().iter().all(|&found| found == number))
}

/// 1 where x is 0, and 0 where it is 1.
pub(super) fn not(to: &mut Converter, name: &str, x: &Held) -> Made<Held> {
    to.arithmetic(name, Arithmetic::Subtract, &Held::number(1.0), x)
}

/// A comparison or a connective, one side or both of which are computed truth values.
pub(super) fn compared(
    to: &mut Converter,
    name: &str,
    [a, b]: [&Held; 2],
    holds: impl Fn(f64, f64) -> bool,
) -> Made<Held> {
    let (a, b) = (a.one_for_all(), b.one_for_all());
    let (truth, known, is_first) = match (a.is_computed(), b.is_computed()) {
        (true, true) => {
            let table = [(0.0, 0.0), (0.0, 1.0), (1.0, 0.0), (1.0, 1.0)].map(|(a, b)| holds(a, b));
            let kind = match (a.is_truth() && b.is_truth(), table) {
                (true, [false, false, false, true]) => Arithmetic::Multiply,
                (true, [false, true, true, true]) => Arithmetic::Maximum,
                _ => return unsupported("it compares computed numbers, through which no gradient goes"),
            };
            return to.arithmetic(name, kind, &a, &b);
        }
        (true, false) => (&a, &b, true),
        _ => (&b, &a, false),
    };
    let Some(known) = known.floats().filter(|_| truth.is_truth()) else {
        return unsupported("it compares computed numbers, through which no gradient goes");
    };
    let at = |truth: f64| {
        let side = |known: f32| if is_first { holds(truth, known.into()) } else { holds(known.into(), truth) };
        known.map(|known| f32::from(u8::from(side(known))))
    };
    let is_all = |array: &Array<f32>, number: f32| array.data().iter().all(|&found| found == number);
    let (where_false, where_true) = (at(0.0), at(1.0));
    if is_all(&where_false, 0.0) {
        to.arithmetic(name, Arithmetic::Multiply, truth, &Held::of_floats(where_true))
    } else if is_all(&where_true, 0.0) && is_all(&where_false, 1.0) {
        to.arithmetic(name, Arithmetic::Subtract, &Held::of_floats(where_false), truth)
    } else if is_all(&where_true, 1.0) {
        to.arithmetic(name, Arithmetic::Maximum, truth, &Held::of_floats(where_false))
    } else {
        unsupported("it compares a mask with numbers between which it stands")
    }
}

/// a · truth + b · (1 − truth).
pub(super) fn chosen(to: &mut Converter, name: &str, truth: &Held, [a, b]: [&Held; 2]) -> Made<Held> {
    let part = |part: &str| format!("{name}.{part}");
    let finite = |held: &Held| match held.one_for_all() {
        Held::Floats(array) => Held::of_floats(array.map(|number| number.clamp(-LARGE, LARGE))),
        held => held,
    };
    let (a, b, other) = (finite(a), finite(b), not(to, &part("other"), truth)?);
    // Zeros that widen nothing need not be added.
    let is_nothing = |held: &Held| {
        let is_narrow = held.rank() <= truth.rank() && held.shape().iter().all(|&size| size == Count::fixed(1));
        is_narrow && is_all(held, 0.0)
    };
    if is_nothing(&a) {
        return to.arithmetic(name, Arithmetic::Multiply, &other, &b);
    }
    if is_nothing(&b) {
        return to.arithmetic(name, Arithmetic::Multiply, truth, &a);
    }
    let kept = to.arithmetic(&part("kept"), Arithmetic::Multiply, truth, &a)?;
    let filled = to.arithmetic(&part("filled"), Arithmetic::Multiply, &other, &b)?;
    to.arithmetic(name, Arithmetic::Add, &kept, &filled)
}

#[cfg(test)]
mod tests {
    use std::{collections::HashMap, path::Path};

    use transferscope_network::interpreter::evaluate;

    use super::*;
    use crate::onnx::{external::Folder, refusal::Refusal};

    /// What is made of the mask of the tokens 7 and 0.
    fn made(make: impl Fn(&mut Converter, &Held) -> Made<Held>) -> Result<(Vec<f64>, bool), Refusal> {
        let mut converter = Converter::new("mask", 17, None, 1 << 10, Folder::of(Path::new(".")));
        let tokens = converter.tokens(2);
        let mask = converter.mask(&tokens)?;
        let Held::Computed(computed) = make(&mut converter, &mask)? else { panic!("it depends on the mask") };
        let graph = converter.builder.finish(computed.wire).expect("the shapes fit");
        let tokens = Array::new(vec![1, 2], vec![7.0, 0.0]).expect("two tokens");
        let evaluation = evaluate(&graph, &[tokens], &HashMap::new()).expect("it runs");
        Ok((evaluation.value(graph.output()).data().to_vec(), computed.is_truth))
    }

    #[test]
    fn what_exporters_do_to_a_mask_is_arithmetic() {
        let number = Held::number;
        let check = |expected: [f64; 2], make: &dyn Fn(&mut Converter, &Held) -> Made<Held>| {
            assert_eq!(made(make).expect("it can be had"), (expected.to_vec(), true));
        };
        check([1.0, 0.0], &|_, mask| Ok(mask.clone()));
        check([0.0, 1.0], &|to, mask| not(to, "n", mask));
        check([0.0, 1.0], &|to, mask| compared(to, "n", [mask, &number(0.0)], |a, b| a == b));
        check([1.0, 0.0], &|to, mask| compared(to, "n", [&number(0.5), mask], |a, b| a < b));
        check([1.0, 1.0], &|to, mask| compared(to, "n", [mask, &number(1.0)], |a, b| a != 0.0 || b != 0.0));
        check([1.0, 0.0], &|to, mask| compared(to, "n", [mask, mask], |a, b| a != 0.0 && b != 0.0));
        check([1.0, 1.0], &|to, mask| {
            let other = not(to, "other", mask)?;
            compared(to, "n", [mask, &other], |a, b| a != 0.0 || b != 0.0)
        });
    }

    #[test]
    fn a_choice_by_a_mask_has_large_numbers_for_infinities() {
        let infinite = Held::number(f64::NEG_INFINITY);
        let chosen = |a: &Held, b: &Held| made(|to, mask| chosen(to, "n", mask, [a, b])).expect("it can be had").0;
        let found = chosen(&Held::number(0.0), &infinite);
        assert!(found[0] == 0.0 && found[1] < -9e29, "{found:?}");
        let found = chosen(&infinite, &Held::number(0.0));
        assert!(found[0] < -9e29 && found[1] == 0.0, "{found:?}");
        assert_eq!(chosen(&Held::number(2.0), &Held::number(3.0)), [2.0, 3.0]);
    }

    #[test]
    fn what_no_mask_can_answer_is_refused() {
        // Neither of both, and a comparison of numbers that are no mask.
        assert!(made(|to, mask| compared(to, "n", [mask, mask], |a, b| a == 0.0 && b == 0.0)).is_err());
        let twice = |to: &mut Converter, mask: &Held| {
            let twice = to.scaled("twice", mask, 2.0)?;
            compared(to, "n", [&twice, &Held::number(1.0)], |a, b| a > b)
        };
        assert!(made(twice).is_err_and(|refusal| format!("{refusal:?}").contains("no gradient")));
    }
}
