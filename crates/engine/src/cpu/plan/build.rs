//! A plan for one wish: which values are fed, which are wanted, and with respect to which a gradient is asked.

use std::{collections::HashSet, sync::Arc};

use transferscope_network::graph::{Graph, Origin, ValueId};

use super::{
    Bytes, Finish, Joint, Kernel, KernelPlace, Layout, Normalization, Place, Recipe, Shape, Step, VectorPlace,
    buffers::Buffers,
    flat::only_flattened,
    fuse::fuse,
    operation::{Kind, Lowering, Operation, Unsupported},
    reverse::Reverse,
    tables::{Source, VectorSource, padded},
};
use crate::cpu::{
    Precision, Tier,
    kernels::{
        gather::{Gather, Window},
        winograd::TileSize,
    },
};

/// What is asked of a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Wish {
    /// Values that are given out, in this order.
    pub want: Vec<ValueId>,
    /// Values that are fed, in this order.
    pub given: Vec<ValueId>,
    /// The value with respect to which the gradient is taken.
    pub wrt: Option<ValueId>,
    /// Weights that are trained: the reverse pass makes their gradients.
    pub trained: Vec<ValueId>,
    /// The normalizations, by what they make, that go by the statistics of the batch.
    pub by_batch: Vec<ValueId>,
}

/// Kernel calls and where their arrays lie.
#[derive(Debug)]
pub(crate) struct Plan {
    /// From the fed values to the wanted ones.
    pub forward: Vec<Step>,
    /// From the cotangents of the wanted values to the gradient.
    pub reverse: Vec<Step>,
    /// Where each buffer starts, in numbers an image.
    pub offsets: Vec<usize>,
    /// Numbers an image of all buffers.
    pub numbers: usize,
    /// Bytes an image.
    pub bytes: usize,
    /// Whether reverse steps read a buffer that forward steps wrote; else they need nothing of them but bytes.
    pub carries: bool,
    /// The layout of each wanted value.
    pub want: Vec<Layout>,
    /// The layout of the value with respect to which the gradient is taken.
    pub wrt: Option<Layout>,
    /// The most channels that any kernel reads.
    pub widest: usize,
    /// Where the kernels come from.
    pub kernels: Vec<Source>,
    /// Where the vectors come from.
    pub vectors: Vec<VectorSource>,
    /// The normalizations by the statistics of the batch.
    pub normalizations: Vec<Normalization>,
}

/// Which kernels are allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Choice {
    /// The vectors.
    pub tier: Tier,
    /// What products of convolutions and linear layers are made of.
    pub precision: Precision,
    /// The largest Winograd tile on the way forward.
    pub forward: Option<TileSize>,
    /// The largest Winograd tile in reverse: an error there changes no gate, so it may be larger.
    pub reverse: Option<TileSize>,
}

/// What both directions of a plan are written from.
pub(super) struct Draft<'a> {
    pub graph: &'a Graph,
    pub choice: Choice,
    pub kernels: Vec<Source>,
    pub vectors: Vec<VectorSource>,
    pub normalizations: Vec<Normalization>,
    pub operations: Vec<Operation>,
    pub layouts: Vec<Option<Layout>>,
    pub buffers: Buffers,
    /// The buffer of each value that is made.
    pub places: Vec<Option<Place>>,
    /// Where the clamp of each value, or the chosen taps of its maximum, are recorded.
    pub records: Vec<Option<Bytes>>,
    /// Whether a value changes with what the gradients are taken with respect to, and changes a wanted one.
    pub active: Vec<bool>,
}

