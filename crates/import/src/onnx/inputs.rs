//! The inputs that a file is given with each run, and what an image network's says of its shape.

use std::collections::HashSet;

use super::{
    message::{Graph as Messages, Input, Size},
    tensor::is_real,
};

/// The inputs that are given with each run.
pub(super) fn given_inputs<'file, 'model>(graph: &'model Messages<'file>) -> Vec<&'model Input<'file>> {
    let known: HashSet<&str> = graph.initializers.iter().map(|tensor| tensor.name).collect();
    graph.inputs.iter().filter(|input| !known.contains(input.name)).collect()
}

/// The one input that is given with each run.
pub(super) fn only_input<'file, 'model>(graph: &'model Messages<'file>) -> Result<&'model Input<'file>, String> {
    let inputs = given_inputs(graph);
    match inputs.as_slice() {
        [input] if is_real(input.element_type) => Ok(input),
        [input] => Err(format!(
            "its input '{}' holds elements of type {}, and real numbers are wanted: no gradient goes to anything else",
            input.name, input.element_type
        )),
        _ => {
            let names: Vec<&str> = inputs.iter().map(|input| input.name).take(8).collect();
            Err(format!("it has {} inputs ({}), and one is wanted", inputs.len(), names.join(", ")))
        }
    }
}

/// Whether the axes of an image stand as height, width, channels: only the last has the size of channels, 1 or 3.
pub(super) fn channels_are_last(axes: &[Size<'_>]) -> bool {
    let counts_channels = |size: &Size<'_>| matches!(size, Size::Known(1 | 3));
    matches!(axes, [first, _, last] if counts_channels(last) && !counts_channels(first))
}

/// The batch that the file was written for, where it says one, and the sizes of the other axes.
pub(super) fn pinned(input: &Input<'_>, size: Option<[usize; 2]>) -> Result<(Option<i64>, Vec<usize>), String> {
    let Some((batch, rest)) = input.shape.split_first() else {
        return Err(format!("it does not say the shape of its input '{}'; export it with a shape", input.name));
    };
    let batch = match batch {
        Size::Named(_) => None,
        Size::Known(number) if *number > 0 => Some(*number),
        // Some programs write an open batch as 0 or −1.
        Size::Known(_) => None,
    };
    let mut shape = Vec::with_capacity(rest.len());
    let first_side = usize::from(!channels_are_last(rest));
    for (axis, given) in rest.iter().enumerate() {
        let side = axis.checked_sub(first_side).filter(|_| rest.len() == 3);
        let from_outside = size.zip(side).and_then(|(size, side)| size.get(side).copied());
        match (given, from_outside) {
            (Size::Known(number), _) if *number > 0 => {
                shape.push(usize::try_from(*number).map_err(|_| "its input is too large".to_owned())?);
            }
            (_, Some(size)) => shape.push(size),
            (open, None) => {
                let name = match open {
                    Size::Named(name) if !name.is_empty() => format!(" ('{name}')"),
                    _ => String::new(),
                };
                let axis = axis + 1;
                return Err(format!(
                    "it leaves the size of axis {axis}{name} of its input '{}' open; add #size=HEIGHTxWIDTH",
                    input.name
                ));
            }
        }
    }
    crate::limits::check_value(input.name, &shape)?;
    Ok((batch, shape))
}
