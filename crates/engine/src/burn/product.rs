//! Linear layers, matrix products, and normalization, on Burn's tensors.

use ::burn::tensor::module;

use super::value::{Value, at_rank};

/// x · Wᵀ + b on the last axis.
pub(super) fn linear(x: Value, weight: Value, bias: Option<Value>) -> Value {
    let width = x.shape().last().copied().unwrap_or(1);
    let mut shape = x.shape().to_vec();
    if let Some(last) = shape.last_mut() {
        *last = weight.shape().first().copied().unwrap_or(1);
    }
    let rows = x.shape().iter().rev().skip(1).product::<usize>();
    let x = x.reshaped(&[rows, width]).at_rank::<2>();
    let made = module::linear(x, weight.at_rank::<2>().transpose(), bias.map(Value::at_rank::<1>));
    Value::from(made).reshaped(&shape)
}

/// The product of the last two axes, the others broadcast.
pub(super) fn matrix_product(a: Value, b: Value) -> Value {
    let rank = a.shape().len().max(b.shape().len());
    let (a, b) = (a.with_rank(rank), b.with_rank(rank));
    match rank {
        2 => a.at_rank::<2>().matmul(b.at_rank()).into(),
        3 => a.at_rank::<3>().matmul(b.at_rank()).into(),
        4 => a.at_rank::<4>().matmul(b.at_rank()).into(),
        5 => a.at_rank::<5>().matmul(b.at_rank()).into(),
        _ => a.at_rank::<6>().matmul(b.at_rank()).into(),
    }
}

/// x · scale + shift, both `[C]`, along axis 1.
pub(super) fn scaled_and_shifted(x: Value, scale: Value, shift: Value) -> Value {
    let channels = scale.shape().to_vec();
    let mut shape = vec![1; x.shape().len()];
    if let (Some(axis), [count]) = (shape.get_mut(1), channels.as_slice()) {
        *axis = *count;
    }
    let (scale, shift) = (scale.reshaped(&shape), shift.reshaped(&shape));
    at_rank!(x, x => (x * scale.at_rank() + shift.at_rank()).into())
}

/// Normalized by the statistics of the batch; and those: mean and biased variance, `[C]` each, not recorded.
pub(super) fn normalized_by_batch(x: Value, weight: Value, bias: Value, epsilon: f64) -> [Value; 3] {
    at_rank!(x, x => {
        let made = module::batch_norm_train(x, weight.at_rank(), bias.at_rank(), epsilon);
        [made.output.into(), made.mean.into(), made.variance.into()]
    })
}
