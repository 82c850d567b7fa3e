//! The delete-one jackknife: standard errors, pseudo-values, and Student intervals from them.

use statrs::distribution::{ContinuousCDF, Normal, StudentsT};

use super::{EstimateError, Interval, LEVEL};

/// Jackknife variance (N - 1)/N sum_i (theta_(-i) - mean)² from leave-one-out values (paper §7.4); `None` below two.
///
/// ```
/// use transferscope_theory::statistics::jackknife_variance;
/// // For a mean it is the usual s²/N: data 1, 2, 6, leave-one-out means 4, 3.5, 1.5.
/// let variance = jackknife_variance(&[4.0, 3.5, 1.5]).expect("three values");
/// assert!((variance - 7.0 / 3.0).abs() < 1e-12);
/// ```
#[must_use]
pub fn jackknife_variance(leave_one_out: &[f64]) -> Option<f64> {
    let count = leave_one_out.len() as f64;
    if leave_one_out.len() < 2 {
        return None;
    }
    let mean = leave_one_out.iter().sum::<f64>() / count;
    let squares: f64 = leave_one_out.iter().map(|value| (value - mean).powi(2)).sum();
    Some((count - 1.0) / count * squares)
}

/// Pseudo-values N theta - (N - 1) theta_(-i); their mean is the bias-corrected estimate.
#[must_use]
pub fn pseudo_values(whole: f64, leave_one_out: &[f64]) -> Vec<f64> {
    let count = leave_one_out.len() as f64;
    leave_one_out.iter().map(|without| count * whole - (count - 1.0) * without).collect()
}

/// The two-sided 95 % point of Student's t with `degrees` degrees of freedom; `None` below one.
#[must_use]
pub fn student_point(degrees: f64) -> Option<f64> {
    StudentsT::new(0.0, 1.0, degrees)
        .ok()
        .filter(|_| degrees >= 1.0)
        .map(|student| student.inverse_cdf(0.5 + LEVEL / 2.0))
}

/// The two-sided 95 % point of the normal distribution.
#[must_use]
pub fn normal_point() -> f64 {
    Normal::standard().inverse_cdf(0.5 + LEVEL / 2.0)
}

/// value ± t(N - 1) * std_error; `None` below two samples.
///
/// # Errors
/// [`EstimateError::Interval`] when value or error is not finite.
pub fn student_interval(value: f64, std_error: f64, count: usize) -> Result<Option<Interval>, EstimateError> {
    match student_point(count as f64 - 1.0) {
        Some(point) => Interval::new(value - point * std_error, value + point * std_error).map(Some),
        None => Ok(None),
    }
}

/// Two-sided p of "the value is 0" by Student's t with N - 1 degrees of freedom: below 0.05 exactly where
/// [`student_interval`] leaves 0 out; `None` below two samples.
///
/// ```
/// use transferscope_theory::statistics::student_p;
/// // t = 2.571 is the 97.5 % point of five degrees of freedom.
/// let p = student_p(2.5706, 1.0, 6).expect("six samples");
/// assert!((p - 0.05).abs() < 1e-4);
/// ```
#[must_use]
pub fn student_p(value: f64, std_error: f64, count: usize) -> Option<f64> {
    let degrees = count as f64 - 1.0;
    let student = StudentsT::new(0.0, 1.0, degrees).ok().filter(|_| degrees >= 1.0)?;
    Some(match (value == 0.0, std_error > 0.0) {
        (true, _) => 1.0,
        (false, true) => 2.0 * student.sf((value / std_error).abs()),
        (false, false) => 0.0,
    })
}

/// Mean and standard error s/sqrt(N) of values; the error is `None` below two, the mean below one.
#[must_use]
pub fn mean_and_error(values: &[f64]) -> Option<(f64, Option<f64>)> {
    let count = values.len() as f64;
    if values.is_empty() {
        return None;
    }
    let mean = values.iter().sum::<f64>() / count;
    let error = (values.len() > 1).then(|| {
        let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
        (squares / (count - 1.0) / count).sqrt()
    });
    Some((mean, error))
}
