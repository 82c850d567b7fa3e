//! One chunk of images: clean outputs, the filter, both attacks, noise.

use transferscope_network::array::Array;
use transferscope_theory::jacobian::{JacobianChunk, JacobianMomentSums};

use super::{
    AttackPlan, Deviated, Plan, Rows,
    attacked::{Known, attacked, predictions, seen},
    first_order,
    run::DeviateError,
};
use crate::{
    attacks::{Linearized, jacobians},
    objective::prediction,
    roles::Pair,
    subject::Observation,
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
        AttackPlan::FirstOrder { level } => {
            let of = |subject| Linearized::new(subject, &images, plan.outputs);
            first_order::fill(&mut result, [&of(source)?, &of(target)?], level)?;
        }
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
    let (source, target) = (pair.source.0, pair.target.0);
    let known = |labels: Option<Vec<u32>>| Known { ids: result.ids.clone(), labels };
    let on_source = attacked(source, plan, images, &clean[0], known(None), "start of the attack on the source".into())?;
    let on_target = attacked(target, plan, images, &clean[1], known(None), "start of the attack on the target".into())?;
    let target_seen = seen(target, plan, &on_target.clean, &on_source.perturbed_images()?)?;
    let source_seen = seen(source, plan, &on_source.clean, &on_target.perturbed_images()?)?;
    result.join(on_source, on_target, source_seen, target_seen, plan.keep_images);
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
