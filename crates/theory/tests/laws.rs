//! Property tests of the measures of one direction: each test says which law of the paper it restates.

use proptest::prelude::*;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use transferscope_theory::deviation::{Deviations, DirectionDeviations, OtherUnderOther, OtherUnderOwn, OwnUnderOwn};
use transferscope_theory::transferability::{
    CROSS_DEVIATION_ZERO, DirectionMeasure, DirectionReport, OWN_DEVIATION_ZERO, REFERENCE_DEVIATION_ZERO,
    ReportOptions, TransferabilityError, paired_difference,
};

const NO_RESAMPLING: ReportOptions = ReportOptions { permutations: 0, replicates: 0, seed: 0 };

type Failure = Box<dyn std::error::Error>;

#[derive(Debug, Clone)]
struct Arrays {
    own: Vec<f64>,
    seen: Vec<f64>,
    best: Vec<f64>,
    shape: (usize, usize, usize),
}

fn arrays() -> impl Strategy<Value = Arrays> {
    (4_usize..12, 1_usize..4, 1_usize..4).prop_flat_map(|(samples, ds, dt)| {
        // Away from zero, so that no sample is excluded.
        let entry = prop_oneof![0.1..2.0_f64, -2.0..-0.1_f64];
        (
            prop::collection::vec(entry.clone(), samples * ds),
            prop::collection::vec(entry.clone(), samples * dt),
            prop::collection::vec(entry, samples * dt),
        )
            .prop_map(move |(own, seen, best)| Arrays { own, seen, best, shape: (samples, ds, dt) })
    })
}

fn report(arrays: &Arrays) -> Result<DirectionReport, Failure> {
    let (samples, ds, dt) = arrays.shape;
    let own = Deviations::new(arrays.own.clone(), samples, ds)?;
    let seen = Deviations::new(arrays.seen.clone(), samples, dt)?;
    let best = Deviations::new(arrays.best.clone(), samples, dt)?;
    let direction = DirectionDeviations::new(OwnUnderOwn(&own), OtherUnderOwn(&seen), OtherUnderOther(&best))?;
    Ok(DirectionReport::new(&direction, &NO_RESAMPLING)?)
}

fn checked(arrays: &Arrays) -> Result<DirectionReport, TestCaseError> {
    report(arrays).map_err(|error| TestCaseError::fail(error.to_string()))
}

fn alpha2(report: &DirectionReport) -> Result<&DirectionMeasure, TestCaseError> {
    report.alpha2.as_ref().ok_or_else(|| TestCaseError::fail("alpha2 exists"))
}

fn without(arrays: &Arrays, left_out: usize) -> Arrays {
    let (samples, ds, dt) = arrays.shape;
    let drop = |values: &[f64], size: usize| {
        values
            .chunks_exact(size)
            .enumerate()
            .filter(|(sample, _)| *sample != left_out)
            .flat_map(|(_, row)| row.to_vec())
            .collect()
    };
    Arrays {
        own: drop(&arrays.own, ds),
        seen: drop(&arrays.seen, dt),
        best: drop(&arrays.best, dt),
        shape: (samples - 1, ds, dt),
    }
}

