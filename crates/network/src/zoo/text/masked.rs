//! Tokens, their vectors, and the mask that keeps padding out.

use super::catalogue::WantedText;
use crate::{
    graph::Wire,
    operator::{Activation, Arithmetic, Operator, ReshapeDimension},
    zoo::layers::Layers,
};

/// The beginning of every text network.
pub(super) struct Tokens {
    /// The vectors of the tokens, `[N, length, width]`.
    pub embedded: Wire,
    /// 1 at tokens and 0 at padding, `[N, length]`.
    pub mask: Wire,
}

/// The input, the table, the lookup and the mask. Token numbers are whole, so min(number, 1) is 1 except at padding.
pub(super) fn tokens(layers: &mut Layers, wanted: &WantedText, lookup: &str) -> Tokens {
    let tokens = layers.builder.input("tokens", &[wanted.length]);
    let table = layers.fresh(&format!("{lookup}.weight"), &[wanted.vocabulary, wanted.width], wanted.fan_in());
    let embedded = layers.builder.node(lookup, Operator::Lookup, &[tokens, table]);
    let mask = layers.builder.activation("mask", tokens, Activation::Clip { low: 0.0, high: 1.0 });
    Tokens { embedded, mask }
}

/// x with zeros at padding.
pub(super) fn masked(layers: &mut Layers, name: &str, x: Wire, mask: Wire) -> Wire {
    let shape = vec![ReshapeDimension::Keep, ReshapeDimension::Keep, ReshapeDimension::Size(1)];
    let mask = layers.builder.node(&format!("{name}.mask"), Operator::Reshape { shape }, &[mask]);
    layers.builder.node(name, Operator::Arithmetic(Arithmetic::Multiply), &[x, mask])
}

/// The mean over the tokens that are no padding: `[N, length, width]` to `[N, width]`. (The mean over all places, by the
/// share of places that are tokens; a text has at least one.)
pub(super) fn mean_of_tokens(layers: &mut Layers, name: &str, x: Wire, mask: Wire) -> Wire {
    let kept = masked(layers, &format!("{name}.kept"), x, mask);
    let sum = layers.builder.node(&format!("{name}.sum"), Operator::Mean { axes: vec![1], keep: false }, &[kept]);
    let share = layers.builder.node(&format!("{name}.share"), Operator::Mean { axes: vec![1], keep: true }, &[mask]);
    layers.builder.node(name, Operator::Arithmetic(Arithmetic::Divide), &[sum, share])
}
