//! A guard that has nothing to guard here: `Where(IsNaN(y), c, y)` behind a softmax.
//!
//! PyTorch gives zeros to a row of attention that may look at nothing, where a softmax gives no number. Scores are numbers
//! here, masks are large ones (`NEVER`) and no infinities, so a softmax always gives numbers.

use std::collections::HashMap;

use super::message::{Graph, Node};

/// The choice behind an `IsNaN`, which always chooses what is guarded.
pub(super) struct Guard<'file> {
    /// The place of the choice among the nodes.
    pub choice: usize,
    /// What is guarded.
    pub guarded: &'file str,
    /// What the choice makes.
    pub made: &'file str,
}

/// The guard that a node begins, where it is one.
pub(super) fn guard<'file>(
    graph: &Graph<'file>,
    readers: &HashMap<&'file str, Vec<usize>>,
    node: &Node<'file>,
) -> Option<Guard<'file>> {
    let (&[guarded], &[is_nan], "IsNaN") = (node.inputs.as_slice(), node.outputs.as_slice(), node.operator) else {
        return None;
    };
    let Some(&[choice]) = readers.get(is_nan).map(Vec::as_slice) else { return None };
    let Node { operator: "Where", inputs, outputs, .. } = graph.nodes.get(choice)? else { return None };
    let (&[condition, _, otherwise], &[made]) = (inputs.as_slice(), outputs.as_slice()) else { return None };
    let from = graph.nodes.iter().find(|node| node.outputs.contains(&guarded))?;
    let is_guard = condition == is_nan && otherwise == guarded && from.operator == "Softmax";
    is_guard.then_some(Guard { choice, guarded, made })
}
