//! Building a graph: one method an operator, shapes checked as it grows.

use std::sync::Arc;

use super::{Graph, GraphError, Node, Origin, Value, ValueId};
use crate::{
    array::Array,
    operator::{Activation, Arithmetic, Operator, Padding, Pooling},
};

/// A value under construction; only good for the builder that made it.
pub type Wire = ValueId;

/// Makes a [`Graph`]. Mistakes of shape are kept and told by [`Builder::finish`], so that an architecture reads as its definition.
///
/// ```
/// use transferscope_network::{array::Array, graph::Builder, operator::Activation};
/// let mut builder = Builder::new("two layers");
/// let pixels = builder.input("pixels", &[4]);
/// let weight = builder.weight("fc.weight", Array::filled(vec![3, 4], 0.5));
/// let hidden = builder.linear("fc", pixels, weight, None);
/// let output = builder.activation("relu", hidden, Activation::Relu);
/// let graph = builder.finish(output)?;
/// assert_eq!(graph.output_shape()?, vec![3]);
/// # Ok::<(), transferscope_network::graph::GraphError>(())
/// ```
#[derive(Debug)]
pub struct Builder {
    graph: Graph,
}

impl Builder {
    /// An empty graph of this name.
    #[must_use]
    pub fn new(name: &str) -> Self {
        let graph = Graph { name: name.to_owned(), values: vec![], nodes: vec![], inputs: vec![], output: ValueId(0) };
        Self { graph }
    }

    /// Continues an existing graph: its values keep their places.
    #[must_use]
    pub fn continuing(graph: Graph) -> Self {
        Self { graph }
    }

    /// A value that is given with each run; `shape` has no batch axis.
    pub fn input(&mut self, name: &str, shape: &[usize]) -> Wire {
        let wire = self.value(name, Origin::Input { shape: shape.to_vec() });
        self.graph.inputs.push(wire);
        wire
    }

    /// A weight with its numbers.
    pub fn weight(&mut self, name: &str, array: Array<f32>) -> Wire {
        self.shared_weight(name, Arc::new(array))
    }

    /// A weight whose numbers another graph holds too.
    pub fn shared_weight(&mut self, name: &str, array: Arc<Array<f32>>) -> Wire {
        self.value(name, Origin::Weight(array))
    }

    /// Any operator; the methods below are shorter.
    pub fn node(&mut self, name: &str, operator: Operator, inputs: &[Wire]) -> Wire {
        let output = self.value(name, Origin::Node(self.graph.nodes.len()));
        self.graph.nodes.push(Node { operator, inputs: inputs.to_vec(), output });
        output
    }

    /// A convolution with square stride and padding, one group, no dilation.
    pub fn convolution(
        &mut self,
        name: &str,
        image: Wire,
        weight: Wire,
        bias: Option<Wire>,
        stride: usize,
        padding: usize,
    ) -> Wire {
        let operator =
            Operator::Convolution { stride: [stride; 2], padding: Padding::same(padding), dilation: [1; 2], groups: 1 };
        let inputs: Vec<Wire> = [image, weight].into_iter().chain(bias).collect();
        self.node(name, operator, &inputs)
    }

    /// x · Wᵀ + b.
    pub fn linear(&mut self, name: &str, x: Wire, weight: Wire, bias: Option<Wire>) -> Wire {
        let inputs: Vec<Wire> = [x, weight].into_iter().chain(bias).collect();
        self.node(name, Operator::Linear, &inputs)
    }

    /// A function of each number.
    pub fn activation(&mut self, name: &str, x: Wire, activation: Activation) -> Wire {
        self.node(name, Operator::Activation(activation), &[x])
    }

    /// The maximum over square windows.
    pub fn max_pool(&mut self, name: &str, image: Wire, kernel: usize, stride: usize, padding: usize) -> Wire {
        let pooling = Pooling { kernel: [kernel; 2], stride: [stride; 2], padding: Padding::same(padding) };
        self.node(name, Operator::MaxPool(pooling), &[image])
    }

    /// a + b.
    pub fn add(&mut self, name: &str, a: Wire, b: Wire) -> Wire {
        self.node(name, Operator::Arithmetic(Arithmetic::Add), &[a, b])
    }

    /// The mean over the image axes: `[N,C,H,W]` to `[N,C]`.
    pub fn global_average_pool(&mut self, name: &str, image: Wire) -> Wire {
        self.node(name, Operator::Mean { axes: vec![2, 3], keep: false }, &[image])
    }

    /// Everything behind the batch axis in one row.
    pub fn flatten(&mut self, name: &str, x: Wire) -> Wire {
        self.node(name, Operator::flatten(), &[x])
    }

    /// The finished graph.
    ///
    /// # Errors
    /// Where a name stands twice, an order or a shape does not fit, or a weight is not finite.
    pub fn finish(mut self, output: Wire) -> Result<Graph, GraphError> {
        self.graph.output = output;
        self.graph.checked()
    }

    /// The finished graph, its weights not looked at: for one whose weights are zeros that nobody has written.
    pub(crate) fn finish_blank(mut self, output: Wire) -> Result<Graph, GraphError> {
        self.graph.output = output;
        self.graph.fitting()
    }

    fn value(&mut self, name: &str, origin: Origin) -> Wire {
        self.graph.values.push(Value { name: name.to_owned(), origin });
        ValueId(self.graph.values.len() - 1)
    }
}
