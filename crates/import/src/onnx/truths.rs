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
