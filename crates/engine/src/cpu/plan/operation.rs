//! A graph as operations of this engine: fewer kinds than operators, each with its layout settled.

use transferscope_network::{
    graph::{Graph, Node, ValueId},
    operator::{Activation, Arithmetic, Operator, Padding, Pooling, ReshapeDimension},
};

use super::{
    Layout, Wish,
    image_map::{padded, sliced, whole_pixels, window_of},
};
use crate::cpu::kernels::{Clamp, gather::Window, move_channels::Move, resample::Sparse};

/// Why this engine cannot run a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unsupported {
    /// The value that the node makes.
    pub node: String,
    /// What it is, and what of it is not supported.
    pub operator: String,
}

/// What is computed.
#[derive(Clone, Debug)]
pub(crate) enum Kind {
    /// A convolution or a linear layer: weight `[O, C/groups, taps]`, row-major, and a bias `[O]`.
    Convolution { weight: ValueId, bias: Option<ValueId>, window: Window, groups: usize },
    /// input · scale + shift, one number a channel each; without them a copy, for what is added or clamped.
    Scale { scale: Option<Vec<f32>>, shift: Option<Vec<f32>> },
    /// Normalization by the statistics of the batch: γ and β.
    Normalize { weight: ValueId, bias: ValueId, epsilon: f64 },
    /// A function of each number that is no clamp.
    Activation(Activation),
    /// The largest of each window.
    MaxPool(Window),
    /// The sum of each window over a number that is the same everywhere.
    AveragePool(Window),
    /// The same numbers under another shape.
    Flatten,
    /// Each input put somewhere into the output.
    Moves(Vec<Move>),
    /// A matrix along an axis of the image: runs of so many pixels.
    Resample { matrix: Sparse, along_rows: bool },
}

/// The parts of an operation: what is computed, from which values, a value that is added, and a clamp at the end.
type Parts = (Kind, Vec<ValueId>, Option<ValueId>, Option<Clamp>);

/// One operation, with what is fused into it.
#[derive(Clone, Debug)]
pub(crate) struct Operation {
    /// What is computed.
    pub kind: Kind,
    /// From which values.
    pub inputs: Vec<ValueId>,
    /// A value of the output's layout that is added.
    pub add: Option<ValueId>,
    /// A clamp at the end.
    pub clamp: Option<Clamp>,
    /// The value that is made.
    pub output: ValueId,
}

impl Operation {
    /// Whether sums, clamps and gates can be done while the output is written.
    pub(crate) fn has_epilogue(&self) -> bool {
        matches!(
            self.kind,
            Kind::Convolution { .. } | Kind::Scale { .. } | Kind::Normalize { .. } | Kind::AveragePool(_)
        )
    }

    /// All weights that can be trained.
    pub(crate) fn weights(&self) -> impl Iterator<Item = ValueId> {
        let pair = match self.kind {
            Kind::Convolution { weight, bias, .. } => [Some(weight), bias],
            Kind::Normalize { weight, bias, .. } => [Some(weight), Some(bias)],
            _ => [None, None],
        };
        pair.into_iter().flatten()
    }

    /// All values that are read.
    pub(crate) fn reads(&self) -> impl Iterator<Item = ValueId> {
        self.inputs.iter().copied().chain(self.add)
    }
}

/// Lowers nodes, one at a time, and keeps the layout of each value.
pub(crate) struct Lowering<'graph> {
    graph: &'graph Graph,
    lanes: usize,
    /// Shapes for a batch of one.
    shapes: Vec<Vec<usize>>,
    /// Which values are read as rows only.
    flat: Vec<bool>,
    /// What is trained.
    wish: &'graph Wish,
    /// The layout of each value that has one.
    pub layouts: Vec<Option<Layout>>,
}

impl<'graph> Lowering<'graph> {
    pub(crate) fn new(
        graph: &'graph Graph,
        shapes: Vec<Vec<usize>>,
        flat: Vec<bool>,
        lanes: usize,
        wish: &'graph Wish,
    ) -> Self {
        let layouts = vec![None; graph.values().len()];
        Self { graph, lanes, shapes, flat, wish, layouts }
    }

