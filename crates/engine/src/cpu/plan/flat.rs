//! Images that nothing looks at as images: every reader flattens them, or works on each number alone and is flattened next.
//!
//! They lie as one row, in the order of the array they come from. Channels last, an image of three colours would be padded to
//! a whole vector a pixel, and the linear layer behind it would multiply with the padding in reverse.

use transferscope_network::{
    graph::{Graph, Node, ValueId},
    operator::{Operator, ReshapeDimension},
};

/// For each value, whether all nodes that are `needed` read it as a row.
pub(super) fn only_flattened(graph: &Graph, needed: &[bool]) -> Vec<bool> {
    let mut read = vec![false; graph.values().len()];
    let mut flat = vec![true; graph.values().len()];
    for node in graph.nodes().iter().rev().filter(|node| needed[node.output.index()]) {
        let (own, as_row) = (node.output.index(), flattens(node));
        let passes = works_on_each_number(node, graph) && read[node.output.index()] && flat[own];
        for id in &node.inputs {
            read[id.index()] = true;
            flat[id.index()] &= as_row || passes;
        }
    }
    flat.iter().zip(&read).map(|(&flat, &read)| flat && read).collect()
}

fn flattens(node: &Node) -> bool {
    matches!(&node.operator, Operator::Reshape { shape } if matches!(shape.as_slice(), [ReshapeDimension::Keep, ReshapeDimension::Rest]))
}

/// A function of each number, or arithmetic with a constant.
fn works_on_each_number(node: &Node, graph: &Graph) -> bool {
    let constants = |id: &&ValueId| graph.weight(**id).is_some();
    match node.operator {
        Operator::Activation(_) => true,
        Operator::Arithmetic(_) => node.inputs.iter().filter(constants).count() == 1,
        _ => false,
    }
}
