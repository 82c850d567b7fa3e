//! Reading an ONNX file: its messages, its one input, its nodes in order, its answer.

use std::{
    collections::{HashMap, HashSet},
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
};

use transferscope_network::graph::Graph;

use super::{
    call::Call,
    converter::Converter,
    count::{Count, said},
    external::Folder,
    guards::guard,
    held::Held,
    inputs::{channels_are_last, only_input, pinned},
    message::{Graph as Messages, Model, Node, Tally, Tensor},
    operators::{find, layout},
    refusal::{Made, Refusal},
};
use crate::{ImportError, input_file, state_dict::check_variances};

const KIND: &str = "ONNX";

/// The versions of the operator set that are read.
const OPSETS: std::ops::RangeInclusive<i64> = 7..=24;

/// The largest file that is read; ONNX itself holds at most 2 GiB in one file.
const LARGEST_FILE: u64 = 1 << 32;

/// A network as an ONNX file describes it.
#[derive(Clone, Debug)]
pub struct OnnxNetwork {
    /// The graph with its weights; the first axis of its input and of its answer is the batch, of any size.
    pub graph: Graph,
    /// What a person should know, one sentence each.
    pub notes: Vec<String>,
}

/// Reads an ONNX file. `size` is the height and width of the image where the file leaves them open.
///
/// # Errors
/// Where the file is missing or damaged, an operator is not read (with its name, its node, and the version of the operator
/// set), the file has more than one input, leaves a size open, or works across the images of a batch.
pub fn read(path: &Path, size: Option<[usize; 2]>) -> Result<OnnxNetwork, ImportError> {
    let network = guarded(path, |bytes| from_bytes(path, bytes, size))?;
    check_variances(&network.graph, path)?;
    Ok(network)
}

/// Reads a file of a bearable size from its bytes, and takes a panic for damage.
pub(super) fn guarded<T>(
    path: &Path,
    from_bytes: impl FnOnce(&[u8]) -> Result<T, ImportError>,
) -> Result<T, ImportError> {
    let length = input_file::size(path)?;
    if length > LARGEST_FILE {
        let reason = format!("it has {length} bytes; at most {LARGEST_FILE} are read");
        return Err(ImportError::TooLarge { path: path.to_owned(), reason });
    }
    let bytes = input_file::read(path)?;
    catch_unwind(AssertUnwindSafe(|| from_bytes(&bytes)))
        .unwrap_or_else(|_| Err(unreadable(path, "the reader gave up on it; the file is damaged".to_owned())))
}

pub(super) fn unreadable(path: &Path, reason: String) -> ImportError {
    ImportError::Unreadable { path: path.to_owned(), kind: KIND, reason }
}

/// The messages of a file, and the version of its operator set.
pub(super) fn sound_model<'file>(path: &Path, bytes: &'file [u8]) -> Result<(Model<'file>, i64), ImportError> {
    let refuse = |reason: String| unreadable(path, reason);
    let model = Model::read(bytes, &mut Tally::default()).map_err(refuse)?;
    let opset = model.opsets.iter().find(|(domain, _)| is_default(domain)).map_or(1, |&(_, version)| version);
    if !OPSETS.contains(&opset) {
        return Err(refuse(format!(
            "its operator set has version {opset}; versions {} to {} are read",
            OPSETS.start(),
            OPSETS.end()
        )));
    }
    Ok((model, opset))
}

fn from_bytes(path: &Path, bytes: &[u8], size: Option<[usize; 2]>) -> Result<OnnxNetwork, ImportError> {
    let refuse = |reason: String| unreadable(path, reason);
    let (model, opset) = sound_model(path, bytes)?;
    let input = only_input(&model.graph).map_err(refuse)?;
    let (batch, shape) = pinned(input, size).map_err(refuse)?;
    let mut reader = Reader::new(path, opset, &model.graph, batch, bytes.len());
    let mut notes = Vec::new();
    match shape.as_slice() {
        &[height, width, channels] if channels_are_last(&input.shape[1..]) => {
            reader.feed_channels_last(input.name, [channels, height, width]).map_err(refuse)?;
            notes.push("the file takes images with the channels as the last axis; they are turned first".to_owned());
        }
        _ => reader.feed(input.name, &shape),
    }
    if let Some(batch) = batch {
        notes.push(format!(
            "the file was written for batches of {batch}; it runs in batches of any size here, and no image of a batch \
             sees another"
        ));
    }
    reader.convert_all()?;
    reader.finish(None, notes)
}

fn is_default(domain: &str) -> bool {
    matches!(domain, "" | "ai.onnx")
}

/// For each value, the nodes that read it; the answer of the graph counts as one more.
fn readers<'file>(graph: &Messages<'file>) -> HashMap<&'file str, Vec<usize>> {
    let mut readers: HashMap<&str, Vec<usize>> = HashMap::new();
    for (place, node) in graph.nodes.iter().enumerate() {
        for &input in &node.inputs {
            readers.entry(input).or_default().push(place);
        }
    }
    for &output in &graph.outputs {
        readers.entry(output).or_default().push(graph.nodes.len());
    }
    readers
}