    /// Gives a value that is fed its layout.
    pub(crate) fn feed(&mut self, id: ValueId) -> Result<(), Unsupported> {
        let shape = self.shapes[id.index()].get(1..).unwrap_or_default();
        let row = [shape.iter().product()];
        let shape = if self.flat[id.index()] && shape.len() == 3 { &row } else { shape };
        let layout = Layout::of(shape, self.lanes).ok_or_else(|| Unsupported {
            node: self.graph.value(id).name.clone(),
            operator: format!("a value with {} axes behind the batch axis", shape.len()),
        })?;
        self.layouts[id.index()] = Some(layout);
        Ok(())
    }

    /// The operation of a node.
    pub(crate) fn lower(&mut self, node: &Node) -> Result<Operation, Unsupported> {
        let refused = |what: &str| Unsupported {
            node: self.graph.value(node.output).name.clone(),
            operator: format!("{}{what}", node.operator.name()),
        };
        let (kind, inputs, add, clamp) = self.kind(node).map_err(refused)?;
        let learns = matches!(kind, Kind::Convolution { .. } | Kind::Normalize { .. });
        if !learns && node.inputs.iter().any(|id| self.wish.trained.contains(id)) {
            return Err(refused(" with a weight that is trained"));
        }
        let input = self.layout(inputs[0]);
        let shape = self.shapes[node.output.index()].get(1..).unwrap_or_default();
        let output = match (&kind, input) {
            // A flattened image stays as it lies.
            (Kind::Flatten, Some(layout)) => Some(layout),
            // What works on each number keeps the layout, be it a flattened image's.
            (Kind::Scale { .. } | Kind::Normalize { .. } | Kind::Activation(_), Some(layout)) => Some(layout),
            _ => Layout::of(shape, self.lanes),
        };
        self.layouts[node.output.index()] =
            Some(output.ok_or_else(|| refused(" with a result that is no image and no row"))?);
        Ok(Operation { kind, inputs, add, clamp, output: node.output })
    }

    fn layout(&self, id: ValueId) -> Option<Layout> {
        self.layouts[id.index()]
    }

