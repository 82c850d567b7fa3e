//! Images of one batch must not see each other: each operator is held to it as the graph grows.
//!
//! Exactly one axis of each computed value counts the batch. Its size is `outside · N · inside`: an axis of 5·N numbers
//! may be [5, N] or [N, 5] made one, and these are different orders of the same images. So a value says how many
//! numbers stand `outside` of the batch within that axis, and everything that follows is held to this order.

use transferscope_network::operator::Operator;

use super::{
    count::{Count, said},
    refusal::{Made, unsupported},
};

/// A shape, and the order of the images in it.
#[derive(Clone, Debug)]
pub(super) struct Rows {
    pub shape: Vec<Count>,
    /// How many numbers stand outside of the batch within the axis that counts it; 1 where no axis does.
    pub outside: i64,
}

impl Rows {
    /// The axis that counts the batch.
    pub(super) fn axis(&self) -> Option<usize> {
        self.shape.iter().position(|size| size.depends_on_batch())
    }

    /// The numbers that stand outside of the batch, those of the axes before its axis among them.
    pub(super) fn all_outside(&self) -> Option<i64> {
        before(&self.shape, self.axis()?)?.checked_mul(self.outside)
    }
}

/// The order of the images in what an operator makes, `output` being its shape.
///
/// # Errors
/// Where the operator would mix the images of a batch, or lose track of which numbers belong to which: operators that
/// work along an axis must not work along that of the batch, a reshape must leave as many numbers outside of the batch
/// as there were, and inputs must have the same order.
pub(super) fn stay_apart(operator: &Operator, inputs: &[Rows], output: &[Count]) -> Made<i64> {
    let axes: Vec<usize> = (0..output.len()).filter(|&axis| output[axis].depends_on_batch()).collect();
    if axes.len() > 1 {
        return unsupported(format!("its result has the shape {}, in which images meet", said(output)));
    }
    let mut outside = None;
    for rows in inputs {
        let Some(axis) = rows.axis() else { continue };
        let (mixes, order) = match (operator, axes.first()) {
            (Operator::RepeatRows, _) => (false, Some(1)),
            (Operator::Reshape { .. }, Some(&to)) => (false, reordered(rows, output, to)),
            (Operator::Reshape { .. }, None) => (true, None),
            _ => (works_along(operator, &rows.shape, axis, axes.is_empty()), Some(rows.outside)),
        };
        match (mixes, order) {
            (false, Some(order)) if outside.is_none_or(|other| other == order) => outside = Some(order),
            (false, Some(_)) => {
                return unsupported("its inputs hold the images of a batch in different orders");
            }
            _ => {
                return unsupported(format!(
                    "it works across the images of a batch (shape {}), whose answers must not depend on each other",
                    said(&rows.shape)
                ));
            }
        }
    }
    Ok(outside.unwrap_or(1))
}

/// Whether an operator works along this axis of one of its inputs.
fn works_along(operator: &Operator, shape: &[Count], axis: usize, is_lost: bool) -> bool {
    let from_behind = shape.len() - 1 - axis;
    match operator {
        Operator::Convolution { .. }
        | Operator::MaxPool(_)
        | Operator::AveragePool { .. }
        | Operator::BatchNormalization { .. } => axis != 0,
        Operator::Linear => from_behind == 0,
        Operator::MatrixProduct => is_lost,
        Operator::Mean { axes, .. } | Operator::Maximum { axes, .. } => axes.contains(&axis),
        Operator::Concatenate { axis: along }
        | Operator::Slice { axis: along, .. }
        | Operator::Select { axis: along, .. }
        | Operator::Softmax { axis: along }
        | Operator::LogSoftmax { axis: along } => *along == axis,
        Operator::Pad { amounts } => amounts.get(axis).is_some_and(|amounts| *amounts != [0, 0]),
        Operator::Activation(_)
        | Operator::Arithmetic(_)
        | Operator::Transpose { .. }
        | Operator::Reshape { .. }
        | Operator::Lookup
        | Operator::RepeatRows => false,
    }
}

