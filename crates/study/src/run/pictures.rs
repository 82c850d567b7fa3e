//! The cell of a few images: one network attacked, and what every network said before and after.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use transferscope_lab::{
    data::{ImageSet, png},
    deviate::attack,
    subject::Subject,
};
use transferscope_network::array::Array;

use super::{
    RunError,
    means::Means,
    measure_pair::{error_of_plan, purpose},
};
use crate::{
    plan::AttackSettings,
    records::{Example, Examples, Said},
};

/// Images shown.
const IMAGES: usize = 4;

/// Who looks at the images.
pub(super) struct Onlooker<'a> {
    pub name: String,
    pub reference: bool,
    pub subject: &'a Subject,
}

/// The first image of each of the first classes, attacked on one network at one budget.
pub(super) fn examples(
    cell: &str,
    attacked: (&str, &Subject),
    onlookers: &[Onlooker<'_>],
    images: &ImageSet,
    settings: &AttackSettings,
    eps: usize,
    means: Means<'_>,
) -> Result<Examples, RunError> {
    let labels = images.labels().unwrap_or_default();
    let names = images.class_names().unwrap_or_default();
    let shown: Vec<usize> = (0..names.len())
        .filter_map(|class| labels.iter().position(|&label| label as usize == class))
        .take(IMAGES)
        .collect();
    let picture = |error: transferscope_lab::data::DataError| RunError::Picture(error.to_string());
    let chosen = images.select(&shown).map_err(picture)?;
    let failed = |error| RunError::deviate(cell, error);
    let plan = settings.plan(eps, means.threads).map_err(|error| failed(error_of_plan(error)))?;
    let progress = means.events.progress(cell);
    let result = attack(attacked.1, &chosen, &plan, &purpose(attacked.0), progress.as_ref()).map_err(failed)?;
    let shape = chosen.shape();
    let size = settings.eps.get(eps).map_or(1.0, |(_, size)| *size);
    let length = shape.values();
    let clean = chosen.decode(0..chosen.len()).map_err(picture)?;
    let mut said: Vec<Vec<Said>> = vec![Vec::new(); chosen.len()];
    for onlooker in onlookers {
        let batch = |pixels: Vec<f32>| {
            Array::new(vec![chosen.len(), shape.channels, shape.height, shape.width], pixels)
                .map_err(|error| RunError::Picture(error.to_string()))
        };
        // The first restart of each image.
        let first: Vec<f32> =
            result.perturbed.chunks(length * result.restarts).flat_map(|all| all[..length].to_vec()).collect();
        let before = onlooker.subject.logits(&batch(clean.clone())?)?;
        let after = onlooker.subject.logits(&batch(first)?)?;
        let class = |logits: &[f64]| {
            let place = transferscope_lab::objective::prediction(logits);
            onlooker
                .subject
                .class_names()
                .and_then(|names| names.get(place))
                .cloned()
                .unwrap_or_else(|| place.to_string())
        };
        for (image, said) in said.iter_mut().enumerate() {
            said.push(Said {
                network: onlooker.name.clone(),
                reference: onlooker.reference,
                clean: class(before.row(image)),
                perturbed: class(after.row(image)),
            });
        }
    }
    let encoded = |pixels: &[f32]| -> Result<String, RunError> {
        Ok(BASE64_STANDARD.encode(png::encode(shape, &png::levels(pixels)).map_err(picture)?))
    };
    let images = said
        .into_iter()
        .enumerate()
        .map(|(image, said)| {
            let before = &clean[image * length..(image + 1) * length];
            let start = image * result.restarts * length;
            let after = &result.perturbed[start..start + length];
            let change: Vec<f32> =
                after.iter().zip(before).map(|(now, then)| 0.5 + (now - then) * (0.5 / size) as f32).collect();
            let label = chosen.labels().map_or(0, |labels| labels[image] as usize);
            Ok(Example {
                id: chosen.ids()[image],
                label: names.get(label).cloned().unwrap_or_default(),
                size: [shape.width, shape.height],
                clean: encoded(before)?,
                perturbation: encoded(&change)?,
                perturbed: encoded(after)?,
                said,
            })
        })
        .collect::<Result<_, RunError>>()?;
    Ok(Examples {
        attacked: attacked.0.to_owned(),
        eps: settings.eps.get(eps).map_or_else(String::new, |(text, _)| text.clone()),
        amplified: 0.5 / size,
        images,
    })
}
