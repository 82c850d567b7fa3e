//! Images of one batch must not see each other: each operator is held to it as the graph grows.

use transferscope_network::operator::Operator;

use super::{
    count::{Count, said},
    refusal::{Made, unsupported},
};

/// Refuses an operator that would mix the images of a batch, or lose track of which numbers belong to which.
///
/// One axis of each value counts the batch. Operators that work along an axis must not work along that one, and a
/// reshape must leave as many numbers before it as there were.
pub(super) fn stay_apart(operator: &Operator, inputs: &[Vec<Count>], output: &[Count]) -> Made<()> {
    let axes: Vec<usize> = (0..output.len()).filter(|&axis| output[axis].depends_on_batch()).collect();
    if axes.len() > 1 {
        return unsupported(format!("its result has the shape {}, in which images meet", said(output)));
    }
    for shape in inputs {
        let Some(axis) = batch_axis(shape) else { continue };
        let from_behind = shape.len() - 1 - axis;
        let mixes = match operator {
            Operator::Convolution { .. }
            | Operator::MaxPool(_)
            | Operator::AveragePool { .. }
            | Operator::BatchNormalization { .. } => axis != 0,
            Operator::Linear => from_behind == 0,
            Operator::MatrixProduct => axes.is_empty(),
            Operator::Mean { axes, .. } | Operator::Maximum { axes, .. } => axes.contains(&axis),
            Operator::Concatenate { axis: along }
            | Operator::Slice { axis: along, .. }
            | Operator::Select { axis: along, .. }
            | Operator::Softmax { axis: along }
            | Operator::LogSoftmax { axis: along } => *along == axis,
            Operator::Pad { amounts } => amounts.get(axis).is_some_and(|amounts| *amounts != [0, 0]),
            Operator::Reshape { .. } => {
                axes.first().is_none_or(|&to| before(output, to).is_none() || before(output, to) != before(shape, axis))
            }
            Operator::Activation(_)
            | Operator::Arithmetic(_)
            | Operator::Transpose { .. }
            | Operator::Lookup
            | Operator::RepeatRows => false,
        };
        if mixes {
            return unsupported(format!(
                "it works across the images of a batch (shape {}), whose answers must not depend on each other",
                said(shape)
            ));
        }
    }
    Ok(())
}

/// The axis that counts the batch.
pub(super) fn batch_axis(shape: &[Count]) -> Option<usize> {
    shape.iter().position(|size| size.depends_on_batch())
}

/// The product of the sizes before an axis.
pub(super) fn before(shape: &[Count], axis: usize) -> Option<i64> {
    shape[..axis].iter().try_fold(1_i64, |product, size| product.checked_mul(size.as_fixed()?))
}

#[cfg(test)]
mod tests {
    use transferscope_network::operator::ReshapeDimension::{Rest, Size};

    use super::*;

    const N: Count = Count::BATCH;

    fn c(number: i64) -> Count {
        Count::fixed(number)
    }

    #[test]
    fn what_works_across_images_is_refused() {
        let mean = |axis| Operator::Mean { axes: vec![axis], keep: true };
        assert!(stay_apart(&mean(0), &[vec![N, c(3)]], &[c(1), c(3)]).is_err());
        assert!(stay_apart(&mean(1), &[vec![N, c(3)]], &[N, c(1)]).is_ok());
        let softmax = Operator::Softmax { axis: 1 };
        assert!(stay_apart(&softmax, &[vec![c(3), N]], &[c(3), N]).is_err());
        let outer = [vec![N, c(4)], vec![c(4), N]];
        assert!(stay_apart(&Operator::MatrixProduct, &outer, &[N, N]).is_err());
        let inner = [vec![c(4), N], vec![N, c(4)]];
        assert!(stay_apart(&Operator::MatrixProduct, &inner, &[c(4), c(4)]).is_err());
    }

    /// [4, N] read row by row is not [N, 4]: the first row would hold the first numbers of four images.
    #[test]
    fn a_reshape_must_keep_what_stands_before_the_batch() {
        let reshape = Operator::Reshape { shape: vec![Rest, Size(4)] };
        assert!(stay_apart(&reshape, &[vec![c(4), N]], &[N, c(4)]).is_err());
        assert!(stay_apart(&reshape, &[vec![N, c(2), c(2)]], &[N, c(4)]).is_ok());
        let heads = vec![c(5), N, c(6)];
        let split = [c(5), N.times(c(2)).expect("it fits"), c(3)];
        assert!(stay_apart(&reshape, &[heads], &split).is_ok());
    }
}
