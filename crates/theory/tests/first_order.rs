//! Property tests of the first-order measures: routes agree, bounds and identities of the paper hold, splits do not matter.

use proptest::prelude::*;
use transferscope_theory::jacobian::{
    BuiltOn, FirstOrderAccumulator, FirstOrderOptions, FirstOrderReport, JacobianChunk, JacobianError, Route,
    first_order, generalized, identity_value, power_iteration,
};
use transferscope_theory::linear::{Matrix, PositiveSemidefinite, thin_svd};
use transferscope_theory::transferability::ReportOptions;

const NO_RESAMPLING: ReportOptions = ReportOptions { permutations: 0, replicates: 0, seed: 0 };

fn fail(error: impl std::fmt::Display) -> TestCaseError {
    TestCaseError::fail(error.to_string())
}

fn jacobian(rows: usize, columns: usize) -> impl Strategy<Value = Matrix> {
    prop::collection::vec(-2.0..2.0_f64, rows * columns)
        .prop_map(move |values| Matrix::from_fn(rows, columns, |i, j| values[i * columns + j]))
}

fn fields(samples: usize, ds: usize, dt: usize, n: usize) -> impl Strategy<Value = (Vec<Matrix>, Vec<Matrix>)> {
    (prop::collection::vec(jacobian(ds, n), samples), prop::collection::vec(jacobian(dt, n), samples))
}

fn flat(field: &[Matrix]) -> Vec<f64> {
    field.iter().flat_map(|j| j.as_slice().to_vec()).collect()
}

fn report(source: &[Matrix], target: &[Matrix], options: FirstOrderOptions) -> Result<FirstOrderReport, JacobianError> {
    let (ds, dt, n) = (source[0].rows(), target[0].rows(), source[0].columns());
    let mut field = FirstOrderAccumulator::new(ds, dt, options);
    field.add_chunk(0, &JacobianChunk::new(&flat(source), &flat(target), ds, dt, n)?)?;
    field.finish()?.report(n, &NO_RESAMPLING)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    /// P4 (§6.1): tau1 <= alpha1² <= tau1 + lambda² (1 - tau1), lambda = sigma_2/sigma_1 of the evaluated network; so
    /// alpha1 <= 1.
    #[test]
    fn alpha1_is_between_its_bounds(source in jacobian(2, 4), target in jacobian(3, 4)) {
        let sample = first_order(&source, &target, BuiltOn::Source, 0, Route::Svd).map_err(fail)?;
        let (s, t) = (thin_svd(&source).map_err(fail)?, thin_svd(&target).map_err(fail)?);
        let tau: f64 = s.right.row(0).iter().zip(t.right.row(0)).map(|(a, b)| a * b).sum::<f64>().powi(2);
        let ratio = sample.other.iter().map(|v| v * v).sum::<f64>() / sample.other_top.powi(2);
        let lambda = t.values[1] / t.values[0];
        prop_assert!(tau <= ratio + 1e-12);
        prop_assert!(ratio <= tau + lambda * lambda * (1.0 - tau) + 1e-12);
    }

    /// P10 (§8.1): the Gram route and the singular value decomposition agree, at both levels and in both directions.
    #[test]
    fn both_routes_agree((source, target) in fields(3, 2, 3, 4), level in 0_usize..2) {
        // The Gram route squares the condition number: leave out nearly singular and nearly tied samples.
        for field in [&source, &target] {
            for j in field {
                let values = thin_svd(j).map_err(fail)?.values;
                prop_assume!(values[values.len() - 1] > 0.05 * values[0]);
                prop_assume!(values.windows(2).all(|pair| pair[1] < 0.95 * pair[0]));
            }
        }
        let by = |route| report(&source, &target, FirstOrderOptions { level, route, relative_gap: true }).map_err(fail);
        let (gram, svd) = (by(Route::Gram)?, by(Route::Svd)?);
        for (one, two) in [(&gram.s_to_t, &svd.s_to_t), (&gram.t_to_s, &svd.t_to_s)] {
            prop_assert!((one.alpha1.mean.value() - two.alpha1.mean.value()).abs() < 1e-9);
            prop_assert!((one.combined.norm.value() - two.combined.norm.value()).abs() < 1e-9);
        }
    }

    /// P11 (§8.4): power iteration finds the top singular value and vector.
    #[test]
    fn power_iteration_finds_the_top(j in jacobian(3, 5)) {
        let svd = thin_svd(&j).map_err(fail)?;
        prop_assume!(svd.values[1] < 0.8 * svd.values[0]);
        let transposed = j.transposed();
        let start = [1.0, 0.7, -0.3, 0.2, 0.5];
        let overlap: f64 = svd.right.row(0).iter().zip(start).map(|(a, b)| a * b).sum();
        prop_assume!(overlap.abs() > 0.01);
        let top = power_iteration(|v| j.apply(v), |w| transposed.apply(w), &start, 200, 0.0).map_err(fail)?;
        prop_assert!((top.value - svd.values[0]).abs() < 1e-10);
        let cosine: f64 = top.right.iter().zip(svd.right.row(0)).map(|(a, b)| a * b).sum();
        prop_assert!((cosine.abs() - 1.0).abs() < 1e-10);
    }

    /// P13 (§6.2): over an orthonormal basis of the inputs the squared level ratios add up to the stable rank.
    #[test]
    fn squared_levels_add_up_to_the_stable_rank(source in jacobian(4, 4), target in jacobian(3, 4)) {
        // Four outputs and four inputs: the right singular vectors of the source are a basis.
        let values = thin_svd(&source).map_err(fail)?.values;
        prop_assume!(values[3] > 1e-3 * values[0]);
        let mut sum = 0.0;
        for level in 0..4 {
            let sample = first_order(&source, &target, BuiltOn::Source, level, Route::Svd).map_err(fail)?;
            sum += sample.other.iter().map(|v| v * v).sum::<f64>() / sample.other_top.powi(2);
        }
        let top = thin_svd(&target).map_err(fail)?.values[0];
        prop_assert!((sum - target.squared_norm() / (top * top)).abs() < 1e-9);
    }

    /// P1 (§3.5): E[vᵀ A2 v] = tr(H P S⁺ Pᵀ) for random fields, a random weight H, and d_S != d_T.
    #[test]
    fn generalised_measures_explain_gradient_matching((source, target) in fields(4, 2, 3, 5), factor in jacobian(3, 3)) {
        let weight = PositiveSemidefinite::new(&factor.multiply_transposed(&factor).map_err(fail)?).map_err(fail)?;
        let value = identity_value(&generalized(&target, &source, &weight).map_err(fail)?);
        let mean = |left: &[Matrix], right: &[Matrix]| -> Result<Matrix, TestCaseError> {
            let mut sum = Matrix::zeros(left[0].rows(), right[0].rows());
            for (l, r) in left.iter().zip(right) {
                sum = sum.plus_scaled(0.25, &l.multiply_transposed(r).map_err(fail)?).map_err(fail)?;
            }
            Ok(sum)
        };
        let p = mean(&target, &source)?;
        let inverse = PositiveSemidefinite::new(&mean(&source, &source)?).map_err(fail)?.pseudo_inverse();
        let explained = p.multiply(&inverse).and_then(|x| x.multiply_transposed(&p)).map_err(fail)?;
        let expected = weight.matrix().multiply(&explained).map_err(fail)?.trace();
        prop_assert!((value - expected).abs() < 1e-10 * (1.0 + expected.abs()));
    }

    /// P20 (§3.7): for rank-one fields the combined measure is the same in both directions.
    #[test]
    fn rank_one_fields_have_one_combined_measure(
        u in prop::collection::vec(0.2..1.0_f64, 24), v in prop::collection::vec(-1.0..1.0_f64, 24)
    ) {
        let field = |from: usize, rows: usize| -> Vec<Matrix> {
            (0..3).map(|s| Matrix::from_fn(rows, 4, |i, k| u[from + 4 * s + i] * (0.3 + v[from + 4 * s + k]))).collect()
        };
        let found = report(&field(0, 2), &field(12, 3), FirstOrderOptions::default()).map_err(fail)?;
        prop_assert!((found.s_to_t.combined.norm.value() - found.t_to_s.combined.norm.value()).abs() < 1e-9);
    }
}

