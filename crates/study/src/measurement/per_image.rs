//! Values by image, as they stand in a record.

use serde::{Deserialize, Serialize};
use transferscope_theory::transferability::PerImage;

/// The values of one direction; an entry an image, `null` where it was excluded.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ImageValues {
    /// alpha1 of the image.
    pub alpha1: Vec<Option<f64>>,
    /// The envelope form of it.
    pub envelope: Vec<Option<f64>>,
    /// Jackknife pseudo-values of the unbiased square of alpha2.
    pub alpha2_squared: Vec<Option<f64>>,
    /// Jackknife pseudo-values of the unbiased square of the combined measure.
    pub combined_squared: Vec<Option<f64>>,
}

/// The values of both directions, with the images they belong to.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PerImageRecord {
    /// Global ids of the images, in the order of the values.
    pub image_id: Vec<u64>,
    /// Labels, where the data have labels.
    pub label: Option<Vec<u32>>,
    /// Attack built on the source, seen on the target.
    pub s_to_t: ImageValues,
    /// Attack built on the target, seen on the source.
    pub t_to_s: ImageValues,
}

impl From<&PerImage> for ImageValues {
    fn from(values: &PerImage) -> Self {
        Self {
            alpha1: values.alpha1.clone(),
            envelope: values.envelope.clone(),
            alpha2_squared: values.alpha2_squared.clone(),
            combined_squared: values.combined_squared.clone(),
        }
    }
}

impl From<&ImageValues> for PerImage {
    fn from(values: &ImageValues) -> Self {
        Self {
            alpha1: values.alpha1.clone(),
            envelope: values.envelope.clone(),
            alpha2_squared: values.alpha2_squared.clone(),
            combined_squared: values.combined_squared.clone(),
        }
    }
}

impl PerImageRecord {
    /// The values as a table: one row an image, empty cells where a value is missing.
    #[must_use]
    pub fn to_csv(&self) -> String {
        let mut text = String::from("image_id,label");
        let directions = [("s_to_t", &self.s_to_t), ("t_to_s", &self.t_to_s)];
        for (name, _) in directions {
            for column in ["alpha1", "envelope", "alpha2_squared", "combined_squared"] {
                text.push_str(&format!(",{column}_{name}"));
            }
        }
        text.push('\n');
        for (index, id) in self.image_id.iter().enumerate() {
            let label = self.label.as_ref().map_or_else(String::new, |labels| labels[index].to_string());
            text.push_str(&format!("{id},{label}"));
            for (_, values) in directions {
                for column in [&values.alpha1, &values.envelope, &values.alpha2_squared, &values.combined_squared] {
                    text.push(',');
                    if let Some(Some(value)) = column.get(index) {
                        text.push_str(&value.to_string());
                    }
                }
            }
            text.push('\n');
        }
        text
    }
}
