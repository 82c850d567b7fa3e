//! Folding batch normalization into the convolution or linear layer before it.

use std::{collections::HashMap, sync::Arc};

use crate::{
    array::Array,
    graph::{Builder, Graph, GraphError, Origin, ValueId, Wire},
    operator::Operator,
};

/// The same function with each batch normalization that directly follows a convolution or a linear layer
/// (and is its only reader) folded into that layer's weight and bias:
/// W′ = W · γ/√(v+ε), b′ = (b − m) · γ/√(v+ε) + β. Computed in f64 and rounded once.
///
/// The folded layer takes the name of the normalization it replaces; weights that nothing reads any more are left out.
///
/// # Errors
/// None for a graph that was checked; the folded graph is checked again.
pub fn fold_batch_normalization(graph: &Graph) -> Result<Graph, GraphError> {
    let mut readers: HashMap<ValueId, usize> = HashMap::new();
    for node in graph.nodes() {
        for &input in &node.inputs {
            *readers.entry(input).or_default() += 1;
        }
    }
    let shapes = graph.shapes(1)?;
    let foldable = |id: ValueId| {
        let node = graph.node_of(id)?;
        let is_layer = match node.operator {
            Operator::Convolution { .. } => true,
            // With more axes the outputs lie on the last one, but normalization goes along axis 1.
            Operator::Linear => shapes[id.0].len() == 2,
            _ => false,
        };
        let own_weights = node.inputs[1..].iter().all(|&input| graph.weight(input).is_some());
        (is_layer && own_weights && readers.get(&id) == Some(&1) && graph.output() != id).then_some(node)
    };

    let mut builder = Builder::new(graph.name());
    let mut wires: HashMap<ValueId, Wire> = HashMap::new();
    let mut folded_into: HashMap<ValueId, ValueId> = HashMap::new();
    for node in graph.nodes() {
        if let (Operator::BatchNormalization { .. }, Some(_)) = (&node.operator, foldable(node.inputs[0]))
            && node.inputs[1..].iter().all(|&input| graph.weight(input).is_some())
        {
            folded_into.insert(node.inputs[0], node.output);
        }
    }
    for &id in graph.inputs() {
        if let Origin::Input { shape } = &graph.value(id).origin {
            wires.insert(id, builder.input(&graph.value(id).name, shape));
        }
    }
    for node in graph.nodes() {
        if folded_into.contains_key(&node.output) {
            continue;
        }
        let (operator, inputs) = match (&node.operator, foldable(node.inputs[0])) {
            (Operator::BatchNormalization { epsilon }, Some(layer)) if folded_into.contains_key(&layer.output) => {
                let name = &graph.value(node.output).name;
                let (weight, bias) = folded_weights(graph, &layer.inputs, &node.inputs, *epsilon);
                let input = wire(graph, &mut builder, &mut wires, layer.inputs[0]);
                let weight = builder.weight(&format!("{name}.folded_weight"), weight);
                let bias = builder.weight(&format!("{name}.folded_bias"), bias);
                (layer.operator.clone(), vec![input, weight, bias])
            }
            _ => {
                let inputs = node.inputs.iter().map(|&id| wire(graph, &mut builder, &mut wires, id)).collect();
                (node.operator.clone(), inputs)
            }
        };
        let output = builder.node(&graph.value(node.output).name, operator, &inputs);
        wires.insert(node.output, output);
    }
    let output = wire(graph, &mut builder, &mut wires, graph.output());
    builder.finish(output)
}

/// The new place of a value; weights move over when they are first read.
fn wire(graph: &Graph, builder: &mut Builder, wires: &mut HashMap<ValueId, Wire>, id: ValueId) -> Wire {
    if let Some(&wire) = wires.get(&id) {
        return wire;
    }
    let value = graph.value(id);
    let new = match &value.origin {
        Origin::Weight(array) => builder.shared_weight(&value.name, Arc::clone(array)),
        Origin::Input { shape } => builder.input(&value.name, shape),
        // Nodes are visited in order, so only a weight or an input can be unknown here.
        Origin::Node(_) => id,
    };
    wires.insert(id, new);
    new
}

fn folded_weights(
    graph: &Graph,
    layer: &[ValueId],
    normalization: &[ValueId],
    epsilon: f64,
) -> (Array<f32>, Array<f32>) {
    let numbers = |id: ValueId| graph.weight(id).map_or_else(Vec::new, |array| array.to_f64().into_data());
    let [gamma, beta, mean, variance] = [1, 2, 3, 4].map(|place| numbers(normalization[place]));
    let channels = gamma.len();
    let scale: Vec<f64> = gamma.iter().zip(&variance).map(|(g, v)| g / (v + epsilon).sqrt()).collect();
    let old_bias = layer.get(2).map_or_else(|| vec![0.0; channels], |&id| numbers(id));
    let mut weight = graph.weight(layer[1]).map_or_else(|| Array::filled(vec![0], 0.0), |array| array.to_f64());
    let row_length = weight.row_length();
    for (row, factor) in weight.data_mut().chunks_mut(row_length.max(1)).zip(&scale) {
        row.iter_mut().for_each(|number| *number *= factor);
    }
    let mut bias = Array::filled(vec![channels], 0.0);
    for (channel, number) in bias.data_mut().iter_mut().enumerate() {
        *number = (old_bias[channel] - mean[channel]) * scale[channel] + beta[channel];
    }
    (weight.to_f32(), bias.to_f32())
}