/// Rounding of sums of a dozen products of unit entries.
const ROUNDING: f64 = 1e-12;

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    /// P5 (§6.4): 0 <= alpha2 <= 1, alpha2(f -> f) >= 1/sqrt(d), |C - mean(alpha1) alpha2| <= sd(alpha1) sqrt(1 - alpha2²).
    #[test]
    fn alpha2_and_combined_stay_in_their_bounds(arrays in arrays()) {
        let found = checked(&arrays)?;
        let two = alpha2(&found)?;
        prop_assert!((0.0..=1.0 + ROUNDING).contains(&two.norm.value()));
        let ceiling = two.references.itself.unwrap_or(0.0);
        prop_assert!(ceiling >= 1.0 / (arrays.shape.1 as f64).sqrt() - ROUNDING);
        let ratios: Vec<f64> = found.per_image.alpha1.iter().flatten().copied().collect();
        let mean = found.alpha1.mean.value();
        let variance = ratios.iter().map(|r| (r - mean).powi(2)).sum::<f64>() / ratios.len() as f64;
        let slack = variance.sqrt() * (1.0 - two.squared).max(0.0).sqrt() + 1e-7;
        prop_assert!((found.combined.norm.value() - mean * two.norm.value()).abs() <= slack);
        prop_assert!(found.combined.norm.value() <= mean + ROUNDING);
        for normalised in [two.normalised, found.combined.normalised].into_iter().flatten() {
            prop_assert!((0.0..=1.0).contains(&normalised));
        }
        for envelope in found.per_image.envelope.iter().flatten() {
            prop_assert!((0.0..=1.0).contains(envelope));
        }
    }

    /// P6, P7 (§6.7, §6.8): sign flips of an attack, rotations and scalings of an output space change nothing.
    #[test]
    fn flips_rotations_and_scalings_change_nothing(arrays in arrays(), angle in 0.0..6.3_f64, scale in 0.1..9.0_f64) {
        let found = checked(&arrays)?;
        let (_, ds, dt) = arrays.shape;
        let mut moved = arrays.clone();
        for (sample, (a, b)) in moved.own.chunks_exact_mut(ds).zip(moved.seen.chunks_exact_mut(dt)).enumerate() {
            if sample % 2 == 1 {
                a.iter_mut().chain(b).for_each(|value| *value = -*value);
            }
        }
        // A rotation in the first two outputs and a factor, of both deviations of the evaluated network.
        for values in [&mut moved.seen, &mut moved.best] {
            for row in values.chunks_exact_mut(dt) {
                if dt > 1 {
                    let (x, y) = (row[0], row[1]);
                    row[0] = angle.cos() * x - angle.sin() * y;
                    row[1] = angle.sin() * x + angle.cos() * y;
                }
                row.iter_mut().for_each(|value| *value *= scale);
            }
        }
        let again = checked(&moved)?;
        prop_assert!((again.alpha1.mean.value() - found.alpha1.mean.value()).abs() < 1e-11);
        prop_assert!((alpha2(&again)?.squared - alpha2(&found)?.squared).abs() < ROUNDING);
        prop_assert!((again.combined.norm.value() - found.combined.norm.value()).abs() < 1e-11);
    }

    /// P8 (§7.2, §7.4): U is the mean of <a_i,a_j><b_i,b_j> over i != j, and its pseudo-values are N U - (N-1) U without i.
    #[test]
    fn unbiased_square_and_jackknife_are_their_definitions(arrays in arrays()) {
        let found = checked(&arrays)?;
        let (samples, ds, dt) = arrays.shape;
        let unit = |values: &[f64], size: usize, i: usize| -> Vec<f64> {
            let row = &values[i * size..(i + 1) * size];
            let norm = row.iter().map(|v| v * v).sum::<f64>().sqrt();
            row.iter().map(|v| v / norm).collect()
        };
        let inner = |x: &[f64], y: &[f64]| x.iter().zip(y).map(|(a, b)| a * b).sum::<f64>();
        let mut sum = 0.0;
        for i in 0..samples {
            for j in 0..samples {
                if i != j {
                    sum += inner(&unit(&arrays.own, ds, i), &unit(&arrays.own, ds, j))
                        * inner(&unit(&arrays.seen, dt, i), &unit(&arrays.seen, dt, j));
                }
            }
        }
        let whole = alpha2(&found)?.unbiased_squared.unwrap_or(f64::NAN);
        prop_assert!((whole - sum / (samples * (samples - 1)) as f64).abs() < ROUNDING);
        let count = samples as f64;
        for image in 0..samples {
            let part = checked(&without(&arrays, image))?;
            for (pseudo, whole, part) in [
                (&found.per_image.alpha2_squared, whole, alpha2(&part)?.unbiased_squared),
                (&found.per_image.combined_squared, found.combined.unbiased_squared.unwrap_or(f64::NAN), part.combined.unbiased_squared),
            ] {
                let expected = count * whole - (count - 1.0) * part.unwrap_or(f64::NAN);
                let value = pseudo[image].unwrap_or(f64::NAN);
                // Ratios reach 60, so combined squares reach thousands.
                prop_assert!((value - expected).abs() < 1e-10 * (1.0 + expected.abs() + count * whole.abs()));
            }
        }
    }

    /// A result against itself: every paired difference is exactly zero, with no error.
    #[test]
    fn a_result_does_not_differ_from_itself(arrays in arrays()) {
        let found = checked(&arrays)?;
        let numbers: Vec<u64> = (0..arrays.shape.0 as u64).collect();
        let difference = paired_difference(&found.per_image, &numbers, &found.per_image, &numbers)
            .map_err(|error| TestCaseError::fail(error.to_string()))?;
        prop_assert_eq!(difference.alpha1.value(), 0.0);
        prop_assert_eq!(difference.alpha1.std_error(), Some(0.0));
    }
}

