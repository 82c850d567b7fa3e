//! Measuring one row: evaluate the perturbed source, stream its Jacobians, fit every head.

use transferscope_theory::{
    deviation::Deviations,
    jacobian::{
        FirstOrderAccumulator, FirstOrderField, FirstOrderOptions, FirstOrderReport, JacobianChunk, SideChunk,
        SideWorkspace, chance_alpha2,
    },
    linear::Matrix,
    matching::{Matching, MatchingDirection, function_matching, gradient_matching},
    older::tau2,
    statistics::CHUNK,
    transferability::ReportOptions,
};

use super::{
    BothDirections, Distance, Evaluation, RowChance, RowMatching, RowTransfer, SigmoidNetwork, SyntheticError,
    SyntheticRow, SyntheticWorld,
    output_moments::{in_sample_and_held_out, output_moments},
    run::in_parallel,
};

/// What is the same in every row: the target at all points.
pub(super) struct TargetSide {
    pub(super) evaluation: Evaluation,
    pub(super) chunks: Vec<TargetChunk>,
    pub(super) loss: f64,
}

/// The target at the points of one chunk.
pub(super) struct TargetChunk {
    pub(super) jacobians: Vec<f64>,
    side: SideChunk,
}

impl TargetSide {
    pub(super) fn new(world: &SyntheticWorld, level: usize, threads: usize) -> Result<Self, SyntheticError> {
        let evaluation = world.target().evaluate(world.inputs())?;
        let (samples, inputs, outputs) = (world.inputs().rows(), world.inputs().columns(), world.outputs().columns());
        let chunks = in_parallel(threads, samples.div_ceil(CHUNK), |chunk| {
            let points = chunk * CHUNK..samples.min((chunk + 1) * CHUNK);
            let mut jacobians = vec![0.0; points.len() * outputs * inputs];
            world.target().write_jacobians(&evaluation, points, &mut jacobians);
            let seen = JacobianChunk::new(&jacobians, &jacobians, outputs, outputs, inputs)?;
            let side = SideChunk::of_target(&seen, attack(level), &mut SideWorkspace::new(outputs))?;
            Ok(TargetChunk { jacobians, side })
        })?;
        let loss = root_mean_square(&evaluation.outputs, world.outputs())?;
        Ok(Self { evaluation, chunks, loss })
    }
}

fn attack(level: usize) -> FirstOrderOptions {
    FirstOrderOptions { level, ..FirstOrderOptions::default() }
}

/// The perturbed source of a row, at all points.
pub(super) struct SourceSide {
    pub(super) network: SigmoidNetwork,
    pub(super) evaluation: Evaluation,
}

/// 0.1 i and 0.05 i (i + 1): increment and cumulative coefficient of row i (paper §11.1, Q3).
pub(super) fn perturbation(row: usize) -> (f64, f64) {
    let step = row as f64;
    (0.1 * step, 0.05 * step * (step + 1.0))
}

/// Bootstrap and permutation are left out: with thousands of samples Student's interval is as good.
const REPORT: ReportOptions = ReportOptions { permutations: 0, replicates: 0, seed: 0 };

pub(super) fn source_side(
    world: &SyntheticWorld,
    deviations: &SigmoidNetwork,
    row: usize,
) -> Result<SourceSide, SyntheticError> {
    // Step by step and in single precision, as the public program adds them up.
    let mut network = world.source().clone();
    for step in 1..=row {
        network = network.moved_in_single(perturbation(step).0, deviations)?;
    }
    let evaluation = network.evaluate(world.inputs())?;
    Ok(SourceSide { network, evaluation })
}

pub(super) fn first_order_field(
    world: &SyntheticWorld,
    target: &TargetSide,
    source: &SourceSide,
    level: usize,
) -> Result<FirstOrderField, SyntheticError> {
    let (samples, inputs, outputs) = (world.inputs().rows(), world.inputs().columns(), world.outputs().columns());
    let mut field = FirstOrderAccumulator::new(outputs, outputs, attack(level));
    let size = outputs * inputs;
    let mut jacobians = vec![0.0; CHUNK * size];
    for (chunk, of_target) in target.chunks.iter().enumerate() {
        let points = chunk * CHUNK..samples.min((chunk + 1) * CHUNK);
        let j_source = &mut jacobians[..points.len() * size];
        source.network.write_jacobians(&source.evaluation, points, j_source);
        let both = JacobianChunk::new(j_source, &of_target.jacobians, outputs, outputs, inputs)?;
        field.add_chunk_beside(chunk, &both, &of_target.side)?;
    }
    Ok(field.finish()?)
}

