//! The door to training: what can be asked of a network whose weights change.

use transferscope_network::{array::Array, graph::Graph};

use crate::{
    EngineChoice,
    burn::BurnTrainable,
    cpu::{CpuOptions, CpuTrainable},
    device::DeviceChoice,
    door::{CotangentRule, EngineError},
};

/// How gradients become changes of weights. The formulas are PyTorch's `SGD` (no dampening, no Nesterov) and `AdamW`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Optimizer {
    /// g ← g + weight_decay · w; v ← momentum · v + g (v = g at first); w ← w − rate · v.
    Sgd {
        /// What of the last velocity is kept, in [0,1).
        momentum: f64,
        /// The L2 penalty, at least 0.
        weight_decay: f64,
    },
    /// w ← w · (1 − rate · weight_decay), then Adam's step from the moments with bias correction.
    AdamW {
        /// The decay of the first and of the second moment, each in [0,1).
        beta: [f64; 2],
        /// What keeps the root away from zero, above 0.
        epsilon: f64,
        /// The decoupled decay, at least 0.
        weight_decay: f64,
        /// Whether weights of one axis (biases, the scale of a normalization) do not decay, as is usual for transformers.
        spare_vectors: bool,
    },
}

/// Which weights change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trained {
    /// All but the constants of the contract.
    All,
    /// These alone. A batch normalization of which neither weight nor bias is among them keeps its running
    /// statistics and normalizes with them, as a frozen layer does.
    Only(Vec<String>),
    /// These alone, but every batch normalization goes by the statistics of the batch and moves its running statistics,
    /// as in the released code of the paper, where a "frozen" backbone stays in training mode (paper.md Q27).
    OnlyAdapting(Vec<String>),
}

/// How a network is trained.
#[derive(Clone, Debug, PartialEq)]
pub struct Training {
    /// How gradients become changes.
    pub optimizer: Optimizer,
    /// Which weights change.
    pub trained: Trained,
    /// The names of values that steps multiply by masks of the caller ([`Trainable::masked_step`]): dropout.
    pub masked: Vec<String>,
}

impl Training {
    /// Training without masks.
    #[must_use]
    pub fn new(optimizer: Optimizer, trained: Trained) -> Self {
        Self { optimizer, trained, masked: Vec::new() }
    }
}

/// A network whose weights change, step by step.
pub trait Trainable: Send {
    /// One step: a forward pass in training mode (batch normalization by the statistics of the batch, running
    /// statistics moved by 0.1 towards them, the variance unbiased, as in PyTorch), `rule` makes the cotangent of the
    /// output, one reverse pass to the trained weights, one update with this learning rate.
    /// Returns the output.
    ///
    /// # Errors
    /// Where a shape does not fit, a number is not finite, or `rule` says so; the weights are as before then.
    fn step(
        &mut self,
        input: &Array<f32>,
        rule: &mut CotangentRule<'_>,
        rate: f64,
    ) -> Result<Vec<Array<f32>>, EngineError> {
        self.masked_step(input, &[], rule, rate)
    }

    /// As [`Trainable::step`], with each value of [`Training::masked`] multiplied by its mask as soon as it is computed:
    /// one mask a name, of the shape of the value for this batch; or no mask at all. The random numbers are the caller's,
    /// so that the engine has none.
    ///
    /// # Errors
    /// As [`Trainable::step`], and where masks do not fit.
    fn masked_step(
        &mut self,
        input: &Array<f32>,
        masks: &[Array<f32>],
        rule: &mut CotangentRule<'_>,
        rate: f64,
    ) -> Result<Vec<Array<f32>>, EngineError>;

    /// All weights as they are now, by name: trained ones, running statistics, constants.
    ///
    /// # Errors
    /// Where the framework below fails.
    fn weights(&self) -> Result<Vec<(String, Array<f32>)>, EngineError>;

    /// The graph with the weights as they are now.
    ///
    /// # Errors
    /// Where a weight is not finite any more.
    fn graph(&self) -> Result<Graph, EngineError>;

    /// What the optimiser remembers, as named arrays; with [`Trainable::weights`] a checkpoint.
    fn optimizer_state(&self) -> Vec<(String, Array<f32>)>;

    /// Takes back what [`Trainable::optimizer_state`] gave.
    ///
    /// # Errors
    /// Where a name is of no trained weight, or a shape does not fit; nothing is changed then.
    fn restore_optimizer_state(&mut self, state: Vec<(String, Array<f32>)>) -> Result<(), EngineError>;
}

/// A network to be trained, starting from the graph's weights: by the processor engine where it can, else by Burn.
///
/// ```
/// use transferscope_engine::trainable::{Optimizer, Trained, Training, compile_trainable};
/// use transferscope_network::{array::Array, zoo::{Settings, find}};
/// let graph = find("lenet")?.build(&Settings::with_classes(10))?;
/// let training = Training::new(Optimizer::Sgd { momentum: 0.9, weight_decay: 0.0 }, Trained::All);
/// let mut network = compile_trainable(&graph, &training, "flex")?;
/// let images = Array::filled(vec![2, 3, 32, 32], 0.5_f32);
/// // The cotangent of ½‖output‖² is the output.
/// let mut rule = |values: &[Array<f32>]| Ok(values.to_vec());
/// let outputs = network.step(&images, &mut rule, 0.01)?;
/// assert_eq!(outputs[0].shape(), &[2, 10]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// Where the device is not compiled in, a number of the optimiser is out of range, or a name is no weight that can be
/// trained.
pub fn compile_trainable(graph: &Graph, training: &Training, device: &str) -> Result<Box<dyn Trainable>, EngineError> {
    compile_trainable_on(graph, training, EngineChoice::Auto, device)
}

/// As [`compile_trainable`], on an engine of choice.
///
/// # Errors
/// As [`compile_trainable`]; where the processor engine was chosen and lacks an operator; where the interpreter was
/// chosen, which cannot train.
pub fn compile_trainable_on(
    graph: &Graph,
    training: &Training,
    engine: EngineChoice,
    device: &str,
) -> Result<Box<dyn Trainable>, EngineError> {
    let device: DeviceChoice = device.parse()?;
    let options = match engine {
        EngineChoice::Cpu(options) => options,
        _ => CpuOptions::default(),
    };
    let cpu = || CpuTrainable::new(graph, training, options).map(|network| Box::new(network) as Box<dyn Trainable>);
    let burn = || BurnTrainable::new(graph, training, device).map(|network| Box::new(network) as Box<dyn Trainable>);
    match engine {
        EngineChoice::Auto => match (device, cpu()) {
            (DeviceChoice::Flex, Err(EngineError::UnsupportedOperator { .. })) => burn(),
            (DeviceChoice::Flex, result) => result,
        },
        EngineChoice::Cpu(_) => cpu(),
        EngineChoice::Burn => burn(),
        EngineChoice::Interpreter => {
            Err(EngineError::UnknownEngine { name: "interpreter".to_owned(), reason: "it does not train networks" })
        }
    }
}
