//! Streaming first-order measures of a pair of Jacobian fields, in both directions at once.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::leading::{check_level, relative_gap};
use super::moments::add_grams;
use super::{
    BuiltOn, FirstOrderWorkspace, JacobianChunk, JacobianError, JacobianMomentSums, JacobianMoments, Route, first_order,
};
use crate::deviation::{Deviations, PairNorms};
use crate::linear::Matrix;
use crate::statistics::{CHUNK, SumError};

/// Which attack, and how its singular vectors are found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FirstOrderOptions {
    /// Level, counted from 0.
    pub level: usize,
    /// Route to the singular vectors.
    pub route: Route,
}

/// Collects samples chunk by chunk; O(d_S + d_T) numbers per sample are kept, no Jacobian is.
///
/// The second pass that the jackknife needs runs over these kept deviations. Chunks may come in any order and from any
/// number of accumulators: the results have the same bits.
#[derive(Debug)]
pub struct FirstOrderAccumulator {
    source_outputs: usize,
    target_outputs: usize,
    options: FirstOrderOptions,
    moments: JacobianMomentSums,
    chunks: BTreeMap<usize, Vec<FieldSample>>,
    workspace: FirstOrderWorkspace,
}

/// What is kept of one sample.
#[derive(Debug, Clone, PartialEq)]
struct FieldSample {
    /// J_S v, J_T v of the attack on the source, then J_T v, J_S v of the attack on the target.
    deviations: Vec<f64>,
    source: Spectrum,
    target: Spectrum,
}

/// The singular values that are kept of one network at one sample.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spectrum {
    /// Singular value of the level of the attack.
    pub level: f64,
    /// The largest.
    pub top: f64,
    /// The second largest; 0 where there is none.
    pub second: f64,
    /// Squared Frobenius norm, the sum of all squares.
    pub squared_norm: f64,
}

impl FirstOrderAccumulator {
    /// For networks of d_S and d_T outputs.
    #[must_use]
    pub fn new(source_outputs: usize, target_outputs: usize, options: FirstOrderOptions) -> Self {
        Self {
            source_outputs,
            target_outputs,
            options,
            moments: JacobianMomentSums::new(source_outputs, target_outputs),
            chunks: BTreeMap::new(),
            workspace: FirstOrderWorkspace::new(source_outputs, target_outputs),
        }
    }

    /// Adds the samples 64 `chunk` .. of a field.
    ///
    /// # Errors
    /// [`JacobianError::Shape`], [`JacobianError::Level`], [`JacobianError::Sum`] for a chunk that came before.
    pub fn add_chunk(&mut self, chunk: usize, samples: &JacobianChunk<'_>) -> Result<(), JacobianError> {
        samples.check_outputs(self.source_outputs, self.target_outputs)?;
        let smallest = self.source_outputs.min(self.target_outputs);
        check_level(self.options.level, smallest, samples.inputs())?;
        let mut sums = self.moments.empty_chunk();
        let mut kept = Vec::with_capacity(samples.samples());
        for (j_source, j_target) in samples.iter() {
            kept.push(self.sample(j_source, j_target, samples.inputs(), &mut sums)?);
        }
        self.moments.add_sums(chunk, sums)?;
        self.chunks.insert(chunk, kept);
        Ok(())
    }

    fn sample(
        &mut self,
        j_source: &[f64],
        j_target: &[f64],
        inputs: usize,
        sums: &mut [f64],
    ) -> Result<FieldSample, JacobianError> {
        let (ds, dt) = (self.source_outputs, self.target_outputs);
        self.workspace.decompose(j_source, j_target, inputs, self.options.level)?;
        add_grams(sums, self.workspace.grams());
        let mut deviations = vec![0.0; 2 * (ds + dt)];
        let (from_source, from_target) = deviations.split_at_mut(ds + dt);
        let mut spectra = [[0.0; 4]; 2];
        for (index, built_on, part, own) in
            [(0, BuiltOn::Source, from_source, ds), (1, BuiltOn::Target, from_target, dt)]
        {
            let (own_part, other_part) = part.split_at_mut(own);
            spectra[index] = match self.options.route {
                Route::Gram => self.workspace.write(built_on, self.options.level, own_part, other_part),
                Route::Svd => {
                    let source = Matrix::from_rows(ds, inputs, j_source.to_vec())?;
                    let target = Matrix::from_rows(dt, inputs, j_target.to_vec())?;
                    let sample = first_order(&source, &target, built_on, self.options.level, Route::Svd)?;
                    own_part.copy_from_slice(&sample.own);
                    other_part.copy_from_slice(&sample.other);
                    let second = sample.own_top * (1.0 - sample.relative_gap);
                    [sample.own_singular, sample.own_top, second, sample.other_top]
                }
            };
        }
        let grams = self.workspace.grams();
        let trace = |gram: &[f64], size: usize| (0..size).map(|i| gram[i * size + i]).sum::<f64>();
        let spectrum = |[level, top, second, _]: [f64; 4], squared_norm| Spectrum { level, top, second, squared_norm };
        Ok(FieldSample {
            source: spectrum(spectra[0], trace(&grams.source, ds)),
            target: spectrum(spectra[1], trace(&grams.target, dt)),
            deviations,
        })
    }

