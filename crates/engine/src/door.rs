//! The door: what can be asked of a network whose weights do not change.

use transferscope_network::array::Array;

/// Why a network could not be run.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// A name that the network does not have.
    #[error("the network has no value named '{name}'; `transferscope networks inspect` lists the names")]
    UnknownValue {
        /// The name.
        name: String,
    },
    /// An array of the wrong shape.
    #[error("'{name}' must have shape {expected:?} behind the batch axis, but an array of shape {found:?} was given")]
    Shape {
        /// The value.
        name: String,
        /// Its shape without the batch axis.
        expected: Vec<usize>,
        /// The shape that was given, batch axis first.
        found: Vec<usize>,
    },
    /// Another number of cotangents than values they belong to.
    #[error("{expected} cotangents were asked for, but {found} were given")]
    CotangentCount {
        /// How many values were asked for.
        expected: usize,
        /// How many cotangents came.
        found: usize,
    },
    /// Another number of masks than values that are masked.
    #[error("a step takes {expected} masks or none, but {found} were given")]
    MaskCount {
        /// How many values are masked.
        expected: usize,
        /// How many masks came.
        found: usize,
    },
    /// An operator that this engine does not have.
    #[error("the engine '{engine}' has no operator '{operator}' (node '{node}'); choose another with --engine")]
    UnsupportedOperator {
        /// The engine.
        engine: &'static str,
        /// The operator.
        operator: String,
        /// The node.
        node: String,
    },
    /// The network gave a number that is none.
    #[error("the network gave NaN or infinity at '{name}'; its weights or its inputs are out of range")]
    NotFinite {
        /// The value.
        name: String,
    },
    /// The framework below failed.
    #[error("the engine '{engine}' failed: {message}")]
    Failed {
        /// The engine.
        engine: &'static str,
        /// What it said.
        message: String,
    },
    /// A device that this build does not have.
    #[error("there is no device '{name}' in this build; it has {compiled_in}")]
    UnknownDevice {
        /// The name.
        name: String,
        /// The devices there are.
        compiled_in: &'static str,
    },
    /// An engine that this build does not have.
    #[error("the engine '{name}' cannot be used: {reason}; choose one of auto, cpu, burn, interpreter")]
    UnknownEngine {
        /// The name.
        name: String,
        /// Why not.
        reason: &'static str,
    },
    /// A kernel tier that cannot be used.
    #[error("the kernel tier '{name}' cannot be used: {reason}; this processor has {available}")]
    UnknownTier {
        /// The name.
        name: String,
        /// Why not.
        reason: &'static str,
        /// Those that can.
        available: String,
    },
    /// A precision that there is not.
    #[error("there is no precision '{name}'; choose one of f32, bf16x3, bf16")]
    UnknownPrecision {
        /// The name.
        name: String,
    },
    /// A precision that the engine does not have.
    #[error(
        "the engine '{engine}' has no precision '{precision}'; only fixed networks on the engine 'cpu' have a choice"
    )]
    PrecisionOfAnother {
        /// The engine.
        engine: &'static str,
        /// The precision.
        precision: &'static str,
    },
    /// What the caller's cotangent rule said.
    #[error("{0}")]
    Objective(String),
}

/// What a network is fed: a batch, and values that are given instead of computed.
#[derive(Clone, Debug)]
pub struct Feed {
    /// The batch, `[N, …]`.
    pub input: Array<f32>,
    /// Named values that replace what their nodes would make, each with a batch axis.
    pub overrides: Vec<(String, Array<f32>)>,
}

impl Feed {
    /// A batch and nothing else.
    #[must_use]
    pub fn batch(input: Array<f32>) -> Self {
        Self { input, overrides: Vec::new() }
    }
}

/// What a vector-Jacobian product gives.
#[derive(Clone, Debug)]
pub struct Pulled {
    /// The values at which the cotangents were given.
    pub values: Vec<Array<f32>>,
    /// Σ ⟨cotangent, ∂value/∂wrt⟩, of the shape of the value it is taken with respect to.
    pub gradient: Array<f32>,
}

/// Makes the cotangents from the values; called once a vector-Jacobian product, between forward and reverse.
pub type CotangentRule<'rule> = dyn FnMut(&[Array<f32>]) -> Result<Vec<Array<f32>>, EngineError> + 'rule;

/// A network whose weights do not change.
///
/// Arrays have the batch as their first axis; rows do not influence each other, so any split of a batch gives
/// the same rows (to rounding; the same bits for the same split).
pub trait Frozen: Send + Sync {
    /// The engine behind the door, for reports.
    fn engine(&self) -> &'static str;

    /// What a user should know about how the network is run, such as why a slower engine runs it.
    fn remark(&self) -> Option<&str> {
        None
    }

    /// The shape of the input without the batch axis.
    fn input_shape(&self) -> &[usize];

    /// The name of the value that is the network's answer.
    fn output(&self) -> &str;

    /// The shape of a named value without the batch axis, or `None` where there is no such name.
    fn value_shape(&self, name: &str) -> Option<Vec<usize>>;

    /// The named values for a batch.
    ///
    /// # Errors
    /// Where a name is unknown, a shape does not fit, or the framework below fails.
    fn forward(&self, feed: &Feed, want: &[&str]) -> Result<Vec<Array<f32>>, EngineError>;

    /// The gradient, with respect to a named value, of what the cotangents at named values stand for:
    /// one forward pass, `rule` makes the cotangents from what it gave, one reverse pass.
    ///
    /// `wrt` is the input's name (see [`Frozen::input_name`]) or the name of an overridden value.
    /// No gradient of a weight is formed.
    ///
    /// # Errors
    /// As [`Frozen::forward`], and what `rule` says.
    fn vjp(&self, feed: &Feed, at: &[&str], wrt: &str, rule: &mut CotangentRule<'_>) -> Result<Pulled, EngineError>;

    /// The name of the input.
    fn input_name(&self) -> &str;
}

/// Checks that a rule gave one cotangent of the right shape for each value.
pub(crate) fn check_cotangents(
    names: &[&str],
    values: &[Array<f32>],
    cotangents: &[Array<f32>],
) -> Result<(), EngineError> {
    if values.len() != cotangents.len() {
        return Err(EngineError::CotangentCount { expected: values.len(), found: cotangents.len() });
    }
    for ((name, value), cotangent) in names.iter().zip(values).zip(cotangents) {
        if value.shape() != cotangent.shape() {
            return Err(EngineError::Shape {
                name: (*name).to_owned(),
                expected: value.shape().get(1..).unwrap_or_default().to_vec(),
                found: cotangent.shape().to_vec(),
            });
        }
    }
    Ok(())
}
