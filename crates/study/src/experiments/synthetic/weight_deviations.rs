//! The fixed random deviations of the perturbed source, drawn exactly as the public program drew them.

use rand_mt::Mt;
use transferscope_theory::linear::Matrix;

use super::{SigmoidNetwork, SyntheticError};

/// The seed of the public program.
pub const PAPER_SEED: u32 = 233;

/// Uniform deviations in [-1/2, 1/2) for every weight of `shape_of`, after the draws of earlier constructors.
///
/// MT19937 with the classical initialisation by one integer; a uniform number is (u32 & 0xFFFFFF) 2^-24 and each
/// constructed network of width m consumes m n + m + d m + d of them, in the order W1, b1, W2, b2 (paper §11.1, Q6, and
/// §13.1). `constructed_widths` are those of the networks that were constructed before, with the same n and d.
///
/// # Errors
/// None in practice; the type is that of [`SigmoidNetwork::new`].
///
/// ```
/// use transferscope_study::experiments::synthetic::{PAPER_SEED, SigmoidNetwork, weight_deviations};
/// use transferscope_theory::linear::Matrix;
///
/// let source = SigmoidNetwork::new(Matrix::zeros(50, 50), vec![0.0; 50], Matrix::zeros(10, 50), vec![0.0; 10])?;
/// let deviations = weight_deviations(&source, &[100, 50], PAPER_SEED)?;
/// assert!((deviations.matrices().0[(0, 0)] - 0.00256067514).abs() < 1e-9);   // paper §13.1
/// # Ok::<(), transferscope_study::experiments::synthetic::SyntheticError>(())
/// ```
pub fn weight_deviations(
    shape_of: &SigmoidNetwork,
    constructed_widths: &[usize],
    seed: u32,
) -> Result<SigmoidNetwork, SyntheticError> {
    let (inputs, width, outputs) = (shape_of.inputs(), shape_of.width(), shape_of.outputs());
    let mut generator = Mt::new(seed);
    for constructed in constructed_widths {
        for _ in 0..constructed * inputs + constructed + outputs * constructed + outputs {
            generator.next_u32();
        }
    }
    let mut draw = |count: usize| (0..count).map(|_| uniform(&mut generator) - 0.5).collect::<Vec<f64>>();
    let w1 = Matrix::from_rows(width, inputs, draw(width * inputs))?;
    let b1 = draw(width);
    let w2 = Matrix::from_rows(outputs, width, draw(outputs * width))?;
    SigmoidNetwork::new(w1, b1, w2, draw(outputs))
}

/// The 24-bit uniform number of the public program's framework, exact in f32 and in f64.
fn uniform(generator: &mut Mt) -> f64 {
    f64::from(generator.next_u32() & 0x00FF_FFFF) * (1.0 / f64::from(1 << 24))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;

    #[test]
    fn the_generator_is_the_classical_one() {
        let mut generator = Mt::new(PAPER_SEED);
        let first: Vec<u32> = (0..4).map(|_| generator.next_u32()).collect();
        assert_eq!(first, [641_965_031, 2_098_335_527, 3_832_036_821, 2_227_743_089]);
        let mut generator = Mt::new(PAPER_SEED);
        for expected in [0.264_097_631, 0.070_543_706_4, 0.407_193_482, 0.783_835_471] {
            assert!((uniform(&mut generator) - expected).abs() < 1e-9, "printed to nine digits");
        }
    }

    /// Paper §13.1: constructors consumed, width, then W1[0,0..2], b1[0], W2[0,0..1], the last of b2.
    #[test]
    fn the_deviations_are_those_of_the_public_program() {
        let cases: [(&[usize], usize, [f64; 7]); 4] = [
            (
                &[100, 50],
                50,
                [0.00256067514, -0.428013146, -0.314746499, -0.310974836, 0.135829926, -0.142404914, -0.0152635574],
            ),
            (
                &[100, 200],
                200,
                [-0.310094953, -0.270425737, -0.484871507, 0.160691619, -0.197313309, -0.192566335, 0.0306662917],
            ),
            (
                &[100],
                100,
                [-0.422194839, 0.0909685493, -0.327512801, 0.490772009, -0.268777013, -0.244104743, -0.163920939],
            ),
            (
                &[100, 100],
                100,
                [0.353144228, -0.325125813, 0.0521671176, -0.082593739, 0.44543153, -0.00692230463, -0.251982391],
            ),
        ];
        for (constructed, width, expected) in cases {
            let zeros = SigmoidNetwork::new(
                Matrix::zeros(width, 50),
                vec![0.0; width],
                Matrix::zeros(10, width),
                vec![0.0; 10],
            );
            let deviations = weight_deviations(&zeros.unwrap(), constructed, PAPER_SEED).unwrap();
            let (w1, w2) = deviations.matrices();
            let (b1, b2) = deviations.shifts();
            let found = [w1[(0, 0)], w1[(0, 1)], w1[(0, 2)], b1[0], w2[(0, 0)], w2[(0, 1)], b2[9]];
            for (found, expected) in found.iter().zip(expected) {
                assert!((found - expected).abs() < 1e-9, "{constructed:?}: {found} is not {expected}");
            }
        }
    }
}
