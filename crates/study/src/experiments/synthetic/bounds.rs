//! The bounds of the chain, evaluated on a row of the experiment: left side, right side, slack, assumptions.

use transferscope_theory::{
    bounds::{
        BoundStatement, BoundsTable, FunctionToGradient, GradientToFunction, OlderTheorem2, OlderTheorem3,
        function_to_gradient_bound, gradient_to_function_bound, knowledge_bounds, older_theorem_2, older_theorem_3,
        poincare_bound,
    },
    jacobian::{FirstOrderField, JacobianMoments, Spectrum},
    linear::{Matrix, PositiveSemidefinite, dot, thin_svd},
    matching::{Matching, MatchingDirection, gradient_matching},
    older::{tau2, tau2_map},
};

use super::{
    CLUSTERS, SigmoidNetwork, SyntheticError, SyntheticOptions, SyntheticWorld,
    bound_shifts::{Residual, off_axis, on_segments},
    measure_row::{SourceSide, TargetSide, affine, first_order_field, matrix, root_mean_square, source_side},
    output_moments::output_moments,
    run::{check_level, deviations, in_parallel},
};

/// The bounds at one row.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct RowBounds {
    /// Row number.
    pub row: usize,
    /// Each inequality with its sides.
    #[serde(flatten)]
    pub table: BoundsTable,
}

/// The bounds of paper §4.2, §4.3, §4.4, §5.1, §5.2 and §9 on the given rows, with two cases that are tight.
///
/// The tight cases are those in which both sides must agree: affine networks on whitened inputs for §4.4, the target as
/// ground truth for §5.1. Shifted distributions are taken over every fifth sample.
///
/// # Errors
/// As [`run`](super::run()).
pub fn bounds(
    world: &SyntheticWorld,
    options: &SyntheticOptions,
    rows: &[usize],
) -> Result<Vec<RowBounds>, SyntheticError> {
    check_level(world, options.level)?;
    let deviations = deviations(world, options)?;
    let target = TargetSide::new(world, options.level, options.threads)?;
    let covariance = within_clusters(world.inputs())?;
    in_parallel(options.threads, rows.len(), |index| {
        let row = rows[index];
        let source = source_side(world, &deviations, row)?;
        let field = first_order_field(world, &target, &source, options.level)?;
        Ok(RowBounds { row, table: of_row(world, &target, &source, &field, covariance)? })
    })
}

fn of_row(
    world: &SyntheticWorld,
    target: &TargetSide,
    source: &SourceSide,
    field: &FirstOrderField,
    poincare_constant: f64,
) -> Result<BoundsTable, SyntheticError> {
    let (f_source, f_target) = (&source.evaluation.outputs, &target.evaluation.outputs);
    let gradient = gradient_matching(&field.moments, MatchingDirection::TargetGivenSource, None)?;
    let back = gradient_matching(&field.moments, MatchingDirection::SourceGivenTarget, None)?;
    let (function, function_back) = (affine(f_target, f_source)?, affine(f_source, f_target)?);
    let poincare = [
        poincare_bound(&function, &gradient, poincare_constant, false),
        named(poincare_bound(&function_back, &back, poincare_constant, false), "FMD(S|T)² <= c_P GMD(S|T)²"),
    ];
    let surrogate = knowledge_bounds(f_source, f_target, f_target)?.into_iter().take(1);
    Ok(BoundsTable::default()
        .with(between_gradient_and_function(world, source, &gradient, &function)?)
        .with(poincare)
        .with([affine_case(world, &source.network)?])
        .with(knowledge_bounds(f_source, f_target, world.outputs())?)
        .with(surrogate.map(|statement| named(statement, "tight: the same with y = f_T, both sides 0")))
        .with(older(world, target, source, field, &gradient)?))
}

fn named(statement: BoundStatement, formula: &'static str) -> BoundStatement {
    BoundStatement { formula, ..statement }
}

/// |W1|²_op / (6 sqrt 3): the hidden layer's Jacobian is so Lipschitz, since |s''| <= 1/(6 sqrt 3) (paper §9).
fn curvature(network: &SigmoidNetwork, head: &Matrix) -> Result<f64, SyntheticError> {
    let (w1, w2) = network.matrices();
    Ok(operator_norm(w1)?.powi(2) * operator_norm(&head.multiply(w2)?)? / (6.0 * 3.0_f64.sqrt()))
}

