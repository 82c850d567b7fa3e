//! A name for a network that depends on what it computes, not on the file it came from.

use sha2::{Digest, Sha256};
use transferscope_network::graph::Graph;

/// SHA-256 over operators, wiring, shapes and every weight of a graph: equal for equal functions from pixels, so that what
/// was computed with it can be found again.
///
/// ```
/// use transferscope_lab::fingerprint::fingerprint;
/// use transferscope_network::zoo::{Settings, find};
/// let lenet = |seed| find("lenet").and_then(|found| found.build(&Settings { seed, ..Settings::with_classes(10) }));
/// assert_eq!(fingerprint(&lenet(1)?), fingerprint(&lenet(1)?));
/// assert_ne!(fingerprint(&lenet(1)?), fingerprint(&lenet(2)?));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn fingerprint(graph: &Graph) -> String {
    let mut hash = Sha256::new();
    let mut put = |bytes: &[u8]| {
        hash.update((bytes.len() as u64).to_le_bytes());
        hash.update(bytes);
    };
    for node in graph.nodes() {
        // Debug prints every parameter of an operator, f64 with as many digits as tell it apart.
        put(format!("{:?}", node.operator).as_bytes());
        for &input in node.inputs.iter().chain([&node.output]) {
            put(graph.value(input).name.as_bytes());
        }
    }
    for (_, name, array) in graph.weights() {
        put(name.as_bytes());
        put(format!("{:?}", array.shape()).as_bytes());
        let bytes: Vec<u8> = array.data().iter().flat_map(|number| number.to_le_bytes()).collect();
        put(&bytes);
    }
    put(format!("{:?}", graph.output_shape()).as_bytes());
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}