/// How many numbers stand outside of the batch within the axis `to` of another shape of the same numbers, where the
/// batch is still one run of equal steps within it.
fn reordered(rows: &Rows, shape: &[Count], to: usize) -> Option<i64> {
    let (all, before) = (rows.all_outside()?, before(shape, to)?);
    let outside = all.checked_div(before)?;
    let is_whole = |number: i64, part: i64| number.checked_rem(part) == Some(0);
    (is_whole(all, before) && is_whole(shape[to].per_image, outside) && shape[to].fixed == 0).then_some(outside)
}

/// The product of the sizes before an axis.
pub(super) fn before(shape: &[Count], axis: usize) -> Option<i64> {
    shape[..axis].iter().try_fold(1_i64, |product, size| product.checked_mul(size.as_fixed()?))
}

#[cfg(test)]
mod tests {
    use transferscope_network::operator::{
        Arithmetic,
        ReshapeDimension::{Rest, Size},
    };

    use super::*;

    const N: Count = Count::BATCH;

    fn c(number: i64) -> Count {
        Count::fixed(number)
    }

    fn n(times: i64) -> Count {
        N.times(c(times)).expect("it fits")
    }

    fn rows(shape: &[Count]) -> Rows {
        Rows { shape: shape.to_vec(), outside: 1 }
    }

    #[test]
    fn what_works_across_images_is_refused() {
        let mean = |axis| Operator::Mean { axes: vec![axis], keep: true };
        assert!(stay_apart(&mean(0), &[rows(&[N, c(3)])], &[c(1), c(3)]).is_err());
        assert!(stay_apart(&mean(1), &[rows(&[N, c(3)])], &[N, c(1)]).is_ok());
        let softmax = Operator::Softmax { axis: 1 };
        assert!(stay_apart(&softmax, &[rows(&[c(3), N])], &[c(3), N]).is_err());
        let outer = [rows(&[N, c(4)]), rows(&[c(4), N])];
        assert!(stay_apart(&Operator::MatrixProduct, &outer, &[N, N]).is_err());
        let inner = [rows(&[c(4), N]), rows(&[N, c(4)])];
        assert!(stay_apart(&Operator::MatrixProduct, &inner, &[c(4), c(4)]).is_err());
    }

    /// [4, N] read row by row is not [N, 4]: the first row would hold the first numbers of four images.
    #[test]
    fn a_reshape_must_keep_what_stands_outside_of_the_batch() {
        let reshape = Operator::Reshape { shape: vec![Rest, Size(4)] };
        assert!(stay_apart(&reshape, &[rows(&[c(4), N])], &[N, c(4)]).is_err());
        assert_eq!(stay_apart(&reshape, &[rows(&[N, c(2), c(2)])], &[N, c(4)]), Ok(1));
        assert_eq!(stay_apart(&reshape, &[rows(&[c(5), N, c(6)])], &[c(5), n(2), c(3)]), Ok(1));
        // [4, N, 6] as [8, N, 3] would split the batch's steps: eight do not divide what stands outside.
        assert!(stay_apart(&reshape, &[rows(&[c(4), N, c(6)])], &[c(8), N, c(3)]).is_err());
    }

    /// Length and batch made one axis, as attention does before its last layer, and made two again.
    #[test]
    fn an_axis_remembers_what_stands_outside_of_the_batch() {
        let reshape = Operator::Reshape { shape: vec![Rest, Size(6)] };
        let joined = stay_apart(&reshape, &[rows(&[c(5), N, c(6)])], &[n(5), c(6)]).expect("the images stay apart");
        assert_eq!(joined, 5);
        let joined = Rows { shape: vec![n(5), c(6)], outside: joined };
        assert_eq!(stay_apart(&Operator::Linear, std::slice::from_ref(&joined), &[n(5), c(7)]), Ok(5));
        assert_eq!(stay_apart(&reshape, std::slice::from_ref(&joined), &[c(5), N, c(6)]), Ok(1));
        // Not as [N, 5, 6]: the first five rows belong to the images 0 to 4, not to the first.
        assert!(stay_apart(&reshape, std::slice::from_ref(&joined), &[N, c(5), c(6)]).is_err());
        // Nor beside the same axis in the other order.
        let add = Operator::Arithmetic(Arithmetic::Add);
        let other = rows(&[n(5), c(6)]);
        assert!(stay_apart(&add, &[joined.clone(), other], &[n(5), c(6)]).is_err());
        assert_eq!(stay_apart(&add, &[joined.clone(), joined], &[n(5), c(6)]), Ok(5));
    }
}
