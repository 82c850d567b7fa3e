//! The tiers of kernels: which vector instructions are used.

use std::str::FromStr;

use super::{
    Precision,
    kernels::{amx, peak::Peak},
    lanes::dispatch,
};
use crate::door::EngineError;

/// A set of vector instructions, slowest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tier {
    /// What every processor of the platform has: the reference.
    Portable,
    /// AVX2 and fused multiply-add.
    Avx2,
    /// AVX-512F.
    Avx512,
    /// AVX-512F, and AMX for products in bf16.
    Amx,
}

impl Tier {
    /// All tiers, slowest first.
    pub const ALL: [Self; 4] = [Self::Portable, Self::Avx2, Self::Avx512, Self::Amx];

    /// Whether this processor has the tier's instructions, and the kernel lets them be used.
    #[must_use]
    pub fn available(self) -> bool {
        self.lacks().is_none()
    }

    /// Why it cannot be used here.
    fn lacks(self) -> Option<&'static str> {
        let has = match self {
            Self::Portable => true,
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma"),
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => is_x86_feature_detected!("avx512f") && Self::Avx2.available(),
            #[cfg(not(target_arch = "x86_64"))]
            Self::Avx2 | Self::Avx512 => false,
            Self::Amx => return Self::Avx512.lacks().or_else(|| amx::permission().err()),
        };
        (!has).then_some("this processor does not have it")
    }

    /// The tier whose kernels run a network in this precision: AMX has no products of f32, which are AVX-512's.
    #[must_use]
    pub(crate) fn in_precision(self, precision: Precision) -> Self {
        if self == Self::Amx && precision == Precision::F32 { Self::Avx512 } else { self }
    }

    /// The fastest tier of this processor.
    #[must_use]
    pub fn best() -> Self {
        Self::ALL.into_iter().rev().find(|tier| tier.available()).unwrap_or(Self::Portable)
    }

    /// Its name on the command line and in results.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Portable => "portable",
            Self::Avx2 => "avx2",
            Self::Avx512 => "avx512",
            Self::Amx => "amx",
        }
    }

    /// Makes [`Tier::Amx`] available on a processor without it, for tests that execute its instructions themselves.
    ///
    /// # Safety
    /// Something must execute AMX's instructions in the processor's place, on every thread.
    #[doc(hidden)]
    pub unsafe fn assume_amx() {
        // SAFETY: the caller's promise is the same.
        unsafe { amx::assume() };
    }

    /// Does so many rounds of multiply-adds in registers on the calling thread; returns how many operations that was, and
    /// a number that depends on all of them. Whoever has a clock learns the peak of one core: in products of f32, on AMX in
    /// products of bf16.
    ///
    /// ```
    /// use transferscope_engine::cpu::Tier;
    /// let (operations, number) = Tier::best().multiply_adds(1_000);
    /// assert!(operations >= 1_000 && number.is_finite());
    /// ```
    #[must_use]
    pub fn multiply_adds(self, rounds: usize) -> (u64, f32) {
        if self == Self::Amx
            && let Ok(permission) = amx::permission()
        {
            return (amx::operations(permission, rounds), 0.0);
        }
        let (mut operations, mut result) = (0, 0.0);
        let tier = if self.available() { self } else { Self::Portable };
        dispatch(tier, Peak { rounds, operations: &mut operations, result: &mut result });
        // Nobody needs the number, but without it there would be no work.
        (operations, std::hint::black_box(result))
    }

    /// Numbers in a vector: activations are padded to a multiple of it along their channels.
    #[must_use]
    pub(crate) fn lanes(self) -> usize {
        match self {
            Self::Portable | Self::Avx2 => 8,
            Self::Avx512 | Self::Amx => 16,
        }
    }
}

impl FromStr for Tier {
    type Err = EngineError;

    fn from_str(name: &str) -> Result<Self, EngineError> {
        let available: Vec<&str> = Self::ALL.iter().filter(|tier| tier.available()).map(|tier| tier.name()).collect();
        let unknown =
            |reason| EngineError::UnknownTier { name: name.to_owned(), reason, available: available.join(", ") };
        let tier = Self::ALL.into_iter().find(|tier| tier.name() == name);
        let tier = tier.ok_or_else(|| unknown("there is none of this name"))?;
        tier.lacks().map_or(Ok(tier), |reason| Err(unknown(reason)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Nobody executes AMX's instructions here, so on a processor without it the name is refused, with the reason.
    #[test]
    fn a_tier_that_is_lacking_is_refused_with_the_reason() {
        for tier in Tier::ALL {
            match tier.name().parse::<Tier>() {
                Ok(parsed) => assert!(tier.available() && parsed == tier),
                Err(error) => {
                    let sentence = error.to_string();
                    assert!(!tier.available() && sentence.contains("this processor has portable"), "{sentence}");
                    let reason = sentence.contains("processor") || sentence.contains("kernel");
                    assert!(reason && sentence.contains(tier.name()), "{sentence}");
                }
            }
        }
    }
}