    /// Takes in the samples of another accumulator of the same field.
    ///
    /// # Errors
    /// [`JacobianError::Shape`] for other outputs or options, [`JacobianError::Sum`] for a chunk in both.
    pub fn merge(&mut self, other: Self) -> Result<(), JacobianError> {
        if self.options != other.options
            || (self.source_outputs, self.target_outputs) != (other.source_outputs, other.target_outputs)
        {
            return Err(JacobianError::Shape {
                expected: format!("d_S = {}, d_T = {}, {:?}", self.source_outputs, self.target_outputs, self.options),
                found: format!("d_S = {}, d_T = {}, {:?}", other.source_outputs, other.target_outputs, other.options),
            });
        }
        self.moments.merge(other.moments)?;
        self.chunks.extend(other.chunks);
        Ok(())
    }

    /// Puts the samples in order.
    ///
    /// # Errors
    /// [`JacobianError::Empty`] without samples, [`JacobianError::Sum`] when a chunk is missing or a chunk before the
    /// last one is not full.
    pub fn finish(self) -> Result<FirstOrderField, JacobianError> {
        let moments = self.moments.finish()?;
        let (ds, dt) = (self.source_outputs, self.target_outputs);
        let last = self.chunks.keys().next_back().copied().unwrap_or(0);
        if let Some((&chunk, _)) = self.chunks.iter().find(|(chunk, samples)| **chunk != last && samples.len() != CHUNK)
        {
            return Err(SumError::Missing { chunk }.into());
        }
        let samples: Vec<FieldSample> = self.chunks.into_values().flatten().collect();
        let part = |from: usize, size: usize| -> Vec<f64> {
            samples.iter().flat_map(|sample| &sample.deviations[from..from + size]).copied().collect()
        };
        let count = samples.len();
        let deviations = |from, size| Deviations::new(part(from, size), count, size);
        Ok(FirstOrderField {
            deviations: PairNorms {
                source_under_source: deviations(0, ds)?,
                target_under_source: deviations(ds, dt)?,
                target_under_target: deviations(ds + dt, dt)?,
                source_under_target: deviations(ds + 2 * dt, ds)?,
                source_norms: samples.iter().map(|sample| sample.source.top).collect(),
                target_norms: samples.iter().map(|sample| sample.target.top).collect(),
            },
            source: samples.iter().map(|sample| sample.source).collect(),
            target: samples.iter().map(|sample| sample.target).collect(),
            moments,
            options: self.options,
        })
    }
}

/// All samples of a pair of Jacobian fields, reduced to first-order deviations, singular values and moments.
#[derive(Debug, Clone, PartialEq)]
pub struct FirstOrderField {
    /// Deviations per unit of budget, and the norms that alpha1 divides by.
    pub deviations: PairNorms,
    /// Singular values of the source per sample.
    pub source: Vec<Spectrum>,
    /// Singular values of the target per sample.
    pub target: Vec<Spectrum>,
    /// Second moments, for gradient matching.
    pub moments: JacobianMoments,
    /// Level and route.
    pub options: FirstOrderOptions,
}

impl Spectrum {
    /// (sigma_1 - sigma_2)/sigma_1; 0 on a tie, where the attack is not unique.
    #[must_use]
    pub fn relative_gap(&self) -> f64 {
        relative_gap(self.top, self.second)
    }

    /// |J|_F²/|J|_op² (paper §6.2); `None` for a zero Jacobian.
    #[must_use]
    pub fn stable_rank(&self) -> Option<f64> {
        (self.top > 0.0).then(|| self.squared_norm / (self.top * self.top))
    }
}
