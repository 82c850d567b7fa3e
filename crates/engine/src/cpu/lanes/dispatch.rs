//! From a tier to the one function in which its instructions are switched on.

use super::{Lanes, portable::Portable};
use crate::cpu::Tier;

/// Work that is compiled once for each tier. Implementations are `#[inline(always)]`, down to the last kernel.
pub(crate) trait Job {
    /// Whether it has products of pairs in bf16 or makes them, for which a tier may have instructions of their own.
    const USES_BF16: bool = false;

    /// Does it with the vectors of a tier.
    fn run<L: Lanes>(self, lanes: L);
}

/// Does a job with the vectors of this tier; a tier that the processor lacks falls to the portable one, which cannot
/// happen for a tier that [`Tier::best`] or [`Tier::available`] gave.
pub(crate) fn dispatch<J: Job>(tier: Tier, job: J) {
    #[cfg(target_arch = "x86_64")]
    match tier {
        // AMX has no vectors of its own: the kernels that use its tiles are given its permission beside.
        Tier::Avx512 | Tier::Amx => {
            if J::USES_BF16
                && let Some(lanes) = super::avx512::Avx512::<true>::detect()
            {
                // SAFETY: the token was made by detecting the features that the function switches on.
                return unsafe { with_avx512_bf16(lanes, job) };
            }
            if let Some(lanes) = super::avx512::Avx512::<false>::detect() {
                // SAFETY: the token was made by detecting the features that the function switches on.
                return unsafe { with_avx512(lanes, job) };
            }
        }
        Tier::Avx2 => {
            if let Some(lanes) = super::avx2::Avx2::detect() {
                // SAFETY: the token was made by detecting the features that the function switches on.
                return unsafe { with_avx2(lanes, job) };
            }
        }
        Tier::Portable => {}
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = tier;
    job.run(Portable);
}

/// # Safety
/// The processor must have AVX2 and FMA.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
unsafe fn with_avx2(lanes: super::avx2::Avx2, job: impl Job) {
    job.run(lanes);
}

/// # Safety
/// The processor must have AVX-512F.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx2,fma")]
unsafe fn with_avx512(lanes: super::avx512::Avx512<false>, job: impl Job) {
    job.run(lanes);
}

/// # Safety
/// The processor must have AVX-512F and AVX-512 BF16.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512bf16,avx2,fma")]
unsafe fn with_avx512_bf16(lanes: super::avx512::Avx512<true>, job: impl Job) {
    job.run(lanes);
}
