//! The attack on one network, kept in a file, so that every pair can use it.

use std::path::Path;

use transferscope_lab::{
    data::{Compression, DataError, NpzFile, NpzWriter},
    deviate::{Attacked, Rows, Sizes},
};

/// Writes an attack.
pub(super) fn write(path: &Path, attacked: &Attacked) -> Result<(), DataError> {
    let images = attacked.ids.len();
    let perturbed = images * attacked.restarts;
    let mut file = NpzWriter::create(path, Compression::Stored)?;
    file.array("ids", &[images], &attacked.ids)?;
    let numbers = |values: &[usize]| values.iter().map(|&value| value as u64).collect::<Vec<u64>>();
    let [channels, height, width] = attacked.shape;
    file.array("counts", &[5], &numbers(&[attacked.restarts, channels, height, width, attacked.zero_gradients]))?;
    if let Some(labels) = &attacked.labels {
        let labels: Vec<u64> = labels.iter().copied().map(u64::from).collect();
        file.array("labels", &[images], &labels)?;
    }
    let rows = |file: &mut NpzWriter, name: &str, rows: &Rows| {
        file.array(name, &[rows.count(), rows.width], rows.values.as_slice())
    };
    rows(&mut file, "clean", &attacked.clean)?;
    rows(&mut file, "own", &attacked.own)?;
    rows(&mut file, "under_noise", &attacked.under_noise)?;
    file.array("prediction", &[images], &numbers(&attacked.prediction))?;
    file.array("prediction_under", &[perturbed], &numbers(&attacked.prediction_under))?;
    file.array("size_linf", &[perturbed], &attacked.sizes.linf)?;
    file.array("size_l2", &[perturbed], &attacked.sizes.l2)?;
    file.array("perturbed", &[perturbed, channels, height, width], &attacked.perturbed)?;
    file.finish()
}

/// Reads it again, to the same bits.
pub(super) fn read(path: &Path) -> Result<Attacked, DataError> {
    let file = NpzFile::open(path)?;
    let numbers = |name: &str| -> Result<Vec<usize>, DataError> {
        Ok(file.array_u64(name)?.data.into_iter().map(|value| usize::try_from(value).unwrap_or(usize::MAX)).collect())
    };
    let rows = |name: &str| -> Result<Rows, DataError> {
        let array = file.array_f64(name)?;
        Ok(Rows { width: array.shape.get(1).copied().unwrap_or(0), values: array.data })
    };
    let &[restarts, channels, height, width, zero_gradients] = numbers("counts")?.as_slice() else {
        return Err(DataError::Inconsistent {
            place: path.display().to_string(),
            expected: "five counts".to_owned(),
            found: "another number of them".to_owned(),
        });
    };
    let labels = match file.contains("labels") {
        true => Some(numbers("labels")?.into_iter().map(|label| u32::try_from(label).unwrap_or(u32::MAX)).collect()),
        false => None,
    };
    Ok(Attacked {
        ids: file.array_u64("ids")?.data,
        labels,
        restarts,
        shape: [channels, height, width],
        clean: rows("clean")?,
        prediction: numbers("prediction")?,
        own: rows("own")?,
        prediction_under: numbers("prediction_under")?,
        under_noise: rows("under_noise")?,
        sizes: Sizes { linf: file.array_f64("size_linf")?.data, l2: file.array_f64("size_l2")?.data },
        zero_gradients,
        perturbed: file.array_f32("perturbed")?.data,
    })
}
