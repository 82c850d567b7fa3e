//! BERT (Devlin et al., NAACL 2019) as a classifier, with Hugging Face's weight names (without the prefix `bert.`).

use super::{
    catalogue::{TextPooling, WantedText},
    masked::{mean_of_tokens, tokens},
    transformer::Encoder,
};
use crate::{
    graph::{Graph, GraphError},
    operator::{Activation, Operator},
};

/// Kinds of segments; single sentences are all of the first.
const SEGMENTS: usize = 2;

pub(super) fn graph(wanted: &WantedText) -> Result<Graph, GraphError> {
    let (width, length) = (wanted.width, wanted.length);
    let mut layers = wanted.layers_of("bert");
    let words = tokens(&mut layers, wanted, "embeddings.word_embeddings");
    let mut first_rows = |name: &str, rows: usize, taken: usize| {
        let table = layers.fresh(&format!("embeddings.{name}.weight"), &[rows, width], wanted.fan_in());
        let slice = Operator::Slice { axis: 0, start: 0, end: taken, step: 1 };
        layers.builder.node(&format!("embeddings.{name}"), slice, &[table])
    };
    let positions = first_rows("position_embeddings", wanted.positions, length);
    let segment = first_rows("token_type_embeddings", SEGMENTS, 1);
    let with_segment = layers.builder.add("embeddings.with_segment", words.embedded, segment);
    let summed = layers.builder.add("embeddings.with_position", with_segment, positions);
    let encoder = Encoder::new(&mut layers, [width, wanted.heads, wanted.hidden], wanted.epsilon, words.mask);
    let mut x = encoder.normalised(&mut layers, "embeddings.LayerNorm", summed);
    for place in 0..wanted.layers {
        x = encoder.layer(&mut layers, &format!("encoder.layer.{place}"), x);
    }
    let features = match wanted.pooling {
        TextPooling::Mean => mean_of_tokens(&mut layers, "sentence", x, words.mask),
        TextPooling::First => {
            let first = layers.builder.node("first", Operator::Slice { axis: 1, start: 0, end: 1, step: 1 }, &[x]);
            let flat = layers.builder.flatten("first.flat", first);
            let dense = layers.linear("pooler.dense", flat, [width; 2]);
            layers.builder.activation("sentence", dense, Activation::Tanh)
        }
    };
    let logits = layers.linear("classifier", features, [width, wanted.classes]);
    layers.finish(logits)
}
