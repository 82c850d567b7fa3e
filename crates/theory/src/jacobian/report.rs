//! The report of a first-order field: both directions, and what only singular values can tell.

use serde::Serialize;

use super::{FirstOrderField, JacobianError, Spectrum, chance_alpha1_rank_one, chance_alpha1_squared};
use crate::deviation::Deviations;
use crate::linear::{Matrix, PositiveSemidefinite};
use crate::statistics::{CHUNK, Estimate, Exclusions, OrderedSum, Over, mean_and_error, student_interval};
use crate::transferability::{DirectionReport, ReportOptions, TransferabilityError};

/// First-order measures of a pair of fields.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FirstOrderReport {
    /// Attack built on the source, seen on the target.
    pub s_to_t: DirectionReport,
    /// Attack built on the target, seen on the source.
    pub t_to_s: DirectionReport,
    /// Weighted measure and level share of the attack on the source (its gradient matching is "source given target").
    pub weighted_s_to_t: WeightedMeasure,
    /// The same of the attack on the target ("target given source").
    pub weighted_t_to_s: WeightedMeasure,
    /// tau1 of the older theory: mean squared cosine of the two attacks (paper §9); `None` where no sample has both.
    pub tau1: Option<Estimate>,
    /// Singular values of the source.
    pub source: FirstOrderSummary,
    /// Singular values of the target.
    pub target: FirstOrderSummary,
    /// E alpha1 of a random direction if the evaluated field had rank one (paper §6.3).
    pub chance_alpha1_rank_one: f64,
}

/// What the level of the attack alone says about gradient matching (paper §3.6).
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct WeightedMeasure {
    /// |P_i|, P_i = E\[J_star v_i (J_diamond v_i)ᵀ\]: the combined measure with weight sigma_i of star times sigma_1 of
    /// diamond.
    pub weighted: f64,
    /// |P_i (S⁺)^½| / |J_star|: the share of level i, to be held against R = sqrt(R²) of gradient matching; `None` for a
    /// zero field.
    pub level_share: Option<f64>,
}

/// Singular values of one field over the samples.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct FirstOrderSummary {
    /// Mean stable rank over samples with a non-zero Jacobian.
    pub stable_rank: Option<f64>,
    /// E alpha1² of a random direction, mean stable rank / n.
    pub chance_alpha1_squared: Option<f64>,
    /// Mean of (sigma_1 - sigma_2)/sigma_1; `None` where sigma_2 was not asked for.
    pub mean_relative_gap: Option<f64>,
    /// Its smallest value; 0 means that some attack was not unique.
    pub smallest_relative_gap: Option<f64>,
    /// Mean of sigma_1.
    pub mean_top: f64,
    /// E|J|², squared norm of the field.
    pub squared_norm: f64,
}

impl FirstOrderField {
    /// All first-order measures; `inputs` is n, for the chance levels.
    ///
    /// # Errors
    /// [`JacobianError::Transferability`] when no sample is left in a direction, [`JacobianError::Linear`].
    pub fn report(&self, inputs: usize, options: &ReportOptions) -> Result<FirstOrderReport, JacobianError> {
        let deviations = &self.deviations;
        let direction =
            |direction| -> Result<DirectionReport, TransferabilityError> { DirectionReport::new(&direction, options) };
        Ok(FirstOrderReport {
            s_to_t: direction(deviations.source_to_target()?)?,
            t_to_s: direction(deviations.target_to_source()?)?,
            weighted_s_to_t: weighted(
                &deviations.source_under_source,
                &deviations.target_under_source,
                &self.moments.target,
                &self.moments.source,
            )?,
            weighted_t_to_s: weighted(
                &deviations.target_under_target,
                &deviations.source_under_target,
                &self.moments.source,
                &self.moments.target,
            )?,
            tau1: self.tau1()?,
            source: summary(&self.source, inputs),
            target: summary(&self.target, inputs),
            chance_alpha1_rank_one: chance_alpha1_rank_one(inputs),
        })
    }

    /// Squared cosines of the two attacks, per sample: <v_S, v_T> = <u_T, J_T v_S> / sigma_T.
    fn tau1(&self) -> Result<Option<Estimate>, JacobianError> {
        let own = &self.deviations.target_under_target;
        let other = &self.deviations.target_under_source;
        let values: Vec<f64> = (0..own.samples())
            .filter(|&sample| self.source[sample].level > 0.0 && self.target[sample].level > 0.0)
            .filter(|&sample| own.sample(sample).iter().any(|value| *value != 0.0))
            .map(|sample| {
                let inner = crate::linear::dot(own.sample(sample), other.sample(sample));
                (inner / self.target[sample].level.powi(2)).powi(2)
            })
            .collect();
        let Some((mean, error)) = mean_and_error(&values) else {
            return Ok(None);
        };
        let mut excluded = Exclusions::none();
        excluded.add("an attack of this level does not exist", own.samples() - values.len());
        let mut estimate = Estimate::new(mean, values.len(), Over::Images, "mean; Student")?.with_exclusions(excluded);
        if let Some(error) = error {
            estimate = estimate.with_std_error(error)?;
            if let Some(interval) = student_interval(mean, error, values.len())? {
                estimate = estimate.with_interval(interval);
            }
        }
        Ok(Some(estimate))
    }
}

fn weighted(
    own: &Deviations,
    other: &Deviations,
    second_moment: &Matrix,
    own_moment: &Matrix,
) -> Result<WeightedMeasure, JacobianError> {
    let (rows, columns) = (own.outputs(), other.outputs());
    let mut sums = OrderedSum::new(rows * columns);
    for chunk in 0..own.samples().div_ceil(CHUNK) {
        let mut part = vec![0.0; rows * columns];
        for sample in chunk * CHUNK..own.samples().min((chunk + 1) * CHUNK) {
            for (row, a) in part.chunks_exact_mut(columns).zip(own.sample(sample)) {
                for (entry, b) in row.iter_mut().zip(other.sample(sample)) {
                    *entry += a * b;
                }
            }
        }
        sums.add_chunk(chunk, part)?;
    }
    let cross = Matrix::from_rows(rows, columns, sums.total()?)?.scaled(1.0 / own.samples() as f64);
    let root = PositiveSemidefinite::new(second_moment)?.pseudo_inverse_square_root();
    let field_norm = own_moment.trace().sqrt();
    Ok(WeightedMeasure {
        weighted: cross.norm(),
        level_share: if field_norm > 0.0 { Some(cross.multiply(&root)?.norm() / field_norm) } else { None },
    })
}

fn summary(spectra: &[Spectrum], inputs: usize) -> FirstOrderSummary {
    let mean = |value: &dyn Fn(&Spectrum) -> f64| spectra.iter().map(value).sum::<f64>() / spectra.len() as f64;
    let ranks: Vec<f64> = spectra.iter().filter_map(Spectrum::stable_rank).collect();
    let stable_rank = mean_and_error(&ranks).map(|(mean, _)| mean);
    let gaps: Option<Vec<f64>> = spectra.iter().map(Spectrum::relative_gap).collect();
    FirstOrderSummary {
        stable_rank,
        chance_alpha1_squared: stable_rank.map(|rank| chance_alpha1_squared(rank, inputs)),
        mean_relative_gap: gaps.as_deref().and_then(mean_and_error).map(|(mean, _)| mean),
        smallest_relative_gap: gaps.map(|gaps| gaps.into_iter().fold(1.0, f64::min)),
        mean_top: mean(&|spectrum| spectrum.top),
        squared_norm: mean(&|spectrum| spectrum.squared_norm),
    }
}
