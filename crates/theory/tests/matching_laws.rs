//! Laws of the matching distances and of the bounds between them: P1, P2, P3, P15, P18, P19 and E1 to E4, E7, E8.
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use MatchingDirection::{SourceGivenTarget, TargetGivenSource};
use proptest::prelude::*;
use transferscope_theory::bounds::{
    FunctionToGradient, GradientToFunction, function_to_gradient_bound, gradient_to_function_bound, poincare_bound,
};
use transferscope_theory::jacobian::JacobianMoments;
use transferscope_theory::linear::{Matrix, PositiveSemidefinite, thin_svd};
use transferscope_theory::matching::{
    Matching, MatchingDirection, MatchingError, OutputMomentSums, function_matching, function_matching_held_out,
    gradient_matching, gradient_matching_held_out, linear_function_matching,
};

/// Means of the three products, straight from the definition (paper §3.3).
fn moments(source: &[Matrix], target: &[Matrix]) -> JacobianMoments {
    let mean = |left: &[Matrix], right: &[Matrix]| {
        let mut sum = Matrix::zeros(left[0].rows(), right[0].rows());
        for (l, r) in left.iter().zip(right) {
            let share = 1.0 / left.len() as f64;
            sum = sum.plus_scaled(share, &l.multiply_transposed(r).unwrap()).unwrap();
        }
        sum
    };
    JacobianMoments {
        samples: source.len(),
        cross: mean(source, target),
        source: mean(source, source),
        target: mean(target, target),
    }
}

fn gmd(source: &[Matrix], target: &[Matrix], direction: MatchingDirection) -> Matching {
    gradient_matching(&moments(source, target), direction, None).unwrap()
}

fn rows(rows: usize, columns: usize, values: &[f64]) -> Matrix {
    Matrix::from_rows(rows, columns, values.to_vec()).unwrap()
}

fn close(left: f64, right: f64, tolerance: f64) {
    assert!((left - right).abs() <= tolerance * right.abs().max(1.0), "{left} against {right}");
}

#[test]
fn e1_swapped_axes_match_perfectly() {
    let (target, source) = ([Matrix::diagonal(&[2.0, 1.0])], [Matrix::diagonal(&[1.0, 2.0])]);
    for direction in [TargetGivenSource, SourceGivenTarget] {
        let matching = gmd(&source, &target, direction);
        close(matching.squared, 0.0, 1e-10);
        close(matching.r2.unwrap(), 1.0, 1e-10);
    }
}

#[test]
fn e2_two_scalar_networks_at_an_angle() {
    let angle = 0.7_f64;
    let matching = gmd(&[rows(1, 2, &[angle.cos(), angle.sin()])], &[rows(1, 2, &[1.0, 0.0])], TargetGivenSource);
    close(matching.squared, angle.sin().powi(2), 1e-10);
}

#[test]
fn e3_opposite_signs_cancel() {
    let target = [rows(1, 2, &[1.0, 2.0]), rows(1, 2, &[0.5, -1.0])];
    let source = [target[0].clone(), target[1].scaled(-1.0)];
    let both = [target[0].clone(), target[0].clone(), target[1].clone(), target[1].clone()];
    let signs = [source[0].clone(), source[0].scaled(-1.0), target[1].clone(), source[1].clone()];
    close(gmd(&signs, &both, TargetGivenSource).r2.unwrap(), 0.0, 1e-10);
}

#[test]
fn e4_a_turning_output_direction() {
    let turning: Vec<Matrix> = (0..5)
        .map(|k| {
            let phase = f64::from(k) * 2.0 * std::f64::consts::PI / 5.0;
            rows(2, 2, &[phase.cos(), 0.0, phase.sin(), 0.0])
        })
        .collect();
    let fixed = vec![rows(2, 2, &[0.6, 0.0, 0.8, 0.0]); 5];
    close(gmd(&fixed, &turning, TargetGivenSource).squared, 1.0, 1e-10);
    close(gmd(&fixed, &turning, SourceGivenTarget).squared, 1.0, 1e-10);
    close(gmd(&turning, &turning, TargetGivenSource).squared, 0.0, 1e-10);
}

