//! The tiers of kernels: which vector instructions are used.

use std::str::FromStr;

use super::{kernels::peak::Peak, lanes::dispatch};
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
}

impl Tier {
    /// All tiers, slowest first.
    pub const ALL: [Self; 3] = [Self::Portable, Self::Avx2, Self::Avx512];

    /// Whether this processor has the tier's instructions.
    #[must_use]
    pub fn available(self) -> bool {
        match self {
            Self::Portable => true,
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma"),
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => is_x86_feature_detected!("avx512f") && Self::Avx2.available(),
            #[cfg(not(target_arch = "x86_64"))]
            Self::Avx2 | Self::Avx512 => false,
        }
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
        }
    }

    /// Does so many rounds of multiply-adds in registers on the calling thread; returns how many operations that was, and
    /// a number that depends on all of them. Whoever has a clock learns the peak of one core.
    ///
    /// ```
    /// use transferscope_engine::cpu::Tier;
    /// let (operations, number) = Tier::best().multiply_adds(1_000);
    /// assert!(operations >= 1_000 && number.is_finite());
    /// ```
    #[must_use]
    pub fn multiply_adds(self, rounds: usize) -> (u64, f32) {
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
            Self::Avx512 => 16,
        }
    }
}

impl FromStr for Tier {
    type Err = EngineError;

    fn from_str(name: &str) -> Result<Self, EngineError> {
        match Self::ALL.into_iter().find(|tier| tier.name() == name) {
            Some(tier) if tier.available() => Ok(tier),
            Some(_) => {
                Err(EngineError::UnknownTier { name: name.to_owned(), reason: "this processor does not have it" })
            }
            None => Err(EngineError::UnknownTier { name: name.to_owned(), reason: "there is none of this name" }),
        }
    }
}
