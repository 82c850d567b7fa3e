//! The graph as it grows while nodes are read: known values are computed at once, the others become nodes.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use transferscope_network::{
    array::Array,
    graph::{Builder, Wire},
    operator::{Activation, Arithmetic, Operator, ReshapeDimension},
};

use super::{
    count::{Count, said},
    external::Folder,
    folding::Folding,
    held::{Computed, Held},
    image_indices::ImageIndices,
    known_arrays::{KnownArrays, is_weight_of_a_layer},
    message::Tensor,
    movement::broadcast,
    refusal::{Made, Refusal, broken, unsupported},
    rows::{self, Rows},
    truths,
};

/// What begins the name of a number that training does not move: see `transferscope_network::passes::is_constant`.
const CONSTANT: &str = "constant.";

/// A graph under construction.
pub(super) struct Converter {
    pub(super) builder: Builder,
    /// The version of the operator set.
    pub(super) opset: i64,
    /// The batch that the file was written for, where it says one.
    pub(super) fixed_batch: Option<i64>,
    /// Where external numbers are looked for.
    folder: Folder,
    folding: Folding,
    names: HashSet<String>,
    /// The wire of each known array that became a weight, and the name it will have.
    weights: HashMap<*const Array<f32>, (Wire, Arc<Array<f32>>)>,
    known: KnownArrays,
    input: Option<Wire>,
    /// The input, where it holds the numbers of tokens.
    tokens: Option<Wire>,
}

impl Converter {
    /// An empty graph. `file_size` bounds what may be computed while reading.
    pub(super) fn new(name: &str, opset: i64, fixed_batch: Option<i64>, file_size: usize, folder: Folder) -> Self {
        Self {
            builder: Builder::new(name),
            opset,
            fixed_batch,
            folder,
            folding: Folding::for_file(file_size),
            // The contract brings these when it is attached.
            names: HashSet::from(["pixels".to_owned()]),
            weights: HashMap::new(),
            known: KnownArrays::default(),
            input: None,
            tokens: None,
        }
    }

    /// The input; `shape` has no batch axis.
    pub(super) fn input(&mut self, name: &str, shape: &[usize]) -> Held {
        let name = self.unique(name);
        let wire = self.builder.input(&name, shape);
        self.input = Some(wire);
        let shape = std::iter::once(Count::BATCH).chain(shape.iter().copied().map(Count::of)).collect();
        Held::Computed(Computed { wire, rows: Rows { shape, outside: 1 }, is_truth: false })
    }

    /// The input of a text network: the numbers of so many tokens, 0 for padding.
    pub(super) fn tokens(&mut self, length: usize) -> Held {
        let tokens = self.input("tokens", &[length]);
        self.tokens = self.input;
        tokens
    }

    /// The mask of the tokens: 1 at each, 0 at padding.
    pub(super) fn mask(&mut self, tokens: &Held) -> Made<Held> {
        let made = self.activation("mask", Activation::Clip { low: 0.0, high: 1.0 }, tokens)?;
        Ok(match made {
            Held::Computed(computed) => Held::Computed(Computed { is_truth: true, ..computed }),
            known => known,
        })
    }

    /// Whether a value is the numbers of the tokens as they are fed.
    pub(super) fn are_tokens(&self, held: &Held) -> bool {
        matches!(held, Held::Computed(computed) if Some(computed.wire) == self.tokens)
    }

    /// The numbers of a tensor; those in a file beside the ONNX file count as the file's own.
    pub(super) fn numbers_of(&mut self, tensor: &Tensor<'_>) -> Result<Held, String> {
        let before = self.folder.bytes_read();
        let held = tensor.held(&self.folder)?;
        self.folding.allow(self.folder.bytes_read() - before);
        Ok(held)
    }

    /// Says how a known array is to be called if it becomes a weight, and that it is one of the file's own numbers. A single
    /// number is taken for a part of a formula: exporters write those as they write weights.
    pub(super) fn name_weight(&mut self, held: &Held, name: &str) {
        let is_single = matches!(held, Held::Floats(array) if array.len() == 1);
        self.known.label(held, name, !is_single);
    }

    /// Says that a known array is learned, however few numbers it has.
    pub(super) fn learn(&mut self, held: &Held) {
        self.known.learn(held);
    }

