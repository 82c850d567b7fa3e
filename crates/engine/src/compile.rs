//! From a graph to a network that runs, on an engine chosen by name.

use std::str::FromStr;

use transferscope_network::graph::Graph;

use crate::{
    burn::BurnNetwork,
    cpu::{CpuNetwork, CpuOptions, Tier},
    device::DeviceChoice,
    door::{EngineError, Frozen},
    fallback::FallenBack,
    interpreter::Interpreted,
};

/// Which engine is to run a network.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum EngineChoice {
    /// The fastest that can run it: the processor engine where it has every operator, else Burn, which then says why
    /// (see [`Frozen::remark`]).
    #[default]
    Auto,
    /// The processor engine on the best tier of this processor; an error where it lacks an operator.
    Cpu,
    /// The processor engine on this tier of kernels.
    CpuTier(Tier),
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
            "cpu" => Ok(Self::Cpu),
            "burn" => Ok(Self::Burn),
            "interpreter" => Ok(Self::Interpreter),
            _ => match name.strip_prefix("cpu-") {
                Some(tier) => tier.parse().map(Self::CpuTier),
                None => {
                    Err(EngineError::UnknownEngine { name: name.to_owned(), reason: "there is no engine of this name" })
                }
            },
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
        EngineChoice::Auto => match (device, CpuNetwork::new(graph, CpuOptions::default())) {
            (DeviceChoice::Flex, Ok(network)) => Box::new(network),
            (DeviceChoice::Flex, Err(reason)) => Box::new(FallenBack::new(BurnNetwork::new(graph, device)?, &reason)),
        },
        EngineChoice::Cpu => Box::new(CpuNetwork::new(graph, CpuOptions::default())?),
        EngineChoice::CpuTier(tier) => Box::new(CpuNetwork::new(graph, CpuOptions { tier, ..CpuOptions::default() })?),
        EngineChoice::Burn => Box::new(BurnNetwork::new(graph, device)?),
        EngineChoice::Interpreter => Box::new(Interpreted::new(graph.clone())),
    })
}

#[cfg(test)]
mod tests {
    use transferscope_network::{
        graph::Builder,
        operator::Operator,
        zoo::{Settings, find},
    };

    use super::*;

    #[test]
    fn names_are_parsed_and_the_unknown_are_answered_with_what_there_is() {
        assert_eq!("auto".parse::<EngineChoice>().ok(), Some(EngineChoice::Auto));
        let answer = |name: &str| name.parse::<EngineChoice>().expect_err("there is none").to_string();
        assert_eq!("cpu".parse::<EngineChoice>().ok(), Some(EngineChoice::Cpu));
        assert_eq!("cpu-portable".parse::<EngineChoice>().ok(), Some(EngineChoice::CpuTier(Tier::Portable)));
        assert!(answer("cpu-sse9").contains("portable, avx2, avx512"));
        assert!(answer("tpu").contains("auto, cpu, burn, interpreter"));
        let device = "cuda".parse::<DeviceChoice>().expect_err("it is not compiled in").to_string();
        assert!(device.contains("flex"), "{device}");
    }

    /// A softmax is Burn's: the network runs all the same, and tells why it is not the processor engine's.
    #[test]
    fn what_the_processor_engine_lacks_falls_back_and_says_so() {
        let mut builder = Builder::new("case");
        let x = builder.input("x", &[3]);
        let y = builder.node("y", Operator::Softmax { axis: 1 }, &[x]);
        let graph = builder.finish(y).expect("the case is a graph");
        let network = compile(&graph, EngineChoice::Auto, "flex").expect("Burn has a softmax");
        assert_eq!(network.engine(), "burn");
        assert!(network.remark().is_some_and(|remark| remark.contains("softmax") && remark.contains("'y'")));
        let error = compile(&graph, EngineChoice::Cpu, "flex").err().expect("it lacks a softmax");
        assert!(matches!(error, EngineError::UnsupportedOperator { .. }));
        let linear = find("fc").and_then(|found| found.build(&Settings::with_classes(10))).expect("in the zoo");
        let network = compile(&linear, EngineChoice::Auto, "flex").expect("it has a linear layer");
        assert!(network.engine().starts_with("cpu") && network.remark().is_none());
    }
}
