//! From a graph to a subject: compiled by the engine, with its features named.

pub use transferscope_engine::EngineChoice;
use transferscope_engine::{EngineError, compile};
use transferscope_network::{graph::Graph, passes::find_head};

use crate::subject::{Subject, SubjectError};

/// How networks are run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EngineWish {
    /// Which engine.
    pub engine: EngineChoice,
    /// On which device.
    pub device: String,
}

impl Default for EngineWish {
    fn default() -> Self {
        Self { engine: EngineChoice::Auto, device: "flex".to_owned() }
    }
}

/// A network that can be attacked and measured, from a graph that starts at the data's pixels.
///
/// # Errors
/// Where the device is not compiled in, the engine has no such operator, or the output is not a row of logits.
pub fn compiled(name: &str, graph: &Graph, wish: &EngineWish) -> Result<Subject, SubjectError> {
    let features = find_head(graph).ok().map(|head| graph.value(head.features).name.clone());
    let failed = |source: EngineError| SubjectError::Engine { name: name.to_owned(), source };
    let network = compile(graph, wish.engine, &wish.device).map_err(failed)?;
    Subject::new(name, network, features)
}
