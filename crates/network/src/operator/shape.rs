//! The shape each operator gives, and why it cannot.

use super::{Operator, Padding, Pooling, ReshapeDimension};

/// Why an operator cannot take inputs of these shapes.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{operator}: expected {expected}, found inputs of shapes {found:?}")]
pub struct ShapeError {
    /// The operator's name.
    pub operator: &'static str,
    /// What it takes.
    pub expected: String,
    /// What it was given.
    pub found: Vec<Vec<usize>>,
}

impl Operator {
    /// The shape of the output for inputs of these shapes.
    ///
    /// # Errors
    /// Where the operator cannot take them.
    pub fn output_shape(&self, inputs: &[&[usize]]) -> Result<Vec<usize>, ShapeError> {
        self.try_output_shape(inputs).ok_or_else(|| ShapeError {
            operator: self.name(),
            expected: self.expectation(),
            found: inputs.iter().map(|shape| shape.to_vec()).collect(),
        })
    }

    fn try_output_shape(&self, inputs: &[&[usize]]) -> Option<Vec<usize>> {
        match (self, inputs) {
            (Self::Convolution { stride, padding, dilation, groups }, [image, weight, bias @ ..]) => {
                let (&[batch, channels, height, width], &[outputs, group_channels, rows, columns]) = (*image, *weight)
                else {
                    return None;
                };
                let groups_fit = *groups > 0 && channels == group_channels * groups && outputs % groups == 0;
                if !groups_fit || !bias_fits(bias, outputs) {
                    return None;
                }
                let window = [window_extent(rows, dilation[0])?, window_extent(columns, dilation[1])?];
                let [out_height, out_width] = windows([height, width], window, *stride, *padding)?;
                Some(vec![batch, outputs, out_height, out_width])
            }
            (Self::Linear, [x, weight, bias @ ..]) => {
                let (&last, &[outputs, width]) = (x.last()?, *weight) else { return None };
                if last != width || !bias_fits(bias, outputs) {
                    return None;
                }
                let mut shape = x.to_vec();
                *shape.last_mut()? = outputs;
                Some(shape)
            }
            (Self::MatrixProduct, [a, b]) => {
                let (a_outer, &[rows, inner]) = a.split_last_chunk::<2>()?;
                let (b_outer, &[b_inner, columns]) = b.split_last_chunk::<2>()?;
                if inner != b_inner {
                    return None;
                }
                let mut shape = broadcast(a_outer, b_outer)?;
                shape.extend([rows, columns]);
                Some(shape)
            }
            (Self::BatchNormalization { .. }, [x, parameters @ ..]) => {
                let channels = *x.get(1)?;
                (parameters.len() == 4 && parameters.iter().all(|shape| **shape == [channels])).then(|| x.to_vec())
            }
            (Self::Activation(_), [x]) => Some(x.to_vec()),
            (Self::MaxPool(pooling) | Self::AveragePool { pooling, .. }, [image]) => pooled(image, *pooling),
            (Self::Mean { axes, keep } | Self::Maximum { axes, keep }, [x]) => {
                let ascending = axes.windows(2).all(|pair| pair[0] < pair[1]);
                if !ascending || axes.last().is_some_and(|&axis| axis >= x.len()) {
                    return None;
                }
                let reduced = |axis: usize| axes.contains(&axis);
                Some(match keep {
                    true => (0..x.len()).map(|axis| if reduced(axis) { 1 } else { x[axis] }).collect(),
                    false => (0..x.len()).filter(|&axis| !reduced(axis)).map(|axis| x[axis]).collect(),
                })
            }
            (Self::Arithmetic(_), [a, b]) => broadcast(a, b),
            (Self::Concatenate { axis }, [first, rest @ ..]) => {
                let mut shape = first.to_vec();
                for other in rest {
                    let alike = other.len() == first.len()
                        && (0..first.len())
                            .all(|other_axis| other_axis == *axis || other[other_axis] == first[other_axis]);
                    if !alike {
                        return None;
                    }
                    *shape.get_mut(*axis)? += other[*axis];
                }
                (*axis < shape.len()).then_some(shape)
            }
            (Self::Slice { axis, start, end, step }, [x]) => {
                let size = *x.get(*axis)?;
                if *step == 0 || start > end || *end > size {
                    return None;
                }
                let mut shape = x.to_vec();
                shape[*axis] = (end - start).div_ceil(*step);
                Some(shape)
            }
            (Self::Select { axis, indices }, [x]) => {
                let size = *x.get(*axis)?;
                if indices.iter().any(|&index| index >= size) {
                    return None;
                }
                let mut shape = x.to_vec();
                shape[*axis] = indices.len();
                Some(shape)
            }
            (Self::Lookup, [numbers, table]) => {
                let &[_, width] = *table else { return None };
                Some(numbers.iter().copied().chain([width]).collect())
            }
            (Self::RepeatRows, [x, like]) => {
                let (&1, rest) = x.split_first()? else { return None };
                Some(std::iter::once(*like.first()?).chain(rest.iter().copied()).collect())
            }
            (Self::Pad { amounts }, [x]) => (amounts.len() == x.len())
                .then(|| x.iter().zip(amounts).map(|(size, [before, after])| size + before + after).collect()),
            (Self::Reshape { shape }, [x]) => reshaped(x, shape),
            (Self::Transpose { permutation }, [x]) => {
                let mut seen = permutation.clone();
                seen.sort_unstable();
                seen.iter().copied().eq(0..x.len()).then(|| permutation.iter().map(|&axis| x[axis]).collect())
            }
            (Self::Softmax { axis } | Self::LogSoftmax { axis }, [x]) => (*axis < x.len()).then(|| x.to_vec()),
            _ => None,
        }
    }

