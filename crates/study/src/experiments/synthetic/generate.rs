//! Making a world from a seed: clustered points, a radial-basis teacher, and two trained networks (paper §11.1, Q12).

use rand_chacha::{
    ChaCha8Rng,
    rand_core::{Rng, SeedableRng},
};
use statrs::distribution::{ContinuousCDF, Normal};
use transferscope_theory::linear::{Matrix, product::multiply};

use super::{SigmoidNetwork, SyntheticError, SyntheticWorld, rounded_to_single, run::in_parallel, train_lbfgs};

/// Clusters of points, contiguous in the data.
pub const CLUSTERS: usize = 10;

/// What is made. The defaults are the sizes of the stored data.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GeneratedOptions {
    /// Seed of data and initial weights.
    pub seed: u64,
    /// Samples N, in ten clusters of equal size (the last one takes what is left over).
    pub samples: usize,
    /// Hidden width of the source.
    pub source_width: usize,
    /// Hidden width of the target.
    pub target_width: usize,
    /// Steps of limited-memory BFGS for each network.
    pub steps: usize,
    /// Threads; the numbers do not depend on it.
    pub threads: usize,
}

impl Default for GeneratedOptions {
    fn default() -> Self {
        Self { seed: 0, samples: 5000, source_width: 50, target_width: 100, steps: 800, threads: 1 }
    }
}

const INPUTS: usize = 50;
const OUTPUTS: usize = 10;
const CENTRES: usize = 100;

/// Streams of the generator, one per purpose.
const POINTS: u64 = 1;
const TEACHER: u64 = 2;
const TARGET_WEIGHTS: u64 = 3;
const SOURCE_WEIGHTS: u64 = 4;

/// Data as the public program makes it, and both networks trained on it (paper §12.2).
///
/// Points: ten normal clusters of unit covariance with means U(-1/2, 1/2)^50. Teacher: y = A phi(x) + b with
/// phi_k = exp(-|x - mu_k|²/s_k), 100 centres U(-1/2, 1/2)^50, s_k = 100 U(0, 1), A and b U(-1/2, 1/2); no noise. Initial
/// weights U(-1/2, 1/2), trained by [`train_lbfgs`], not by the public program's descent
/// ([`train`](super::train)), which needs 10,000 steps.
///
/// # Errors
/// [`SyntheticError::TooFewSamples`].
///
/// ```
/// use transferscope_study::experiments::synthetic::{GeneratedOptions, generate};
/// let small = GeneratedOptions { samples: 60, steps: 5, ..GeneratedOptions::default() };
/// assert_eq!(generate(&small)?, generate(&GeneratedOptions { threads: 2, ..small })?);
/// # Ok::<(), transferscope_study::experiments::synthetic::SyntheticError>(())
/// ```
pub fn generate(options: &GeneratedOptions) -> Result<SyntheticWorld, SyntheticError> {
    if options.samples < CLUSTERS {
        return Err(SyntheticError::TooFewSamples { needed: CLUSTERS, found: options.samples });
    }
    let inputs = rounded_to_single(&points(options)?, "generated inputs")?;
    let outputs = rounded_to_single(&teach(options.seed, &inputs)?, "generated outputs")?;
    let wanted = [(options.target_width, TARGET_WEIGHTS), (options.source_width, SOURCE_WEIGHTS)];
    let mut networks = in_parallel(options.threads, wanted.len(), |index| {
        let (width, purpose) = wanted[index];
        train_lbfgs(initial(options.seed, purpose, width)?, &inputs, &outputs, options.steps)
    })?
    .into_iter();
    match (networks.next(), networks.next()) {
        (Some(target), Some(source)) => SyntheticWorld::new(inputs, outputs, target, source),
        _ => Err(SyntheticError::Thread),
    }
}

fn stream(seed: u64, purpose: u64) -> ChaCha8Rng {
    let mut generator = ChaCha8Rng::seed_from_u64(seed);
    generator.set_stream(purpose);
    generator
}

