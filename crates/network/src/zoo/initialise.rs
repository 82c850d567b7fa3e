//! Fresh weights from a seed.

use rand::RngExt;
use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};

use crate::array::Array;

/// Uniform numbers in ±1/√fan_in: PyTorch's default for convolutions and linear layers, weights and biases alike.
///
/// Each weight has a random stream of its own, made from the seed and its name, so that adding a layer to an
/// architecture changes no other weight.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "fan-in is far below 2^24")]
pub fn initial_weight(seed: u64, name: &str, shape: &[usize], fan_in: usize) -> Array<f32> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    random.set_stream(stream_of(name));
    let bound = 1.0 / (fan_in.max(1) as f32).sqrt();
    let mut array = Array::filled(shape.to_vec(), 0.0);
    for number in array.data_mut() {
        *number = random.random_range(-bound..=bound);
    }
    array
}

/// FNV-1a of the name: a fixed, well spread number for each name.
fn stream_of(name: &str) -> u64 {
    name.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_stay_in_their_bound_and_differ_by_name() {
        let first = initial_weight(1, "conv1.weight", &[64, 9], 9);
        let second = initial_weight(1, "conv2.weight", &[64, 9], 9);
        assert!(first.data().iter().all(|number| number.abs() <= 1.0 / 3.0));
        assert_ne!(first, second);
        assert_eq!(first, initial_weight(1, "conv1.weight", &[64, 9], 9));
    }
}