/// P17 (§6.5): each kind of degenerate sample is treated by its own rule and counted under its own reason.
#[test]
fn degenerate_samples_are_counted_by_reason() -> Result<(), Failure> {
    let arrays = Arrays {
        //        ok   own zero  reference zero  cross zero
        own: vec![1.0, 0.0, 1.0, 1.0],
        seen: vec![1.0, 1.0, 1.0, 0.0],
        best: vec![2.0, 1.0, 0.0, 1.0],
        shape: (4, 1, 1),
    };
    let found = report(&arrays)?;
    for reason in [OWN_DEVIATION_ZERO, REFERENCE_DEVIATION_ZERO, CROSS_DEVIATION_ZERO] {
        assert_eq!(found.excluded.of(reason), 1, "{reason}");
    }
    // Ratios 1/2 and 0; alpha2 from the first sample alone; combined |(1/2 + 0)/2|.
    assert_eq!(found.alpha1.mean.value(), 0.25);
    assert_eq!(found.alpha2.as_ref().map(|alpha2| alpha2.norm.value()), Some(1.0));
    assert_eq!(found.combined.norm.value(), 0.25);
    let nothing = Arrays { own: vec![0.0; 2], seen: vec![1.0; 2], best: vec![1.0; 2], shape: (2, 1, 1) };
    let refused = report(&nothing).err().and_then(|error| error.downcast::<TransferabilityError>().ok());
    assert!(matches!(refused.as_deref(), Some(TransferabilityError::NothingLeft { images: 2, .. })));
    Ok(())
}

/// §7.3: with several restarts U leaves out the pairs within an image, and equal restarts change nothing.
#[test]
fn equal_restarts_change_nothing() -> Result<(), Failure> {
    let own = Deviations::new(vec![1.0, 0.5, -1.0, 2.0, 0.3, 0.4, 1.0, 1.0], 4, 2)?;
    let seen = Deviations::new(vec![0.5, 1.5, -1.0, 0.1], 4, 1)?;
    let twice = |d: &Deviations| -> Result<Deviations, Failure> {
        let values = (0..4).flat_map(|i| [d.sample(i), d.sample(i)].concat()).collect();
        Ok(Deviations::new(values, 8, d.outputs())?)
    };
    let (own2, seen2) = (twice(&own)?, twice(&seen)?);
    let norms = vec![1.0, 2.0, 3.0, 4.0];
    let norms2 = norms.iter().flat_map(|&norm| [norm, norm]).collect();
    let once = DirectionDeviations::from_norms(&own, &seen, norms)?;
    let doubled = DirectionDeviations::from_norms(&own2, &seen2, norms2)?.with_restarts(2)?;
    let (one, two) = (DirectionReport::new(&once, &NO_RESAMPLING)?, DirectionReport::new(&doubled, &NO_RESAMPLING)?);
    let unbiased = |report: &DirectionReport| report.combined.unbiased_squared.unwrap_or(f64::NAN);
    assert!((unbiased(&one) - unbiased(&two)).abs() < 1e-14);
    assert!((one.combined.centred - two.combined.centred).abs() < 1e-14);
    assert_eq!(one.alpha1.mean.value(), two.alpha1.mean.value());
    Ok(())
}