fn operator_norm(matrix: &Matrix) -> Result<f64, SyntheticError> {
    Ok(thin_svd(matrix)?.values.first().copied().unwrap_or(0.0))
}

fn between_gradient_and_function(
    world: &SyntheticWorld,
    source: &SourceSide,
    gradient: &Matching,
    function: &Matching,
) -> Result<Vec<BoundStatement>, SyntheticError> {
    let identity = Matrix::identity(world.outputs().columns());
    let lipschitz = |head: &Matrix| -> Result<f64, SyntheticError> {
        Ok(curvature(world.target(), &identity)? + curvature(&source.network, head)?)
    };
    let (centre, radius) = ball(world.inputs());
    let residual = |matching: &Matching| Residual {
        target: world.target().clone(),
        source: source.network.clone(),
        map: matching.map.clone(),
    };
    let steep = lipschitz(&gradient.map.matrix)?;
    let forward = |tau: f64, shifted: f64| {
        gradient_to_function_bound(&GradientToFunction {
            function_squared: function.squared,
            shifted_jacobian_squared: shifted,
            radius,
            lipschitz: steep,
            tau,
            lipschitz_proven: true,
        })
    };
    let segments = on_segments(&residual(gradient), world.inputs(), &centre)?;
    let smooth = lipschitz(&function.map.matrix)?;
    // The tau that is best where the shifted residual is the residual itself (paper §4.3).
    let tau = if smooth > 0.0 { (8.0_f64.sqrt() * function.distance / smooth).sqrt() } else { 1.0 };
    let shifted = 0.5 * function.squared + 0.5 * off_axis(&residual(function), world.inputs(), tau)?;
    Ok(vec![
        named(forward(0.0, gradient.squared), "FMD²/(2 B²) <= |J_h|²_D + beta² B²   (tau = 0)"),
        named(forward(radius, segments), "FMD²/(2 B²) <= |J_h|²_{D1}   (tau = B)"),
        function_to_gradient_bound(&FunctionToGradient {
            gradient_squared: gradient.squared,
            shifted_residual_squared: shifted,
            inputs: world.inputs().columns(),
            lipschitz: smooth,
            tau,
            lipschitz_proven: true,
        }),
    ])
}

/// The mean of the points and the largest distance from it.
fn ball(points: &Matrix) -> (Vec<f64>, f64) {
    let count = points.rows() as f64;
    let centre: Vec<f64> = (0..points.columns()).map(|j| points.column(j).iter().sum::<f64>() / count).collect();
    let far = |row: usize| -> f64 { points.row(row).iter().zip(&centre).map(|(x, c)| (x - c) * (x - c)).sum() };
    let radius = (0..points.rows()).map(far).fold(0.0, f64::max).sqrt();
    (centre, radius)
}

/// Largest eigenvalue of the covariance of the points within the ten contiguous clusters.
fn within_clusters(points: &Matrix) -> Result<f64, SyntheticError> {
    let per_cluster = (points.rows() / CLUSTERS).max(1);
    let mut pooled = Matrix::zeros(points.columns(), points.columns());
    for cluster in 0..CLUSTERS.min(points.rows()) {
        let first = cluster * per_cluster;
        let last = if cluster + 1 == CLUSTERS { points.rows() } else { first + per_cluster };
        let part = Matrix::from_fn(last - first, points.columns(), |i, j| points[(first + i, j)]);
        let share = part.rows() as f64 / points.rows() as f64;
        pooled = pooled.plus_scaled(share, &output_moments(&part, &part)?.star)?;
    }
    Ok(PositiveSemidefinite::new(&pooled)?.eigenvalues().first().copied().unwrap_or(0.0))
}