    /// Says how a known array of a formula is to be called.
    pub(super) fn name_constant(&mut self, held: &Held, name: &str) {
        self.known.label(held, name, false);
    }

    /// A name that nothing has yet and that no prefix gives another meaning.
    fn unique(&mut self, wanted: &str) -> String {
        let wanted = if wanted.is_empty() { "value" } else { wanted };
        let is_reserved = wanted.starts_with("contract.") || wanted.starts_with(CONSTANT);
        self.numbered(if is_reserved { "onnx." } else { "" }, wanted)
    }

    /// The prefix and the name, with a number behind where that stands already.
    fn numbered(&mut self, prefix: &str, wanted: &str) -> String {
        let mut name = format!("{prefix}{wanted}");
        let mut number = 1;
        while !self.names.insert(name.clone()) {
            number += 1;
            let prefix = if prefix.is_empty() { "onnx." } else { prefix };
            name = format!("{prefix}{wanted}.{number}");
        }
        name
    }

    /// The wire of a value; a known one becomes a weight, which training moves only where it is learned.
    fn wire(&mut self, held: &Held, operator: &Operator, reader: &str, place: usize) -> Made<Wire> {
        if let Held::Computed(computed) = held {
            return Ok(computed.wire);
        }
        if let Held::Images(images) = held
            && let Held::Computed(computed) = self.repeated(&format!("{reader}.repeated{place}"), images)?
        {
            return Ok(computed.wire);
        }
        let Some(array) = held.floats() else {
            return unsupported("it would make numbers of the batch size, which is known only when it runs");
        };
        if let Some((wire, _)) = self.weights.get(&Arc::as_ptr(&array)) {
            return Ok(*wire);
        }
        let label = self.known.of(&array);
        let is_learned = is_weight_of_a_layer(operator, place) || label.is_some_and(|label| label.is_learned);
        let wanted = label.map_or_else(|| format!("{reader}.{place}"), |label| label.name.clone());
        let name = if is_learned { self.unique(&wanted) } else { self.numbered(CONSTANT, &wanted) };
        let wire = self.builder.shared_weight(&name, Arc::clone(&array));
        // The array is kept so that its place in memory stays its own.
        self.weights.insert(Arc::as_ptr(&array), (wire, array));
        Ok(wire)
    }

    /// Applies an operator: at once where all is known, else as a node of this name.
    pub(super) fn apply(&mut self, name: &str, operator: Operator, inputs: &[Held]) -> Made<Held> {
        if !inputs.iter().any(Held::is_computed) {
            let result = self.folding.compute(&operator, inputs)?;
            self.known.label_made(&result, name, &operator, inputs);
            return Ok(result);
        }
        let rows: Vec<Rows> = inputs.iter().map(Held::rows).collect();
        let shape = shape_after(&operator, &rows)?;
        let outside = rows::stay_apart(&operator, &rows, &shape)?;
        let wires = inputs
            .iter()
            .enumerate()
            .map(|(place, held)| self.wire(held, &operator, name, place))
            .collect::<Made<Vec<Wire>>>()?;
        let name = self.unique(name);
        let is_truth = truths::are_made(&operator, inputs);
        let wire = self.builder.node(&name, operator, &wires);
        Ok(Held::Computed(Computed { wire, rows: Rows { shape, outside }, is_truth }))
    }

    /// A function of each number.
    pub(super) fn activation(&mut self, name: &str, function: Activation, x: &Held) -> Made<Held> {
        self.apply(name, Operator::Activation(function), std::slice::from_ref(x))
    }

    /// a ∘ b.
    pub(super) fn arithmetic(&mut self, name: &str, kind: Arithmetic, a: &Held, b: &Held) -> Made<Held> {
        self.apply(name, Operator::Arithmetic(kind), &[a.clone(), b.clone()])
    }

    /// x times a number; nothing where the number is 1.
    pub(super) fn scaled(&mut self, name: &str, x: &Held, factor: f64) -> Made<Held> {
        if factor == 1.0 {
            return Ok(x.clone());
        }
        self.arithmetic(name, Arithmetic::Multiply, x, &Held::number(factor))
    }

