//! Deviations and Jacobians in npz files: written by `measure --save` or by anybody else.

use std::path::{Path, PathBuf};

use transferscope_lab::{
    data::{Compression, DataError, ImageSet, NpzFile, NpzWriter},
    deviate::{Deviated, Rows},
};
use transferscope_study::measurement::{Measurement, Settings, from_deviations, from_first_order};
use transferscope_theory::{
    deviation::Deviations,
    jacobian::{FirstOrderAccumulator, FirstOrderOptions, JacobianChunk, JacobianError, Spectrum},
    statistics::CHUNK,
};

use super::{measure::close_gaps, subjects::data_failure};
use crate::exit::Failure;

/// The four deviations, by the names of their arrays.
const DEVIATIONS: [&str; 4] =
    ["source_under_source", "target_under_source", "target_under_target", "source_under_target"];
const NOISE: [&str; 2] = ["source_under_noise", "target_under_noise"];

/// Writes everything that another program needs to check a run: deviations, perturbed images, clean outputs.
///
/// # Errors
/// Where the file cannot be written.
pub fn save(path: &Path, deviated: &Deviated, images: &ImageSet) -> Result<(), DataError> {
    let mut file = NpzWriter::create(path, Compression::Stored)?;
    let rows = |file: &mut NpzWriter, name: &str, rows: &Rows| match rows.count() {
        0 => Ok(()),
        count => file.array(name, &[count, rows.width], rows.values.as_slice()),
    };
    file.array("image_id", &[deviated.ids.len()], deviated.ids.as_slice())?;
    file.array("restarts", &[1], [deviated.restarts as u64].as_slice())?;
    if let Some(labels) = &deviated.labels {
        let labels: Vec<i64> = labels.iter().copied().map(i64::from).collect();
        file.array("labels", &[labels.len()], labels.as_slice())?;
    }
    let arrays = [
        (DEVIATIONS[0], &deviated.source_under_source),
        (DEVIATIONS[1], &deviated.target_under_source),
        (DEVIATIONS[2], &deviated.target_under_target),
        (DEVIATIONS[3], &deviated.source_under_target),
        (NOISE[0], &deviated.source_under_noise),
        (NOISE[1], &deviated.target_under_noise),
        ("source_clean", &deviated.source_clean),
        ("target_clean", &deviated.target_clean),
    ];
    for (name, values) in arrays {
        rows(&mut file, name, values)?;
    }
    let shape = images.shape();
    for (name, pixels) in ["perturbed_on_source", "perturbed_on_target"].into_iter().zip(&deviated.perturbed) {
        if !pixels.is_empty() {
            let count = pixels.len() / shape.values();
            let shape = [count, shape.channels, shape.height, shape.width];
            file.array(name, &shape, pixels.as_slice())?;
        }
    }
    file.finish()
}

/// Measures the deviations of one or several files. The parts of a sharded run are put into the order of their images,
/// so that the result has the bits of the whole run.
///
/// # Errors
/// With exit code 3 for files that cannot be used, 4 where no measure is possible.
pub fn deviations(files: &[PathBuf], seed: u64, permutations: usize) -> Result<Measurement, Failure> {
    let mut parts = files.iter().map(|file| Part::read(file)).collect::<Result<Vec<_>, _>>()?;
    let restarts = parts.first().map_or(1, |part| part.restarts);
    if let Some((file, part)) = files.iter().zip(&parts).find(|(_, part)| part.restarts != restarts) {
        return Err(Failure::bad_input(anyhow::anyhow!(
            "'{}' has {} restarts an image, but the first file has {restarts}",
            file.display(),
            part.restarts
        )));
    }
    let places = ordered(&parts, files)?;
    let labels = parts.iter().all(|part| part.labels.is_some()).then(|| {
        places.iter().filter_map(|&(part, image)| parts[part].labels.as_ref().map(|labels| labels[image])).collect()
    });
    let ids = places.iter().map(|&(part, image)| parts[part].ids[image]).collect();
    let merge = |name: &str, parts: &mut [Part], pick: fn(&mut Part) -> Option<&mut Deviations>| {
        merged(name, parts, &places, restarts, pick)
    };
    let mut four = Vec::with_capacity(DEVIATIONS.len());
    for (index, name) in DEVIATIONS.into_iter().enumerate() {
        four.push(merge(name, &mut parts, PICKS[index])?);
    }
    let has_noise = parts.iter().all(|part| part.noise.is_some());
    let noise = match has_noise {
        true => Some([
            merge(NOISE[0], &mut parts, |part| part.noise.as_mut().map(|noise| &mut noise[0]))?,
            merge(NOISE[1], &mut parts, |part| part.noise.as_mut().map(|noise| &mut noise[1]))?,
        ]),
        false => None,
    };
    let [source_under_source, target_under_source, target_under_target, source_under_target] =
        <[Deviations; 4]>::try_from(four).map_err(|_| Failure::bad_input(anyhow::anyhow!("four arrays are needed")))?;
    let pair = transferscope_theory::deviation::PairDeviations {
        source_under_source,
        target_under_source,
        target_under_target,
        source_under_target,
    };
    let settings = Settings {
        attack: "given".to_owned(),
        restarts,
        images: "given".to_owned(),
        outputs: "given".to_owned(),
        seed,
        precision: "given".to_owned(),
        permutations,
        ..Settings::default()
    };
    from_deviations(&pair, noise.as_ref(), restarts, ids, labels, settings).map_err(Failure::not_possible)
}

