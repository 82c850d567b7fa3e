//! alpha1, alpha2 and the combined measure of one direction, with their estimates and reference values.

mod alpha1;
mod direction_measure;
mod direction_summary;
mod direction_sums;
mod error;
mod intervals;
mod kernel_moment;
mod outer_products;
mod per_image;
mod references;
mod report;
mod unit_deviations;

pub use alpha1::{Alpha1, Alpha1Estimates};
pub use direction_measure::{DirectionEstimates, DirectionMeasure};
pub use direction_summary::{DirectionSummary, SummaryAlpha1, SummaryMeasure};
pub use direction_sums::{DirectionSums, MOST_MOMENTS};
pub use error::TransferabilityError;
pub use intervals::signed_root;
pub use per_image::{PairedDifference, PerImage, paired_difference};
pub use references::{NoiseReference, References, noise_reference};
pub use report::{DirectionReport, ReportOptions};
pub use unit_deviations::{CROSS_DEVIATION_ZERO, OWN_DEVIATION_ZERO, REFERENCE_DEVIATION_ZERO};
