//! Function matching distance: how well an affine map of one network's outputs imitates another's.

use super::affine_fit::{AffineMap, Moments, assemble, fit, residual, weighted_trace};
use super::{Matching, MatchingError, OutputMomentSums, OutputMoments};
use crate::linear::{Matrix, PositiveSemidefinite};

/// FMD(star | diamond) = min over affine g of |f_star − g∘f_diamond|_{D,H} (paper §1.4, §4.1).
///
/// With centred moments P = Cov(f_star, f_diamond), S = Cov(f_diamond), C = Cov(f_star): A* = P S⁺,
/// b* = E f_star − A* E f_diamond, FMD² = tr(H C) − tr(H P S⁺ Pᵀ), R² = tr(H P S⁺ Pᵀ)/tr(H C) in [0, 1]. The optimal
/// map is the same for every H. In sample: with m diamond outputs the square is too small by about (m+1)/N of itself.
/// `weight` is H, d_star x d_star; `None` is the identity.
///
/// # Errors
///
/// [`MatchingError::Linear`] where H has another size than the star outputs.
///
/// # Examples
///
/// ```
/// use transferscope_theory::linear::Matrix;
/// use transferscope_theory::matching::{OutputMomentSums, function_matching};
///
/// // star = 3 − 2·diamond exactly.
/// let diamond = Matrix::from_rows(4, 1, vec![0.0, 1.0, 2.0, 5.0])?;
/// let star = Matrix::from_fn(4, 1, |i, _| 3.0 - 2.0 * diamond[(i, 0)]);
/// let matching = function_matching(&OutputMomentSums::over(&star, &diamond)?.finish()?, None)?;
/// assert!(matching.distance < 1e-7);
/// assert!((matching.map.intercept[0] - 3.0).abs() < 1e-12);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn function_matching(
    moments: &OutputMoments,
    weight: Option<&PositiveSemidefinite>,
) -> Result<Matching, MatchingError> {
    let mut matching = fit(&centred(moments), weight, moments.samples)?;
    let moved = matching.map.matrix.apply(&moments.diamond_mean);
    matching.map.intercept = moments.star_mean.iter().zip(moved).map(|(m, v)| m - v).collect();
    Ok(matching)
}

/// The same without an intercept: g(z) = A z, from uncentred moments; R² is relative to E|f_star|²_H.
///
/// # Errors
///
/// As [`function_matching`].
pub fn linear_function_matching(
    moments: &OutputMoments,
    weight: Option<&PositiveSemidefinite>,
) -> Result<Matching, MatchingError> {
    let (star, diamond) = (&moments.star_mean, &moments.diamond_mean);
    let cross = uncentred(&moments.cross, star, diamond);
    let own = uncentred(&moments.star, star, star);
    let other = uncentred(&moments.diamond, diamond, diamond);
    fit(&Moments { cross: &cross, diamond: &other, star: &own }, weight, moments.samples)
}

/// [`function_matching`] with the map fitted on one part of the samples and measured on another (paper §7.8).
///
/// `total` is the spread of the star outputs of the measured part around their own mean, so R² compares with the
/// best constant there; it may be negative.
///
/// # Errors
///
/// As [`function_matching`].
pub fn function_matching_held_out(
    fitted_on: &OutputMoments,
    measured_on: &OutputMoments,
    weight: Option<&PositiveSemidefinite>,
) -> Result<Matching, MatchingError> {
    let Matching { map, rank, .. } = function_matching(fitted_on, weight)?;
    let total = weighted_trace(weight, &measured_on.star)?;
    let left = residual_of(&map, measured_on, weight)?;
    Ok(assemble(total, total - left, rank, measured_on.samples, map))
}

/// Of every five consecutive samples one is held out: 80/20, interleaved, since data sets are often sorted by class.
pub const HELD_OUT_EVERY: usize = 5;

/// Whether sample `row` of `rows` is held out: one of every full block of five, at a place that changes from block to block.
///
/// Always the same place would hold out whole classes of data whose classes take turns. The place is a fixed scramble of the
/// block's number (SplitMix64), so it depends on nothing else.
///
/// ```
/// use transferscope_theory::matching::is_held_out;
/// assert_eq!((0..1003).filter(|&row| is_held_out(row, 1003)).count(), 200);
/// // Of classes that take turns in fives, each is held out about as often as any other.
/// let of_class = |class: usize| (class..1000).step_by(5).filter(|&row| is_held_out(row, 1000)).count();
/// assert!((0..5).all(|class| (25..=55).contains(&of_class(class))));
/// ```
#[must_use]
pub fn is_held_out(row: usize, rows: usize) -> bool {
    let block = row / HELD_OUT_EVERY;
    let mut mixed = (block as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    let place = ((mixed ^ (mixed >> 31)) % HELD_OUT_EVERY as u64) as usize;
    (block + 1) * HELD_OUT_EVERY <= rows && row % HELD_OUT_EVERY == place
}

/// [`function_matching_held_out`] on outputs in memory: fitted on four of every five samples, measured on the fifth.
///
/// `star` is N x d_star, `diamond` N x d_diamond.
///
/// # Errors
///
/// [`MatchingError::Rows`] for different numbers of rows, [`MatchingError::TooFewSamples`] below [`HELD_OUT_EVERY`].
///
/// ```
/// use transferscope_theory::linear::Matrix;
/// use transferscope_theory::matching::function_matching_interleaved;
/// let diamond = Matrix::from_fn(10, 1, |i, _| i as f64);
/// let star = Matrix::from_fn(10, 1, |i, _| 2.0 * i as f64 - 1.0);
/// let matching = function_matching_interleaved(&star, &diamond, None)?;
/// assert_eq!(matching.samples, 2);
/// assert!(matching.distance < 1e-7);
/// # Ok::<(), transferscope_theory::matching::MatchingError>(())
/// ```
pub fn function_matching_interleaved(
    star: &Matrix,
    diamond: &Matrix,
    weight: Option<&PositiveSemidefinite>,
) -> Result<Matching, MatchingError> {
    if diamond.rows() < HELD_OUT_EVERY {
        return Err(MatchingError::TooFewSamples {
            needed: HELD_OUT_EVERY,
            found: diamond.rows(),
            why: "one of every five samples is held out",
        });
    }
    let held_out = |row: usize| is_held_out(row, diamond.rows());
    let fitted = OutputMomentSums::over_selected(star, diamond, |row| !held_out(row))?;
    let measured = OutputMomentSums::over_selected(star, diamond, held_out)?;
    function_matching_held_out(&fitted.finish()?, &measured.finish()?, weight)
}

/// E|f_star − g∘f_diamond|²_H of any affine map, on the samples of these moments.
pub(crate) fn residual_of(
    map: &AffineMap,
    moments: &OutputMoments,
    weight: Option<&PositiveSemidefinite>,
) -> Result<f64, MatchingError> {
    let spread = residual(&centred(moments), &map.matrix, weight)?;
    let moved = map.apply(&moments.diamond_mean);
    let mean: Vec<f64> = moments.star_mean.iter().zip(moved).map(|(m, v)| m - v).collect();
    let square = Matrix::from_fn(mean.len(), mean.len(), |i, j| mean[i] * mean[j]);
    Ok(spread + weighted_trace(weight, &square)?)
}

fn centred(moments: &OutputMoments) -> Moments<'_> {
    Moments { cross: &moments.cross, diamond: &moments.diamond, star: &moments.star }
}

fn uncentred(covariance: &Matrix, left: &[f64], right: &[f64]) -> Matrix {
    Matrix::from_fn(left.len(), right.len(), |i, j| covariance[(i, j)] + left[i] * right[j])
}