/// One file of deviations.
struct Part {
    ids: Vec<u64>,
    labels: Option<Vec<u32>>,
    restarts: usize,
    four: [Deviations; 4],
    noise: Option<[Deviations; 2]>,
}

const PICKS: [fn(&mut Part) -> Option<&mut Deviations>; 4] = [
    |part| Some(&mut part.four[0]),
    |part| Some(&mut part.four[1]),
    |part| Some(&mut part.four[2]),
    |part| Some(&mut part.four[3]),
];

impl Part {
    fn read(path: &Path) -> Result<Self, Failure> {
        let file = NpzFile::open(path).map_err(data_failure)?;
        let shown = path.display();
        let matrix = |name: &str| -> Result<Deviations, Failure> {
            let array = file.array_f64(name).map_err(data_failure)?;
            let &[rows, width] = array.shape.as_slice() else {
                return Err(Failure::bad_input(anyhow::anyhow!(
                    "'{shown}': expected array '{name}' to have two axes (images, outputs), found shape {:?}",
                    array.shape
                )));
            };
            Deviations::new(array.data, rows, width)
                .map_err(|error| Failure::bad_input(anyhow::anyhow!("'{shown}', array '{name}': {error}")))
        };
        let [a, b, c, d] = DEVIATIONS;
        let four = [matrix(a)?, matrix(b)?, matrix(c)?, matrix(d)?];
        let restarts = match file.contains("restarts") {
            true => match file.array_u64("restarts").map_err(data_failure)?.data.as_slice() {
                &[count] if count > 0 => count as usize,
                other => {
                    return Err(Failure::bad_input(anyhow::anyhow!(
                        "'{shown}': expected 'restarts' to be one number from 1, found {other:?}"
                    )));
                }
            },
            false => 1,
        };
        let images = four[0].samples() / restarts;
        let ids = match file.contains("image_id") {
            true => file.array_u64("image_id").map_err(data_failure)?.data,
            false => (0..images as u64).collect(),
        };
        let counted = |name: &str, found: usize| match found == images {
            true => Ok(()),
            false => Err(Failure::bad_input(anyhow::anyhow!(
                "'{shown}': expected {images} entries in '{name}', one an image, found {found}"
            ))),
        };
        counted("image_id", ids.len())?;
        let labels = match file.contains("labels") {
            true => {
                let labels = file.array_i64("labels").map_err(data_failure)?.data;
                counted("labels", labels.len())?;
                let label = |label: i64| {
                    u32::try_from(label).map_err(|_| {
                        Failure::bad_input(anyhow::anyhow!("'{shown}': expected labels from 0, found {label}"))
                    })
                };
                Some(labels.into_iter().map(label).collect::<Result<_, _>>()?)
            }
            false => None,
        };
        let noise = match NOISE.iter().all(|name| file.contains(name)) {
            true => Some([matrix(NOISE[0])?, matrix(NOISE[1])?]),
            false => None,
        };
        Ok(Self { ids, labels, restarts, four, noise })
    }
}

/// Which part and which of its images comes next, in the order of the images' ids.
fn ordered(parts: &[Part], files: &[PathBuf]) -> Result<Vec<(usize, usize)>, Failure> {
    let mut places: Vec<(usize, usize)> = parts
        .iter()
        .enumerate()
        .flat_map(|(part, content)| (0..content.ids.len()).map(move |image| (part, image)))
        .collect();
    if parts.len() == 1 {
        return Ok(places);
    }
    let id = |&(part, image): &(usize, usize)| parts[part].ids[image];
    places.sort_by_key(id);
    match places.windows(2).find(|pair| id(&pair[0]) == id(&pair[1])) {
        None => Ok(places),
        Some(pair) => Err(Failure::bad_input(anyhow::anyhow!(
            "image {} is both in '{}' and in '{}': parts of one run hold different images",
            id(&pair[0]),
            files[pair[0].0].display(),
            files[pair[1].0].display()
        ))),
    }
}