/// P16 (§8.2): one accumulator or three, in any order: the same bits.
#[test]
fn shards_merge_to_the_same_bits() -> Result<(), JacobianError> {
    let (ds, dt, n, samples) = (2, 3, 4, 200);
    let make = |d: usize, phase: f64| -> Vec<f64> {
        (0..samples * d * n).map(|i| (i as f64 * 0.37 + phase).sin() + 0.2).collect()
    };
    let (source, target) = (make(ds, 0.0), make(dt, 1.0));
    let chunk = |index: usize| {
        let (first, last) = (64 * index, samples.min(64 * (index + 1)));
        JacobianChunk::new(&source[first * ds * n..last * ds * n], &target[first * dt * n..last * dt * n], ds, dt, n)
    };
    let empty = || FirstOrderAccumulator::new(ds, dt, FirstOrderOptions::default());
    let mut whole = empty();
    for index in 0..4 {
        whole.add_chunk(index, &chunk(index)?)?;
    }
    let (mut one, mut two, mut three) = (empty(), empty(), empty());
    three.add_chunk(3, &chunk(3)?)?;
    two.add_chunk(1, &chunk(1)?)?;
    one.add_chunk(2, &chunk(2)?)?;
    one.add_chunk(0, &chunk(0)?)?;
    three.merge(one)?;
    three.merge(two)?;
    let (whole, merged) = (whole.finish()?, three.finish()?);
    assert_eq!(whole, merged);
    assert_eq!(whole.report(n, &NO_RESAMPLING)?, merged.report(n, &NO_RESAMPLING)?);
    Ok(())
}

/// P12 (§6.9): the finite-budget attack of a smooth network approaches the singular value as the budget halves.
#[test]
fn small_budgets_approach_the_singular_value() {
    // f(x) = (tanh(2 x0 + x1), tanh(x0 - x1)) at (0.3, 0.1); the best of 20000 directions stands for the exact attack.
    let network = |x: [f64; 2]| [(2.0 * x[0] + x[1]).tanh(), (x[0] - x[1]).tanh()];
    let at = [0.3, 0.1];
    let slopes = network(at).map(|y| 1.0 - y * y);
    let jacobian = Matrix::from_fn(2, 2, |i, k| slopes[i] * [[2.0, 1.0], [1.0, -1.0]][i][k]);
    let top = thin_svd(&jacobian).map(|svd| svd.values[0]).unwrap_or(f64::NAN);
    let clean = network(at);
    let attained = |budget: f64| {
        (0..20_000)
            .map(|k| {
                let angle = f64::from(k) * std::f64::consts::TAU / 20_000.0;
                let moved = network([at[0] + budget * angle.cos(), at[1] + budget * angle.sin()]);
                (moved[0] - clean[0]).hypot(moved[1] - clean[1]) / budget
            })
            .fold(0.0, f64::max)
    };
    let errors: Vec<f64> = [0.1, 0.05, 0.025, 0.0125].map(|budget| (attained(budget) - top).abs()).to_vec();
    // First order in the budget: each halving at least nearly halves the error.
    assert!(errors.windows(2).all(|pair| pair[1] < 0.6 * pair[0]), "{errors:?}");
}
