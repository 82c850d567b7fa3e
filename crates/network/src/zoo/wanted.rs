//! What an architecture is asked to build: the settings, and whether its weights matter.

use std::ops::Deref;

use super::Settings;

/// What the weights are filled with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Filling {
    /// PyTorch's default initialisation.
    Fresh,
    /// Zeros: for whoever asks for names, shapes and counts, or fills in a file's weights, and would only wait for chance.
    Zeros,
}

/// Settings and filling; reads like the settings.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted {
    pub settings: Settings,
    pub filling: Filling,
}

impl Deref for Wanted {
    type Target = Settings;

    fn deref(&self) -> &Settings {
        &self.settings
    }
}