pub(super) fn measure_row(
    world: &SyntheticWorld,
    target: &TargetSide,
    deviations: &SigmoidNetwork,
    row: usize,
    level: usize,
) -> Result<SyntheticRow, SyntheticError> {
    let source = source_side(world, deviations, row)?;
    let field = first_order_field(world, target, &source, level)?;
    let report = field.report(world.inputs().columns(), &REPORT)?;
    let gradient = |direction| gradient_matching(&field.moments, direction, None);
    let gradient = BothDirections {
        t_given_s: Distance::from(&gradient(MatchingDirection::TargetGivenSource)?),
        s_given_t: Distance::from(&gradient(MatchingDirection::SourceGivenTarget)?),
    };
    let (f_source, f_target) = (&source.evaluation.outputs, &target.evaluation.outputs);
    let (forward, forward_held_out) = in_sample_and_held_out(f_target, f_source)?;
    let (back, back_held_out) = in_sample_and_held_out(f_source, f_target)?;
    let both = |one, two| BothDirections { t_given_s: Distance::from(one), s_given_t: Distance::from(two) };
    let (features, features_held_out) = in_sample_and_held_out(world.outputs(), &source.evaluation.hidden)?;
    let (outputs, outputs_held_out) = in_sample_and_held_out(world.outputs(), f_source)?;
    let (scale, cumulative) = perturbation(row);
    let deviations = &field.deviations;
    Ok(SyntheticRow {
        row,
        scale,
        cumulative,
        alpha1_s_to_t: report.s_to_t.alpha1.mean.value(),
        alpha1_t_to_s: report.t_to_s.alpha1.mean.value(),
        alpha2_s_to_t: report.s_to_t.alpha2.as_ref().map_or(0.0, |alpha2| alpha2.norm.value()),
        alpha2_t_to_s: report.t_to_s.alpha2.as_ref().map_or(0.0, |alpha2| alpha2.norm.value()),
        combined_s_to_t: report.s_to_t.combined.norm.value(),
        combined_t_to_s: report.t_to_s.combined.norm.value(),
        loss_source: features.distance,
        loss_target: target.loss,
        gradient_matching: gradient.t_given_s.distance,
        loss_source_raw: root_mean_square(f_source, world.outputs())?,
        matching: RowMatching {
            gradient,
            function: both(&forward, &back),
            function_held_out: both(&forward_held_out, &back_held_out),
        },
        knowledge_transfer: RowTransfer {
            on_outputs: Distance::from(&outputs),
            on_outputs_held_out: Distance::from(&outputs_held_out),
            on_features: Distance::from(&features),
            on_features_held_out: Distance::from(&features_held_out),
        },
        tau1: report.tau1.as_ref().map(|estimate| estimate.value()),
        tau2_s_to_t: tau2(&matrix(&deviations.source_under_source)?, &matrix(&deviations.target_under_source)?)?,
        tau2_t_to_s: tau2(&matrix(&deviations.target_under_target)?, &matrix(&deviations.source_under_target)?)?,
        chance: chance(&report, world.inputs().rows()),
        first_order: report,
    })
}

pub(super) fn affine(star: &Matrix, diamond: &Matrix) -> Result<Matching, SyntheticError> {
    Ok(function_matching(&output_moments(star, diamond)?, None)?)
}

pub(super) fn matrix(deviations: &Deviations) -> Result<Matrix, SyntheticError> {
    let values = (0..deviations.samples()).flat_map(|sample| deviations.sample(sample)).copied().collect();
    Ok(Matrix::from_rows(deviations.samples(), deviations.outputs(), values)?)
}

fn chance(report: &FirstOrderReport, samples: usize) -> RowChance {
    RowChance {
        alpha1_rank_one: report.chance_alpha1_rank_one,
        alpha1_rms_on_target: report.target.chance_alpha1_squared.map(f64::sqrt),
        alpha1_rms_on_source: report.source.chance_alpha1_squared.map(f64::sqrt),
        alpha2: chance_alpha2(samples),
    }
}

/// sqrt(E|f - y|²), squares summed over the outputs and averaged over the samples.
pub(super) fn root_mean_square(outputs: &Matrix, truth: &Matrix) -> Result<f64, SyntheticError> {
    Ok((outputs.plus_scaled(-1.0, truth)?.squared_norm() / truth.rows() as f64).sqrt())
}
