//! How attacks built on a candidate carry over to a reference: the measures that `rank` sorts by among themselves.

use serde::Serialize;
use transferscope_lab::deviate::Deviated;
use transferscope_theory::{
    knowledge::knowledge_transfer_held_out,
    linear::Matrix,
    matching::{MatchingDirection, gradient_matching},
    statistics::Estimate,
    transferability::{DirectionMeasure, ReportOptions},
};

use crate::measurement::{MeasurementError, directions_of};

/// One candidate against one reference; the attack is built on the reference and seen on the candidate, or the other way round.
///
/// T→S pairs with matching the target (reference) by the source (candidate), which is what transfer needs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AlphaRecord {
    /// The reference.
    pub reference: String,
    /// T→S: the attack is built on the reference and seen on the candidate.
    pub t_to_s: DirectionAlphas,
    /// S→T, for completeness.
    pub s_to_t: DirectionAlphas,
    /// Share of the reference's outputs that an affine map of the candidate's outputs gives on held-out images; may be
    /// negative.
    pub function_matching_r2: Option<f64>,
    /// Why there is none.
    pub no_function_matching_because: Option<String>,
    /// Share of the reference's gradients that the candidate's match, where asked for.
    pub gradient_matching_r2: Option<f64>,
}

/// The measures of one direction, in the forms that networks may be compared by.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DirectionAlphas {
    /// Mean of ratios; its denominator is the candidate's own attack in T→S.
    pub alpha1: Estimate,
    /// Mean of ratios over the larger of both deviations, in [0, 1].
    pub alpha1_envelope: Estimate,
    /// The plug-in norm; not comparable across output dimensions.
    pub alpha2: Option<Estimate>,
    /// alpha2 divided by what each network gives against itself, in [0, 1].
    pub alpha2_normalised: Option<f64>,
    /// What is left when the mean directions are removed.
    pub alpha2_centred: Option<Estimate>,
    /// The plug-in norm of the combined measure; not comparable across output dimensions.
    pub combined: Estimate,
    /// The combined measure divided by what each network gives against itself, in [0, 1].
    pub combined_normalised: Option<f64>,
    /// The combined measure without the mean directions.
    pub combined_centred: Estimate,
    /// Whether the centred alpha2 lies above what random pairing gives.
    pub above_chance: Option<bool>,
}

/// The record of a run whose source is the candidate and whose target is the reference.
///
/// # Errors
/// Where no image is left for a measure.
pub fn alphas(reference: &str, deviated: &Deviated, options: &ReportOptions) -> Result<AlphaRecord, MeasurementError> {
    let [s_to_t, t_to_s] = directions_of(deviated, false, options)?;
    let of = |direction: &crate::measurement::Direction| DirectionAlphas {
        alpha1: direction.report.alpha1.mean.clone(),
        alpha1_envelope: direction.report.alpha1.estimates.envelope.clone(),
        alpha2: direction.report.alpha2.as_ref().map(|alpha2| alpha2.norm.clone()),
        alpha2_normalised: direction.report.alpha2.as_ref().and_then(|alpha2| alpha2.normalised),
        alpha2_centred: direction.report.alpha2.as_ref().map(|alpha2| alpha2.estimates.centred.clone()),
        combined: direction.report.combined.norm.clone(),
        combined_normalised: direction.report.combined.normalised,
        combined_centred: direction.report.combined.estimates.centred.clone(),
        above_chance: direction.report.alpha2.as_ref().and_then(above_chance),
    };
    let rows = |rows: &transferscope_lab::deviate::Rows| {
        Matrix::from_rows(rows.count(), rows.width, rows.values.clone()).map_err(|error| error.to_string())
    };
    let matched = rows(&deviated.source_clean).and_then(|source| {
        let target = rows(&deviated.target_clean)?;
        knowledge_transfer_held_out(&source, &target, None).map_err(|error| error.to_string())
    });
    let (function_matching_r2, no_function_matching_because) = match matched {
        Ok(matching) if matching.r2.is_some() => (matching.r2, None),
        Ok(_) => (None, Some("the reference's outputs do not vary".to_owned())),
        Err(reason) => (None, Some(reason)),
    };
    let gradient_matching_r2 = match &deviated.moments {
        None => None,
        Some(sums) => gradient_matching(&sums.finish()?, MatchingDirection::TargetGivenSource, None)?.r2,
    };
    Ok(AlphaRecord {
        reference: reference.to_owned(),
        t_to_s: of(&t_to_s),
        s_to_t: of(&s_to_t),
        function_matching_r2,
        no_function_matching_because,
        gradient_matching_r2,
    })
}

fn above_chance(alpha2: &DirectionMeasure) -> Option<bool> {
    alpha2.permuted_centred.as_ref().map(|null| alpha2.centred > null.quantile95)
}