/// Writes a plan.
///
/// # Errors
/// Where a node that is needed cannot be run by this engine.
pub(crate) fn build(graph: &Graph, wish: &Wish, choice: Choice) -> Result<Plan, Unsupported> {
    let shapes =
        graph.shapes(1).map_err(|error| Unsupported { node: graph.name().to_owned(), operator: error.to_string() })?;
    let needed = needed(graph, wish);
    let flat = only_flattened(graph, &needed);
    let mut lowering = Lowering::new(graph, shapes, flat, choice.tier.lanes(), wish);
    for &id in &wish.given {
        lowering.feed(id)?;
    }
    let mut operations = Vec::new();
    for node in graph.nodes().iter().filter(|node| needed[node.output.index()] && !wish.given.contains(&node.output)) {
        operations.push(lowering.lower(node)?);
    }
    let kept: Vec<ValueId> = wish.want.iter().copied().chain(wish.wrt).collect();
    let layouts = lowering.layouts;
    let operations = fuse(operations, &kept);
    let active = active(graph, wish, &operations);
    let count = graph.values().len();
    let mut draft = Draft {
        graph,
        choice,
        kernels: Vec::new(),
        vectors: Vec::new(),
        normalizations: Vec::new(),
        operations,
        layouts,
        buffers: Buffers::default(),
        places: vec![None; count],
        records: vec![None; count],
        active,
    };
    let forward = draft.forward(wish)?;
    let reverse = if wish.wrt.is_some() || !wish.trained.is_empty() {
        Reverse::new(&mut draft, wish)?.steps()?
    } else {
        Vec::new()
    };
    let all: Vec<&Step> = forward.iter().chain(&reverse).collect();
    let (offsets, numbers) = draft.buffers.placed(&all);
    let written: HashSet<Place> = forward.iter().flat_map(Step::places).collect();
    let carries = reverse.iter().flat_map(Step::places).any(|place| written.contains(&place));
    let widest = draft.layouts.iter().flatten().map(|layout| layout.stride).max().unwrap_or(0);
    Ok(Plan {
        offsets,
        numbers,
        bytes: draft.buffers.byte_count(),
        carries,
        want: wish.want.iter().map(|&id| draft.layout(id)).collect::<Result<_, _>>()?,
        wrt: wish.wrt.map(|id| draft.layout(id)).transpose()?,
        widest,
        forward,
        reverse,
        kernels: draft.kernels,
        vectors: draft.vectors,
        normalizations: draft.normalizations,
    })
}

/// Which values are needed for the wanted ones.
fn needed(graph: &Graph, wish: &Wish) -> Vec<bool> {
    let mut needed = vec![false; graph.values().len()];
    for &id in &wish.want {
        needed[id.index()] = true;
    }
    for node in graph.nodes().iter().rev() {
        if needed[node.output.index()] && !wish.given.contains(&node.output) {
            node.inputs.iter().for_each(|id| needed[id.index()] = true);
        }
    }
    needed
}

fn active(graph: &Graph, wish: &Wish, operations: &[Operation]) -> Vec<bool> {
    let count = graph.values().len();
    let (mut depends, mut leads) = (vec![false; count], vec![false; count]);
    if let Some(wrt) = wish.wrt {
        depends[wrt.index()] = true;
    }
    for operation in operations {
        let learns = operation.weights().any(|id| wish.trained.contains(&id));
        if learns || operation.reads().any(|id| depends[id.index()]) {
            depends[operation.output.index()] = true;
        }
    }
    for &id in &wish.want {
        leads[id.index()] = true;
    }
    for operation in operations.iter().rev().filter(|operation| Some(operation.output) != wish.wrt) {
        if leads[operation.output.index()] {
            operation.reads().for_each(|id| leads[id.index()] = true);
        }
    }
    depends.into_iter().zip(leads).map(|(depends, leads)| depends && leads).collect()
}