/// The same seed gives the same report, another seed another permutation null: the seed is used and nothing else is.
#[test]
fn the_seed_decides_every_draw() -> Result<(), Failure> {
    let values: Vec<f64> = (0..40).map(|i| f64::from(i * i % 17) - 7.5).collect();
    let own = Deviations::new(values.clone(), 20, 2)?;
    let seen = Deviations::new(values.iter().map(|v| (v * 1.3).sin()).collect(), 20, 2)?;
    let run = |seed| -> Result<DirectionReport, Failure> {
        let direction = DirectionDeviations::from_norms(&own, &seen, vec![2.0; 20])?;
        Ok(DirectionReport::new(&direction, &ReportOptions { permutations: 99, replicates: 99, seed })?)
    };
    assert_eq!(run(1)?, run(1)?);
    assert_ne!(run(1)?.combined.permuted, run(2)?.combined.permuted);
    Ok(())
}

/// P9 (§7.1, §7.2) by Monte Carlo: E alpha2_hat² = alpha2² + (1 - alpha2²)/N, and U has no bias.
///
/// Images of two classes, each equally likely; a = e_class, b = ±e_class with the plus sign at three of four. Then
/// E a bᵀ = diag(1/4, 1/4) and alpha2² = 1/8. The mean of 4,000 draws of 12 images has an error of about 0.0016; four of
/// them are allowed, while the bias that the law speaks of is 0.073.
#[test]
fn the_plug_in_square_is_biased_as_the_law_says() -> Result<(), Failure> {
    let (images, draws) = (12, 4_000);
    let mut random = ChaCha8Rng::seed_from_u64(9);
    let mut sums = [0.0; 4];
    for _ in 0..draws {
        let (mut own, mut seen) = (Vec::new(), Vec::new());
        for _ in 0..images {
            let bits = random.next_u64();
            let (class, sign) = (bits & 1, if (bits >> 1) & 3 == 0 { -1.0 } else { 1.0 });
            let one_hot = if class == 0 { [1.0, 0.0] } else { [0.0, 1.0] };
            own.extend(one_hot);
            seen.extend(one_hot.map(|entry| sign * entry));
        }
        let (own, seen) = (Deviations::new(own, images, 2)?, Deviations::new(seen, images, 2)?);
        let found =
            DirectionReport::new(&DirectionDeviations::from_norms(&own, &seen, vec![1.0; images])?, &NO_RESAMPLING)?;
        let measure = found.alpha2.ok_or("no deviation is zero")?;
        let unbiased = measure.unbiased_squared.ok_or("there are twelve images")?;
        let terms = [measure.squared, measure.squared.powi(2), unbiased, unbiased.powi(2)];
        sums.iter_mut().zip(terms).for_each(|(sum, term)| *sum += term);
    }
    let count = f64::from(draws);
    for (expected, [sum, squares]) in [(0.125 + 0.875 / 12.0, [sums[0], sums[1]]), (0.125, [sums[2], sums[3]])] {
        let mean = sum / count;
        let error = ((squares / count - mean * mean) / count).sqrt();
        assert!((mean - expected).abs() < 4.0 * error, "{mean} ± {error} against {expected}");
        assert!(error < 0.01, "the law is tested to a tenth of its bias: {error}");
    }
    Ok(())
}
