//! How large a perturbation may be: a norm and a size in pixel units.

use serde::Serialize;

use crate::norm::Norm;

/// A checked budget: at most `size` in `norm`, for pixels in `[0,1]`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Budget {
    norm: Norm,
    size: f64,
}

/// Why a typed-in size is refused.
#[derive(Clone, Debug, thiserror::Error, PartialEq)]
pub enum BudgetError {
    /// Not a number and not a fraction.
    #[error("expected a number such as 0.03 or a fraction such as 8/255, found '{text}'")]
    NotANumber {
        /// What was typed.
        text: String,
    },
    /// Zero, negative, or not finite.
    #[error("expected {what} above 0, found {size}")]
    NotPositive {
        /// What it is the size of.
        what: &'static str,
        /// What was given.
        size: f64,
    },
    /// More than the whole range of a pixel.
    #[error("pixels live in [0,1], so {what} of {size} in linf is more than everything; did you mean {size}/255?")]
    AboveRange {
        /// What it is the size of.
        what: &'static str,
        /// What was given.
        size: f64,
    },
}

impl Budget {
    /// A budget of this size.
    ///
    /// # Errors
    /// Where the size is not above 0, or above 1 in L-infinity.
    pub fn new(norm: Norm, size: f64) -> Result<Self, BudgetError> {
        check_size("a budget", norm, size)?;
        Ok(Self { norm, size })
    }

    /// The norm.
    #[must_use]
    pub fn norm(self) -> Norm {
        self.norm
    }

    /// The size, in pixel units.
    #[must_use]
    pub fn size(self) -> f64 {
        self.size
    }
}

/// Checks the size of a budget or of a step.
///
/// # Errors
/// Where it is not above 0, or above 1 in L-infinity.
pub fn check_size(what: &'static str, norm: Norm, size: f64) -> Result<(), BudgetError> {
    if !(size.is_finite() && size > 0.0) {
        return Err(BudgetError::NotPositive { what, size });
    }
    if norm == Norm::Linf && size > 1.0 {
        return Err(BudgetError::AboveRange { what, size });
    }
    Ok(())
}

/// Reads `0.03` or `8/255`.
///
/// # Errors
/// Where the text is neither.
pub fn parse_size(text: &str) -> Result<f64, BudgetError> {
    let refuse = || BudgetError::NotANumber { text: text.to_owned() };
    let number = |part: &str| part.trim().parse::<f64>().map_err(|_| refuse());
    let size = match text.split_once('/') {
        Some((numerator, denominator)) => number(numerator)? / number(denominator)?,
        None => number(text)?,
    };
    if size.is_finite() { Ok(size) } else { Err(refuse()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fractions_are_read() {
        assert_eq!(parse_size("8/255"), Ok(8.0 / 255.0));
        assert_eq!(parse_size(" 0.1"), Ok(0.1));
        for text in ["", "eight", "8/0", "1/2/3", "nan"] {
            assert!(parse_size(text).is_err(), "{text}");
        }
    }

    #[test]
    fn eight_is_answered_with_a_guess() {
        let error = Budget::new(Norm::Linf, 8.0).expect_err("8 is more than everything");
        assert!(error.to_string().contains("did you mean 8/255?"));
        assert!(Budget::new(Norm::L2, 8.0).is_ok());
        assert!(Budget::new(Norm::Linf, -1.0).is_err());
        assert!(Budget::new(Norm::Linf, f64::NAN).is_err());
    }
}
