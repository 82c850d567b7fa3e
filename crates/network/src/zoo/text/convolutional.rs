//! A convolutional network over words: windows of 3, 4 and 5, the largest of each filter (Kim, EMNLP 2014).

use super::{
    bag::finished,
    catalogue::WantedText,
    masked::{masked, tokens},
};
use crate::{
    graph::{Graph, GraphError, Wire},
    operator::{Operator, Padding, ReshapeDimension},
    zoo::layers::Layers,
};

/// Words a window spans; a text must be at least as long as the longest.
pub(super) const WINDOWS: [usize; 3] = [3, 4, 5];

pub(super) fn graph(wanted: &WantedText) -> Result<Graph, GraphError> {
    let mut layers = wanted.layers_of("text-cnn");
    let words = tokens(&mut layers, wanted, "embedding");
    let kept = masked(&mut layers, "kept", words.embedded, words.mask);
    let turned = layers.builder.node("turned", Operator::Transpose { permutation: vec![0, 2, 1] }, &[kept]);
    let shape = vec![
        ReshapeDimension::Keep,
        ReshapeDimension::Keep,
        ReshapeDimension::Size(1),
        ReshapeDimension::Size(wanted.length),
    ];
    let row = layers.builder.node("row", Operator::Reshape { shape }, &[turned]);
    let found: Vec<Wire> = WINDOWS.iter().map(|&window| filters(&mut layers, row, wanted.width, window)).collect();
    let features = layers.builder.node("features", Operator::Concatenate { axis: 1 }, &found);
    finished(layers, wanted, features, wanted.width * WINDOWS.len())
}

/// As many filters as the words have numbers, each told by its largest answer.
fn filters(layers: &mut Layers, row: Wire, width: usize, window: usize) -> Wire {
    let name = format!("conv{window}");
    let weight = layers.fresh(&format!("{name}.weight"), &[width, width, 1, window], width * window);
    let bias = layers.fresh(&format!("{name}.bias"), &[width], width * window);
    let operator = Operator::Convolution { stride: [1; 2], padding: Padding::same(0), dilation: [1; 2], groups: 1 };
    let answers = layers.builder.node(&name, operator, &[row, weight, bias]);
    let positive = layers.relu(&format!("relu{window}"), answers);
    layers.builder.node(&format!("largest{window}"), Operator::Maximum { axes: vec![2, 3], keep: false }, &[positive])
}
