//! Streaming first-order measures of a pair of Jacobian fields, in both directions at once.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::leading::Direction;
use super::moments::add_cross;
use super::side::check_level;
use super::{
    BuiltOn, JacobianChunk, JacobianError, JacobianMomentSums, JacobianMoments, Route, SideChunk, SideWorkspace,
};
use crate::deviation::{Deviations, PairNorms};
use crate::statistics::{CHUNK, SumError};

/// Which attack, how its singular vectors are found, and what is wanted beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct FirstOrderOptions {
    /// Level, counted from 0.
    pub level: usize,
    /// Route to the singular vectors.
    pub route: Route,
    /// Whether sigma_2 is wanted too: at level 0 by the Gram route it costs eigenvalues that nothing else needs.
    pub relative_gap: bool,
}

impl Default for FirstOrderOptions {
    fn default() -> Self {
        Self { level: 0, route: Route::default(), relative_gap: true }
    }
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
    chunks: BTreeMap<usize, KeptChunk>,
    workspaces: [SideWorkspace; 2],
}

/// What is kept of one chunk.
#[derive(Debug, Clone, PartialEq)]
struct KeptChunk {
    /// Per sample J_S v, J_T v of the attack on the source, then J_T v, J_S v of the attack on the target.
    deviations: Vec<f64>,
    source: Vec<Spectrum>,
    target: Vec<Spectrum>,
}

/// The singular values that are kept of one network at one sample.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spectrum {
    /// Singular value of the level of the attack.
    pub level: f64,
    /// The largest.
    pub top: f64,
    /// The second largest; 0 where there is none, `None` where it was not asked for.
    pub second: Option<f64>,
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
            workspaces: [SideWorkspace::new(source_outputs), SideWorkspace::new(target_outputs)],
        }
    }

    /// Adds the samples 64 `chunk` .. of a field.
    ///
    /// # Errors
    /// [`JacobianError::Shape`], [`JacobianError::Level`], [`JacobianError::Sum`] for a chunk that came before.
    pub fn add_chunk(&mut self, chunk: usize, samples: &JacobianChunk<'_>) -> Result<(), JacobianError> {
        self.check(samples)?;
        let target = self.workspaces[1].side(samples.target(), samples.inputs(), self.options)?;
        self.take(chunk, samples, &target)
    }

    /// As [`add_chunk`](Self::add_chunk), with the target's half of the work done before; the same bits.
    ///
    /// # Errors
    /// As [`add_chunk`](Self::add_chunk), and [`JacobianError::Shape`] for a side of another chunk or attack.
    pub fn add_chunk_beside(
        &mut self,
        chunk: usize,
        samples: &JacobianChunk<'_>,
        target: &SideChunk,
    ) -> Result<(), JacobianError> {
        self.check(samples)?;
        target.check(samples.samples(), self.target_outputs, samples.inputs(), self.options)?;
        self.take(chunk, samples, target)
    }

    fn check(&self, samples: &JacobianChunk<'_>) -> Result<(), JacobianError> {
        samples.check_outputs(self.source_outputs, self.target_outputs)?;
        check_level(self.options.level, self.source_outputs.min(self.target_outputs), samples.inputs())
    }

    fn take(&mut self, chunk: usize, samples: &JacobianChunk<'_>, target: &SideChunk) -> Result<(), JacobianError> {
        let (ds, dt) = (self.source_outputs, self.target_outputs);
        let source = self.workspaces[0].side(samples.source(), samples.inputs(), self.options)?;
        let mut deviations = vec![0.0; samples.samples() * 2 * (ds + dt)];
        let mut cross = vec![0.0; ds * dt];
        let mut sums = vec![samples.samples() as f64];
        sums.resize(1 + ds * dt, 0.0);
        for (sample, ((j_source, j_target), part)) in
            samples.iter().zip(deviations.chunks_exact_mut(2 * (ds + dt))).enumerate()
        {
            cross.fill(0.0);
            add_cross(j_source, j_target, samples.inputs(), &mut cross);
            sums[1..].iter_mut().zip(&cross).for_each(|(sum, value)| *sum += value);
            let (from_source, from_target) = part.split_at_mut(ds + dt);
            let (own, other) = from_source.split_at_mut(ds);
            let attack = Direction::of(&source, sample);
            attack.write_own(own);
            attack.write_other(BuiltOn::Source, j_target, &cross, other);
            let (own, other) = from_target.split_at_mut(dt);
            let attack = Direction::of(target, sample);
            attack.write_own(own);
            attack.write_other(BuiltOn::Target, j_source, &cross, other);
        }
        sums.extend_from_slice(source.gram());
        sums.extend_from_slice(target.gram());
        self.moments.add_sums(chunk, sums)?;
        let kept = KeptChunk { deviations, source: source.spectra().to_vec(), target: target.spectra().to_vec() };
        self.chunks.insert(chunk, kept);
        Ok(())
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
        if let Some((&chunk, _)) =
            self.chunks.iter().find(|(chunk, kept)| **chunk != last && kept.source.len() != CHUNK)
        {
            return Err(SumError::Missing { chunk }.into());
        }
        let kept: Vec<KeptChunk> = self.chunks.into_values().collect();
        let count = kept.iter().map(|chunk| chunk.source.len()).sum();
        let deviations = |from: usize, size: usize| {
            let mut values = Vec::with_capacity(count * size);
            for sample in kept.iter().flat_map(|chunk| chunk.deviations.chunks_exact(2 * (ds + dt))) {
                values.extend_from_slice(&sample[from..from + size]);
            }
            Deviations::new(values, count, size)
        };
        let source: Vec<Spectrum> = kept.iter().flat_map(|chunk| &chunk.source).copied().collect();
        let target: Vec<Spectrum> = kept.iter().flat_map(|chunk| &chunk.target).copied().collect();
        Ok(FirstOrderField {
            deviations: PairNorms {
                source_under_source: deviations(0, ds)?,
                target_under_source: deviations(ds, dt)?,
                target_under_target: deviations(ds + dt, dt)?,
                source_under_target: deviations(ds + 2 * dt, ds)?,
                source_norms: source.iter().map(|spectrum| spectrum.top).collect(),
                target_norms: target.iter().map(|spectrum| spectrum.top).collect(),
            },
            source,
            target,
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
    /// (sigma_1 - sigma_2)/sigma_1; 0 on a tie, where the attack is not unique; `None` where sigma_2 was not asked for.
    #[must_use]
    pub fn relative_gap(&self) -> Option<f64> {
        self.second.map(|second| if self.top > 0.0 { (self.top - second) / self.top } else { 0.0 })
    }

    /// |J|_F²/|J|_op² (paper §6.2); `None` for a zero Jacobian.
    #[must_use]
    pub fn stable_rank(&self) -> Option<f64> {
        (self.top > 0.0).then(|| self.squared_norm / (self.top * self.top))
    }
}