fn merged(
    name: &str,
    parts: &mut [Part],
    places: &[(usize, usize)],
    restarts: usize,
    pick: fn(&mut Part) -> Option<&mut Deviations>,
) -> Result<Deviations, Failure> {
    let arrays: Vec<&Deviations> = parts.iter_mut().filter_map(pick).map(|array| &*array).collect();
    let width = arrays.first().map_or(0, |array| array.outputs());
    let mut values = Vec::with_capacity(places.len() * restarts * width);
    for &(part, image) in places {
        if arrays[part].outputs() != width {
            return Err(Failure::bad_input(anyhow::anyhow!(
                "'{name}' has {width} outputs in one file and {} in another",
                arrays[part].outputs()
            )));
        }
        for restart in 0..restarts {
            values.extend_from_slice(arrays[part].sample(image * restarts + restart));
        }
    }
    Deviations::new(values, places.len() * restarts, width).map_err(Failure::bad_input)
}

/// First-order measures from a file of Jacobians, read 64 samples at a time: no Jacobian is kept.
///
/// # Errors
/// With exit code 3 for files that cannot be used, 4 where no measure is possible.
pub fn jacobians(path: &Path, level: usize, seed: u64, permutations: usize) -> Result<Measurement, Failure> {
    let file = NpzFile::open(path).map_err(data_failure)?;
    let mut source = file.stream_f64("source").map_err(data_failure)?;
    let mut target = file.stream_f64("target").map_err(data_failure)?;
    let shown = path.display();
    let (&[samples, source_outputs, inputs], &[target_samples, target_outputs, target_inputs]) =
        (source.shape(), target.shape())
    else {
        return Err(Failure::bad_input(anyhow::anyhow!(
            "'{shown}': expected the arrays source (N,dS,n) and target (N,dT,n), found shapes {:?} and {:?}",
            source.shape(),
            target.shape()
        )));
    };
    if samples != target_samples || inputs != target_inputs {
        return Err(Failure::bad_input(anyhow::anyhow!(
            "'{shown}': source and target must have as many samples and inputs as each other, \
             found {samples} samples of {inputs} inputs and {target_samples} of {target_inputs}"
        )));
    }
    if level >= source_outputs.min(target_outputs).min(inputs) {
        return Err(Failure::usage(anyhow::anyhow!(
            "level {level} does not exist: networks of {source_outputs} and {target_outputs} outputs on {inputs} inputs \
             have the levels 0 to {}",
            source_outputs.min(target_outputs).min(inputs).saturating_sub(1)
        )));
    }
    let options = FirstOrderOptions { level, ..FirstOrderOptions::default() };
    let mut accumulator = FirstOrderAccumulator::new(source_outputs, target_outputs, options);
    let unusable = |error: JacobianError| Failure::bad_input(anyhow::anyhow!("'{shown}': {error}"));
    let mut chunk = 0;
    while let (Some(of_source), Some(of_target)) =
        (source.next_rows(CHUNK).map_err(data_failure)?, target.next_rows(CHUNK).map_err(data_failure)?)
    {
        let samples =
            JacobianChunk::new(&of_source, &of_target, source_outputs, target_outputs, inputs).map_err(unusable)?;
        accumulator.add_chunk(chunk, &samples).map_err(unusable)?;
        chunk += 1;
    }
    let settings = Settings {
        attack: "singular-vector".to_owned(),
        first_order: true,
        level: Some(level),
        restarts: 1,
        images: "given".to_owned(),
        outputs: "given".to_owned(),
        seed,
        precision: "given".to_owned(),
        permutations,
        ..Settings::default()
    };
    let field = accumulator.finish().map_err(unusable)?;
    let mut measurement = from_first_order(&field, inputs, settings).map_err(Failure::not_possible)?;
    for (role, spectra) in [("source", &field.source), ("target", &field.target)] {
        let gaps = spectra.iter().filter_map(Spectrum::relative_gap);
        measurement.notes.extend(close_gaps(gaps, role, "first and second singular values"));
    }
    Ok(measurement)
}
