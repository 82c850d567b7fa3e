//! LeNet as the paper uses it (paper.md Q31).

use super::{
    layers::{Layers, Window},
    wanted::Wanted,
};
use crate::graph::{Graph, GraphError};

pub(super) fn graph(wanted: &Wanted) -> Result<Graph, GraphError> {
    let [first, second, third, fourth] = [6, 16, 120, 84].map(|full| wanted.channels(full));
    let window = Window { kernel: 5, stride: 1, padding: 0 };
    let mut layers = Layers::new("lenet", wanted);
    let mut x = layers.image();
    for (index, channels) in [[3, first], [first, second]].into_iter().enumerate() {
        let place = index + 1;
        x = layers.convolution_with_bias(&format!("conv{place}"), x, channels, window);
        x = layers.relu(&format!("relu{place}"), x);
        x = layers.builder.max_pool(&format!("pool{place}"), x, 2, 2, 0);
    }
    x = layers.builder.flatten("flat", x);
    // 32 pixels less 4, halved, less 4, halved: 5 x 5 are left.
    x = layers.linear("fc1", x, [second * 25, third]);
    x = layers.relu("relu3", x);
    x = layers.linear("fc2", x, [third, fourth]);
    x = layers.relu("relu4", x);
    let logits = layers.linear("fc3", x, [fourth, wanted.classes]);
    layers.finish(logits)
}
