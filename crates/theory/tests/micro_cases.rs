//! The micro-cases E1–E7 and E9 with closed answers (paper §13.4), to 1e-10.

use transferscope_theory::deviation::{Deviations, DirectionDeviations, OtherUnderOther, OtherUnderOwn, OwnUnderOwn};
use transferscope_theory::jacobian::{
    FirstOrderAccumulator, FirstOrderOptions, FirstOrderReport, JacobianChunk, Route,
};
use transferscope_theory::transferability::{DirectionReport, ReportOptions};

type Outcome = Result<(), Box<dyn std::error::Error>>;

const NO_RESAMPLING: ReportOptions = ReportOptions { permutations: 0, replicates: 0, seed: 0 };

/// Closed answers are hit to rounding; the paper's table prints twelve digits.
fn close(found: f64, expected: f64) {
    assert!((found - expected).abs() < 1e-10, "found {found}, expected {expected}");
}

fn squared(report: &DirectionReport) -> f64 {
    report.alpha2.as_ref().map_or(f64::NAN, |alpha2| alpha2.squared)
}

fn report(
    source: &[&[f64]],
    target: &[&[f64]],
    shape: (usize, usize, usize),
    level: usize,
    route: Route,
) -> Result<FirstOrderReport, Box<dyn std::error::Error>> {
    let (ds, dt, n) = shape;
    let options = FirstOrderOptions { level, route, relative_gap: true };
    let mut field = FirstOrderAccumulator::new(ds, dt, options);
    let (source, target) = (source.concat(), target.concat());
    field.add_chunk(0, &JacobianChunk::new(&source, &target, ds, dt, n)?)?;
    Ok(field.finish()?.report(n, &NO_RESAMPLING)?)
}

const ROUTES: [Route; 2] = [Route::Gram, Route::Svd];

#[test]
fn e1_axes_swapped() -> Outcome {
    for route in ROUTES {
        let (s, t): (&[f64], &[f64]) = (&[1.0, 0.0, 0.0, 2.0], &[2.0, 0.0, 0.0, 1.0]);
        let top = report(&[s, s], &[t, t], (2, 2, 2), 0, route)?;
        for direction in [&top.s_to_t, &top.t_to_s] {
            close(direction.alpha1.mean.value(), 0.5);
            close(squared(direction), 1.0);
            close(direction.combined.norm.value(), 0.5);
        }
        let second = report(&[s, s], &[t, t], (2, 2, 2), 1, route)?;
        close(second.s_to_t.alpha1.mean.value(), 1.0);
        close(squared(&second.s_to_t), 1.0);
    }
    Ok(())
}

#[test]
fn e2_scalar_angle() -> Outcome {
    let angle: f64 = 2.1;
    let s: &[f64] = &[angle.cos(), angle.sin()];
    let found = report(&[s], &[&[1.0, 0.0]], (1, 1, 2), 0, Route::Gram)?;
    for direction in [&found.s_to_t, &found.t_to_s] {
        close(direction.alpha1.mean.value(), angle.cos().abs());
        close(squared(direction), 1.0);
        close(direction.combined.norm.value(), angle.cos().abs());
    }
    close(found.tau1.map_or(f64::NAN, |tau| tau.value()), angle.cos().powi(2));
    Ok(())
}

#[test]
fn e3_random_sign() -> Outcome {
    let (t, plus, minus): (&[f64], &[f64], &[f64]) = (&[1.0, 2.0], &[1.0, 2.0], &[-1.0, -2.0]);
    let found = report(&[plus, minus], &[t, t], (1, 1, 2), 0, Route::Gram)?;
    for direction in [&found.s_to_t, &found.t_to_s] {
        close(direction.alpha1.mean.value(), 1.0);
        close(squared(direction), 0.0);
        close(direction.combined.norm.value(), 0.0);
    }
    Ok(())
}

#[test]
fn e4_turning_output_direction() -> Outcome {
    let turns: Vec<Vec<f64>> = (0..5)
        .map(|k| {
            let angle = 2.0 * std::f64::consts::PI * f64::from(k) / 5.0;
            vec![angle.cos(), 0.0, angle.sin(), 0.0]
        })
        .collect();
    let turning: Vec<&[f64]> = turns.iter().map(Vec::as_slice).collect();
    let fixed: Vec<&[f64]> = vec![&[0.6, 0.0, 0.8, 0.0]; 5];
    let found = report(&fixed, &turning, (2, 2, 2), 0, Route::Gram)?;
    close(found.s_to_t.alpha1.mean.value(), 1.0);
    close(squared(&found.s_to_t), 0.0);
    let same = report(&turning, &turning, (2, 2, 2), 0, Route::Gram)?;
    close(squared(&same.s_to_t), 0.5);
    let normalised = same.s_to_t.alpha2.and_then(|alpha2| alpha2.normalised);
    close(normalised.unwrap_or(f64::NAN), 1.0);
    Ok(())
}

