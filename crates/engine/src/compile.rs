//! From a graph to a network that runs, on an engine chosen by name.

use std::str::FromStr;

use transferscope_network::graph::Graph;

use crate::{
    burn::BurnNetwork,
    cpu::{CpuNetwork, CpuOptions, Precision},
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
    /// The processor engine; an error where it lacks an operator.
    Cpu(CpuOptions),
    /// Burn.
    Burn,
    /// The f64 interpreter: slow, the reference.
    Interpreter,
}

impl EngineChoice {
    /// What products are made of; Burn's and the interpreter's are those of their own numbers.
    #[must_use]
    pub fn precision(self) -> Precision {
        match self {
            Self::Cpu(options) => options.precision,
            Self::Auto | Self::Burn | Self::Interpreter => Precision::F32,
        }
    }

    /// The same engine in this precision. `auto` becomes the processor engine, since no other has a choice: where it lacks
    /// an operator, the network cannot be run in this precision.
    ///
    /// ```
    /// use transferscope_engine::{EngineChoice, cpu::Precision};
    /// let engine = EngineChoice::Auto.in_precision(Precision::Bf16x3)?;
    /// assert!(matches!(engine, EngineChoice::Cpu(options) if options.precision == Precision::Bf16x3));
    /// assert!(EngineChoice::Burn.in_precision(Precision::Bf16).is_err());
    /// # Ok::<(), transferscope_engine::EngineError>(())
    /// ```
    ///
    /// # Errors
    /// Where the engine has only f32 (Burn) or f64 (the interpreter) and another precision is asked for.
    pub fn in_precision(self, precision: Precision) -> Result<Self, EngineError> {
        let of_another = |engine| EngineError::PrecisionOfAnother { engine, precision: precision.name() };
        match self {
            _ if precision == Precision::F32 => Ok(self),
            Self::Auto => Ok(Self::Cpu(CpuOptions { precision, ..CpuOptions::default() })),
            Self::Cpu(options) => Ok(Self::Cpu(CpuOptions { precision, ..options })),
            Self::Burn => Err(of_another("burn")),
            Self::Interpreter => Err(of_another("interpreter")),
        }
    }
}

impl FromStr for EngineChoice {
    type Err = EngineError;

    fn from_str(name: &str) -> Result<Self, EngineError> {
        match name {
            "auto" => Ok(Self::Auto),
            "cpu" => Ok(Self::Cpu(CpuOptions::default())),
            "burn" => Ok(Self::Burn),
            "interpreter" => Ok(Self::Interpreter),
            _ => match name.strip_prefix("cpu-") {
                Some(words) => words.parse().map(Self::Cpu),
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
        EngineChoice::Cpu(options) => Box::new(CpuNetwork::new(graph, options)?),
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
    use crate::cpu::Tier;

    #[test]
    fn names_are_parsed_and_the_unknown_are_answered_with_what_there_is() {
        assert_eq!("auto".parse::<EngineChoice>().ok(), Some(EngineChoice::Auto));
        let answer = |name: &str| name.parse::<EngineChoice>().expect_err("there is none").to_string();
        let cpu = CpuOptions::default();
        assert_eq!("cpu".parse::<EngineChoice>().ok(), Some(EngineChoice::Cpu(cpu)));
        let portable = CpuOptions { tier: Some(Tier::Portable), ..cpu };
        assert_eq!("cpu-portable".parse::<EngineChoice>().ok(), Some(EngineChoice::Cpu(portable)));
        let both = CpuOptions { precision: Precision::Bf16, ..portable };
        assert_eq!("cpu-portable-bf16".parse::<EngineChoice>().ok(), Some(EngineChoice::Cpu(both)));
        let precise = CpuOptions { precision: Precision::Bf16x3, ..cpu };
        assert_eq!("cpu-bf16x3".parse::<EngineChoice>().ok(), Some(EngineChoice::Cpu(precise)));
        assert!(answer("cpu-sse9").contains("this processor has portable"));
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
        let error =
            compile(&graph, EngineChoice::Cpu(CpuOptions::default()), "flex").err().expect("it lacks a softmax");
        assert!(matches!(error, EngineError::UnsupportedOperator { .. }));
        let linear = find("fc").and_then(|found| found.build(&Settings::with_classes(10))).expect("in the zoo");
        let network = compile(&linear, EngineChoice::Auto, "flex").expect("it has a linear layer");
        assert!(network.engine().starts_with("cpu") && network.remark().is_none());
    }
}
