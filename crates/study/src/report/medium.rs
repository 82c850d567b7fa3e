//! What a page calls the samples of a study: images or texts.

use crate::plan::Study;

/// The words for one kind of samples.
#[derive(Clone, Copy, Debug)]
pub(super) struct Medium {
    /// Several.
    pub many: &'static str,
    /// The classifier that needs no network.
    pub raw: &'static str,
    /// What budgets are measured in.
    pub budget: &'static str,
    /// The axis of budgets.
    pub axis: &'static str,
}

const IMAGES: Medium = Medium {
    many: "images",
    raw: "raw pixels",
    budget: "pixels from 0 to 1",
    axis: "budget eps (pixel units, logarithmic)",
};
const TEXTS: Medium = Medium {
    many: "texts",
    raw: "word counts",
    budget: "share of a text's open words that may change; one word always may",
    axis: "share of words that may change (logarithmic)",
};

impl Medium {
    pub(super) fn of(study: &Study) -> Self {
        if study.reading.is_some() { TEXTS } else { IMAGES }
    }
}
