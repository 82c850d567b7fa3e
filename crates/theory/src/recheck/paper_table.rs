//! The paper's own image table as a constant, to be judged like any other table.

use super::{RecheckError, ScoreTable};

/// Where [`paper_image_table`] comes from.
pub const PAPER_IMAGE_TABLE_SOURCE: &str = "Liang et al., Uncovering the Connections Between Adversarial \
Transferability and Knowledge Transferability, ICML 2021: adversarial to knowledge, CIFAR-10 to STL-10 (paper §10.1)";

/// The five source networks of the paper's image table: transfer accuracy (%), alpha1, and two columns that are the
/// *squares* of alpha2 and of the combined measure (paper §10.1), as printed.
///
/// # Errors
///
/// None in practice; the type is that of [`ScoreTable::from_cells`].
///
/// # Examples
///
/// ```
/// let table = transferscope_theory::recheck::paper_image_table()?;
/// assert_eq!(table.networks.len(), 5);
/// assert_eq!(table.outcome.name, "outcome_accuracy");
/// # Ok::<(), transferscope_theory::recheck::RecheckError>(())
/// ```
pub fn paper_image_table() -> Result<ScoreTable, RecheckError> {
    let header = ["model", "outcome_accuracy", "alpha1", "alpha2", "combined"];
    let rows = [
        vec!["fully connected", "28.30", "0.346", "0.189", "0.0258"],
        vec!["LeNet", "45.65", "0.324", "0.215", "0.0254"],
        vec!["AlexNet", "55.09", "0.337", "0.205", "0.0268"],
        vec!["ResNet18", "76.60", "0.538", "0.244", "0.0707"],
        vec!["ResNet50", "77.92", "0.614", "0.234", "0.0899"],
    ];
    ScoreTable::from_cells(&header, &rows, None)
}

/// The architecture family of each row of [`paper_image_table`]: 1 for residual networks, 0 for plain ones.
#[must_use]
pub fn paper_image_family() -> Vec<f64> {
    vec![0.0, 0.0, 0.0, 1.0, 1.0]
}