    fn expectation(&self) -> String {
        match self {
            Self::Convolution { groups, .. } => format!(
                "an image [N,C,H,W] no smaller than the window, a weight [O,C/{groups},h,w] and perhaps a bias [O]"
            ),
            Self::Linear => "x [..,I], a weight [O,I] and perhaps a bias [O]".to_owned(),
            Self::MatrixProduct => "[..,M,K] and [..,K,N] with outer axes that broadcast".to_owned(),
            Self::BatchNormalization { .. } => "x [N,C,..] and four arrays [C]".to_owned(),
            Self::Activation(_) => "one array".to_owned(),
            Self::MaxPool(_) | Self::AveragePool { .. } => {
                "one image [N,C,H,W] no smaller than the window, and padding below the window's size".to_owned()
            }
            Self::Mean { axes, .. } | Self::Maximum { axes, .. } => {
                format!("one array that has the axes {axes:?} (ascending)")
            }
            Self::Arithmetic(_) => "two arrays whose shapes broadcast".to_owned(),
            Self::Concatenate { axis } => format!("arrays that are alike on all axes but axis {axis}"),
            Self::Slice { axis, start, end, step } => {
                format!("one array whose axis {axis} has the indices {start}..{end} (step {step})")
            }
            Self::Select { axis, indices } => {
                let largest = indices.iter().max().copied().unwrap_or_default();
                format!("one array whose axis {axis} has an index {largest}")
            }
            Self::Lookup => "whole numbers [..] and a table [V,D]".to_owned(),
            Self::RepeatRows => "one array [1,..] and one array [N,..]".to_owned(),
            Self::Pad { amounts } => format!("one array with {} axes", amounts.len()),
            Self::Reshape { shape } => format!("one array that fits the shape {shape:?}"),
            Self::Transpose { permutation } => format!("one array whose axes can be ordered as {permutation:?}"),
            Self::Softmax { axis } | Self::LogSoftmax { axis } => format!("one array that has an axis {axis}"),
        }
    }
}

fn bias_fits(bias: &[&[usize]], outputs: usize) -> bool {
    match bias {
        [] => true,
        [bias] => **bias == [outputs],
        _ => false,
    }
}

/// How many pixels a window of `size` weights spans when they lie `dilation` apart.
fn window_extent(size: usize, dilation: usize) -> Option<usize> {
    (size > 0 && dilation > 0).then(|| (size - 1) * dilation + 1)
}

