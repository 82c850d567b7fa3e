//! From a graph to a network that runs, on an engine chosen by name.

use std::str::FromStr;

use transferscope_network::graph::Graph;

use crate::{
    burn::BurnNetwork,
    device::DeviceChoice,
    door::{EngineError, Frozen},
    interpreter::Interpreted,
};

/// Which engine is to run a network.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum EngineChoice {
    /// The fastest that can run it: Burn, in this version.
    #[default]
    Auto,
    /// Burn.
    Burn,
    /// The f64 interpreter: slow, the reference.
    Interpreter,
}

impl FromStr for EngineChoice {
    type Err = EngineError;

    fn from_str(name: &str) -> Result<Self, EngineError> {
        match name {
            "auto" => Ok(Self::Auto),
            "burn" => Ok(Self::Burn),
            "interpreter" => Ok(Self::Interpreter),
            "cpu" => Err(EngineError::UnknownEngine {
                name: name.to_owned(),
                reason: "this version has no engine of its own for the processor yet, burn runs there (on the device 'flex')",
            }),
            _ => Err(EngineError::UnknownEngine { name: name.to_owned(), reason: "there is no engine of this name" }),
        }
    }
}

/// A network that runs this graph, its weights as they are now.
///
/// ```
/// use transferscope_engine::{EngineChoice, Feed, compile};
/// use transferscope_network::{array::Array, zoo::{Settings, find}};
/// let graph = find("lenet")?.build(&Settings::with_classes(10))?;
/// let network = compile(&graph, EngineChoice::Auto, "flex")?;
/// let images = Array::filled(vec![2, 3, 32, 32], 0.5_f32);
/// let logits = network.forward(&Feed::batch(images), &[network.output()])?;
/// assert_eq!(logits[0].shape(), &[2, 10]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// Where the device is not compiled in, or the engine has no such operator.
pub fn compile(graph: &Graph, choice: EngineChoice, device: &str) -> Result<Box<dyn Frozen>, EngineError> {
    let device: DeviceChoice = device.parse()?;
    Ok(match choice {
        EngineChoice::Auto | EngineChoice::Burn => Box::new(BurnNetwork::new(graph, device)?),
        EngineChoice::Interpreter => Box::new(Interpreted::new(graph.clone())),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_parsed_and_the_unknown_are_answered_with_what_there_is() {
        assert_eq!("auto".parse::<EngineChoice>().ok(), Some(EngineChoice::Auto));
        let answer = |name: &str| name.parse::<EngineChoice>().expect_err("there is none").to_string();
        assert!(answer("cpu").contains("yet"));
        assert!(answer("tpu").contains("auto, burn, interpreter"));
        let device = "cuda".parse::<DeviceChoice>().expect_err("it is not compiled in").to_string();
        assert!(device.contains("flex"), "{device}");
    }
}
