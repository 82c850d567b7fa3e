//! Reading the experiment's folder: `datasets/*.npz` with X and Y, `models/` with the weights, as in the public checkout.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use transferscope_import::{ImportError, pytorch::read_tensors};
use transferscope_lab::data::{DataError, NpzFile};
use transferscope_network::array::Array;
use transferscope_study::experiments::synthetic::{SigmoidNetwork, SyntheticError, SyntheticWorld, rounded_to_single};
use transferscope_theory::linear::Matrix;

/// The width of the target where the name of the data does not say it.
const TARGET_WIDTH: usize = 100;
/// The width of the source where its weights are there and no other width is asked for.
const SOURCE_WIDTH: usize = 50;

/// Why a folder is not the experiment's.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// A folder cannot be listed.
    #[error("cannot read the folder '{path}': {source}; expected one with `datasets/` and `models/` in it")]
    Folder {
        /// The folder.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// No data, or data that could be meant in several ways.
    #[error("expected one npz file with arrays X and Y in '{path}', found {found}")]
    DataFile {
        /// The folder.
        path: String,
        /// What was found.
        found: String,
    },
    /// No weights of a width.
    #[error("no weights of hidden width {wanted} in '{path}' (names hold `-m-{wanted}-`); widths there: {found}")]
    Width {
        /// The folder.
        path: String,
        /// The width that was asked for.
        wanted: usize,
        /// Widths that are there.
        found: String,
    },
    /// A weight is missing or has the wrong shape.
    #[error("'{path}': weight {name}: expected {expected}, found {found}")]
    Weight {
        /// The file.
        path: String,
        /// The weight.
        name: &'static str,
        /// The shape that fits.
        expected: String,
        /// What was found.
        found: String,
    },
    /// An array of the data has the wrong number of axes.
    #[error("'{path}': array {name}: expected two axes (numbers x samples), found shape {found:?}")]
    Axes {
        /// The file.
        path: String,
        /// The array.
        name: &'static str,
        /// Its shape.
        found: Vec<usize>,
    },
    /// The data file cannot be read.
    #[error(transparent)]
    Data(#[from] DataError),
    /// The weight file cannot be read.
    #[error(transparent)]
    Import(#[from] ImportError),
    /// The parts do not fit together.
    #[error("'{path}': {source}")]
    Parts {
        /// The file.
        path: String,
        /// What does not fit.
        source: SyntheticError,
    },
}

/// Data, target and source of a folder; without a wanted width 50 where it is there, else the first that is not the target's.
///
/// # Errors
/// [`FolderError`] says which file or folder is missing, damaged, or of the wrong shape, and what was found.
pub fn read_world(folder: &Path, source_width: Option<usize>) -> Result<SyntheticWorld, FolderError> {
    let data = data_file(&folder.join("datasets"))?;
    let models = folder.join("models");
    let weights = weight_files(&models)?;
    let name = data.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let target_width = width_in(&name).unwrap_or(TARGET_WIDTH);
    let source_width = source_width.unwrap_or_else(|| default_width(&weights, target_width));
    let network = |width| network(&models, &weights, width);
    let (target, source) = (network(target_width)?, network(source_width)?);
    let arrays = NpzFile::open(&data)?;
    let whole = |path: &Path, source| FolderError::Parts { path: path.display().to_string(), source };
    let samples = |array| -> Result<Matrix, FolderError> {
        rounded_to_single(&columns(&arrays, &data, array)?, array).map_err(|error| whole(&data, error))
    };
    SyntheticWorld::new(samples("X")?, samples("Y")?, target, source).map_err(|error| whole(folder, error))
}

fn default_width(weights: &BTreeMap<usize, PathBuf>, target_width: usize) -> usize {
    if weights.contains_key(&SOURCE_WIDTH) {
        return SOURCE_WIDTH;
    }
    weights.keys().copied().find(|&width| width != target_width).unwrap_or(target_width)
}

fn listed(folder: &Path) -> Result<Vec<PathBuf>, FolderError> {
    let failed = |source| FolderError::Folder { path: folder.display().to_string(), source };
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        paths.push(entry.map_err(failed)?.path());
    }
    paths.sort();
    Ok(paths)
}

fn file_name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// The one npz of the folder; the public program also writes a shifted copy, with "alter" in its name, that it never reads.
fn data_file(folder: &Path) -> Result<PathBuf, FolderError> {
    let mut found: Vec<PathBuf> = listed(folder)?
        .into_iter()
        .filter(|path| path.extension().is_some_and(|ending| ending == "npz") && !file_name(path).contains("alter"))
        .collect();
    if found.len() > 1 {
        let names = found.iter().map(|path| file_name(path)).collect::<Vec<_>>().join(", ");
        return Err(FolderError::DataFile { path: folder.display().to_string(), found: names });
    }
    found.pop().ok_or_else(|| FolderError::DataFile { path: folder.display().to_string(), found: "none".to_owned() })
}

/// Weight files by hidden width: their names hold `-m-WIDTH-`; the target's training where several share a width.
fn weight_files(folder: &Path) -> Result<BTreeMap<usize, PathBuf>, FolderError> {
    let mut files: BTreeMap<usize, PathBuf> = BTreeMap::new();
    for path in listed(folder)?.into_iter().filter(|path| path.is_file()) {
        let name = file_name(&path);
        if let Some(width) = width_in(&name) {
            let known = files.entry(width).or_insert_with(|| path.clone());
            if name.contains("-target-") && !file_name(known).contains("-target-") {
                *known = path;
            }
        }
    }
    Ok(files)
}

/// The number after `-m-` in a name.
fn width_in(name: &str) -> Option<usize> {
    let (_, rest) = name.split_once("-m-")?;
    rest.split('-').next()?.parse().ok()
}

fn network(folder: &Path, files: &BTreeMap<usize, PathBuf>, width: usize) -> Result<SigmoidNetwork, FolderError> {
    let path = files.get(&width).ok_or_else(|| FolderError::Width {
        path: folder.display().to_string(),
        wanted: width,
        found: match files.is_empty() {
            true => "none".to_owned(),
            false => files.keys().map(usize::to_string).collect::<Vec<_>>().join(", "),
        },
    })?;
    let tensors = read_tensors(path)?;
    let weight =
        |name: &'static str, rows: Option<usize>, columns: Option<usize>| matrix(path, &tensors, name, rows, columns);
    let w1 = weight("W1", Some(width), None)?;
    let b1 = weight("b1", Some(width), Some(1))?;
    let w2 = weight("W2", None, Some(width))?;
    let b2 = weight("b2", Some(w2.rows()), Some(1))?;
    SigmoidNetwork::new(w1, b1.as_slice().to_vec(), w2, b2.as_slice().to_vec())
        .map_err(|source| FolderError::Parts { path: path.display().to_string(), source })
}

/// A tensor of two axes (or of one, as a column) with as many rows and columns as are known.
fn matrix(
    path: &Path,
    tensors: &BTreeMap<String, Array<f32>>,
    name: &'static str,
    rows: Option<usize>,
    columns: Option<usize>,
) -> Result<Matrix, FolderError> {
    let side = |size: Option<usize>| size.map_or_else(|| "any".to_owned(), |size| size.to_string());
    let wrong = |found: String| FolderError::Weight {
        path: path.display().to_string(),
        name,
        expected: format!("{} x {} finite numbers", side(rows), side(columns)),
        found,
    };
    let tensor = tensors.get(name).ok_or_else(|| {
        wrong(format!("no such name; the file holds {}", tensors.keys().cloned().collect::<Vec<_>>().join(", ")))
    })?;
    let shape = match *tensor.shape() {
        [length] => (length, 1),
        [first, second] => (first, second),
        _ => return Err(wrong(format!("shape {:?}", tensor.shape()))),
    };
    if rows.is_some_and(|rows| rows != shape.0) || columns.is_some_and(|columns| columns != shape.1) {
        return Err(wrong(format!("{} x {}", shape.0, shape.1)));
    }
    let values = tensor.data().iter().map(|value| f64::from(*value)).collect();
    Matrix::from_rows(shape.0, shape.1, values).map_err(|error| wrong(error.to_string()))
}

/// An array of numbers x samples as one row per sample.
fn columns(arrays: &NpzFile, path: &Path, name: &'static str) -> Result<Matrix, FolderError> {
    let array = arrays.array_f64(name)?;
    let [rows, samples] = array.shape[..] else {
        return Err(FolderError::Axes { path: path.display().to_string(), name, found: array.shape });
    };
    let whole = |source: transferscope_theory::linear::LinearError| FolderError::Parts {
        path: path.display().to_string(),
        source: source.into(),
    };
    Ok(Matrix::from_rows(rows, samples, array.data).map_err(whole)?.transposed())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widths_come_from_names() {
        assert_eq!(width_in("model_weights-target-rbf-n-50-d-10-m-200-N-5000"), Some(200));
        assert_eq!(width_in("model_weights"), None);
        assert_eq!(width_in("x-m-many-N"), None);
    }

    #[test]
    fn the_default_width_is_the_smaller_public_one() {
        let files = |widths: &[usize]| widths.iter().map(|&width| (width, PathBuf::new())).collect();
        assert_eq!(default_width(&files(&[50, 100, 200]), 100), 50);
        assert_eq!(default_width(&files(&[100, 200]), 100), 200);
        assert_eq!(default_width(&files(&[100]), 100), 100);
    }
}