/// The tight case of §4.4: the networks without their sigmoids are affine, and whitened inputs are isotropic.
fn affine_case(world: &SyntheticWorld, source: &SigmoidNetwork) -> Result<BoundStatement, SyntheticError> {
    let covariance = output_moments(world.inputs(), world.inputs())?.star;
    let white = world.inputs().multiply(&PositiveSemidefinite::new(&covariance)?.pseudo_inverse_square_root())?;
    let slope = |network: &SigmoidNetwork| network.matrices().1.multiply(network.matrices().0);
    let (of_source, of_target) = (slope(source)?, slope(world.target())?);
    let gradient = gradient_matching(
        &JacobianMoments {
            samples: 1,
            cross: of_source.multiply_transposed(&of_target)?,
            source: of_source.multiply_transposed(&of_source)?,
            target: of_target.multiply_transposed(&of_target)?,
        },
        MatchingDirection::TargetGivenSource,
        None,
    )?;
    let function = affine(&white.multiply_transposed(&of_target)?, &white.multiply_transposed(&of_source)?)?;
    Ok(named(
        poincare_bound(&function, &gradient, 1.0, false),
        "tight: FMD² = GMD² for W2 W1 x, affine, on whitened inputs",
    ))
}

fn older(
    world: &SyntheticWorld,
    target: &TargetSide,
    source: &SourceSide,
    field: &FirstOrderField,
    gradient: &Matching,
) -> Result<Vec<BoundStatement>, SyntheticError> {
    let own = matrix(&field.deviations.source_under_source)?;
    let other = matrix(&field.deviations.target_under_source)?;
    let map = tau2_map(&own, &other)?;
    let ratio = |spectra: &[Spectrum]| {
        spectra.iter().filter(|s| s.top > 0.0).filter_map(|s| Some(s.second? / s.top)).fold(0.0, f64::max)
    };
    let top_mean_square =
        |spectra: &[Spectrum]| spectra.iter().map(|s| s.top * s.top).sum::<f64>() / spectra.len().max(1) as f64;
    let residual = Residual {
        target: world.target().clone(),
        source: source.network.clone(),
        map: transferscope_theory::matching::AffineMap { intercept: vec![0.0; map.rows()], matrix: map },
    };
    let identity = Matrix::identity(world.outputs().columns());
    // g is the gradient-optimal head, shifted so that both agree at the origin.
    let origin = Matrix::zeros(1, world.inputs().columns());
    let at_origin = |network: &SigmoidNetwork| network.evaluate(&origin).map(|at| at.outputs.row(0).to_vec());
    let head = &gradient.map.matrix;
    let shift: Vec<f64> = at_origin(world.target())?
        .iter()
        .zip(head.apply(&at_origin(&source.network)?))
        .map(|(one, two)| one - two)
        .collect();
    let linear = source.evaluation.outputs.multiply_transposed(head)?;
    let transferred = Matrix::from_fn(linear.rows(), linear.columns(), |i, j| linear[(i, j)] + shift[j]);
    let largest_input =
        (0..world.inputs().rows()).map(|row| dot(world.inputs().row(row), world.inputs().row(row))).fold(0.0, f64::max);
    Ok(vec![
        older_theorem_2(&OlderTheorem2 {
            residual_squared: residual.mean_operator_norm_squared(target, source)?,
            lipschitz: field.target.iter().map(|s| s.top).fold(0.0, f64::max),
            tau1: mean_tau1(field),
            tau2: tau2(&own, &other)?.unwrap_or(0.0),
            target_ratio: ratio(&field.target),
            source_ratio: ratio(&field.source),
        }),
        older_theorem_3(&OlderTheorem3 {
            transferred: root_mean_square(&transferred, world.outputs())?,
            target_error: target.loss,
            gradient_residual: gradient.distance,
            gradient_ratio: (top_mean_square(&field.target) / top_mean_square(&field.source)).sqrt(),
            smoothness: curvature(world.target(), &identity)?.max(curvature(&source.network, &identity)?),
            radius: largest_input.sqrt(),
            offset: 0.0,
            head_norm: operator_norm(head)?,
        }),
    ])
}

fn mean_tau1(field: &FirstOrderField) -> f64 {
    let (own, seen) = (&field.deviations.target_under_target, &field.deviations.target_under_source);
    let cosines = (0..own.samples())
        .filter(|&sample| field.target[sample].level > 0.0)
        .map(|sample| (dot(own.sample(sample), seen.sample(sample)) / field.target[sample].level.powi(2)).powi(2));
    cosines.sum::<f64>() / own.samples() as f64
}
