//! Copying graphs into builders: the one place that renumbers values.

use std::{collections::HashMap, sync::Arc};

use crate::{
    array::Array,
    graph::{Builder, Graph, GraphError, Origin, ValueId, Wire},
};

/// A graph whose first input is replaced by a value that the builder already computes.
///
/// # Errors
/// Where names clash or shapes do not fit.
pub fn splice_before_input(mut builder: Builder, input: Wire, graph: &Graph) -> Result<Graph, GraphError> {
    let mut wires: HashMap<ValueId, Wire> = HashMap::new();
    for (place, &id) in graph.inputs().iter().enumerate() {
        let wire = match &graph.value(id).origin {
            Origin::Input { shape } if place > 0 => builder.input(&graph.value(id).name, shape),
            _ => input,
        };
        wires.insert(id, wire);
    }
    for (id, name, array) in graph.weights() {
        wires.insert(id, builder.shared_weight(name, Arc::clone(array)));
    }
    for node in graph.nodes() {
        let inputs: Vec<Wire> = node.inputs.iter().filter_map(|id| wires.get(id).copied()).collect();
        let wire = builder.node(&graph.value(node.output).name, node.operator.clone(), &inputs);
        wires.insert(node.output, wire);
    }
    let output = wires.get(&graph.output()).copied().unwrap_or(input);
    builder.finish(output)
}

/// The same graph with other numbers for some weights.
///
/// # Errors
/// Where a name is no weight of the graph, a shape differs, or a number is not finite.
pub fn reweighted(
    graph: &Graph,
    weights: impl IntoIterator<Item = (String, Arc<Array<f32>>)>,
) -> Result<Graph, GraphError> {
    let mut changed = graph.clone();
    for (name, array) in weights {
        let id = changed.require(&name)?;
        let slot = &mut changed.values[id.0].origin;
        let Origin::Weight(old) = slot else {
            return Err(GraphError::UnknownName { name, nearest: None });
        };
        if old.shape() != array.shape() {
            return Err(GraphError::WeightShape {
                name,
                expected: old.shape().to_vec(),
                found: array.shape().to_vec(),
            });
        }
        *slot = Origin::Weight(array);
    }
    changed.checked()
}