fn windows(image: [usize; 2], window: [usize; 2], stride: [usize; 2], padding: Padding) -> Option<[usize; 2]> {
    let padded = [image[0] + padding.top + padding.bottom, image[1] + padding.left + padding.right];
    let count = |axis: usize| {
        (stride[axis] > 0 && padded[axis] >= window[axis]).then(|| (padded[axis] - window[axis]) / stride[axis] + 1)
    };
    Some([count(0)?, count(1)?])
}

fn pooled(image: &[usize], pooling: Pooling) -> Option<Vec<usize>> {
    let &[batch, channels, height, width] = image else { return None };
    let Padding { top, bottom, left, right } = pooling.padding;
    let [rows, columns] = pooling.kernel;
    // A window that holds nothing but padding has no maximum and no mean.
    if rows == 0 || columns == 0 || top.max(bottom) >= rows || left.max(right) >= columns {
        return None;
    }
    let [out_height, out_width] = windows([height, width], pooling.kernel, pooling.stride, pooling.padding)?;
    Some(vec![batch, channels, out_height, out_width])
}

/// NumPy's rule: shapes are aligned at the last axis; sizes must be equal or 1.
fn broadcast(a: &[usize], b: &[usize]) -> Option<Vec<usize>> {
    let rank = a.len().max(b.len());
    let size =
        |shape: &[usize], axis: usize| (axis + shape.len()).checked_sub(rank).map_or(1, |own_axis| shape[own_axis]);
    (0..rank)
        .map(|axis| match (size(a, axis), size(b, axis)) {
            (left, right) if left == right => Some(left),
            (1, other) | (other, 1) => Some(other),
            _ => None,
        })
        .collect()
}

fn reshaped(x: &[usize], dimensions: &[ReshapeDimension]) -> Option<Vec<usize>> {
    let total: usize = x.iter().product();
    let mut shape = Vec::with_capacity(dimensions.len());
    let mut rest_axis = None;
    for (axis, dimension) in dimensions.iter().enumerate() {
        shape.push(match dimension {
            ReshapeDimension::Keep => *x.get(axis)?,
            ReshapeDimension::Size(size) => *size,
            ReshapeDimension::Rest => {
                if rest_axis.replace(axis).is_some() {
                    return None;
                }
                1
            }
        });
    }
    let known = crate::array::element_count(&shape)?;
    if let Some(axis) = rest_axis {
        if known == 0 || !total.is_multiple_of(known) {
            return None;
        }
        shape[axis] = total / known;
    }
    (shape.iter().product::<usize>() == total).then_some(shape)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn convolution_counts_windows() {
        let operator = Operator::Convolution { stride: [2, 2], padding: Padding::same(1), dilation: [1, 1], groups: 1 };
        // (32 + 2 - 3) / 2 + 1 = 16
        assert_eq!(operator.output_shape(&[&[5, 3, 32, 32], &[8, 3, 3, 3]]), Ok(vec![5, 8, 16, 16]));
        let error = operator.output_shape(&[&[5, 4, 32, 32], &[8, 3, 3, 3]]).expect_err("4 channels are not 3");
        assert!(error.to_string().contains("[5, 4, 32, 32]"));
    }

    #[test]
    fn broadcasting_follows_numpy() {
        assert_eq!(broadcast(&[4, 3, 2, 2], &[3, 1, 1]), Some(vec![4, 3, 2, 2]));
        assert_eq!(broadcast(&[4, 1], &[5]), Some(vec![4, 5]));
        assert_eq!(broadcast(&[4, 2], &[3]), None);
    }

    #[test]
    fn reshape_fills_the_rest() {
        assert_eq!(Operator::flatten().output_shape(&[&[7, 2, 3, 4]]), Ok(vec![7, 24]));
        let two_rests = Operator::Reshape { shape: vec![ReshapeDimension::Rest, ReshapeDimension::Rest] };
        assert!(two_rests.output_shape(&[&[4]]).is_err());
    }

    #[test]
    fn slice_rounds_up() {
        let operator = Operator::Slice { axis: 2, start: 0, end: 5, step: 2 };
        assert_eq!(operator.output_shape(&[&[1, 1, 5]]), Ok(vec![1, 1, 3]));
    }
}