    fn kind(&self, node: &Node) -> Result<Parts, &'static str> {
        let first = node.inputs[0];
        let data = self.layout(first);
        let plain = |kind: Kind| Ok((kind, vec![first], None, None));
        let image = || data.ok_or(" of a value that is no image and no row");
        match &node.operator {
            Operator::Convolution { stride, padding, dilation, groups } => {
                let [height, width] = {
                    let l = image()?;
                    [l.height, l.width]
                };
                let (weight, bias) = self.weights(node)?;
                let shape = &self.shapes[weight.index()];
                let output = &self.shapes[node.output.index()];
                let window = Window {
                    input: [height, width],
                    output: [output[2], output[3]],
                    kernel: [shape[2], shape[3]],
                    stride: *stride,
                    padding: *padding,
                    dilation: *dilation,
                };
                plain(Kind::Convolution { weight, bias, window, groups: *groups })
            }
            Operator::Linear => {
                let layout = image()?;
                if self.shapes[node.output.index()].len() != 2 {
                    return Err(" on more than two axes");
                }
                let (weight, bias) = self.weights(node)?;
                let size = [layout.height, layout.width];
                let window = Window {
                    input: size,
                    output: [1, 1],
                    kernel: size,
                    stride: [1, 1],
                    padding: Padding::default(),
                    dilation: [1, 1],
                };
                plain(Kind::Convolution { weight, bias, window, groups: 1 })
            }
            Operator::BatchNormalization { epsilon } => {
                let layout = image()?;
                if layout.pixels() > 1 && self.shapes[first.index()].len() != 4 {
                    return Err(" of a flattened image");
                }
                if self.wish.by_batch.contains(&node.output) {
                    let [weight, bias] = [node.inputs[1], node.inputs[2]];
                    return plain(Kind::Normalize { weight, bias, epsilon: *epsilon });
                }
                let numbers = |place: usize| self.graph.weight(node.inputs[place]).map(|array| array.to_f64());
                let (Some(gamma), Some(beta), Some(mean), Some(variance)) =
                    (numbers(1), numbers(2), numbers(3), numbers(4))
                else {
                    return Err(" with computed parameters");
                };
                let channels = 0..gamma.len();
                let factor = |c: usize| gamma.data()[c] / (variance.data()[c] + epsilon).sqrt();
                let scale = channels.clone().map(factor).map(rounded).collect();
                let shift = channels.map(|c| rounded(beta.data()[c] - mean.data()[c] * factor(c))).collect();
                plain(Kind::Scale { scale: Some(scale), shift: Some(shift) })
            }
            Operator::Activation(activation) => {
                image()?;
                match *activation {
                    Activation::Relu => Ok(clamped(first, 0.0, f64::INFINITY)),
                    Activation::Clip { low, high } if low < high => Ok(clamped(first, low, high)),
                    // Unused lanes of a vector hold zeros, and an infinity there would spread.
                    Activation::Logarithm | Activation::SquareRoot | Activation::Power { .. } => {
                        Err(" whose value or slope may be infinite at 0")
                    }
                    other => plain(Kind::Activation(other)),
                }
            }
            Operator::MaxPool(pooling) => {
                if pooling.kernel[0] * pooling.kernel[1] > 256 {
                    return Err(" with a window of more than 256 pixels");
                }
                plain(Kind::MaxPool(self.pooled(node, image()?, *pooling)))
            }
            Operator::AveragePool { pooling, count_padding } => {
                if !count_padding && pooling.padding != Padding::default() {
                    return Err(" that does not count its padding");
                }
                plain(Kind::AveragePool(self.pooled(node, image()?, *pooling)))
            }
            Operator::Mean { axes, .. } if axes.as_slice() == [2, 3] => {
                let layout = image()?;
                let size = [layout.height, layout.width];
                let whole = Pooling { kernel: size, stride: [1, 1], padding: Padding::default() };
                plain(Kind::AveragePool(window_of(size, [1, 1], whole)))
            }
            Operator::Reshape { shape }
                if matches!(shape.as_slice(), [ReshapeDimension::Keep, ReshapeDimension::Rest]) =>
            {
                image()?;
                plain(Kind::Flatten)
            }
            Operator::Arithmetic(arithmetic) => self.arithmetic(node, *arithmetic),
            Operator::Concatenate { axis: 1 } => {
                let layouts: Option<Vec<Layout>> = node.inputs.iter().map(|&id| self.layout(id)).collect();
                let layouts = layouts.ok_or(" of a value that is no image and no row")?;
                if self.shapes[first.index()].len() == 2 && layouts.iter().any(|layout| layout.pixels() > 1) {
                    return Err(" of flattened images");
                }
                let mut to = 0;
                let moves = layouts
                    .iter()
                    .map(|layout| {
                        let moved = whole_pixels(*layout, 0, to, layout.channels);
                        to += layout.channels;
                        moved
                    })
                    .collect();
                Ok((Kind::Moves(moves), node.inputs.clone(), None, None))
            }
            Operator::Slice { axis, start, end, step } => {
                let layout = image()?;
                if self.shapes[first.index()].len() != 4 || *axis == 0 || (*axis == 1 && *step != 1) {
                    return Err(" along an axis or with a step that is not supported");
                }
                plain(Kind::Moves(vec![sliced(layout, *axis, *start, *end, *step)]))
            }
            Operator::Pad { amounts } => {
                let layout = image()?;
                let &[[0, 0], channels, rows, columns] = amounts.as_slice() else {
                    return Err(" of a value that is no image");
                };
                plain(Kind::Moves(vec![padded(layout, channels, rows, columns)]))
            }
            Operator::MatrixProduct => self.resample(node),
            _ => Err(""),
        }
    }

    fn weights(&self, node: &Node) -> Result<(ValueId, Option<ValueId>), &'static str> {
        if node.inputs[1..].iter().all(|&id| self.graph.weight(id).is_some()) {
            Ok((node.inputs[1], node.inputs.get(2).copied()))
        } else {
            Err(" with computed weights")
        }
    }

    fn pooled(&self, node: &Node, layout: Layout, pooling: Pooling) -> Window {
        let output = &self.shapes[node.output.index()];
        window_of([layout.height, layout.width], [output[2], output[3]], pooling)
    }

    fn arithmetic(&self, node: &Node, arithmetic: Arithmetic) -> Result<Parts, &'static str> {
        let [a, b] = [node.inputs[0], node.inputs[1]];
        match (self.layout(a), self.layout(b)) {
            (Some(left), Some(right)) => {
                if left != right || self.shapes[a.index()] != self.shapes[b.index()] {
                    return Err(" of values whose shapes differ");
                }
                match arithmetic {
                    Arithmetic::Add => Ok((Kind::Scale { scale: None, shift: None }, vec![a], Some(b), None)),
                    Arithmetic::Subtract => {
                        let scale = Some(vec![-1.0; left.channels]);
                        Ok((Kind::Scale { scale, shift: None }, vec![b], Some(a), None))
                    }
                    Arithmetic::Multiply | Arithmetic::Divide => Err(" of two computed values"),
                    Arithmetic::Maximum | Arithmetic::Minimum => Err(""),
                }
            }
            (Some(layout), None) => {
                let constant = self.by_channel(a, layout, b)?;
                let (scale, shift) = match arithmetic {
                    Arithmetic::Add => (None, Some(constant)),
                    Arithmetic::Subtract => (None, Some(constant.iter().map(|c| -c).collect())),
                    Arithmetic::Multiply => (Some(constant), None),
                    Arithmetic::Divide => (Some(constant.iter().map(|&c| rounded(1.0 / f64::from(c))).collect()), None),
                    Arithmetic::Maximum | Arithmetic::Minimum => return Err(""),
                };
                Ok((Kind::Scale { scale, shift }, vec![a], None, None))
            }
            (None, Some(layout)) => {
                let constant = self.by_channel(b, layout, a)?;
                let (scale, shift) = match arithmetic {
                    Arithmetic::Add => (None, Some(constant)),
                    Arithmetic::Subtract => (Some(vec![-1.0; layout.channels]), Some(constant)),
                    Arithmetic::Multiply => (Some(constant), None),
                    Arithmetic::Divide => return Err(" of a constant by a computed value"),
                    Arithmetic::Maximum | Arithmetic::Minimum => return Err(""),
                };
                Ok((Kind::Scale { scale, shift }, vec![b], None, None))
            }
            (None, None) => Err(" of constants"),
        }
    }

    /// A constant as one number a channel of a value.
    fn by_channel(&self, value: ValueId, layout: Layout, constant: ValueId) -> Result<Vec<f32>, &'static str> {
        let array = self.graph.weight(constant).ok_or(" with a value that is no image and no row")?;
        if array.len() == 1 {
            return Ok(vec![array.data()[0]; layout.channels]);
        }
        let shape = &self.shapes[value.index()];
        let rank = shape.len();
        let is_row = rank == 2 && layout.pixels() == 1;
        let offset = rank.checked_sub(array.shape().len()).ok_or(" with a constant of more axes")?;
        let fits = array.shape().iter().enumerate().all(|(axis, &size)| match axis + offset {
            1 => size == shape[1],
            _ => size == 1,
        });
        if (rank == 4 || is_row) && fits && array.len() == shape[1] {
            // An image that lies as a row has all pixels of a channel behind each other.
            let pixels = layout.channels / array.len();
            Ok(array.data().iter().flat_map(|&number| std::iter::repeat_n(number, pixels)).collect())
        } else {
            Err(" with a constant that is not one number a channel")
        }
    }

    fn resample(&self, node: &Node) -> Result<Parts, &'static str> {
        let [a, b] = [node.inputs[0], node.inputs[1]];
        let matrix = |id: ValueId| self.graph.weight(id).filter(|array| array.shape().len() == 2);
        let is_image = |id: ValueId| self.layout(id).is_some() && self.shapes[id.index()].len() == 4;
        match (matrix(a), matrix(b)) {
            (Some(rows), None) if is_image(b) => {
                Ok((Kind::Resample { matrix: Sparse::new(rows), along_rows: true }, vec![b], None, None))
            }
            // image · columns: the transposed matrix acts on the columns.
            (None, Some(columns)) if is_image(a) => {
                let matrix = Sparse::new(columns).transposed();
                Ok((Kind::Resample { matrix, along_rows: false }, vec![a], None, None))
            }
            _ => Err(" that is not a constant matrix along an axis of an image"),
        }
    }
}

#[expect(clippy::cast_possible_truncation, reason = "constants are rounded to f32 once")]
fn rounded(number: f64) -> f32 {
    number as f32
}

fn clamped(input: ValueId, low: f64, high: f64) -> Parts {
    let clamp = Clamp { low: rounded(low), high: rounded(high) };
    (Kind::Scale { scale: None, shift: None }, vec![input], None, Some(clamp))
}
