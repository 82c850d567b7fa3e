//! One pair of networks, measured.
//!
//! [`Measurement`] is the whole answer: both directions with estimates and reference values, attack success, sizes of
//! perturbations, matching distances where asked for, every setting, and the values by image with which two results can be
//! compared. [`from_deviated`] makes it from deviations, [`compare`] sets two side by side.

mod assemble;
mod chain;
mod comparison;
mod enough;
mod matching;
mod per_image;
mod result;
mod settings;
mod success;
mod words;

pub use assemble::{MeasurementError, directions_of, from_deviated, from_deviations, from_first_order};
pub use comparison::{Comparison, ComparisonError, DirectionComparison, compare};
pub use enough::{DirectionNeeded, ImagesNeeded, images_needed};
pub use matching::{Knowledge, KnowledgePair, Match, MatchPair, Matchings};
pub use per_image::{ImageValues, PerImageRecord};
pub use result::{
    DataRecord, Direction, FORMAT, Measurement, NetworkRecord, Perturbations, Roles, Samples, SizeSummary, TwinRecord,
    VERSION,
};
pub use settings::Settings;
pub use success::Success;
pub use words::WordSuccess;