    /// x plus a number; nothing where the number is 0.
    pub(super) fn shifted(&mut self, name: &str, x: &Held, summand: f64) -> Made<Held> {
        if summand == 0.0 {
            return Ok(x.clone());
        }
        self.arithmetic(name, Arithmetic::Add, x, &Held::number(summand))
    }

    /// Axes in another order; nothing where it is the same.
    pub(super) fn transposed(&mut self, name: &str, x: &Held, permutation: &[usize]) -> Made<Held> {
        if permutation.iter().copied().eq(0..x.rank()) {
            return Ok(x.clone());
        }
        let operator = Operator::Transpose { permutation: permutation.to_vec() };
        self.apply(name, operator, std::slice::from_ref(x))
    }

    /// The indices `start..end` of an axis; nothing where these are all.
    pub(super) fn sliced(&mut self, name: &str, x: &Held, axis: usize, [start, end]: [usize; 2]) -> Made<Held> {
        if start == 0 && x.fixed_size(axis) == Some(end) {
            return Ok(x.clone());
        }
        self.apply(name, Operator::Slice { axis, start, end, step: 1 }, std::slice::from_ref(x))
    }

    /// Zeros around; nothing where there are none.
    pub(super) fn padded(&mut self, name: &str, x: &Held, amounts: &[[usize; 2]]) -> Made<Held> {
        if amounts.iter().all(|pair| *pair == [0, 0]) {
            return Ok(x.clone());
        }
        self.apply(name, Operator::Pad { amounts: amounts.to_vec() }, std::slice::from_ref(x))
    }

    /// The same numbers under another shape, whose sizes are all known up to the batch.
    pub(super) fn reshaped(&mut self, name: &str, x: &Held, shape: &[Count]) -> Made<Held> {
        let own = x.shape();
        if own == shape {
            return Ok(x.clone());
        }
        if let Held::Images(images) = x {
            return images.with_shape(shape);
        }
        let is_flatten = shape.len() == 2 && shape[0] == Count::BATCH && own.first() == Some(&Count::BATCH);
        let dimension = |(axis, size): (usize, &Count)| {
            if axis == 0 && size.depends_on_batch() && own.first() == Some(size) {
                Ok(ReshapeDimension::Keep)
            } else if size.depends_on_batch() || (is_flatten && axis == 1) {
                Ok(ReshapeDimension::Rest)
            } else {
                let size = usize::try_from(size.fixed)
                    .map_err(|_| Refusal::Broken(format!("the shape {} has a size below 0", said(shape))))?;
                Ok(ReshapeDimension::Size(size))
            }
        };
        let dimensions = shape.iter().enumerate().map(dimension).collect::<Made<Vec<_>>>()?;
        let made = self.apply(name, Operator::Reshape { shape: dimensions }, std::slice::from_ref(x))?;
        if made.shape() == shape {
            Ok(made)
        } else {
            broken(format!("numbers of shape {} cannot have the shape {}", said(&own), said(shape)))
        }
    }

    /// Broadcast to a shape.
    pub(super) fn expanded(&mut self, name: &str, x: &Held, shape: &[Count]) -> Made<Held> {
        let own = x.shape();
        if own == shape {
            return Ok(x.clone());
        }
        let missing = shape.len().saturating_sub(own.len());
        let full: Vec<Count> = std::iter::repeat_n(Count::fixed(1), missing).chain(own.iter().copied()).collect();
        let grows_with_batch =
            |axis: usize| shape[axis].depends_on_batch() && !full.get(axis).is_some_and(|size| size.depends_on_batch());
        let growing: Vec<usize> = (0..shape.len()).filter(|&axis| grows_with_batch(axis)).collect();
        let fixed: Vec<Count> =
            (0..shape.len()).map(|axis| if growing.contains(&axis) { full[axis] } else { shape[axis] }).collect();
        let wide = if full == fixed { self.reshaped(name, x, &fixed)? } else { self.widened(name, x, &fixed)? };
        // Whole numbers that are repeated for each image stay known.
        let images = match (growing.as_slice(), &wide) {
            (&[axis], Held::Counts(array)) if shape[axis] == Count::BATCH => ImageIndices::alike(array, axis),
            _ => None,
        };
        if let Some(images) = images {
            return Ok(Held::Images(Arc::new(images)));
        }
        match (growing.as_slice(), self.input) {
            ([], _) => Ok(wide),
            ([0], Some(input)) if shape[0] == Count::BATCH && full[0] == Count::fixed(1) => {
                let wire = self.wire(&wide, &Operator::RepeatRows, name, 0)?;
                let name = self.unique(name);
                let wire = self.builder.node(&name, Operator::RepeatRows, &[wire, input]);
                let rows = Rows { shape: shape.to_vec(), outside: 1 };
                Ok(Held::Computed(Computed { wire, rows, is_truth: x.is_truth() }))
            }
            _ => unsupported(format!("it repeats numbers of shape {} to the shape {}", said(&own), said(shape))),
        }
    }