#[test]
fn e5_one_sample() -> Outcome {
    let found = report(&[&[1.0, 2.0]], &[&[2.0, 0.5]], (1, 1, 2), 0, Route::Gram)?;
    let alpha2 = found.s_to_t.alpha2.ok_or("alpha2 exists")?;
    close(alpha2.squared, 1.0);
    close(found.s_to_t.combined.norm.value(), found.s_to_t.alpha1.mean.value());
    assert_eq!(alpha2.unbiased_squared, None);
    Ok(())
}

/// All 2^4 sign patterns are equally likely: the averages over them are exact.
#[test]
fn e6_independent_signs() -> Outcome {
    let samples = 4_u32;
    let (mut plug_in, mut unbiased) = (0.0, 0.0);
    for pattern in 0..2_u32.pow(samples) {
        let seen = (0..samples).map(|bit| if pattern >> bit & 1 == 1 { 1.0 } else { -1.0 }).collect();
        let own = Deviations::new(vec![1.0; 4], 4, 1)?;
        let seen = Deviations::new(seen, 4, 1)?;
        let direction = DirectionDeviations::new(OwnUnderOwn(&own), OtherUnderOwn(&seen), OtherUnderOther(&own))?;
        let alpha2 = DirectionReport::new(&direction, &NO_RESAMPLING)?.alpha2.ok_or("alpha2 exists")?;
        plug_in += alpha2.squared / 16.0;
        unbiased += alpha2.unbiased_squared.ok_or("four samples")? / 16.0;
    }
    close(plug_in, 0.25);
    close(unbiased, 0.0);
    Ok(())
}

#[test]
fn e7_three_integer_samples() -> Outcome {
    let target: [&[f64]; 3] =
        [&[2.0, 0.0, 0.0, 0.0, 1.0, 0.0], &[1.0, 1.0, 0.0, 0.0, 0.0, 1.0], &[0.0, 3.0, 0.0, 1.0, 0.0, 1.0]];
    let source: [&[f64]; 3] =
        [&[1.0, 0.0, 1.0, 0.0, 2.0, 0.0], &[2.0, 0.0, 0.0, 1.0, 1.0, 1.0], &[0.0, 1.0, 0.0, 2.0, 0.0, 1.0]];
    for route in ROUTES {
        let found = report(&source, &target, (2, 2, 3), 0, route)?;
        let check = |direction: &DirectionReport, ratios: [f64; 3], values: [f64; 5]| {
            for (ratio, expected) in direction.per_image.alpha1.iter().zip(ratios) {
                close(ratio.unwrap_or(f64::NAN), expected);
            }
            let [mean, square, unbiased, combined, combined_unbiased] = values;
            close(direction.alpha1.mean.value(), mean);
            close(squared(direction), square);
            let alpha2 = direction.alpha2.as_ref().and_then(|alpha2| alpha2.unbiased_squared);
            close(alpha2.unwrap_or(f64::NAN), unbiased);
            close(direction.combined.norm.value(), combined);
            close(direction.combined.unbiased_squared.unwrap_or(f64::NAN), combined_unbiased);
        };
        check(
            &found.s_to_t,
            [0.5, 0.861705068475, 0.447213595500],
            [0.602972887992, 0.614125932636, 0.421188898954, 0.453979600865, 0.110390279497],
        );
        check(
            &found.t_to_s,
            [0.5, 0.848070512160, 0.447213595500],
            [0.598428035887, 0.869825236083, 0.804737854124, 0.553020040438, 0.263876148757],
        );
        let second = report(&source, &target, (2, 2, 3), 1, route)?.s_to_t;
        for (ratio, expected) in
            second.per_image.alpha1.iter().zip([std::f64::consts::FRAC_1_SQRT_2, 0.507409474649, 1.0])
        {
            close(ratio.unwrap_or(f64::NAN), expected);
        }
        close(squared(&second).sqrt(), 0.667627037641);
        close(second.combined.norm.value(), 0.552124352677);
    }
    Ok(())
}

/// l_inf attack on scalar networks: delta = sign(grad f_S), alpha1 = |<g_T, sign g_S>| / |g_T|_1 (paper §6.10).
#[test]
fn e9_sign_attack_on_scalar_networks() -> Outcome {
    let (source, target) = ([1.0, -2.0, 0.5], [0.5, 1.0, -3.0]);
    let moved = |gradient: &[f64; 3], by: &[f64; 3]| -> Result<Deviations, Box<dyn std::error::Error>> {
        let sum = gradient.iter().zip(by).map(|(g, s): (&f64, &f64)| g * s.signum()).sum();
        Ok(Deviations::new(vec![sum], 1, 1)?)
    };
    let (own, seen, best) = (moved(&source, &source)?, moved(&target, &source)?, moved(&target, &target)?);
    let direction = DirectionDeviations::new(OwnUnderOwn(&own), OtherUnderOwn(&seen), OtherUnderOther(&best))?;
    let found = DirectionReport::new(&direction, &NO_RESAMPLING)?;
    // (0.5 - 1 - 3) / (0.5 + 1 + 3)
    close(found.alpha1.mean.value(), 3.5 / 4.5);
    Ok(())
}