impl Draft<'_> {
    pub(super) fn layout(&self, id: ValueId) -> Result<Layout, Unsupported> {
        self.layouts[id.index()].ok_or_else(|| self.missing(id))
    }

    pub(super) fn place(&self, id: ValueId) -> Result<Place, Unsupported> {
        self.places[id.index()].ok_or_else(|| self.missing(id))
    }

    fn missing(&self, id: ValueId) -> Unsupported {
        let operator = match self.graph.value(id).origin {
            Origin::Weight(_) => "a constant as the input of this operator",
            Origin::Input { .. } => "an input that is not fed",
            Origin::Node(_) => "a value that is not computed",
        };
        Unsupported { node: self.graph.value(id).name.clone(), operator: operator.to_owned() }
    }

    /// The sizes of a convolution.
    pub(super) fn shape(&self, weight: ValueId, window: Window, groups: usize, outputs: usize) -> Shape {
        let taps = window.kernel[0] * window.kernel[1];
        let count = self.graph.weight(weight).map_or(0, |array| array.len());
        Shape { inputs: count / (outputs * taps).max(1) * groups, outputs, groups, window }
    }

    /// A convolution's kernel in one direction.
    pub(super) fn kernel(&mut self, weight: ValueId, shape: Shape, reverse: bool) -> KernelPlace {
        let recipe = Recipe::new(weight, shape, reverse, self.choice);
        self.kernels.push(Source::Weight(recipe));
        self.kernels.len() - 1
    }

    /// A kernel that takes means over windows.
    pub(super) fn average(&mut self, window: Window, gathers: Vec<Gather>, layout: Layout) -> KernelPlace {
        self.kernels.push(Source::Fixed(average(window, gathers, layout)));
        self.kernels.len() - 1
    }

    /// A vector that never changes.
    pub(super) fn constant(&mut self, numbers: &[f32], stride: usize) -> VectorPlace {
        self.vectors.push(VectorSource::Fixed(padded(numbers, stride)));
        self.vectors.len() - 1
    }

    fn forward(&mut self, wish: &Wish) -> Result<Vec<Step>, Unsupported> {
        let mut steps = Vec::new();
        for (array, &id) in wish.given.iter().enumerate() {
            let layout = self.layout(id)?;
            let to = self.buffers.numbers(layout);
            self.places[id.index()] = Some(to);
            steps.push(Step::Import { array, layout, to, add: false });
        }
        for index in 0..self.operations.len() {
            self.operation(index, &mut steps)?;
        }
        for (array, &id) in wish.want.iter().enumerate() {
            steps.push(Step::Export { array, layout: self.layout(id)?, from: self.place(id)? });
        }
        Ok(steps)
    }

    fn operation(&mut self, index: usize, steps: &mut Vec<Step>) -> Result<(), Unsupported> {
        let operation = self.operations[index].clone();
        let from = self.place(operation.inputs[0])?;
        let (input, output) = (self.layout(operation.inputs[0])?, self.layout(operation.output)?);
        let place = operation.output.index();
        if matches!(operation.kind, Kind::Flatten) {
            self.places[place] = Some(from);
            // A gate belongs to the values, whatever shape they have.
            return Ok(());
        }
        let add = operation.add.map(|id| self.place(id)).transpose()?;
        let to = self.buffers.numbers(output);
        self.places[place] = Some(to);
        if operation.clamp.is_some() && self.active[place] {
            self.records[place] = Some(self.buffers.bytes(output.numbers() / 8));
        }
        let mut finish = Finish { bias: None, add, clamp: operation.clamp, record: self.records[place], gate: None };
        match &operation.kind {
            Kind::Convolution { weight, bias, window, groups } => {
                finish.bias = bias.map(|id| {
                    self.vectors.push(VectorSource::Weight(id, output.stride));
                    self.vectors.len() - 1
                });
                let shape = self.shape(*weight, *window, *groups, output.channels);
                let kernel = self.kernel(*weight, shape, false);
                steps.push(Step::Convolve { kernel, from, input, to, output, finish });
            }
            Kind::AveragePool(window) => {
                let kernel = self.average(*window, vec![window.forward()], output);
                steps.push(Step::Convolve { kernel, from, input, to, output, finish });
            }
            Kind::Scale { scale, shift } => {
                finish.bias = shift.as_ref().map(|shift| self.constant(shift, output.stride));
                let scale = scale.as_ref().map(|scale| self.constant(scale, output.stride));
                steps.push(Step::Scale { scale, from, to, layout: output, finish });
            }
            Kind::Normalize { weight, bias, epsilon } => {
                let normalization = self.normalizations.len();
                let (weight, bias, epsilon) = (*weight, *bias, *epsilon);
                let output = operation.output;
                self.normalizations.push(Normalization { output, weight, bias, epsilon });
                steps.push(Step::Joint(Joint::Normalize { normalization, from, to, layout: input, finish }));
            }
            Kind::Activation(activation) => {
                steps.push(Step::Activate { activation: *activation, from, to, layout: output });
            }
            Kind::MaxPool(window) => {
                let chosen = self.buffers.bytes(output.numbers());
                self.records[place] = Some(chosen);
                let gather = Arc::new(window.forward());
                steps.push(Step::MaxPool { gather, from, input, to, output, chosen });
            }
            Kind::Moves(moves) => {
                steps.push(Step::Clear { to, layout: output });
                for (moved, &id) in moves.iter().zip(&operation.inputs) {
                    let (from, input) = (self.place(id)?, self.layout(id)?);
                    steps.push(Step::Move { moved: Arc::new(moved.clone()), from, input, to, output });
                }
            }
            Kind::Resample { matrix, along_rows } => {
                let inner = if *along_rows { input.width * input.stride } else { input.stride };
                let matrix = Arc::new(matrix.clone());
                steps.push(Step::Resample { matrix, from, input, to, output, inner, add: false });
            }
            Kind::Flatten => {}
        }
        Ok(())
    }
}

/// A mean over windows is a depthwise convolution with the same weight everywhere.
#[expect(clippy::cast_precision_loss, reason = "windows are small")]
fn average(window: Window, gathers: Vec<Gather>, layout: Layout) -> Arc<Kernel> {
    let taps = window.kernel[0] * window.kernel[1];
    let mut weights = vec![0.0; taps * layout.stride];
    for numbers in weights.chunks_mut(layout.stride.max(1)) {
        numbers[..layout.channels].fill(1.0 / taps as f32);
    }
    Arc::new(Kernel::Depthwise(gathers.into_iter().map(Arc::new).collect(), weights))
}
