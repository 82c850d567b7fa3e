//! A bag of embeddings: the mean of the words' vectors, one hidden layer (the deep averaging network of Iyyer et al., ACL 2015).

use super::{
    catalogue::WantedText,
    masked::{mean_of_tokens, tokens},
};
use crate::{
    graph::{Graph, GraphError, Wire},
    zoo::layers::Layers,
};

pub(super) fn graph(wanted: &WantedText) -> Result<Graph, GraphError> {
    let mut layers = wanted.layers_of("text-bag");
    let words = tokens(&mut layers, wanted, "embedding");
    let mean = mean_of_tokens(&mut layers, "mean", words.embedded, words.mask);
    let hidden = layers.linear("hidden", mean, [wanted.width, wanted.width]);
    let features = layers.relu("features", hidden);
    finished(layers, wanted, features, wanted.width)
}

/// The head, and the graph.
pub(super) fn finished(
    mut layers: Layers,
    wanted: &WantedText,
    features: Wire,
    width: usize,
) -> Result<Graph, GraphError> {
    let logits = layers.linear("classifier", features, [width, wanted.classes]);
    layers.finish(logits)
}
