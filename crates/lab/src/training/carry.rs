//! Carrying weights from one graph to another by name.

use std::sync::Arc;

use transferscope_network::{
    graph::{Graph, GraphError},
    passes::reweighted,
};

/// `graph` with the weights that `trained` has under the same names: takes what was learned behind an attached contract
/// back to the network itself.
///
/// # Errors
/// Where a shape differs or a number is not finite.
pub fn weights_of(graph: &Graph, trained: &Graph) -> Result<Graph, GraphError> {
    let is_own = |name: &str| graph.find(name).is_some_and(|id| graph.weight(id).is_some());
    let own = trained.weights().filter(|(_, name, _)| is_own(name));
    reweighted(graph, own.map(|(_, name, array)| (name.to_owned(), Arc::clone(array))))
}
