//! Reading the tensors of a PyTorch file as single precision numbers by name.

use std::{
    collections::{BTreeMap, HashMap},
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
    sync::Arc,
};

use half::{bf16, f16};
use pytorch_reader::{DType, PytorchReader, Tensor};
use transferscope_network::array::Array;

use super::nesting::path_to_weights;
use crate::{ImportError, input_file, state_dict::StateDict};

const KIND: &str = "PyTorch weights";

/// How many bytes all tensors together may have, for each byte of the file. They are stored as they are, so more than
/// one means that tensors share their numbers (tied weights: twice) or are views that repeat them without end.
const LARGEST_RATIO: u64 = 4;

/// Where a tar archive says what it is.
const TAR_MAGIC: std::ops::Range<usize> = 257..262;

/// The weights of a PyTorch file by name (`.pt`, `.pth`, `.th`; zip archive or legacy stream).
///
/// Nested dictionaries (`state_dict`, `model`, `net`, …) are entered, `module.` prefixes taken off where all names
/// carry one, 16- and 64-bit floating point numbers converted; integers (such as `num_batches_tracked`) are left out
/// and told in [`StateDict::notes`].
///
/// # Errors
/// Where the file is missing, damaged, of another kind, without tensors, or claims more numbers than it can hold.
pub fn read(path: &Path) -> Result<StateDict, ImportError> {
    let size = input_file::size(path)?;
    let header = input_file::beginning(path, TAR_MAGIC.end as u64)?;
    if header.get(TAR_MAGIC) == Some(b"ustar") {
        let reason = "it is a tar archive, as PyTorch wrote them before 0.1.10; save it again with a newer PyTorch";
        return Err(unreadable(path, reason));
    }
    // The reader is somebody else's: should it panic on a damaged file, that is an error of the file.
    catch_unwind(AssertUnwindSafe(|| read_checked(path, size)))
        .unwrap_or_else(|_| Err(unreadable(path, "the reader gave up on it; the file is damaged")))
}

/// The tensors of a PyTorch file by name, as [`read`] finds them.
///
/// # Errors
/// As [`read`].
pub fn read_tensors(path: &Path) -> Result<BTreeMap<String, Array<f32>>, ImportError> {
    let unshared = |array: Arc<Array<f32>>| Arc::try_unwrap(array).unwrap_or_else(|shared| (*shared).clone());
    Ok(read(path)?.tensors.into_iter().map(|(name, array)| (name, unshared(array))).collect())
}

fn read_checked(path: &Path, size: u64) -> Result<StateDict, ImportError> {
    let refused = |error: pytorch_reader::PytorchError| unreadable(path, &error.to_string());
    let keys = path_to_weights(&PytorchReader::read_pickle_data(path, None).map_err(refused)?);
    let mut notes = Vec::new();
    let tensors = PytorchReader::new(path).map_err(refused)?.into_tensors();
    let tensors = entered(tensors, &keys, &mut notes);
    let (floats, integers): (BTreeMap<String, Tensor>, BTreeMap<String, Tensor>) =
        tensors.into_iter().partition(|(_, tensor)| is_float(tensor.dtype()));
    if floats.is_empty() {
        return Err(unreadable(path, "it holds no tensor of floating point numbers; give a state dict"));
    }
    if let Some(name) = integers.keys().next() {
        notes.push(format!("{} tensors of integers were left out (such as '{name}')", integers.len()));
    }
    check_size(path, size, &floats)?;
    let mut arrays = BTreeMap::new();
    for (name, tensor) in floats {
        let bytes = tensor.read().map_err(|error| unreadable(path, &error.to_string()))?;
        let array = Array::new(tensor.shape().to_vec(), numbers(tensor.dtype(), &bytes))
            .map_err(|error| unreadable(path, &format!("tensor '{name}': {error}")))?;
        arrays.insert(name, Arc::new(array));
    }
    Ok(StateDict { path: path.to_owned(), tensors: arrays, notes }.without_wrapper_prefixes().with_current_names())
}

/// The tensors below the given keys, without the keys in their names.
fn entered(tensors: HashMap<String, Tensor>, keys: &[String], notes: &mut Vec<String>) -> BTreeMap<String, Tensor> {
    if keys.is_empty() {
        return tensors.into_iter().collect();
    }
    let prefix = format!("{}.", keys.join("."));
    let total = tensors.len();
    let inside: BTreeMap<String, Tensor> = tensors
        .into_iter()
        .filter_map(|(name, tensor)| Some((name.strip_prefix(&prefix)?.to_owned(), tensor)))
        .collect();
    match total - inside.len() {
        0 => notes.push(format!("the weights are those under '{}'", keys.join("."))),
        others => notes.push(format!(
            "the weights are those under '{}'; {others} tensors elsewhere in the file were left out",
            keys.join(".")
        )),
    }
    inside
}

fn check_size(path: &Path, size: u64, tensors: &BTreeMap<String, Tensor>) -> Result<(), ImportError> {
    let limit = size.saturating_mul(LARGEST_RATIO);
    let mut total = 0_u64;
    for (name, tensor) in tensors {
        total = total.saturating_add(tensor.byte_len() as u64);
        if total > limit {
            let reason = format!(
                "its tensors claim more than {limit} bytes (at '{name}', of shape {:?}), but the file has {size}; \
                 views that repeat their numbers and compressed archives are not read",
                tensor.shape()
            );
            return Err(ImportError::TooLarge { path: path.to_owned(), reason });
        }
    }
    Ok(())
}

fn is_float(kind: DType) -> bool {
    matches!(kind, DType::F64 | DType::F32 | DType::F16 | DType::BF16)
}

/// The numbers in single precision; the reader gives bytes in the machine's order, row by row.
#[expect(clippy::cast_possible_truncation, reason = "weights are rounded to single precision")]
fn numbers(kind: DType, bytes: &[u8]) -> Vec<f32> {
    let (pairs, quads, octets) = (bytes.as_chunks::<2>().0, bytes.as_chunks::<4>().0, bytes.as_chunks::<8>().0);
    match kind {
        DType::F64 => octets.iter().map(|&eight| f64::from_ne_bytes(eight) as f32).collect(),
        DType::F32 => quads.iter().map(|&four| f32::from_ne_bytes(four)).collect(),
        DType::F16 => pairs.iter().map(|&two| f16::from_ne_bytes(two).to_f32()).collect(),
        DType::BF16 => pairs.iter().map(|&two| bf16::from_ne_bytes(two).to_f32()).collect(),
        DType::I64
        | DType::I32
        | DType::I16
        | DType::I8
        | DType::U64
        | DType::U32
        | DType::U16
        | DType::U8
        | DType::Bool => Vec::new(),
    }
}

fn unreadable(path: &Path, reason: &str) -> ImportError {
    ImportError::Unreadable { path: path.to_owned(), kind: KIND, reason: reason.to_owned() }
}
