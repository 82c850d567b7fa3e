//! A network with a new head, and what lies before it.

use transferscope_engine::{EngineChoice, compile};
use transferscope_network::{
    array::Array,
    contract::Contract,
    graph::{Builder, Graph, GraphError},
    passes::{find_head, replace_head},
    zoo::initial_weight,
};

use super::{Task, TransferError};
use crate::{
    data::ImageSet,
    deviate::Progress,
    training::{
        FeatureRows,
        evaluate::values,
        samples::{Images, Samples},
    },
};

/// A network whose head was replaced by a fresh one for the classes of a task.
pub(super) struct Reheaded {
    /// The network with its new head.
    pub graph: Graph,
    /// Its contract, with the classes of the task.
    pub contract: Contract,
    /// The same behind the contract: from pixels of the task to logits.
    pub attached: Graph,
    /// The names of the head's weights.
    pub head: [String; 2],
    /// The name of the features.
    features: String,
}

impl Reheaded {
    /// The new head is drawn from the seed as PyTorch initialises a linear layer.
    pub(super) fn new(graph: &Graph, contract: &Contract, task: &Task<'_>, seed: u64) -> Result<Self, TransferError> {
        let head = find_head(graph)?;
        let weight_name = graph.value(head.weight).name.clone();
        let bias_name = head.bias.map_or_else(|| format!("{weight_name}.bias"), |id| graph.value(id).name.clone());
        let width = graph.weight(head.weight).map_or(0, |weight| weight.row_length());
        let classes = task.classes();
        let graph = replace_head(
            graph,
            initial_weight(seed, &weight_name, &[classes, width], width),
            initial_weight(seed, &bias_name, &[classes], width),
        )?;
        let names = task.train().class_names().map(<[String]>::to_vec);
        let contract = Contract { classes, class_names: names, ..contract.clone() };
        let shape = task.train().shape();
        let attached = contract.attach(&graph, [shape.channels, shape.height, shape.width])?;
        let head = find_head(&attached)?;
        let bias = head.bias.map(|id| attached.value(id).name.clone()).unwrap_or_default();
        let features = attached.value(head.features).name.clone();
        Ok(Self { head: [attached.value(head.weight).name.clone(), bias], features, graph, contract, attached })
    }

    /// The features of images, by a network that does not change.
    pub(super) fn features(
        &self,
        images: &ImageSet,
        device: &str,
        progress: &dyn Progress,
    ) -> Result<FeatureRows, TransferError> {
        let network = compile(&self.attached, EngineChoice::Auto, device)?;
        let samples = Images::for_judging(images)?;
        let all: Vec<usize> = (0..images.len()).collect();
        let rows = values(network.as_ref(), &self.features, &samples, &all, progress)?;
        let name = format!("features of {}", images.name());
        Ok(FeatureRows { name, rows, labels: samples.labels().to_vec(), classes: samples.classes() })
    }

    /// The head alone: from features to logits, with its weights as they are now.
    pub(super) fn head_graph(&self) -> Result<Graph, GraphError> {
        let head = find_head(&self.attached)?;
        let mut builder = Builder::new("head");
        let weight = self.array(&self.head[0])?;
        let features = builder.input("features", &[weight.row_length()]);
        let weight = builder.weight(&self.head[0], weight);
        let bias = builder.weight(&self.head[1], self.array(&self.head[1])?);
        let logits = builder.linear(&self.attached.value(head.logits).name, features, weight, Some(bias));
        builder.finish(logits)
    }

    fn array(&self, name: &str) -> Result<Array<f32>, GraphError> {
        let missing = || GraphError::UnknownName { name: name.to_owned(), nearest: None };
        let id = self.attached.find(name).ok_or_else(missing)?;
        Ok(self.attached.weight(id).ok_or_else(missing)?.as_ref().clone())
    }
}
