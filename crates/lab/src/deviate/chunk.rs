//! One chunk of images: clean outputs, the filter, both attacks, noise.

use transferscope_network::array::Array;
use transferscope_theory::jacobian::{JacobianChunk, JacobianMomentSums};

use super::{AttackPlan, Deviated, Plan, Rows, Sizes, first_order, run::DeviateError};
use crate::{
    attacks::{Family, Perturbed, jacobians, noise},
    norm::Norm,
    objective::prediction,
    roles::Pair,
    subject::{Observation, Subject},
};

/// The images of one chunk with what the data say of them.
pub(super) struct Chunk {
    pub index: usize,
    pub images: Array<f32>,
    pub ids: Vec<u64>,
    pub labels: Option<Vec<u32>>,
}

/// Everything that is measured on one chunk.
pub(super) fn chunk(pair: Pair<'_>, plan: &Plan, chunk: Chunk) -> Result<Deviated, DeviateError> {
    let (source, target) = (pair.source.0, pair.target.0);
    let all_sources = source.observe(&chunk.images, plan.outputs)?;
    let all_targets = target.observe(&chunk.images, plan.outputs)?;
    let correct = |observation: &Observation, row: usize| match &chunk.labels {
        Some(labels) => prediction(observation.logits.row(row)) == labels[row] as usize,
        None => false,
    };
    let kept: Vec<usize> = (0..chunk.images.rows())
        .filter(|&row| plan.images.keeps(correct(&all_sources, row), correct(&all_targets, row)))
        .collect();
    let mut result = Deviated {
        filtered: chunk.images.rows() - kept.len(),
        restarts: plan.restarts(),
        labels: chunk.labels.as_ref().map(|labels| kept.iter().map(|&row| labels[row]).collect()),
        ids: kept.iter().map(|&row| chunk.ids[row]).collect(),
        ..Deviated::default()
    };
    if kept.is_empty() {
        if plan.moments {
            result.moments = Some(empty_moments(&all_sources, &all_targets));
        }
        return Ok(result);
    }
    let images = rows_at(&chunk.images, &kept);
    let clean = [at(&all_sources, &kept), at(&all_targets, &kept)];
    result.source_clean = rows(&clean[0].outputs);
    result.target_clean = rows(&clean[1].outputs);
    result.source_prediction = predictions(&clean[0].logits);
    result.target_prediction = predictions(&clean[1].logits);
    match plan.attack {
        AttackPlan::FirstOrder { level } => first_order::fill(&mut result, pair, plan, &images, level)?,
        AttackPlan::SingularStep { .. } | AttackPlan::Ascent { .. } => {
            finite(&mut result, pair, plan, &images, &clean)?;
        }
    }
    if plan.moments {
        result.moments = Some(moments(pair, plan, &images, chunk.index)?);
    }
    Ok(result)
}

