//! The measures that are read off one direction of a pair, each with its uncertainty and its reference values.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use transferscope_theory::{
    statistics::{Estimate, EstimateError, Over},
    transferability::{DirectionReport, References},
};

use crate::plan::Measure;

/// A measure of one direction of a pair.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reading {
    /// The number with its uncertainty over images.
    pub estimate: Estimate,
    /// Noise, permuted pairing, self.
    pub references: References,
    /// What 95 % of permuted pairings stay below; absent where pairing does not matter or was not permuted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub null_95: Option<f64>,
}

/// All measures of one direction of a pair; those that do not exist are absent.
pub type DirectionReadings = BTreeMap<Measure, Reading>;

/// The measures of a direction.
///
/// # Errors
/// Where a number is not finite, which a report's is not.
pub fn readings(report: &DirectionReport) -> Result<DirectionReadings, EstimateError> {
    let mut readings = DirectionReadings::new();
    let alpha1 = |estimate: &Estimate, references| Reading { estimate: estimate.clone(), references, null_95: None };
    let none = References::default();
    let of_alpha1 = &report.alpha1;
    readings.insert(Measure::Alpha1, alpha1(&of_alpha1.mean, of_alpha1.references));
    // The references of the mean of ratios are no references of the others, but for self, which is 1 for all.
    let only_self = References { itself: of_alpha1.references.itself, ..none };
    readings.insert(Measure::Alpha1Median, alpha1(&of_alpha1.estimates.median, only_self));
    readings.insert(Measure::Alpha1Envelope, alpha1(&of_alpha1.estimates.envelope, only_self));
    let directions = [
        (report.alpha2.as_ref(), Measure::Alpha2, Measure::Alpha2Centred),
        (Some(&report.combined), Measure::Combined, Measure::CombinedCentred),
    ];
    for (measure, plain, centred) in directions {
        let Some(measure) = measure else { continue };
        let null = measure.permuted.map(|null| null.quantile95);
        readings
            .insert(plain, Reading { estimate: measure.norm.clone(), references: measure.references, null_95: null });
        let permuted = measure.permuted_centred;
        let references = References { permuted: permuted.map(|null| null.mean), ..none };
        readings.insert(
            centred,
            Reading {
                estimate: measure.estimates.centred.clone(),
                references,
                null_95: permuted.map(|null| null.quantile95),
            },
        );
    }
    if let Some(alpha2) = &report.alpha2
        && let Some(normalised) = alpha2.normalised
    {
        let estimate = Estimate::new(
            normalised,
            alpha2.norm.count(),
            Over::Images,
            "norm divided by the root of both networks' own norms (paper 2.7)",
        )?
        .without_interval("no interval of it was found to cover");
        let references = References { itself: Some(1.0), ..none };
        readings.insert(Measure::Alpha2Normalised, Reading { estimate, references, null_95: None });
    }
    Ok(readings)
}
