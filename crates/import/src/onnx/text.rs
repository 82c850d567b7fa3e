//! A text classifier from an ONNX file: its two or three inputs become the one that a text network has.
//!
//! A text network here is fed the numbers of its tokens, 0 for padding. So `input_ids` are the tokens, `attention_mask` is
//! 1 at each token and 0 at padding, and `token_type_ids` are 0: one sentence, all of the first kind.

use std::{path::Path, sync::Arc};

use transferscope_network::{array::Array, graph::Graph};

use super::{
    count::Count,
    held::Held,
    image_indices::ImageIndices,
    inputs::given_inputs,
    message::{Input, Size},
    read::{Reader, guarded, sound_model, unreadable},
    refusal::Refusal,
    tensor::is_whole,
};
use crate::ImportError;

const TOKENS: &str = "input_ids";
const MASK: &str = "attention_mask";
const KINDS: &str = "token_type_ids";
/// The output that is used where there are several.
const LOGITS: &str = "logits";

/// A text network as an ONNX file describes it.
#[derive(Clone, Debug)]
pub struct OnnxTextNetwork {
    /// The graph with its weights: `tokens` `[N, length]` to logits `[N, classes]`, N of any size.
    pub graph: Graph,
    /// Tokens that it is fed.
    pub length: usize,
    /// What a person should know, one sentence each.
    pub notes: Vec<String>,
}

/// Reads a text classifier from an ONNX file. `asked` is the number of tokens that it is to be fed, `otherwise` where neither
/// `asked` nor the file says it.
///
/// # Errors
/// Where the file is missing or damaged, an operator is not read (with its name, its node, and what was expected), its
/// inputs are others than `input_ids`, `attention_mask` and `token_type_ids`, it was exported for another length than was
/// asked for, or its output is no row of classes for each text.
pub fn read_text(path: &Path, asked: Option<usize>, otherwise: usize) -> Result<OnnxTextNetwork, ImportError> {
    guarded(path, |bytes| from_bytes(path, bytes, asked, otherwise))
}

fn from_bytes(
    path: &Path,
    bytes: &[u8],
    asked: Option<usize>,
    otherwise: usize,
) -> Result<OnnxTextNetwork, ImportError> {
    let refuse = |reason: String| unreadable(path, reason);
    let (model, opset) = sound_model(path, bytes)?;
    let inputs = given_inputs(&model.graph);
    check_inputs(&inputs).map_err(refuse)?;
    let mut length = None;
    for input in &inputs {
        length = length_of(input, length).map_err(refuse)?;
    }
    let length = match (length, asked) {
        (Some(length), Some(asked)) if length != asked => {
            return Err(refuse(format!(
                "it was exported for {length} tokens, and #length={asked} asks for others; leave length out, or export \
                 it with an open length"
            )));
        }
        (Some(length), _) => length,
        (None, asked) => asked.unwrap_or(otherwise),
    };
    crate::limits::check_value(TOKENS, &[length]).map_err(refuse)?;
    let batch = inputs.first().and_then(|input| match input.shape.first() {
        Some(&Size::Known(batch)) if batch > 0 => Some(batch),
        _ => None,
    });
    let mut reader = Reader::new(path, opset, &model.graph, batch, bytes.len());
    for input in &inputs {
        let held = bound(&mut reader, input.name, length).map_err(|refusal| match refusal {
            Refusal::Unsupported(reason) | Refusal::Broken(reason) => refuse(reason),
        })?;
        reader.held.insert(input.name, held);
    }
    reader.convert_all()?;
    let output = model.graph.outputs.iter().copied().find(|&name| name == LOGITS);
    let network = reader.finish(output, Vec::new())?;
    let shape = network.graph.output_shape().map_err(|source| ImportError::Graph { path: path.to_owned(), source })?;
    let &[_] = shape.as_slice() else {
        return Err(refuse(format!(
            "its output has the shape {shape:?} a text, and a row of classes is wanted; export it for text classification"
        )));
    };
    Ok(OnnxTextNetwork { graph: network.graph, length, notes: network.notes })
}

/// That the tokens are there, and nothing that is not known here.
fn check_inputs(inputs: &[&Input<'_>]) -> Result<(), String> {
    let expected = format!("a text network has {TOKENS}, {MASK} and, where it knows kinds of segments, {KINDS}");
    if let Some(input) = inputs.iter().find(|input| ![TOKENS, MASK, KINDS].contains(&input.name)) {
        return Err(format!("it has an input '{}'; {expected}", input.name));
    }
    if let Some(input) = inputs.iter().find(|input| !is_whole(input.element_type)) {
        let (name, found) = (input.name, input.element_type);
        return Err(format!("its input '{name}' holds elements of type {found}, and whole numbers are wanted"));
    }
    match inputs.iter().any(|input| input.name == TOKENS) {
        true => Ok(()),
        false => Err(format!("it has no input '{TOKENS}'; {expected}")),
    }
}

/// The number of tokens that an input is written for, where it or one before it says one.
fn length_of(input: &Input<'_>, before: Option<usize>) -> Result<Option<usize>, String> {
    let name = input.name;
    let &[_, length] = input.shape.as_slice() else {
        let count = input.shape.len();
        return Err(format!("its input '{name}' has {count} axes, and two are wanted: texts and tokens"));
    };
    let found = match length {
        Size::Known(length) if length > 0 => usize::try_from(length).ok(),
        Size::Known(_) | Size::Named(_) => None,
    };
    match (before, found) {
        (Some(before), Some(found)) if before != found => {
            Err(format!("its input '{name}' has {found} tokens, and one before it {before}"))
        }
        (before, found) => Ok(before.or(found)),
    }
}

/// What an input is for the tokens that are fed.
fn bound(reader: &mut Reader<'_>, name: &str, length: usize) -> Result<Held, Refusal> {
    match name {
        KINDS => {
            let kinds = Array::filled(vec![1, length], Count::fixed(0));
            let kinds = ImageIndices::alike(&kinds, 0);
            kinds
                .map(|kinds| Held::Images(Arc::new(kinds)))
                .ok_or_else(|| Refusal::Broken("it has no kinds".to_owned()))
        }
        MASK => reader.mask(length),
        _ => Ok(reader.tokens(length)),
    }
}