#[test]
fn e7_three_samples_of_integers() {
    let target = [
        rows(2, 3, &[2.0, 0.0, 0.0, 0.0, 1.0, 0.0]),
        rows(2, 3, &[1.0, 1.0, 0.0, 0.0, 0.0, 1.0]),
        rows(2, 3, &[0.0, 3.0, 0.0, 1.0, 0.0, 1.0]),
    ];
    let source = [
        rows(2, 3, &[1.0, 0.0, 1.0, 0.0, 2.0, 0.0]),
        rows(2, 3, &[2.0, 0.0, 0.0, 1.0, 1.0, 1.0]),
        rows(2, 3, &[0.0, 1.0, 0.0, 2.0, 0.0, 1.0]),
    ];
    let forward = gmd(&source, &target, TargetGivenSource);
    close(forward.squared, 2.95, 1e-10);
    close(forward.r2.unwrap(), 203.0 / 380.0, 1e-10);
    for (found, expected) in forward.map.matrix.as_slice().iter().zip([1.0, 0.0, -0.15, 0.525]) {
        close(*found, expected, 1e-10);
    }
    let backward = gmd(&source, &target, SourceGivenTarget);
    close(backward.squared, 97.0 / 45.0, 1e-10);
    close(backward.r2.unwrap(), 188.0 / 285.0, 1e-10);
}

/// E8 and the tight case of 4.4: affine networks, inputs with exactly isotropic covariance s².
#[test]
fn e8_affine_networks_and_isotropic_inputs_make_the_poincare_bound_an_equality() {
    let scale = 1.5_f64;
    // ±√3·s along each of three axes: mean zero, covariance s² on the diagonal.
    let inputs: Vec<Vec<f64>> = (0..6)
        .map(|k| {
            (0..3)
                .map(|j| if k / 2 == j { scale * 3_f64.sqrt() * if k % 2 == 0 { 1.0 } else { -1.0 } } else { 0.0 })
                .collect()
        })
        .collect();
    let source = rows(2, 3, &[1.0, 0.3, -0.2, 0.5, -1.0, 0.4]);
    let target = rows(2, 3, &[0.7, 0.1, 1.0, -0.4, 0.2, 0.9]);
    let outputs = |jacobian: &Matrix, offset: f64| Matrix::from_fn(6, 2, |i, j| jacobian.apply(&inputs[i])[j] + offset);
    let sums = OutputMomentSums::over(&outputs(&target, 3.0), &outputs(&source, -1.0)).unwrap();
    let function = function_matching(&sums.finish().unwrap(), None).unwrap();
    let gradient = gmd(std::slice::from_ref(&source), std::slice::from_ref(&target), TargetGivenSource);
    assert!(gradient.squared > 0.1);
    let bound = poincare_bound(&function, &gradient, scale * scale, false);
    close(bound.left, bound.right, 1e-10);
    assert!(bound.holds);
}

