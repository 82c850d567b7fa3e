//! The tiers that can be tested.

use transferscope_engine::cpu::Tier;

/// All that the processor has, slowest first, and AMX wherever there is AVX-512.
pub fn tiers() -> Vec<Tier> {
    #[cfg(all(target_arch = "x86_64", target_os = "linux"))]
    if Tier::Avx512.available() && !Tier::Amx.available() {
        super::handler::install();
    }
    Tier::ALL.into_iter().filter(|tier| tier.available()).collect()
}
