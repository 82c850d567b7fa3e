//! Where dropout goes in text networks.

use crate::graph::Graph;

/// The names of the values that dropout applies to in training; none for graphs that are no text network of the zoo.
///
/// In `bert` these are the places of the published program: behind the normalization of the embeddings, at the weights of
/// attention, at both linear layers whose results are added, and at the features that the head reads. The small forms have
/// it at the features alone. Outside training dropout is nothing, so no graph has an operator for it.
///
/// ```
/// use transferscope_network::zoo::text::{TextSettings, dropout_places, find_text};
/// let bag = find_text("text-bag")?.build(&TextSettings::small(2, 10, 8))?;
/// assert_eq!(dropout_places(&bag), ["features"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn dropout_places(graph: &Graph) -> Vec<String> {
    let is_place = |name: &str| match graph.name() {
        "bert" => {
            matches!(name, "embeddings.LayerNorm" | "sentence")
                || name.ends_with(".attention.self.weights")
                || name.ends_with(".output.dense")
        }
        "text-bag" | "text-cnn" => name == "features",
        _ => false,
    };
    let outputs = graph.nodes().iter().map(|node| graph.value(node.output).name.as_str());
    outputs.filter(|name| is_place(name)).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::zoo::text::{TextPooling, TextSettings, find_text};

    /// One place for the embeddings, three in each of two layers, one for the features, whichever these are.
    #[test]
    fn bert_has_the_published_places() {
        for pooling in [TextPooling::Mean, TextPooling::First] {
            let settings = TextSettings { pooling, ..TextSettings::small(2, 10, 8) };
            let graph = find_text("bert").and_then(|found| found.build(&settings)).expect("in the zoo");
            let places = dropout_places(&graph);
            assert_eq!(places.len(), 1 + 3 * 2 + 1, "{places:?}");
            assert!(places.contains(&"encoder.layer.1.attention.output.dense".to_owned()));
            assert!(places.contains(&"encoder.layer.0.output.dense".to_owned()));
        }
    }
}
