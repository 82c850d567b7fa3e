//! The devices a network can run on, by name.

use std::str::FromStr;

use crate::door::EngineError;

/// A device that is compiled into this build.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DeviceChoice {
    /// The processor, through Burn's pure Rust kernels.
    #[default]
    Flex,
}

/// The names that [`DeviceChoice`] parses, as error messages list them.
const COMPILED_IN: &str = "flex, cpu";

impl DeviceChoice {
    /// Its name in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Flex => "flex",
        }
    }
}

impl FromStr for DeviceChoice {
    type Err = EngineError;

    /// `flex` and `cpu` are the same device.
    fn from_str(name: &str) -> Result<Self, EngineError> {
        match name {
            "flex" | "cpu" => Ok(Self::Flex),
            _ => Err(EngineError::UnknownDevice { name: name.to_owned(), compiled_in: COMPILED_IN }),
        }
    }
}