    /// Broadcast along axes that do not depend on the batch.
    fn widened(&mut self, name: &str, x: &Held, shape: &[Count]) -> Made<Held> {
        let wrong = || Refusal::Broken(format!("numbers of shape {} cannot fill {}", said(&x.shape()), said(shape)));
        let sizes: Option<Vec<usize>> = shape.iter().map(|size| size.at(1)).collect();
        let sizes = sizes.ok_or_else(wrong)?;
        self.folding.pay(&sizes)?;
        let widened = match x {
            Held::Floats(array) => broadcast(array, &sizes).map(Held::of_floats).ok_or_else(wrong)?,
            Held::Counts(array) => broadcast(array, &sizes).map(Held::of_counts).ok_or_else(wrong)?,
            Held::Images(images) => {
                images.widened(&sizes).map(|made| Held::Images(Arc::new(made))).ok_or_else(wrong)?
            }
            Held::Computed(_) => {
                // Ones of the wanted sizes, 1 where the batch counts: broadcasting does the rest.
                let ones = shape.iter().map(|size| size.as_fixed().map_or(1, |_| size.at(1).unwrap_or(1))).collect();
                self.arithmetic(name, Arithmetic::Multiply, x, &Held::of_floats(Array::filled(ones, 1.0)))?
            }
        };
        self.known.label(&widened, name, self.known.is_learned(x));
        Ok(widened)
    }

    /// Known whole numbers that are the same for each image, as real numbers that the graph repeats.
    pub(super) fn repeated(&mut self, name: &str, images: &ImageIndices) -> Made<Held> {
        let Some(array) = images.same_for_all() else {
            return unsupported("it makes real numbers of the places of images in a batch");
        };
        let known = Held::of_counts(array).floats().map_or_else(|| Held::number(0.0), Held::Floats);
        self.expanded(name, &known, &images.shape())
    }

    /// Pays for known numbers of this shape that a node makes from nothing.
    pub(super) fn pay(&mut self, shape: &[usize]) -> Made<()> {
        self.folding.pay(shape)
    }
}

/// The shape that an operator gives, as it depends on the batch: found for two sizes of it, confirmed at a third.
fn shape_after(operator: &Operator, inputs: &[Rows]) -> Made<Vec<Count>> {
    let at = |batch: i64| -> Made<Vec<i64>> {
        let shapes: Option<Vec<Vec<usize>>> =
            inputs.iter().map(|rows| rows.shape.iter().map(|size| size.at(batch)).collect()).collect();
        let Some(shapes) = shapes else { return broken("a size is below 0") };
        let slices: Vec<&[usize]> = shapes.iter().map(Vec::as_slice).collect();
        crate::limits::check_parameters(operator)?;
        let shape = operator.output_shape(&slices)?;
        crate::limits::check_value(operator.name(), &shape)?;
        shape
            .into_iter()
            .map(|size| i64::try_from(size).map_err(|_| Refusal::Broken("a size is too large".into())))
            .collect()
    };
    let (two, three, five) = (at(2)?, at(3)?, at(5)?);
    let line = |((two, three), five): ((&i64, &i64), &i64)| {
        let count = Count { fixed: two - 2 * (three - two), per_image: three - two };
        (count.at(5) == usize::try_from(*five).ok()).then_some(count)
    };
    let shape: Option<Vec<Count>> = two.iter().zip(&three).zip(&five).map(line).collect();
    match shape {
        Some(shape) if two.len() == three.len() && three.len() == five.len() => Ok(shape),
        _ => unsupported("its shape does not grow evenly with the batch"),
    }
}