/// A file on its way to a graph.
pub(super) struct Reader<'model> {
    path: &'model Path,
    opset: i64,
    graph: &'model Messages<'model>,
    initializers: HashMap<&'model str, &'model Tensor<'model>>,
    readers: HashMap<&'model str, Vec<usize>>,
    /// The values that are known so far.
    pub(super) held: HashMap<&'model str, Held>,
    /// Nodes whose work another node has done already.
    done: HashSet<usize>,
    converter: Converter,
    /// The input of a text network.
    tokens: Option<Held>,
}

impl<'model> Reader<'model> {
    /// A file of this many bytes, written for a fixed batch or for any.
    pub(super) fn new(
        path: &'model Path,
        opset: i64,
        graph: &'model Messages<'model>,
        batch: Option<i64>,
        bytes: usize,
    ) -> Self {
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        Self {
            path,
            opset,
            graph,
            initializers: graph.initializers.iter().map(|tensor| (tensor.name, tensor)).collect(),
            readers: readers(graph),
            held: HashMap::new(),
            done: HashSet::new(),
            converter: Converter::new(&name, opset, batch, bytes, Folder::of(path)),
            tokens: None,
        }
    }

    /// Gives a value with each run; `shape` has no batch axis.
    pub(super) fn feed(&mut self, name: &'model str, shape: &[usize]) {
        let value = self.converter.input(name, shape);
        self.held.insert(name, value);
    }

    /// Gives an image with each run, to a file that wants it as height, width, channels.
    pub(super) fn feed_channels_last(&mut self, name: &'model str, shape: [usize; 3]) -> Result<(), String> {
        let image = self.converter.input("image", &shape);
        let turned = self.converter.transposed(name, &image, &[0, 2, 3, 1]).map_err(|refusal| match refusal {
            Refusal::Unsupported(reason) | Refusal::Broken(reason) => reason,
        })?;
        self.held.insert(name, turned);
        Ok(())
    }

    /// The numbers of the tokens of a text, given with each run.
    pub(super) fn tokens(&mut self, length: usize) -> Held {
        let tokens = self.tokens.get_or_insert_with(|| self.converter.tokens(length));
        tokens.clone()
    }

    /// 1 at each token of a text, 0 at padding.
    pub(super) fn mask(&mut self, length: usize) -> Made<Held> {
        let tokens = self.tokens(length);
        self.converter.mask(&tokens)
    }

    /// Converts all nodes, in the order of the file.
    pub(super) fn convert_all(&mut self) -> Result<(), ImportError> {
        let graph = self.graph;
        graph.nodes.iter().enumerate().try_for_each(|(place, node)| self.convert(place, node))
    }

    /// A value by its name; an initializer is decoded when it is first read.
    fn value(&mut self, name: &'model str, node: &Node<'_>) -> Result<Held, ImportError> {
        if let Some(held) = self.held.get(name) {
            return Ok(held.clone());
        }
        let Some(tensor) = self.initializers.get(name) else {
            return Err(unreadable(
                self.path,
                format!(
                    "its node '{}' reads '{name}', which nothing before it makes: the file is damaged, or its nodes go in \
                     a circle",
                    node.title()
                ),
            ));
        };
        let held = self.converter.numbers_of(tensor).map_err(|reason| unreadable(self.path, reason))?;
        self.converter.name_weight(&held, name);
        self.held.insert(name, held.clone());
        Ok(held)
    }

