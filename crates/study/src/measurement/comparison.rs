//! Two results over the same images, paired.

use serde::Serialize;
use transferscope_theory::transferability::{PairedDifference, PerImage, TransferabilityError, paired_difference};

use super::{ImageValues, Measurement};

/// Why two results cannot be compared.
#[derive(Debug, thiserror::Error)]
pub enum ComparisonError {
    /// The measures do not pair up.
    #[error(transparent)]
    Transferability(#[from] TransferabilityError),
    /// One of them keeps no values by image.
    #[error("the {place} result holds no values by image, so nothing can be paired")]
    NoImages {
        /// `first` or `second`.
        place: &'static str,
    },
}

/// First minus second, over the images that both measured.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Comparison {
    /// Attack built on the source, seen on the target.
    pub s_to_t: DirectionComparison,
    /// Attack built on the target, seen on the source.
    pub t_to_s: DirectionComparison,
    /// Images that both measured.
    pub shared_images: usize,
    /// Settings in which the two differ: name, first, second.
    pub settings_that_differ: Vec<(String, String, String)>,
    /// Remarks: what a reader must know to judge the differences.
    pub notes: Vec<String>,
}

/// The differences of one direction.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DirectionComparison {
    /// Paired differences with their intervals.
    #[serde(flatten)]
    pub difference: PairedDifference,
}

/// Sets two results side by side.
///
/// # Errors
/// Where they share fewer than two images.
pub fn compare(first: &Measurement, second: &Measurement) -> Result<Comparison, ComparisonError> {
    for (place, result) in [("first", first), ("second", second)] {
        if result.per_image.image_id.is_empty() {
            return Err(ComparisonError::NoImages { place });
        }
    }
    let direction = |a: &ImageValues, b: &ImageValues| -> Result<DirectionComparison, ComparisonError> {
        let difference = paired_difference(
            &PerImage::from(a),
            &first.per_image.image_id,
            &PerImage::from(b),
            &second.per_image.image_id,
        )?;
        Ok(DirectionComparison { difference })
    };
    let shared = first.per_image.image_id.iter().filter(|id| second.per_image.image_id.contains(id)).count();
    let mut notes = Vec::new();
    if let (Some(a), Some(b)) = (&first.data, &second.data)
        && a.sha256 != b.sha256
    {
        notes.push(
            "the two results are over different data; images were paired by their place in the file, so the difference \
             means something only if those places hold the same pictures"
                .to_owned(),
        );
    }
    if shared < first.per_image.image_id.len().max(second.per_image.image_id.len()) {
        notes.push("one result measured images that the other did not; only shared images count".to_owned());
    }
    Ok(Comparison {
        s_to_t: direction(&first.per_image.s_to_t, &second.per_image.s_to_t)?,
        t_to_s: direction(&first.per_image.t_to_s, &second.per_image.t_to_s)?,
        shared_images: shared,
        settings_that_differ: differing_settings(first, second),
        notes,
    })
}

fn differing_settings(first: &Measurement, second: &Measurement) -> Vec<(String, String, String)> {
    let table = |result: &Measurement| {
        let mut value = serde_json::to_value(&result.settings).unwrap_or_default();
        if let (Some(object), Some(networks), Some(data)) = (value.as_object_mut(), &result.networks, &result.data) {
            object.insert("source".into(), networks.source.spec.clone().into());
            object.insert("target".into(), networks.target.spec.clone().into());
            object.insert("data".into(), data.spec.clone().into());
        }
        value
    };
    let (first, second) = (table(first), table(second));
    let (Some(a), Some(b)) = (first.as_object(), second.as_object()) else { return Vec::new() };
    let show = |value: Option<&serde_json::Value>| match value {
        Some(serde_json::Value::String(text)) => text.clone(),
        Some(value) if !value.is_null() => value.to_string(),
        _ => "-".to_owned(),
    };
    let mut names: Vec<&String> = a.keys().chain(b.keys()).collect();
    names.sort();
    names.dedup();
    names
        .into_iter()
        .filter(|name| a.get(*name) != b.get(*name))
        .map(|name| (name.clone(), show(a.get(name)), show(b.get(name))))
        .collect()
}
