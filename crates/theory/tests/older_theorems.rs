//! Theorems 2 and 3 of the first version of the paper (§9), on numbers: cases by hand, tight cases, and random networks.

use proptest::prelude::*;
use transferscope_theory::bounds::{
    AssumptionStatus, BoundStatement, OlderTheorem2, OlderTheorem3, older_theorem_2, older_theorem_3,
};
use transferscope_theory::linear::{LinearError, Matrix, dot, thin_svd};
use transferscope_theory::older::{tau1, tau2, tau2_map};

fn fail(error: impl std::fmt::Display) -> TestCaseError {
    TestCaseError::fail(error.to_string())
}

fn operator_norm(matrix: &Matrix) -> Result<f64, LinearError> {
    Ok(thin_svd(matrix)?.values[0])
}

/// The statement of theorem 2 for two Jacobian fields, every part computed from its definition.
fn second_theorem(source: &[Matrix], target: &[Matrix]) -> Result<BoundStatement, LinearError> {
    let samples = source.len();
    let (mut own, mut other) = (Vec::new(), Vec::new());
    let (mut cosines, mut lipschitz, mut source_ratio, mut target_ratio) = (0.0, 0.0_f64, 0.0_f64, 0.0_f64);
    for (s, t) in source.iter().zip(target) {
        let (of_source, of_target) = (thin_svd(s)?, thin_svd(t)?);
        let direction = of_source.right.row(0);
        own.extend(s.apply(direction));
        other.extend(t.apply(direction));
        cosines += tau1(direction, of_target.right.row(0)).unwrap_or(0.0);
        lipschitz = lipschitz.max(of_target.values[0]);
        let ratio = |values: &[f64]| values.get(1).map_or(0.0, |second| second / values[0]);
        source_ratio = source_ratio.max(ratio(&of_source.values));
        target_ratio = target_ratio.max(ratio(&of_target.values));
    }
    let own = Matrix::from_rows(samples, source[0].rows(), own)?;
    let other = Matrix::from_rows(samples, target[0].rows(), other)?;
    let map = tau2_map(&own, &other)?;
    let mut residual = 0.0;
    for (s, t) in source.iter().zip(target) {
        residual += operator_norm(&t.plus_scaled(-1.0, &map.multiply(s)?)?)?.powi(2);
    }
    Ok(older_theorem_2(&OlderTheorem2 {
        residual_squared: residual / samples as f64,
        lipschitz,
        tau1: cosines / samples as f64,
        tau2: tau2(&own, &other)?.unwrap_or(0.0),
        target_ratio,
        source_ratio,
    }))
}

/// tau1 = 1/2, tau2 = 1/4, ratios 1/5 and 2/5, L = 2: 5·4·[7/8 + 1/2·3/4·1/25 + 9/25] = 25, each term by hand.
#[test]
fn the_right_side_of_theorem_2_by_hand() {
    let parts = OlderTheorem2 {
        residual_squared: 24.0,
        lipschitz: 2.0,
        tau1: 0.5,
        tau2: 0.25,
        target_ratio: 0.2,
        source_ratio: 0.4,
    };
    let statement = older_theorem_2(&parts);
    assert!((statement.right - 25.0).abs() < 1e-12 && statement.holds);
    assert!(!older_theorem_2(&OlderTheorem2 { residual_squared: 26.0, ..parts }).holds);
}

/// Scalar networks of constant slope: theorem 1 says that the left side is (1 - tau1 tau2) L², a fifth of the right.
#[test]
fn theorem_2_is_five_times_theorem_1_for_scalars_of_one_slope() -> Result<(), LinearError> {
    let unit = |angle: f64, length: f64| Matrix::from_rows(1, 2, vec![length * angle.cos(), length * angle.sin()]);
    let mut fields = (Vec::new(), Vec::new());
    for k in 0..6 {
        let angle = 0.4 * f64::from(k);
        fields.0.push(unit(angle, 1.5)?);
        fields.1.push(unit(angle + 0.7, 2.0)?);
    }
    let statement = second_theorem(&fields.0, &fields.1)?;
    assert!((statement.right - 5.0 * statement.left).abs() < 1e-12 * statement.right, "{statement:?}");
    Ok(())
}

/// f(x) = V tanh(W x), Jacobian V diag(1 - h²) W; |tanh''| <= 4/(3 sqrt 3), so J is |W|² |V| 4/(3 sqrt 3)-Lipschitz.
struct Network {
    w: Matrix,
    v: Matrix,
}

impl Network {
    fn at(&self, x: &[f64]) -> Vec<f64> {
        self.v.apply(&self.w.apply(x).into_iter().map(f64::tanh).collect::<Vec<f64>>())
    }

    fn jacobian(&self, x: &[f64]) -> Result<Matrix, LinearError> {
        let slopes: Vec<f64> = self.w.apply(x).into_iter().map(|z| 1.0 - z.tanh().powi(2)).collect();
        self.v.multiply(&Matrix::from_fn(self.w.rows(), self.w.columns(), |i, k| slopes[i] * self.w[(i, k)]))
    }

    fn smoothness(&self) -> Result<f64, LinearError> {
        Ok(operator_norm(&self.w)?.powi(2) * operator_norm(&self.v)? * 4.0 / (3.0 * 3.0_f64.sqrt()))
    }
}

