//! Vision transformers (Dosovitskiy et al. 2021) with torchvision's weight names: at 224 pixels, and at 32 with small patches.

use super::{
    layers::{Layers, Window},
    wanted::Wanted,
};
use crate::{
    array::Array,
    graph::{Graph, GraphError, Wire},
    operator::{Activation, Operator, ReshapeDimension},
};

/// One member of the family. Its width is that of a head times their number; the hidden layer is four times as wide.
#[derive(Clone, Copy)]
pub(super) struct Shape {
    pub side: usize,
    pub patch: usize,
    pub layers: usize,
    pub heads: usize,
}

pub(super) const TINY_CIFAR: Shape = Shape { side: 32, patch: 4, layers: 12, heads: 3 };
pub(super) const B_16: Shape = Shape { side: 224, patch: 16, layers: 12, heads: 12 };
pub(super) const B_32: Shape = Shape { patch: 32, ..B_16 };

/// Numbers of a head.
const HEAD: usize = 64;
/// torchvision's layer normalization of this family.
const EPSILON: f64 = 1e-6;
/// Positions start within ±1/√833 = ±0.02·√3, whose deviation is that of torchvision's normal start, 0.02.
const POSITION_FAN_IN: usize = 833;

pub(super) fn graph(name: &str, shape: Shape, wanted: &Wanted) -> Result<Graph, GraphError> {
    let head = wanted.channels(HEAD);
    let width = head * shape.heads;
    let patches = (shape.side / shape.patch).pow(2);
    let mut layers = Layers::new(name, wanted);
    let image = layers.square_image(shape.side);
    let window = Window { kernel: shape.patch, stride: shape.patch, padding: 0 };
    let x = layers.convolution_with_bias("conv_proj", image, [3, width], window);
    let rows = [ReshapeDimension::Keep, ReshapeDimension::Size(width), ReshapeDimension::Size(patches)];
    let x = layers.builder.node("patches", Operator::Reshape { shape: rows.to_vec() }, &[x]);
    let x = layers.builder.node("tokens", Operator::Transpose { permutation: vec![0, 2, 1] }, &[x]);
    let class = layers.builder.weight("class_token", Array::filled(vec![1, 1, width], 0.0));
    let class = layers.builder.node("class_tokens", Operator::RepeatRows, &[class, image]);
    let x = layers.builder.node("with_class", Operator::Concatenate { axis: 1 }, &[class, x]);
    let position = layers.fresh("encoder.pos_embedding", &[1, patches + 1, width], POSITION_FAN_IN);
    let x = layers.builder.add("encoder.placed", x, position);
    let mut net = Growing { layers, x, width, tokens: patches + 1, heads: shape.heads };
    for index in 0..shape.layers {
        net.block(&format!("encoder.layers.encoder_layer_{index}"));
    }
    let Growing { mut layers, x, .. } = net;
    let x = layers.layer_norm("encoder.ln", x, width, EPSILON);
    let first = Operator::Slice { axis: 1, start: 0, end: 1, step: 1 };
    let x = layers.builder.node("class", first, &[x]);
    let x = layers.builder.flatten("class_row", x);
    let logits = layers.linear("heads.head", x, [width, wanted.classes]);
    layers.finish(logits)
}

/// What is being built: rows `[N, tokens, width]`.
struct Growing {
    layers: Layers,
    x: Wire,
    width: usize,
    tokens: usize,
    heads: usize,
}

impl Growing {
    /// Attention and two linear layers, each behind a normalization and beside a shortcut.
    fn block(&mut self, place: &str) {
        let named = |part: &str| format!("{place}.{part}");
        let width = self.width;
        let normal = self.layers.layer_norm(&named("ln_1"), self.x, width, EPSILON);
        let seen = self.attention(&named("self_attention"), normal);
        let x = self.layers.builder.add(&named("attended"), self.x, seen);
        let normal = self.layers.layer_norm(&named("ln_2"), x, width, EPSILON);
        let hidden = self.layers.linear(&named("mlp.0"), normal, [width, 4 * width]);
        let hidden = self.layers.builder.activation(&named("mlp.1"), hidden, Activation::Gelu);
        let made = self.layers.linear(&named("mlp.3"), hidden, [4 * width, width]);
        self.x = self.layers.builder.add(&named("added"), x, made);
    }

    /// softmax(Q·Kᵀ/√d)·V for each head; the weights of queries, keys and values are one behind the other.
    fn attention(&mut self, place: &str, x: Wire) -> Wire {
        let named = |part: &str| format!("{place}.{part}");
        let (width, tokens, heads) = (self.width, self.tokens, self.heads);
        let weight = self.layers.fresh(&named("in_proj_weight"), &[3 * width, width], width);
        let bias = self.layers.builder.weight(&named("in_proj_bias"), Array::filled(vec![3 * width], 0.0));
        let all = self.layers.builder.linear(&named("in_proj"), x, weight, Some(bias));
        let size = |size: usize| ReshapeDimension::Size(size);
        let apart =
            Operator::Reshape { shape: vec![ReshapeDimension::Keep, size(tokens), size(heads), size(width / heads)] };
        // Queries and values [N, heads, tokens, d], keys [N, heads, d, tokens].
        let mut third = |part: &str, index: usize, order: [usize; 4]| {
            let slice = Operator::Slice { axis: 2, start: index * width, end: (index + 1) * width, step: 1 };
            let x = self.layers.builder.node(&named(part), slice, &[all]);
            let x = self.layers.builder.node(&named(&format!("{part}.heads")), apart.clone(), &[x]);
            let turned = Operator::Transpose { permutation: order.to_vec() };
            self.layers.builder.node(&named(&format!("{part}.turned")), turned, &[x])
        };
        let queries = third("queries", 0, [0, 2, 1, 3]);
        let keys = third("keys", 1, [0, 2, 3, 1]);
        let values = third("values", 2, [0, 2, 1, 3]);
        let builder = &mut self.layers.builder;
        let scores = builder.node(&named("scores"), Operator::MatrixProduct, &[queries, keys]);
        #[expect(clippy::cast_precision_loss, reason = "a head is far narrower than 2^52")]
        let slope = 1.0 / ((width / heads) as f64).sqrt();
        let scores = builder.activation(&named("scaled"), scores, Activation::Affine { slope, offset: 0.0 });
        let shares = builder.node(&named("shares"), Operator::Softmax { axis: 3 }, &[scores]);
        let seen = builder.node(&named("seen"), Operator::MatrixProduct, &[shares, values]);
        let turned = Operator::Transpose { permutation: vec![0, 2, 1, 3] };
        let seen = builder.node(&named("seen.turned"), turned, &[seen]);
        let row = Operator::Reshape { shape: vec![ReshapeDimension::Keep, size(tokens), size(width)] };
        let seen = builder.node(&named("seen.rows"), row, &[seen]);
        self.layers.linear(&named("out_proj"), seen, [width; 2])
    }
}
