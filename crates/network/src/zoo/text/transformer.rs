//! The parts of a transformer encoder, written with the graph's operators: layer normalization, attention, one layer.

use crate::{
    array::Array,
    graph::Wire,
    operator::{Activation, Arithmetic, Operator, ReshapeDimension},
    zoo::layers::Layers,
};

/// What all layers share.
pub(super) struct Encoder {
    /// Numbers a token.
    pub width: usize,
    /// Attention heads; they divide the width.
    pub heads: usize,
    /// Width between the two linear layers of a block.
    pub hidden: usize,
    /// What keeps the root of a normalization away from zero, as a constant.
    pub epsilon: Wire,
    /// 1/√(width of a head), as a constant.
    pub scale: Wire,
    /// What is added to attention scores: 0 at tokens, −10,000 at padding, `[N, 1, 1, length]`.
    pub shade: Wire,
}

/// What is added at padding: e^−10,000 is 0 in every precision.
const DEPTH: f32 = 1e4;

impl Encoder {
    #[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "widths are small")]
    pub(super) fn new(layers: &mut Layers, sizes: [usize; 3], epsilon: f64, mask: Wire) -> Self {
        let [width, heads, hidden] = sizes;
        let mut constant = |name: &str, number: f32| {
            layers.builder.weight(&format!("constant.{name}"), Array::filled(vec![1], number))
        };
        let epsilon = constant("epsilon", epsilon as f32);
        let scale = constant("scale", 1.0 / ((width / heads) as f32).sqrt());
        let (one, depth) = (constant("one", 1.0), constant("depth", DEPTH));
        let below = layers.builder.node("shade.below", Operator::Arithmetic(Arithmetic::Subtract), &[mask, one]);
        let deep = layers.builder.node("shade.deep", Operator::Arithmetic(Arithmetic::Multiply), &[below, depth]);
        let shape =
            vec![ReshapeDimension::Keep, ReshapeDimension::Size(1), ReshapeDimension::Size(1), ReshapeDimension::Rest];
        let shade = layers.builder.node("shade", Operator::Reshape { shape }, &[deep]);
        Self { width, heads, hidden, epsilon, scale, shade }
    }

    /// (x − mean) / √(variance + ε) · weight + bias over the last of three axes.
    pub(super) fn normalised(&self, layers: &mut Layers, name: &str, x: Wire) -> Wire {
        let weight = layers.builder.weight(&format!("{name}.weight"), Array::filled(vec![self.width], 1.0));
        let bias = layers.builder.weight(&format!("{name}.bias"), Array::filled(vec![self.width], 0.0));
        let builder = &mut layers.builder;
        let mut node =
            |part: &str, operator: Operator, inputs: &[Wire]| builder.node(&format!("{name}{part}"), operator, inputs);
        let of = Operator::Arithmetic;
        let mean = || Operator::Mean { axes: vec![2], keep: true };
        let middle = node(".mean", mean(), &[x]);
        let centred = node(".centred", of(Arithmetic::Subtract), &[x, middle]);
        let squares = node(".squares", of(Arithmetic::Multiply), &[centred, centred]);
        let variance = node(".variance", mean(), &[squares]);
        let above = node(".above_zero", of(Arithmetic::Add), &[variance, self.epsilon]);
        let deviation = node(".deviation", Operator::Activation(Activation::SquareRoot), &[above]);
        let standard = node(".standard", of(Arithmetic::Divide), &[centred, deviation]);
        let scaled = node(".scaled", of(Arithmetic::Multiply), &[standard, weight]);
        node("", of(Arithmetic::Add), &[scaled, bias])
    }

    /// One layer with BERT's weight names under `name`: attention, then two linear layers, each added and normalised.
    pub(super) fn layer(&self, layers: &mut Layers, name: &str, x: Wire) -> Wire {
        let context = self.attention(layers, &format!("{name}.attention.self"), x);
        let output = format!("{name}.attention.output");
        let dense = layers.linear(&format!("{output}.dense"), context, [self.width; 2]);
        let added = layers.builder.add(&format!("{output}.added"), dense, x);
        let attended = self.normalised(layers, &format!("{output}.LayerNorm"), added);
        let wide = layers.linear(&format!("{name}.intermediate.dense"), attended, [self.width, self.hidden]);
        let active = layers.builder.activation(&format!("{name}.intermediate.gelu"), wide, Activation::Gelu);
        let narrow = layers.linear(&format!("{name}.output.dense"), active, [self.hidden, self.width]);
        let added = layers.builder.add(&format!("{name}.output.added"), narrow, attended);
        self.normalised(layers, &format!("{name}.output.LayerNorm"), added)
    }

    /// softmax(q·kᵀ/√d + shade) · v, each head on its part of the width.
    fn attention(&self, layers: &mut Layers, name: &str, x: Wire) -> Wire {
        let mut heads = |part: &str, permutation: [usize; 4]| {
            let all = layers.linear(&format!("{name}.{part}"), x, [self.width; 2]);
            let shape = vec![
                ReshapeDimension::Keep,
                ReshapeDimension::Keep,
                ReshapeDimension::Size(self.heads),
                ReshapeDimension::Rest,
            ];
            let split = layers.builder.node(&format!("{name}.{part}.split"), Operator::Reshape { shape }, &[all]);
            let turned = Operator::Transpose { permutation: permutation.to_vec() };
            layers.builder.node(&format!("{name}.{part}.heads"), turned, &[split])
        };
        let query = heads("query", [0, 2, 1, 3]);
        let key = heads("key", [0, 2, 3, 1]);
        let value = heads("value", [0, 2, 1, 3]);
        let mut node = |part: &str, operator: Operator, inputs: &[Wire]| {
            layers.builder.node(&format!("{name}.{part}"), operator, inputs)
        };
        let products = node("products", Operator::MatrixProduct, &[query, key]);
        let scaled = node("scaled", Operator::Arithmetic(Arithmetic::Multiply), &[products, self.scale]);
        let scores = node("scores", Operator::Arithmetic(Arithmetic::Add), &[scaled, self.shade]);
        let weights = node("weights", Operator::Softmax { axis: 3 }, &[scores]);
        let mixed = node("mixed", Operator::MatrixProduct, &[weights, value]);
        let turned = node("turned", Operator::Transpose { permutation: vec![0, 2, 1, 3] }, &[mixed]);
        let shape = vec![ReshapeDimension::Keep, ReshapeDimension::Keep, ReshapeDimension::Rest];
        node("joined", Operator::Reshape { shape }, &[turned])
    }
}