/// P15 for 4.2 and 4.3 with a tanh network whose constants are known.
#[test]
fn p15_gradient_and_function_bounds_hold() {
    let points: Vec<[f64; 2]> = (0..60).map(|k| [(f64::from(k) * 1.3).sin(), (f64::from(k) * 2.1).cos()]).collect();
    let (weight, source_weight) = ([1.2, -0.7], [0.4, 0.9]);
    let dot = |w: [f64; 2], x: [f64; 2]| w[0] * x[0] + w[1] * x[1];
    let slope = |x: [f64; 2]| 1.0 - dot(weight, x).tanh().powi(2);
    let target: Vec<Matrix> =
        points.iter().map(|x| rows(1, 2, &[slope(*x) * weight[0], slope(*x) * weight[1]])).collect();
    let source = vec![rows(1, 2, &source_weight); 60];
    let gradient = gmd(&source, &target, TargetGivenSource);
    let outputs = |f: &dyn Fn([f64; 2]) -> f64| Matrix::from_fn(60, 1, |i, _| f(points[i]));
    let f_target = |x: [f64; 2]| dot(weight, x).tanh();
    let f_source = |x: [f64; 2]| dot(source_weight, x);
    let sums = OutputMomentSums::over(&outputs(&f_target), &outputs(&f_source)).unwrap();
    let function = function_matching(&sums.finish().unwrap(), None).unwrap();
    // |tanh''| <= 4/(3√3), and the affine source adds nothing.
    let lipschitz = 4.0 / (3.0 * 3_f64.sqrt()) * (weight[0] * weight[0] + weight[1] * weight[1]);
    let radius = points.iter().map(|x| x[0].hypot(x[1])).fold(0.0, f64::max);
    let bound = gradient_to_function_bound(&GradientToFunction {
        function_squared: function.squared,
        shifted_jacobian_squared: gradient.squared,
        radius,
        lipschitz,
        tau: 0.0,
        lipschitz_proven: true,
    });
    assert!(bound.holds && bound.left > 0.0, "{bound:?}");
    let residual = |x: [f64; 2]| f_target(x) - function.map.apply(&[f_source(x)])[0];
    for tau in [0.1, 0.5, 1.0, 2.0] {
        let shifted: f64 = points
            .iter()
            .map(|&[a, b]| {
                0.5 * residual([a, b]).powi(2)
                    + 0.25 * (residual([a + tau, b]).powi(2) + residual([a, b + tau]).powi(2))
            })
            .sum::<f64>()
            / 60.0;
        let bound = function_to_gradient_bound(&FunctionToGradient {
            gradient_squared: gradient.squared,
            shifted_residual_squared: shifted,
            inputs: 2,
            lipschitz,
            tau,
            lipschitz_proven: true,
        });
        assert!(bound.holds && bound.left > 0.0, "{tau}: {bound:?}");
    }
}

#[test]
fn held_out_on_the_same_samples_is_in_sample_and_bad_weights_are_refused() {
    let star = Matrix::from_fn(30, 2, |i, j| ((i * 3 + j) as f64).sin() + 2.0);
    let diamond = Matrix::from_fn(30, 3, |i, j| ((i * 2 + 5 * j) as f64).cos());
    let both = OutputMomentSums::over(&star, &diamond).unwrap().finish().unwrap();
    let fitted = function_matching(&both, None).unwrap();
    let again = function_matching_held_out(&both, &both, None).unwrap();
    close(again.squared, fitted.squared, 1e-12);
    assert!(linear_function_matching(&both, None).unwrap().squared >= fitted.squared);
    let wrong = PositiveSemidefinite::identity(3).unwrap();
    assert!(matches!(function_matching(&both, Some(&wrong)), Err(MatchingError::Linear(_))));
    assert!(PositiveSemidefinite::new(&Matrix::diagonal(&[1.0, -1.0])).is_err());
    let fields = moments(&[rows(1, 2, &[1.0, 2.0])], &[rows(1, 2, &[0.5, 1.0])]);
    let held = gradient_matching_held_out(&fields, &fields, TargetGivenSource, None).unwrap();
    close(held.squared, 0.0, 1e-12);
}

fn fields(outputs: usize) -> impl Strategy<Value = Vec<Matrix>> {
    prop::collection::vec(prop::collection::vec(-2.0..2.0_f64, outputs * 4), 6)
        .prop_map(move |all| all.iter().map(|values| rows(outputs, 4, values)).collect())
}