/// Both attacks, and noise, as steps of finite size.
fn finite(
    result: &mut Deviated,
    pair: Pair<'_>,
    plan: &Plan,
    images: &Array<f32>,
    clean: &[Observation; 2],
) -> Result<(), DeviateError> {
    let Some((attack, budget, start, restarts)) = plan.attack() else { return Ok(()) };
    let (source, target) = (pair.source.0, pair.target.0);
    let run = |subject: &Subject, purpose| -> Result<Perturbed, DeviateError> {
        let family = Family { objective: plan.objective, budget, start, restarts, seed: plan.seed, purpose };
        Ok(family.run(attack.as_ref(), subject, images, &result.ids)?)
    };
    let on_source = run(source, "start of the attack on the source")?;
    let on_target = run(target, "start of the attack on the target")?;
    let noisy = noise(images, &result.ids, budget, plan.seed, restarts);

    let see =
        |subject: &Subject, clean: &Observation, images: &Array<f32>| -> Result<(Rows, Vec<usize>), DeviateError> {
            let observation = subject.observe(images, plan.outputs)?;
            Ok((difference(&observation.outputs, &clean.outputs, restarts), predictions(&observation.logits)))
        };
    (result.source_under_source, result.source_prediction_under[0]) = see(source, &clean[0], &on_source.images)?;
    (result.target_under_source, result.target_prediction_under[1]) = see(target, &clean[1], &on_source.images)?;
    (result.target_under_target, result.target_prediction_under[0]) = see(target, &clean[1], &on_target.images)?;
    (result.source_under_target, result.source_prediction_under[1]) = see(source, &clean[0], &on_target.images)?;
    result.source_under_noise = see(source, &clean[0], &noisy)?.0;
    result.target_under_noise = see(target, &clean[1], &noisy)?.0;
    result.source_attack_sizes = sizes(&on_source.images, images, restarts);
    result.target_attack_sizes = sizes(&on_target.images, images, restarts);
    result.zero_gradients = [on_source.zero_gradients, on_target.zero_gradients];
    if plan.keep_images {
        result.perturbed = [on_source.images.into_data(), on_target.images.into_data()];
    }
    Ok(())
}

fn moments(pair: Pair<'_>, plan: &Plan, images: &Array<f32>, index: usize) -> Result<JacobianMomentSums, DeviateError> {
    let source = jacobians(pair.source.0, images, plan.outputs)?;
    let target = jacobians(pair.target.0, images, plan.outputs)?;
    let mut sums = JacobianMomentSums::new(source.outputs, target.outputs);
    let failed = |error: transferscope_theory::jacobian::JacobianError| DeviateError::Theory(error.to_string());
    let samples = JacobianChunk::new(&source.values, &target.values, source.outputs, target.outputs, source.inputs)
        .map_err(failed)?;
    sums.add_chunk(index, &samples).map_err(failed)?;
    Ok(sums)
}

fn empty_moments(source: &Observation, target: &Observation) -> JacobianMomentSums {
    JacobianMomentSums::new(source.outputs.row_length(), target.outputs.row_length())
}

fn at(observation: &Observation, kept: &[usize]) -> Observation {
    Observation { logits: rows_at(&observation.logits, kept), outputs: rows_at(&observation.outputs, kept) }
}

fn rows_at<T: Copy + Default>(array: &Array<T>, kept: &[usize]) -> Array<T> {
    let mut shape = array.shape().to_vec();
    shape[0] = kept.len();
    let mut result = Array::filled(shape, T::default());
    let length = array.row_length().max(1);
    for (target, &row) in result.data_mut().chunks_mut(length).zip(kept) {
        target.copy_from_slice(array.row(row));
    }
    result
}

pub(super) fn rows(array: &Array<f64>) -> Rows {
    Rows { width: array.row_length(), values: array.data().to_vec() }
}

fn predictions(logits: &Array<f64>) -> Vec<usize> {
    (0..logits.rows()).map(|row| prediction(logits.row(row))).collect()
}

/// Perturbed minus clean outputs; `restarts` perturbed rows belong to each clean row.
fn difference(perturbed: &Array<f64>, clean: &Array<f64>, restarts: usize) -> Rows {
    let values = (0..perturbed.rows())
        .flat_map(|row| {
            let before = clean.row(row / restarts);
            perturbed.row(row).iter().zip(before).map(|(now, then)| now - then)
        })
        .collect();
    Rows { width: clean.row_length(), values }
}

fn sizes(perturbed: &Array<f32>, clean: &Array<f32>, restarts: usize) -> Sizes {
    let mut sizes = Sizes::default();
    for row in 0..perturbed.rows() {
        let change: Vec<f32> =
            perturbed.row(row).iter().zip(clean.row(row / restarts)).map(|(now, then)| now - then).collect();
        sizes.linf.push(Norm::Linf.measure(&change));
        sizes.l2.push(Norm::L2.measure(&change));
    }
    sizes
}
