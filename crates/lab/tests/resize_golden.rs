//! Resize against Pillow: bytes within one grey level, and the network's resampling matrices against Pillow's float images.
//!
//! Images and answers: `scripts/golden/make_resize_golden.py`, run with Pillow 13.0.0 and numpy 2.4.6.

use transferscope_lab::data::{DataError, ImageSize, NpzFile, Pixels, resize_planes};
use transferscope_network::resample::bilinear_weights;

fn golden() -> Result<NpzFile, DataError> {
    NpzFile::from_bytes(include_bytes!("golden/resize.npz").to_vec())
}

fn size(shape: &[usize]) -> ImageSize {
    ImageSize { height: shape[0], width: shape[1] }
}

fn cases(file: &NpzFile) -> Vec<String> {
    file.names().iter().filter_map(|name| name.strip_suffix("_input")).map(str::to_owned).collect()
}

#[test]
fn bytes_are_within_one_grey_level_of_pillow() -> Result<(), DataError> {
    let file = golden()?;
    let cases = cases(&file);
    assert_eq!(cases.len(), 18, "six sizes of three textures");
    let (mut pixels, mut different) = (0, 0);
    for case in cases {
        let input = file.array_u8(&format!("{case}_input"))?;
        let expected = file.array_u8(&format!("{case}_output"))?;
        let Pixels::U8(found) = resize_planes(&Pixels::U8(input.data), size(&input.shape), size(&expected.shape))?
        else {
            panic!("bytes stay bytes")
        };
        assert_eq!(found.len(), expected.data.len());
        let worst = found.iter().zip(&expected.data).map(|(a, b)| a.abs_diff(*b)).max();
        assert!(worst <= Some(1), "{case}: {worst:?} grey levels");
        pixels += found.len();
        different += found.iter().zip(&expected.data).filter(|(a, b)| a != b).count();
    }
    // One level comes from weights of 16 bits where Pillow has 22: measured, a tenth of the pixels of these noisy images. A
    // filter without antialiasing, or one centred half a pixel off, differs nearly everywhere (and by far more than a level).
    assert!(different * 7 <= pixels, "{different} of {pixels} pixels differ from Pillow");
    Ok(())
}

#[test]
fn float_images_agree_with_pillow_and_with_the_matrices() -> Result<(), DataError> {
    let file = golden()?;
    for case in cases(&file) {
        let input = file.array_u8(&format!("{case}_input"))?;
        let expected = file.array_f64(&format!("{case}_float"))?;
        let (from, to) = (size(&input.shape), size(&expected.shape));
        let levels: Vec<f64> = input.data.iter().map(|level| f64::from(*level)).collect();
        // Pillow keeps f32 between the two passes: 255 * 2^-24 twice is 3e-5 of a level.
        assert_close(&case, &separable(&levels, from, to), &expected.data, 1e-4);
        let unit = Pixels::F32(levels.iter().map(|level| (level / 255.0) as f32).collect());
        let Pixels::F32(found) = resize_planes(&unit, from, to)? else { panic!("floats stay floats") };
        let found: Vec<f64> = found.iter().map(|value| f64::from(*value) * 255.0).collect();
        // f32 throughout: a sum of up to 7 x 7 weighted pixels, some units in the last place of 255.
        assert_close(&case, &found, &expected.data, 3e-4);
    }
    Ok(())
}

fn assert_close(case: &str, found: &[f64], expected: &[f64], tolerance: f64) {
    assert_eq!(found.len(), expected.len());
    let worst = found.iter().zip(expected).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
    assert!(worst <= tolerance, "{case}: {worst}");
}

/// Rows x image x columns: (to.height x from.height) · image · (to.width x from.width) transposed.
fn separable(image: &[f64], from: ImageSize, to: ImageSize) -> Vec<f64> {
    let vertical = bilinear_weights(to.height, from.height);
    let horizontal = bilinear_weights(to.width, from.width);
    let mut narrow = vec![0.0; from.height * to.width];
    for row in 0..from.height {
        for column in 0..to.width {
            narrow[row * to.width + column] =
                (0..from.width).map(|k| horizontal[column * from.width + k] * image[row * from.width + k]).sum();
        }
    }
    let mut result = vec![0.0; to.height * to.width];
    for row in 0..to.height {
        for column in 0..to.width {
            result[row * to.width + column] =
                (0..from.height).map(|k| vertical[row * from.height + k] * narrow[k * to.width + column]).sum();
        }
    }
    result
}
