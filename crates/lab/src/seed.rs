//! Randomness: one seed, one named stream for each purpose, image and restart.

use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};

/// The random stream for one purpose and one image.
///
/// It depends on nothing but its arguments: not on the order of work, the batch, or the number of threads.
#[must_use]
pub fn stream(seed: u64, purpose: &str, image: u64, restart: u64) -> ChaCha8Rng {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let parts = purpose.bytes().chain(image.to_le_bytes()).chain(restart.to_le_bytes());
    // FNV-1a: a fixed number for each combination.
    let place =
        parts.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    random.set_stream(place);
    random
}

#[cfg(test)]
mod tests {
    use rand::RngExt;

    use super::*;

    #[test]
    fn streams_differ_by_each_argument_and_repeat() {
        let first = |mut random: ChaCha8Rng| -> u64 { random.random() };
        let reference = first(stream(1, "noise", 2, 0));
        assert_eq!(reference, first(stream(1, "noise", 2, 0)));
        for other in
            [stream(2, "noise", 2, 0), stream(1, "start", 2, 0), stream(1, "noise", 3, 0), stream(1, "noise", 2, 1)]
        {
            assert_ne!(reference, first(other));
        }
    }
}
