//! VGG 11 to 19, plain and with batch normalization (Simonyan and Zisserman 2015): the CIFAR form of `pytorch-cifar`, whose
//! head is one linear layer, and torchvision's ImageNet form. Both number the layers of `features` in sequence.

use super::{
    layers::{Layers, Window},
    wanted::Wanted,
};
use crate::graph::{Graph, GraphError, Wire};

/// Channels of the convolutions before each maximum, for one depth.
type Stages = [(usize, usize); 5];

/// How many convolutions of how many channels each stage of VGG `depth` has.
pub(super) const fn stages(depth: usize) -> Stages {
    let counts = match depth {
        11 => [1, 1, 2, 2, 2],
        13 => [2, 2, 2, 2, 2],
        16 => [2, 2, 3, 3, 3],
        _ => [2, 2, 4, 4, 4],
    };
    [(counts[0], 64), (counts[1], 128), (counts[2], 256), (counts[3], 512), (counts[4], 512)]
}

/// The CIFAR form: 32 pixels a side leave one after five halvings.
pub(super) fn cifar(name: &str, depth: usize, normalised: bool, wanted: &Wanted) -> Result<Graph, GraphError> {
    let mut layers = Layers::new(name, wanted);
    let image = layers.image();
    let (x, channels) = features(&mut layers, image, stages(depth), normalised, wanted);
    let x = layers.builder.flatten("flat", x);
    let logits = layers.linear("classifier", x, [channels, wanted.classes]);
    layers.finish(logits)
}

/// The ImageNet form: 7 x 7 pixels are left of 224, and three linear layers follow. Dropout is nothing outside training.
pub(super) fn imagenet(name: &str, depth: usize, normalised: bool, wanted: &Wanted) -> Result<Graph, GraphError> {
    let mut layers = Layers::new(name, wanted);
    let image = layers.square_image(224);
    let (x, channels) = features(&mut layers, image, stages(depth), normalised, wanted);
    let hidden = wanted.channels(4096);
    let mut x = layers.builder.flatten("flat", x);
    x = layers.linear("classifier.0", x, [channels * 49, hidden]);
    x = layers.relu("classifier.1", x);
    x = layers.linear("classifier.3", x, [hidden, hidden]);
    x = layers.relu("classifier.4", x);
    let logits = layers.linear("classifier.6", x, [hidden, wanted.classes]);
    layers.finish(logits)
}

fn features(layers: &mut Layers, image: Wire, stages: Stages, normalised: bool, wanted: &Wanted) -> (Wire, usize) {
    let (mut x, mut channels, mut place) = (image, 3, 0);
    for (count, full) in stages {
        for _ in 0..count {
            let next = wanted.channels(full);
            x = layers.convolution_with_bias(&format!("features.{place}"), x, [channels, next], Window::three(1));
            if normalised {
                place += 1;
                x = layers.batch_norm(&format!("features.{place}"), x, next);
            }
            x = layers.relu(&format!("features.{}", place + 1), x);
            place += 2;
            channels = next;
        }
        x = layers.builder.max_pool(&format!("features.{place}"), x, 2, 2, 0);
        place += 1;
    }
    (x, channels)
}
