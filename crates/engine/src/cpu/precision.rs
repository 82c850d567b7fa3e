//! In what precision the products of convolutions and linear layers are made.

use std::str::FromStr;

use crate::door::EngineError;

/// In what precision the products of convolutions and linear layers are made; sums and everything else are f32.
///
/// A number in bf16 is an f32 cut to 8 bits of mantissa: the relative error of rounding to it is at most 2⁻⁹, and that of the
/// two parts hi = bf16(x), lo = bf16(x − hi) together at most about 2⁻¹⁷.
///
/// ```
/// use transferscope_engine::cpu::Precision;
/// assert_eq!("bf16x3".parse::<Precision>()?, Precision::Bf16x3);
/// # Ok::<(), transferscope_engine::EngineError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Precision {
    /// Products of f32 numbers: the default everywhere.
    #[default]
    F32,
    /// Three products of parts in bf16: hi · hi + hi · lo + lo · hi.
    Bf16x3,
    /// One product of numbers rounded to bf16.
    Bf16,
}

impl Precision {
    /// All, the most precise first.
    pub const ALL: [Self; 3] = [Self::F32, Self::Bf16x3, Self::Bf16];

    /// Its name on the command line and in results.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::F32 => "f32",
            Self::Bf16x3 => "bf16x3",
            Self::Bf16 => "bf16",
        }
    }

    /// Vectors of weights for so many channels of a tap, one output vector wide.
    pub(crate) fn depth(self, channels: usize) -> usize {
        match self {
            Self::F32 => channels,
            Self::Bf16x3 => 2 * channels.div_ceil(2),
            Self::Bf16 => channels.div_ceil(2),
        }
    }

    /// 32-bit places that a run of `numbers` (even) takes once it is in this precision.
    pub(crate) fn places(self, numbers: usize) -> usize {
        match self {
            Self::F32 | Self::Bf16x3 => numbers,
            Self::Bf16 => numbers / 2,
        }
    }
}

impl FromStr for Precision {
    type Err = EngineError;

    fn from_str(name: &str) -> Result<Self, EngineError> {
        let found = Self::ALL.into_iter().find(|precision| precision.name() == name);
        found.ok_or_else(|| EngineError::UnknownPrecision { name: name.to_owned() })
    }
}