/// Uniform in (0, 1), never an end: 53 bits, half a step away from zero.
fn open_uniform(generator: &mut ChaCha8Rng) -> f64 {
    ((generator.next_u64() >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
}

fn centred_uniforms(generator: &mut ChaCha8Rng, count: usize) -> Vec<f64> {
    (0..count).map(|_| open_uniform(generator) - 0.5).collect()
}

fn points(options: &GeneratedOptions) -> Result<Matrix, SyntheticError> {
    let mut generator = stream(options.seed, POINTS);
    let means = centred_uniforms(&mut generator, CLUSTERS * INPUTS);
    let normal = Normal::standard();
    let per_cluster = options.samples / CLUSTERS;
    let mut values = Vec::with_capacity(options.samples * INPUTS);
    for sample in 0..options.samples {
        let cluster = (sample / per_cluster).min(CLUSTERS - 1);
        for mean in &means[cluster * INPUTS..(cluster + 1) * INPUTS] {
            values.push(mean + normal.inverse_cdf(open_uniform(&mut generator)));
        }
    }
    Ok(Matrix::from_rows(options.samples, INPUTS, values)?)
}

fn teach(seed: u64, inputs: &Matrix) -> Result<Matrix, SyntheticError> {
    let mut generator = stream(seed, TEACHER);
    let centres = centred_uniforms(&mut generator, CENTRES * INPUTS);
    let widths: Vec<f64> = (0..CENTRES).map(|_| 100.0 * open_uniform(&mut generator)).collect();
    let mixing = Matrix::from_rows(OUTPUTS, CENTRES, centred_uniforms(&mut generator, OUTPUTS * CENTRES))?;
    let shift = centred_uniforms(&mut generator, OUTPUTS);
    let mut features = Vec::with_capacity(inputs.rows() * CENTRES);
    for sample in 0..inputs.rows() {
        for (centre, width) in centres.chunks_exact(INPUTS).zip(&widths) {
            let square: f64 = inputs.row(sample).iter().zip(centre).map(|(x, c)| (x - c) * (x - c)).sum();
            features.push((-square / width).exp());
        }
    }
    let mut outputs = vec![0.0; inputs.rows() * OUTPUTS];
    multiply(&features, mixing.transposed().as_slice(), (inputs.rows(), CENTRES, OUTPUTS), &mut outputs);
    for row in outputs.chunks_exact_mut(OUTPUTS) {
        row.iter_mut().zip(&shift).for_each(|(value, shift)| *value += shift);
    }
    Ok(Matrix::from_rows(inputs.rows(), OUTPUTS, outputs)?)
}

fn initial(seed: u64, purpose: u64, width: usize) -> Result<SigmoidNetwork, SyntheticError> {
    let mut generator = stream(seed, purpose);
    let w1 = Matrix::from_rows(width, INPUTS, centred_uniforms(&mut generator, width * INPUTS))?;
    let b1 = centred_uniforms(&mut generator, width);
    let w2 = Matrix::from_rows(OUTPUTS, width, centred_uniforms(&mut generator, OUTPUTS * width))?;
    SigmoidNetwork::new(w1, b1, w2, centred_uniforms(&mut generator, OUTPUTS))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;

    /// 400 points per cluster: means of 20,000 normal numbers lie within 0.03 of the truth (four standard errors).
    #[test]
    fn clusters_are_contiguous_and_of_unit_variance() {
        let options = GeneratedOptions { samples: 4000, ..GeneratedOptions::default() };
        let points = points(&options).unwrap();
        let cluster = |index: usize| &points.as_slice()[index * 400 * INPUTS..(index + 1) * 400 * INPUTS];
        for index in 0..CLUSTERS {
            let within: f64 = (0..INPUTS)
                .map(|j| {
                    let column: Vec<f64> = cluster(index).iter().skip(j).step_by(INPUTS).copied().collect();
                    let mean = column.iter().sum::<f64>() / 400.0;
                    column.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / 399.0
                })
                .sum::<f64>()
                / INPUTS as f64;
            assert!((within - 1.0).abs() < 0.04, "variance {within}");
        }
    }

    #[test]
    fn another_seed_is_another_world() {
        let small = GeneratedOptions { samples: 20, steps: 0, ..GeneratedOptions::default() };
        let (one, two) = (generate(&small).unwrap(), generate(&GeneratedOptions { seed: 1, ..small }).unwrap());
        assert_ne!(one.inputs(), two.inputs());
        assert_ne!(one.source(), two.source());
    }
}
