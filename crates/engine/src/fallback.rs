//! A network that Burn runs because the processor engine cannot, with the reason.

use transferscope_network::array::Array;

use crate::{
    burn::BurnNetwork,
    door::{CotangentRule, EngineError, Feed, Frozen, Pulled},
};

/// Burn, and why.
pub(crate) struct FallenBack {
    network: BurnNetwork,
    remark: String,
}

impl FallenBack {
    /// Takes the network and what the processor engine said.
    pub(crate) fn new(network: BurnNetwork, reason: &EngineError) -> Self {
        Self { network, remark: format!("burn runs the network, slower than the engine 'cpu' would: {reason}") }
    }
}

impl Frozen for FallenBack {
    fn engine(&self) -> &'static str {
        self.network.engine()
    }

    fn remark(&self) -> Option<&str> {
        Some(&self.remark)
    }

    fn input_shape(&self) -> &[usize] {
        self.network.input_shape()
    }

    fn input_name(&self) -> &str {
        self.network.input_name()
    }

    fn output(&self) -> &str {
        self.network.output()
    }

    fn value_shape(&self, name: &str) -> Option<Vec<usize>> {
        self.network.value_shape(name)
    }

    fn forward(&self, feed: &Feed, want: &[&str]) -> Result<Vec<Array<f32>>, EngineError> {
        self.network.forward(feed, want)
    }

    fn vjp(&self, feed: &Feed, at: &[&str], wrt: &str, rule: &mut CotangentRule<'_>) -> Result<Pulled, EngineError> {
        self.network.vjp(feed, at, wrt, rule)
    }
}
