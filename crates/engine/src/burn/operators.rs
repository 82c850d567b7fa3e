//! One operator on Burn's tensors.

use transferscope_network::operator::Operator;

use super::{
    elementwise, layout, product,
    value::Value,
    window::{self, Geometry},
};

/// What a step of the plan does.
#[derive(Clone, Debug)]
pub(super) enum Action {
    /// An operator of the graph.
    Operator(Operator),
    /// x · scale + shift along the channels: batch normalization with fixed statistics.
    ScaleAndShift,
    /// Batch normalization by the statistics of the batch: x, weight, bias.
    BatchStatistics {
        /// What keeps the root away from zero.
        epsilon: f64,
    },
}

/// Applies an action; `shape` is the result's, and the inputs are those that the plan has checked.
pub(super) fn apply(action: &Action, inputs: Vec<Value>, shape: &[usize]) -> Value {
    let mut inputs = inputs.into_iter();
    let mut next = || inputs.next().expect("the graph was checked: every operator has its inputs");
    let operator = match action {
        Action::Operator(operator) => operator,
        Action::ScaleAndShift => return product::scaled_and_shifted(next(), next(), next()),
        Action::BatchStatistics { .. } => {
            unreachable!("training applies it, for it has more than one result")
        }
    };
    match operator {
        Operator::Convolution { stride, padding, dilation, groups } => {
            let geometry = Geometry { stride: *stride, padding: *padding, dilation: *dilation, groups: *groups };
            window::convolution(geometry, next(), next(), inputs.next())
        }
        Operator::Linear => product::linear(next(), next(), inputs.next()),
        Operator::MatrixProduct => product::matrix_product(next(), next()),
        Operator::BatchNormalization { .. } => {
            unreachable!("the plan makes a scale and a shift of it")
        }
        Operator::Activation(activation) => elementwise::activated(*activation, next()),
        Operator::MaxPool(pooling) => window::max_pool(*pooling, next()),
        Operator::AveragePool { pooling, count_padding } => window::average_pool(*pooling, *count_padding, next()),
        Operator::Mean { axes, .. } => layout::mean(axes, next(), shape),
        Operator::Maximum { axes, .. } => layout::maximum(axes, next(), shape),
        Operator::Arithmetic(kind) => elementwise::combined(*kind, next(), next()),
        Operator::Concatenate { axis } => layout::concatenated(*axis, inputs.collect()),
        Operator::Slice { axis, start, end, step } => layout::sliced(*axis, [*start, *end], *step, next()),
        Operator::Select { axis, indices } => layout::selected(*axis, indices, next()),
        Operator::Lookup => layout::looked_up(&next(), next(), shape),
        Operator::RepeatRows => layout::repeated(next(), shape),
        Operator::Pad { amounts } => layout::padded(amounts, next()),
        Operator::Reshape { .. } => next().reshaped(shape),
        Operator::Transpose { permutation } => layout::transposed(permutation, next()),
        Operator::Softmax { axis } => elementwise::softmax(*axis, next()),
        Operator::LogSoftmax { axis } => elementwise::log_softmax(*axis, next()),
    }
}