fn weight(size: usize) -> impl Strategy<Value = PositiveSemidefinite> {
    prop::collection::vec(-1.0..1.0_f64, size * size)
        .prop_map(move |values| PositiveSemidefinite::from_transfer_map(&rows(size, size, &values)).unwrap())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 48, ..ProptestConfig::default() })]

    /// P1: E over pairs of v(x1)ᵀ A2(x1, x2) v(x2), attack by attack, is the explained part (paper §3.5).
    #[test]
    fn p1_attacks_of_all_levels_explain_the_match(source in fields(2), target in fields(3), h in weight(3)) {
        let all = moments(&source, &target);
        let matching = gradient_matching(&all, TargetGivenSource, Some(&h)).unwrap();
        let inverse = PositiveSemidefinite::new(&all.source).unwrap().pseudo_inverse();
        let root = h.square_root();
        // Δ_{T→T} and Δ_{T→S} of every level, built on T with the H-weighted singular vectors.
        let deviations: Vec<Vec<(Vec<f64>, Vec<f64>)>> = source.iter().zip(&target).map(|(s, t)| {
            let svd = thin_svd(&root.multiply(t).unwrap()).unwrap();
            (0..svd.values.len()).map(|i| {
                let attack = svd.right.row(i);
                (t.apply(attack), s.apply(attack))
            }).collect()
        }).collect();
        let form = |matrix: &Matrix, a: &[f64], b: &[f64]| -> f64 {
            matrix.apply(b).iter().zip(a).map(|(x, y)| x * y).sum()
        };
        let mut sum = 0.0;
        for first in deviations.iter().flatten() {
            for second in deviations.iter().flatten() {
                // v_i v_j A2_ij: the norms in v cancel the hats in A2.
                sum += form(h.matrix(), &first.0, &second.0) * form(&inverse, &first.1, &second.1);
            }
        }
        let samples = source.len() as f64;
        prop_assert!((sum / (samples * samples) - matching.explained).abs() < 1e-10 * matching.total.max(1.0));
    }

    /// P2: no other map does better, under any weight; P3: the parts add up.
    #[test]
    fn p2_p3_the_optimal_map_and_its_parts(
        source in fields(2), target in fields(3), h in weight(3),
        step in prop::collection::vec(-0.5..0.5_f64, 6),
    ) {
        let all = moments(&source, &target);
        let matching = gradient_matching(&all, TargetGivenSource, Some(&h)).unwrap();
        let r2 = matching.r2.unwrap();
        prop_assert!((0.0..=1.0).contains(&r2));
        prop_assert!((matching.squared + matching.explained - matching.total).abs() < 1e-10 * matching.total.max(1.0));
        let other = matching.map.matrix.plus_scaled(1.0, &rows(3, 2, &step)).unwrap();
        let left: f64 = source.iter().zip(&target).map(|(s, t)| {
            let residual = t.plus_scaled(-1.0, &other.multiply(s).unwrap()).unwrap();
            h.square_root().multiply(&residual).unwrap().squared_norm()
        }).sum::<f64>() / source.len() as f64;
        prop_assert!(left >= matching.squared - 1e-9 * matching.total.max(1.0));
    }

    /// P18: a repeated output of diamond changes nothing; P19: nor does an invertible map of it.
    #[test]
    fn p18_p19_redundant_and_mixed_outputs(source in fields(2), target in fields(3)) {
        let plain = gmd(&source, &target, TargetGivenSource);
        let doubled: Vec<Matrix> = source.iter()
            .map(|s| Matrix::from_fn(3, 4, |i, j| s[(i.min(1), j)])).collect();
        let again = gmd(&doubled, &target, TargetGivenSource);
        prop_assert_eq!(again.rank, plain.rank);
        prop_assert!((again.squared - plain.squared).abs() < 1e-8 * plain.total.max(1.0));
        let mix = rows(2, 2, &[2.0, 1.0, -1.0, 0.5]);
        let mixed: Vec<Matrix> = source.iter().map(|s| mix.multiply(s).unwrap()).collect();
        let moved = gmd(&mixed, &target, TargetGivenSource);
        prop_assert!((moved.squared - plain.squared).abs() < 1e-8 * plain.total.max(1.0));
    }
}