/// The statement of theorem 3 for two networks, with y = f_T + shift and A of tau2.
fn third_theorem(
    source: &Network,
    target: &Network,
    points: &[Vec<f64>],
    shift: f64,
) -> Result<BoundStatement, LinearError> {
    let (mut own, mut other, mut jacobians) = (Vec::new(), Vec::new(), Vec::new());
    let (mut top_source, mut top_target, mut radius) = (0.0, 0.0, 0.0_f64);
    for x in points {
        let (s, t) = (source.jacobian(x)?, target.jacobian(x)?);
        let svd = thin_svd(&s)?;
        own.extend(s.apply(svd.right.row(0)));
        other.extend(t.apply(svd.right.row(0)));
        top_source += svd.values[0].powi(2);
        top_target += operator_norm(&t)?.powi(2);
        radius = radius.max(dot(x, x).sqrt());
        jacobians.push((s, t));
    }
    let count = points.len();
    let outputs = (source.v.rows(), target.v.rows());
    let map = tau2_map(&Matrix::from_rows(count, outputs.0, own)?, &Matrix::from_rows(count, outputs.1, other)?)?;
    let mut residual = 0.0;
    for (s, t) in &jacobians {
        residual += t.plus_scaled(-1.0, &map.multiply(s)?)?.squared_norm();
    }
    // tanh networks without shifts are 0 at 0, so g(z) = A z keeps g(f_S(0)) = f_T(0).
    let mut error = 0.0;
    for x in points {
        let (mapped, truth) = (map.apply(&source.at(x)), target.at(x));
        error += mapped.iter().zip(&truth).map(|(m, t)| (m - t - shift).powi(2)).sum::<f64>();
    }
    Ok(older_theorem_3(&OlderTheorem3 {
        transferred: (error / count as f64).sqrt(),
        target_error: shift.abs() * (outputs.1 as f64).sqrt(),
        gradient_residual: (residual / count as f64).sqrt(),
        gradient_ratio: (top_target / top_source).sqrt(),
        smoothness: source.smoothness()?.max(target.smoothness()?),
        radius,
        offset: 0.0,
        head_norm: operator_norm(&map)?,
    }))
}

/// Affine networks have beta = 0. f_T = x1, f_S = x2 at (1, 0) and (-1, 0): A = 0, and |f_T| = 1 = |grad f_T|.
#[test]
fn theorem_3_is_tight_where_nothing_can_be_imitated() {
    let parts = OlderTheorem3 {
        transferred: 1.0,
        target_error: 0.0,
        gradient_residual: 1.0,
        gradient_ratio: 1.0,
        smoothness: 0.0,
        radius: 1.0,
        offset: 0.0,
        head_norm: 0.0,
    };
    let statement = older_theorem_3(&parts);
    assert!(statement.holds && statement.slack.abs() < 1e-15);
    // 0.25 + 1 + (1 + 3)·0.5 by hand.
    let right =
        older_theorem_3(&OlderTheorem3 { target_error: 0.25, gradient_ratio: 3.0, smoothness: 0.5, ..parts }).right;
    assert!((right - 3.25).abs() < 1e-15);
    let violated = |parts: &OlderTheorem3| {
        older_theorem_3(parts).assumptions.iter().filter(|a| a.status == AssumptionStatus::Violated).count()
    };
    assert_eq!(violated(&parts), 0);
    assert_eq!(violated(&OlderTheorem3 { radius: 1.5, offset: 0.1, head_norm: 2.0, ..parts }), 3);
}

fn matrix(rows: usize, columns: usize) -> impl Strategy<Value = Matrix> {
    prop::collection::vec(-1.0..1.0_f64, rows * columns)
        .prop_map(move |values| Matrix::from_fn(rows, columns, |i, j| values[i * columns + j]))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    /// P15, theorem 2 on fields from nearly rank one and nearly aligned (where the bracket is small) to free.
    #[test]
    fn theorem_2_holds(
        common in matrix(1, 4),
        (source, target) in (prop::collection::vec(matrix(2, 4), 5), prop::collection::vec(matrix(3, 4), 5)),
        freedom in 0.0..1.0_f64,
    ) {
        let field = |all: &[Matrix], heads: &[f64]| -> Vec<Matrix> {
            all.iter()
                .map(|j| {
                    Matrix::from_fn(j.rows(), 4, |i, k| {
                        heads[i] * (0.2 + common[(0, k)]) + freedom.powi(2) * j[(i, k)]
                    })
                })
                .collect()
        };
        let statement = second_theorem(&field(&source, &[1.0, -0.5]), &field(&target, &[0.7, 0.3, 1.1])).map_err(fail)?;
        prop_assert!(statement.holds, "{statement:?}");
    }

    /// P15, theorem 3 on random tanh networks over points of the unit ball.
    #[test]
    fn theorem_3_holds(
        (w_s, v_s, w_t, v_t) in (matrix(4, 3), matrix(2, 4), matrix(5, 3), matrix(2, 5)),
        directions in prop::collection::vec(prop::collection::vec(-1.0..1.0_f64, 3), 6),
        (size, shift) in (0.05..1.5_f64, -0.5..0.5_f64),
    ) {
        let (source, target) = (Network { w: w_s.scaled(size), v: v_s }, Network { w: w_t.scaled(size), v: v_t });
        let points: Vec<Vec<f64>> = directions
            .into_iter()
            .map(|x| {
                // A hair inside, so that rounding cannot leave the ball.
                let length = dot(&x, &x).sqrt().max(1.0) * (1.0 + 1e-12);
                x.into_iter().map(|entry| entry / length).collect()
            })
            .collect();
        let statement = third_theorem(&source, &target, &points, shift).map_err(fail)?;
        prop_assert!(statement.assumptions.iter().all(|a| a.status != AssumptionStatus::Violated), "{statement:?}");
        prop_assert!(statement.holds, "{statement:?}");
    }
}
