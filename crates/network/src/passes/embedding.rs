//! The embedding of a text network: where token numbers become vectors.

use crate::{
    graph::{Graph, GraphError, ValueId},
    operator::Operator,
};

/// Where the tokens of a text become vectors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Embedding {
    /// The numbers of the tokens, `[N, length]`: the graph's input.
    pub tokens: ValueId,
    /// One row a token, `[vocabulary, width]`: a weight.
    pub table: ValueId,
    /// The rows that were looked up, `[N, length, width]`: what attacks in embedding space override and differentiate.
    pub embedded: ValueId,
}

/// Finds the one lookup that reads the graph's input.
///
/// # Errors
/// Where there is none, or more than one.
pub fn find_embedding(graph: &Graph) -> Result<Embedding, GraphError> {
    let mut found = graph.nodes().iter().filter_map(|node| match (&node.operator, node.inputs.as_slice()) {
        (Operator::Lookup, &[tokens, table]) if graph.inputs() == [tokens] && graph.weight(table).is_some() => {
            Some(Embedding { tokens, table, embedded: node.output })
        }
        _ => None,
    });
    match (found.next(), found.next()) {
        (Some(embedding), None) => Ok(embedding),
        (None, _) => Err(GraphError::NoEmbedding { reason: "no lookup in a table of weights reads its input" }),
        (Some(_), Some(_)) => Err(GraphError::NoEmbedding { reason: "several lookups read its input" }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::zoo::text::{TextSettings, find_text};

    #[test]
    fn every_text_network_has_one_and_an_image_network_none() {
        for name in ["text-bag", "text-cnn", "bert"] {
            let graph =
                find_text(name).and_then(|found| found.build(&TextSettings::small(2, 11, 8))).expect("in the zoo");
            let embedding = find_embedding(&graph).expect("it reads tokens");
            assert_eq!(graph.weight(embedding.table).map(|table| table.rows()), Some(11));
        }
        let lenet = crate::zoo::find("lenet").and_then(|found| found.build(&crate::zoo::Settings::with_classes(2)));
        assert!(find_embedding(&lenet.expect("in the zoo")).is_err());
    }
}
