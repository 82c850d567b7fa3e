//! From deviations to the record of a measurement.

use transferscope_lab::deviate::{Deviated, Sizes};
use transferscope_theory::{
    deviation::{
        DeviationError, Deviations, DirectionDeviations, OtherUnderOther, OtherUnderOwn, OwnUnderOwn, PairDeviations,
    },
    jacobian::{FirstOrderField, JacobianError},
    linear::{LinearError, Matrix},
    matching::MatchingError,
    statistics::EstimateError,
    transferability::{DirectionReport, ReportOptions, TransferabilityError, noise_reference},
};

use super::{
    DataRecord, Direction, FORMAT, Matchings, Measurement, NetworkRecord, PerImageRecord, Perturbations, Roles,
    Samples, Settings, SizeSummary, Success, VERSION, chain, matching,
    success::{Predictions, Truth, success},
};

/// Why a measurement could not be made.
#[derive(Debug, thiserror::Error)]
pub enum MeasurementError {
    /// The deviations do not fit together.
    #[error(transparent)]
    Deviation(#[from] DeviationError),
    /// No image is left for a measure.
    #[error(transparent)]
    Transferability(#[from] TransferabilityError),
    /// A number is no estimate.
    #[error(transparent)]
    Estimate(#[from] EstimateError),
    /// The Jacobians do not fit together.
    #[error(transparent)]
    Jacobian(#[from] JacobianError),
    /// A matching distance is not possible.
    #[error(transparent)]
    Matching(#[from] MatchingError),
    /// A matrix is not one.
    #[error(transparent)]
    Linear(#[from] LinearError),
}

/// The reason under which images are counted that `--images` left out.
const FILTERED: &str = "left out by --images";

/// The record of a run over two networks.
///
/// `labelled` says whether the labels are both networks' own classes.
///
/// # Errors
/// Where no image is left for a measure.
pub fn from_deviated(
    deviated: &Deviated,
    labelled: bool,
    settings: Settings,
    networks: Roles<NetworkRecord>,
    data: DataRecord,
) -> Result<Measurement, MeasurementError> {
    let options = options(&settings);
    let [s_to_t, t_to_s] = directions(deviated, &options)?;
    let per_image = per_image(&s_to_t, &t_to_s, deviated.ids.clone(), deviated.labels.clone());
    let [success_s_to_t, success_t_to_s] = successes(deviated, labelled)?;
    let mut samples = samples(&s_to_t, &t_to_s, deviated.ids.len());
    samples.zero_gradient_source = deviated.zero_gradients[0];
    samples.zero_gradient_target = deviated.zero_gradients[1];
    if deviated.filtered > 0 {
        samples.excluded.insert(FILTERED.to_owned(), deviated.filtered);
    }
    let matching = match &deviated.moments {
        None => None,
        Some(sums) => {
            let outputs = |rows: &transferscope_lab::deviate::Rows| {
                Matrix::from_rows(rows.count(), rows.width, rows.values.clone())
            };
            let (source, target) = (outputs(&deviated.source_clean)?, outputs(&deviated.target_clean)?);
            Some(Matchings {
                gradient: Some(matching::gradient(&sums.finish()?)?),
                function: Some(matching::function(&source, &target)?),
                function_held_out: matching::function_held_out(&source, &target)?,
                knowledge: match &deviated.labels {
                    Some(labels) => matching::knowledge(&source, &target, labels)?,
                    None => None,
                },
            })
        }
    };
    let mut networks = networks;
    if let (true, Some(labels)) = (labelled, &deviated.labels) {
        networks.source.accuracy = accuracy(&deviated.source_prediction, labels);
        networks.target.accuracy = accuracy(&deviated.target_prediction, labels);
    }
    let perturbations = match (sizes(&deviated.source_attack_sizes), sizes(&deviated.target_attack_sizes)) {
        (Some(source), Some(target)) => Some(Roles { source, target }),
        _ => None,
    };
    let chain = matching.as_ref().map(|matching| chain::of(&s_to_t, &t_to_s, matching));
    Ok(Measurement {
        format: FORMAT.to_owned(),
        version: VERSION,
        s_to_t: Direction { report: s_to_t, success: success_s_to_t },
        t_to_s: Direction { report: t_to_s, success: success_t_to_s },
        matching,
        chain,
        images_needed: None,
        samples,
        settings,
        networks: Some(networks),
        data: Some(data),
        perturbations,
        untrained_twin: None,
        notes: Vec::new(),
        per_image,
    })
}

/// The measures of both directions alone: source to target, target to source.
///
/// # Errors
/// Where no image is left for a measure.
pub fn directions_of(
    deviated: &Deviated,
    labelled: bool,
    options: &ReportOptions,
) -> Result<[Direction; 2], MeasurementError> {
    let [s_to_t, t_to_s] = directions(deviated, options)?;
    let [to_target, to_source] = successes(deviated, labelled)?;
    Ok([Direction { report: s_to_t, success: to_target }, Direction { report: t_to_s, success: to_source }])
}

/// The record of deviations that somebody else made.
///
/// # Errors
/// Where no image is left for a measure.
pub fn from_deviations(
    deviations: &PairDeviations,
    noise: Option<&[Deviations; 2]>,
    restarts: usize,
    image_ids: Vec<u64>,
    labels: Option<Vec<u32>>,
    settings: Settings,
) -> Result<Measurement, MeasurementError> {
    let options = options(&settings);
    let report = |direction: DirectionDeviations<'_>| -> Result<DirectionReport, MeasurementError> {
        Ok(DirectionReport::new(&direction.with_restarts(restarts)?, &options)?)
    };
    let mut s_to_t = report(deviations.source_to_target()?)?;
    let mut t_to_s = report(deviations.target_to_source()?)?;
    if let Some(noise) = noise {
        [s_to_t, t_to_s] = with_noise([s_to_t, t_to_s], deviations, noise, restarts)?;
    }
    Ok(bare(s_to_t, t_to_s, None, image_ids, labels, settings))
}

/// The record of first-order measures from Jacobians.
///
/// # Errors
/// Where no sample is left for a measure.
pub fn from_first_order(
    field: &FirstOrderField,
    inputs: usize,
    settings: Settings,
) -> Result<Measurement, MeasurementError> {
    let report = field.report(inputs, &options(&settings))?;
    let count = report.s_to_t.images as u64;
    let matchings = Matchings {
        gradient: Some(matching::gradient(&field.moments)?),
        function: None,
        function_held_out: None,
        knowledge: None,
    };
    Ok(bare(report.s_to_t, report.t_to_s, Some(matchings), (0..count).collect(), None, settings))
}

fn options(settings: &Settings) -> ReportOptions {
    ReportOptions { permutations: settings.permutations, seed: settings.seed, ..ReportOptions::default() }
}

fn bare(
    s_to_t: DirectionReport,
    t_to_s: DirectionReport,
    matching: Option<Matchings>,
    image_ids: Vec<u64>,
    labels: Option<Vec<u32>>,
    settings: Settings,
) -> Measurement {
    let samples = samples(&s_to_t, &t_to_s, image_ids.len());
    let chain = matching.as_ref().map(|matching| chain::of(&s_to_t, &t_to_s, matching));
    let per_image = per_image(&s_to_t, &t_to_s, image_ids, labels);
    Measurement {
        format: FORMAT.to_owned(),
        version: VERSION,
        s_to_t: Direction { report: s_to_t, success: None },
        t_to_s: Direction { report: t_to_s, success: None },
        matching,
        chain,
        images_needed: None,
        samples,
        settings,
        networks: None,
        data: None,
        perturbations: None,
        untrained_twin: None,
        notes: Vec::new(),
        per_image,
    }
}

fn directions(deviated: &Deviated, options: &ReportOptions) -> Result<[DirectionReport; 2], MeasurementError> {
    let pair = deviated.pair_deviations()?;
    let [top_source, top_target] = &deviated.top_values;
    if !top_source.is_empty() {
        // First order: alpha1's denominator is the top singular value of the evaluated network at every level.
        let report = |own, other, tops: &[f64]| -> Result<DirectionReport, MeasurementError> {
            Ok(DirectionReport::new(&DirectionDeviations::from_norms(own, other, tops.to_vec())?, options)?)
        };
        return Ok([
            report(&pair.source_under_source, &pair.target_under_source, top_target)?,
            report(&pair.target_under_target, &pair.source_under_target, top_source)?,
        ]);
    }
    let restarts = deviated.restarts;
    let report = |direction: DirectionDeviations<'_>| -> Result<DirectionReport, MeasurementError> {
        Ok(DirectionReport::new(&direction.with_restarts(restarts)?, options)?)
    };
    let both = [report(pair.source_to_target()?)?, report(pair.target_to_source()?)?];
    match deviated.noise_deviations()? {
        Some(noise) => with_noise(both, &pair, &noise, restarts),
        None => Ok(both),
    }
}

/// Reference values under noise: the same noise on both networks, held against each network's own attack.
fn with_noise(
    [s_to_t, t_to_s]: [DirectionReport; 2],
    pair: &PairDeviations,
    [source, target]: &[Deviations; 2],
    restarts: usize,
) -> Result<[DirectionReport; 2], MeasurementError> {
    let reference = |own, other, best| -> Result<_, MeasurementError> {
        let direction = DirectionDeviations::new(OwnUnderOwn(own), OtherUnderOwn(other), OtherUnderOther(best))?;
        Ok(noise_reference(&direction.with_restarts(restarts)?)?)
    };
    Ok([
        s_to_t.with_noise(&reference(source, target, &pair.target_under_target)?),
        t_to_s.with_noise(&reference(target, source, &pair.source_under_source)?),
    ])
}

fn successes(deviated: &Deviated, labelled: bool) -> Result<[Option<Success>; 2], EstimateError> {
    if deviated.source_prediction_under[0].is_empty() {
        return Ok([None, None]);
    }
    let truth = match (&deviated.labels, labelled) {
        (Some(labels), true) => {
            Some(Truth { labels, source_clean: &deviated.source_prediction, target_clean: &deviated.target_prediction })
        }
        _ => None,
    };
    let on_source = Predictions {
        restarts: deviated.restarts,
        attacked_clean: &deviated.source_prediction,
        attacked_now: &deviated.source_prediction_under[0],
        evaluated_clean: &deviated.target_prediction,
        evaluated_now: &deviated.target_prediction_under[1],
    };
    let on_target = Predictions {
        restarts: deviated.restarts,
        attacked_clean: &deviated.target_prediction,
        attacked_now: &deviated.target_prediction_under[0],
        evaluated_clean: &deviated.source_prediction,
        evaluated_now: &deviated.source_prediction_under[1],
    };
    Ok([Some(success(&on_source, truth.as_ref())?), Some(success(&on_target, truth.as_ref())?)])
}

fn per_image(
    s_to_t: &DirectionReport,
    t_to_s: &DirectionReport,
    image_id: Vec<u64>,
    label: Option<Vec<u32>>,
) -> PerImageRecord {
    PerImageRecord { image_id, label, s_to_t: (&s_to_t.per_image).into(), t_to_s: (&t_to_s.per_image).into() }
}

fn samples(s_to_t: &DirectionReport, t_to_s: &DirectionReport, used: usize) -> Samples {
    let mut samples = Samples { used, ..Samples::default() };
    for (direction, report) in [("s_to_t", s_to_t), ("t_to_s", t_to_s)] {
        for (reason, count) in report.excluded.iter() {
            samples.excluded.insert(format!("{direction}: {reason}"), count);
        }
    }
    samples
}

#[expect(clippy::cast_precision_loss, reason = "counts of images are small")]
fn accuracy(predictions: &[usize], labels: &[u32]) -> Option<f64> {
    let right = predictions.iter().zip(labels).filter(|(p, l)| **p == **l as usize).count();
    (!labels.is_empty()).then(|| right as f64 / labels.len() as f64)
}

fn sizes(sizes: &Sizes) -> Option<Perturbations> {
    #[expect(clippy::cast_precision_loss, reason = "counts of images are small")]
    let summary = |values: &[f64]| SizeSummary {
        mean: values.iter().sum::<f64>() / values.len() as f64,
        max: values.iter().copied().fold(0.0, f64::max),
    };
    (!sizes.linf.is_empty()).then(|| Perturbations { linf: summary(&sizes.linf), l2: summary(&sizes.l2) })
}
