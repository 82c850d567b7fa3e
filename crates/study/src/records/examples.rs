//! A few images: clean, perturbed, the perturbation made visible, and what each network said.

use serde::{Deserialize, Serialize};

/// The images of one task.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Examples {
    /// The network that was attacked.
    pub attacked: String,
    /// The budget, as typed.
    pub eps: String,
    /// By what the perturbation is multiplied in its picture.
    pub amplified: f64,
    /// The images.
    pub images: Vec<Example>,
}

/// One image. Pictures are PNG files in base64.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Example {
    /// Its place in the file order of the data.
    pub id: u64,
    /// Its class.
    pub label: String,
    /// Width and height in pixels.
    pub size: [usize; 2],
    /// The clean picture.
    pub clean: String,
    /// The perturbation: grey is no change.
    pub perturbation: String,
    /// The perturbed picture.
    pub perturbed: String,
    /// What each network said.
    pub said: Vec<Said>,
}

/// What a network said of one image.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Said {
    /// The network.
    pub network: String,
    /// Whether it is a reference.
    pub reference: bool,
    /// Its class of the clean image.
    pub clean: String,
    /// Its class of the perturbed image.
    pub perturbed: String,
}
