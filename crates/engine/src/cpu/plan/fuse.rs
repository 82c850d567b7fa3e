//! Fusion: scales merge, sums and clamps move into the operation before them.

use std::collections::HashMap;

use transferscope_network::graph::ValueId;

use super::operation::{Kind, Operation};

/// The same operations with fewer passes over memory. Values in `kept` are still made.
pub(crate) fn fuse(mut operations: Vec<Operation>, kept: &[ValueId]) -> Vec<Operation> {
    let mut index = 0;
    while index < operations.len() {
        while let Some(reader) = only_reader(&operations, index, kept) {
            let Some(fused) = fused(&operations, index, reader) else { break };
            operations[index] = fused;
            operations.remove(reader);
        }
        index += 1;
    }
    operations
}

/// The place of the one operation that reads what this one makes.
fn only_reader(operations: &[Operation], index: usize, kept: &[ValueId]) -> Option<usize> {
    let value = operations[index].output;
    if kept.contains(&value) {
        return None;
    }
    let mut readers = operations
        .iter()
        .enumerate()
        .flat_map(|(place, operation)| operation.reads().filter(|&read| read == value).map(move |_| place));
    match (readers.next(), readers.next()) {
        (Some(reader), None) => Some(reader),
        _ => None,
    }
}

fn fused(operations: &[Operation], index: usize, reader: usize) -> Option<Operation> {
    let (own, next) = (&operations[index], &operations[reader]);
    if !own.has_epilogue() || own.clamp.is_some() {
        return None;
    }
    let Kind::Scale { scale, shift } = &next.kind else { return None };
    let mut result = own.clone();
    result.output = next.output;
    result.clamp = next.clamp;
    let untouched = scale.is_none() && shift.is_none();
    match (untouched, next.add) {
        (true, None) => {}
        (true, Some(added)) => {
            let other = if next.inputs[0] == own.output { added } else { next.inputs[0] };
            // One sum only, of a value that is there when this operation runs.
            if own.add.is_some() || other == own.output || !made_before(operations, other, index) {
                return None;
            }
            result.add = Some(other);
        }
        (false, None) => {
            let Kind::Scale { scale: own_scale, shift: own_shift } = &own.kind else { return None };
            if own.add.is_some() {
                return None;
            }
            result.kind = merged([own_scale, own_shift], [scale, shift]);
        }
        (false, Some(_)) => return None,
    }
    Some(result)
}

/// Whether a value is fed, a weight, or made by an operation before this place.
fn made_before(operations: &[Operation], value: ValueId, place: usize) -> bool {
    let makers: HashMap<ValueId, usize> =
        operations.iter().enumerate().map(|(index, operation)| (operation.output, index)).collect();
    makers.get(&value).is_none_or(|&maker| maker < place)
}

/// (x · s₁ + t₁) · s₂ + t₂ = x · (s₁ s₂) + (t₁ s₂ + t₂), in f64.
#[expect(clippy::cast_possible_truncation, reason = "constants are rounded to f32 once")]
fn merged(first: [&Option<Vec<f32>>; 2], second: [&Option<Vec<f32>>; 2]) -> Kind {
    let channels = first.iter().chain(&second).find_map(|part| part.as_ref().map(Vec::len)).unwrap_or(0);
    let at = |part: &Option<Vec<f32>>, channel: usize, absent: f64| {
        part.as_ref().map_or(absent, |numbers| f64::from(numbers[channel]))
    };
    let scale = (0..channels).map(|c| (at(first[0], c, 1.0) * at(second[0], c, 1.0)) as f32).collect();
    let shift =
        (0..channels).map(|c| (at(first[1], c, 0.0) * at(second[0], c, 1.0) + at(second[1], c, 0.0)) as f32).collect();
    Kind::Scale { scale: Some(scale), shift: Some(shift) }
}
