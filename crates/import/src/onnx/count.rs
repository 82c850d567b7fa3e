//! Whole numbers that may grow with the batch: a + b · N.
//!
//! Exported networks compute shapes as they run: they take the batch from the input's shape, multiply it by the number
//! of windows, divide it again. Carried as a + b · N, all of this is known when the file is read, for any batch.

/// The number `fixed + per_image · N`, N the number of images of the batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Count {
    pub fixed: i64,
    pub per_image: i64,
}

impl Count {
    /// A number that does not depend on the batch.
    pub(super) fn fixed(number: i64) -> Self {
        Self { fixed: number, per_image: 0 }
    }

    /// The size of an axis.
    pub(super) fn of(size: usize) -> Self {
        Self::fixed(i64::try_from(size).unwrap_or(i64::MAX))
    }

    /// The batch itself.
    pub(super) const BATCH: Self = Self { fixed: 0, per_image: 1 };

    pub(super) fn plus(self, other: Self) -> Option<Self> {
        let fixed = self.fixed.checked_add(other.fixed)?;
        Some(Self { fixed, per_image: self.per_image.checked_add(other.per_image)? })
    }

    pub(super) fn minus(self, other: Self) -> Option<Self> {
        self.plus(other.times(Self::fixed(-1))?)
    }

    /// The product, where it is still of this form.
    pub(super) fn times(self, other: Self) -> Option<Self> {
        let (count, factor) = if other.per_image == 0 { (self, other.fixed) } else { (other, self.as_fixed()?) };
        let fixed = count.fixed.checked_mul(factor)?;
        Some(Self { fixed, per_image: count.per_image.checked_mul(factor)? })
    }

    /// The quotient rounded towards zero, where it is of this form for every batch.
    pub(super) fn over(self, other: Self) -> Option<Self> {
        match other.as_fixed() {
            Some(divisor) => {
                let fixed = self.fixed.checked_div(divisor)?;
                let exact = self.fixed.checked_rem(divisor)? == 0 && self.per_image.checked_rem(divisor)? == 0;
                (self.per_image == 0 || exact).then_some(())?;
                Some(Self { fixed, per_image: self.per_image.checked_div(divisor)? })
            }
            // k · (a + b · N) over (a + b · N)
            None => {
                let factor = self.per_image.checked_div(other.per_image)?;
                (other.times(Self::fixed(factor))? == self).then_some(Self::fixed(factor))
            }
        }
    }

    /// The number itself, where it does not depend on the batch.
    pub(super) fn as_fixed(self) -> Option<i64> {
        (self.per_image == 0).then_some(self.fixed)
    }

    /// The number for a batch of this size, where it can be the size of an axis.
    pub(super) fn at(self, batch: i64) -> Option<usize> {
        let number = self.per_image.checked_mul(batch)?.checked_add(self.fixed)?;
        usize::try_from(number).ok()
    }

    /// Whether it grows with the batch and is above this number already for one image.
    pub(super) fn is_always_above(self, number: i64) -> bool {
        self.per_image > 0 && self.fixed.checked_add(self.per_image).is_some_and(|least| least > number)
    }

    pub(super) fn depends_on_batch(self) -> bool {
        self.per_image != 0
    }
}

impl std::fmt::Display for Count {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (self.fixed, self.per_image) {
            (fixed, 0) => write!(out, "{fixed}"),
            (0, 1) => write!(out, "N"),
            (0, per_image) => write!(out, "{per_image}·N"),
            (fixed, per_image) => write!(out, "{fixed}+{per_image}·N"),
        }
    }
}

/// A shape as it is said in messages.
pub(super) fn said(shape: &[Count]) -> String {
    let sizes: Vec<String> = shape.iter().map(ToString::to_string).collect();
    format!("[{}]", sizes.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_of_a_batch_are_counted_and_counted_back() {
        let windows = Count::BATCH.times(Count::fixed(64)).expect("it fits");
        assert_eq!(windows.to_string(), "64·N");
        assert_eq!(windows.over(Count::fixed(64)), Some(Count::BATCH));
        assert_eq!(windows.over(Count::BATCH), Some(Count::fixed(64)));
        assert_eq!(windows.over(Count::fixed(3)), None);
        assert_eq!(Count::fixed(7).over(Count::fixed(2)), Some(Count::fixed(3)));
        assert_eq!(Count::fixed(7).over(Count::fixed(0)), None);
        assert_eq!(windows.times(Count::BATCH), None);
        assert!(windows.is_always_above(63) && !windows.is_always_above(64));
        assert_eq!(windows.at(3), Some(192));
        assert_eq!(Count::fixed(-1).at(3), None);
        assert_eq!(Count::fixed(i64::MAX).plus(Count::fixed(1)), None);
    }
}