    fn convert(&mut self, place: usize, node: &'model Node<'model>) -> Result<(), ImportError> {
        let is_wanted = node.outputs.iter().any(|name| self.readers.contains_key(name));
        if self.done.contains(&place) || !is_wanted {
            return Ok(());
        }
        if let Some(guard) = guard(self.graph, &self.readers, node) {
            let guarded = self.value(guard.guarded, node)?;
            self.held.insert(guard.made, guarded);
            self.done.insert(guard.choice);
            return Ok(());
        }
        let unsupported = |reason: Option<String>| ImportError::UnsupportedOperator {
            path: self.path.to_owned(),
            operator: if is_default(node.domain) {
                node.operator.to_owned()
            } else {
                format!("{}::{}", node.domain, node.operator)
            },
            node: node.title().to_owned(),
            opset: self.opset,
            reason: reason.map_or_else(String::new, |reason| format!(", where {reason}")),
        };
        let operator = find(node.operator).filter(|_| is_default(node.domain)).ok_or_else(|| unsupported(None))?;
        let mut inputs = Vec::with_capacity(node.inputs.len());
        for &name in &node.inputs {
            inputs.push(if name.is_empty() { None } else { Some(self.value(name, node)?) });
        }
        let following_add = self.following_add(node)?;
        let call = Call {
            node,
            inputs,
            opset: self.opset,
            further_output: node.outputs.iter().skip(1).copied().find(|name| self.readers.contains_key(name)),
            following_add: following_add.as_ref().map(|(_, held, name)| (held.clone(), *name)),
            only_shape_is_read: self.only_shape_is_read(node),
            took_the_add: std::cell::Cell::new(false),
        };
        let unsupported = |reason: String| ImportError::UnsupportedOperator {
            path: self.path.to_owned(),
            operator: node.operator.to_owned(),
            node: node.title().to_owned(),
            opset: self.opset,
            reason: format!(", where {reason}"),
        };
        let made = (operator.convert)(&mut self.converter, &call).map_err(|refusal| match refusal {
            Refusal::Unsupported(reason) => unsupported(reason),
            Refusal::Broken(reason) => {
                unreadable(self.path, format!("at its node '{}' ({}): {reason}", node.title(), node.operator))
            }
        })?;
        let took_the_add = call.took_the_add.get();
        drop(call);
        match following_add {
            Some((add, _, name)) if took_the_add => {
                self.done.insert(add);
                self.held.extend(made.into_iter().take(1).map(|held| (name, held)));
            }
            _ => {
                for (&name, held) in node.outputs.iter().zip(made) {
                    self.held.insert(name, held);
                }
            }
        }
        self.let_go(place, node);
        Ok(())
    }

    /// For a matrix product: the addition of something known that is its only reader.
    fn following_add(&mut self, node: &Node<'model>) -> Result<Option<(usize, Held, &'model str)>, ImportError> {
        if node.operator != "MatMul" {
            return Ok(None);
        }
        let graph = self.graph;
        let Some(&product) = node.outputs.first() else { return Ok(None) };
        let Some(&[reader]) = self.readers.get(product).map(Vec::as_slice) else { return Ok(None) };
        let Some(add) = graph.nodes.get(reader).filter(|add| add.operator == "Add" && is_default(add.domain)) else {
            return Ok(None);
        };
        let (&[left, right], &[output]) = (add.inputs.as_slice(), add.outputs.as_slice()) else { return Ok(None) };
        let other = if left == product { right } else { left };
        let is_known = self.initializers.contains_key(other)
            || self.held.get(other).is_some_and(|held| !held.is_computed() && held.floats().is_some());
        if !is_known {
            return Ok(None);
        }
        Ok(Some((reader, self.value(other, add)?, output)))
    }

    /// Whether all that is read of what a node makes is its shape.
    fn only_shape_is_read(&self, node: &Node<'_>) -> bool {
        let is_shape = |&reader: &usize| self.graph.nodes.get(reader).is_some_and(|node| node.operator == "Shape");
        node.outputs.iter().filter_map(|name| self.readers.get(name)).flatten().all(is_shape)
    }

    /// Forgets values that no later node reads, so that their memory is free again.
    fn let_go(&mut self, place: usize, node: &Node<'model>) {
        for name in &node.inputs {
            let is_last = self.readers.get(name).is_some_and(|readers| readers.iter().all(|&reader| reader <= place));
            if is_last {
                self.held.remove(name);
            }
        }
    }

    /// The graph with the output that is wanted, or else the first.
    pub(super) fn finish(
        mut self,
        wanted: Option<&'model str>,
        mut notes: Vec<String>,
    ) -> Result<OnnxNetwork, ImportError> {
        let outputs = &self.graph.outputs;
        let Some(first) = wanted.or(outputs.first().copied()) else {
            return Err(unreadable(self.path, "it has no output".to_owned()));
        };
        if outputs.len() > 1 {
            let which = if wanted.is_some() { "" } else { ", the first," };
            notes.push(format!("the file has {} outputs; '{first}'{which} is used", outputs.len()));
        }
        let answer = self.held.remove(first);
        let Some(Held::Computed(mut answer)) = answer else {
            return Err(unreadable(self.path, format!("its output '{first}' is not computed from its input")));
        };
        let refuse = |reason: String| unreadable(self.path, reason);
        if answer.rows.shape.first() != Some(&Count::BATCH) {
            return Err(refuse(format!(
                "its output '{first}' has the shape {}, and one row for each image is wanted",
                said(&answer.rows.shape)
            )));
        }
        // Classes that are left with image axes of one pixel are a row of classes.
        if answer.rows.shape.len() > 2 && answer.rows.shape[2..].iter().all(|&size| size == Count::fixed(1)) {
            let flat = layout::flat(&mut self.converter, &format!("{first}.row"), &Held::Computed(answer.clone()));
            if let Ok(Held::Computed(flat)) = flat {
                answer = flat;
            }
        }
        let graph = self
            .converter
            .builder
            .finish(answer.wire)
            .map_err(|source| ImportError::Graph { path: self.path.to_owned(), source })?;
        Ok(OnnxNetwork { graph, notes })
    }
}
