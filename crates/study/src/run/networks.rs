//! Networks of a study: built, loaded, and put behind the pixels of a task.

use std::collections::BTreeSet;

use transferscope_lab::{
    compiled::{EngineWish, compiled},
    data::ImageSet,
    subject::Subject,
    training::{Augmentation, Recipe, Rule, Schedule, Selection},
};
use transferscope_network::{
    contract::Contract,
    graph::Graph,
    zoo::{self, Settings},
};

use super::RunError;
use crate::plan::{PretrainedText, Study, TrainingRecipe, network_sketch};

/// A network with its contract.
#[derive(Clone, Debug)]
pub(super) struct Network {
    pub graph: Graph,
    pub contract: Contract,
}

impl Network {
    /// A fresh one for these classes.
    pub(super) fn fresh(name: &str, width: f64, classes: &[String], seed: u64) -> Result<Self, RunError> {
        let architecture = zoo::find(name)?;
        let graph = architecture.build(&Settings { classes: classes.len(), width, seed })?;
        let contract = Contract { class_names: Some(classes.to_vec()), ..architecture.contract(classes.len()) };
        Ok(Self { graph, contract })
    }

    /// The graph from the pixels of a set.
    pub(super) fn attached(&self, images: &ImageSet) -> Result<Graph, RunError> {
        let shape = images.shape();
        Ok(self.contract.attach(&self.graph, [shape.channels, shape.height, shape.width])?)
    }

    /// Ready to be attacked on the images of a set.
    pub(super) fn subject(&self, name: &str, images: &ImageSet, engine: &EngineWish) -> Result<Subject, RunError> {
        let subject = compiled(name, &self.attached(images)?, engine)?;
        Ok(subject.with_class_names(self.contract.class_names.clone()))
    }
}

/// The engines and kernels that run the networks of a study on this machine, by name: part of what every answer depends on,
/// since other kernels round otherwise. They are several where networks suit different kernels.
///
/// # Errors
/// Where the device is not there.
pub fn engine_name(study: &Study, pretrained: &[PretrainedText], engine: &EngineWish) -> Result<String, RunError> {
    let mut engines = BTreeSet::new();
    for (network, width) in study.networks() {
        let subject = compiled(network, &network_sketch(study, pretrained, network, width)?, engine)?;
        engines.insert(subject.network().engine());
    }
    let engines: Vec<&str> = engines.into_iter().collect();
    Ok(format!("{} on {}", engines.join(" and "), engine.device))
}

/// A recipe as the training loop wants it.
pub(super) fn lab_recipe(recipe: &TrainingRecipe, seed: u64) -> Recipe {
    Recipe {
        epochs: recipe.epochs,
        batch: recipe.batch,
        rate: recipe.rate,
        optimizer: match recipe.adamw {
            true => Rule::AdamW { weight_decay: recipe.weight_decay, spare_vectors: true },
            false => Rule::Sgd { momentum: recipe.momentum, weight_decay: recipe.weight_decay },
        },
        schedule: if recipe.one_cycle { Schedule::ONE_CYCLE } else { Schedule::Cosine },
        augmentation: if recipe.augment { Augmentation::CROP_AND_FLIP } else { Augmentation::default() },
        selection: if recipe.validation > 0.0 {
            Selection::BestOnValidation { share: recipe.validation, patience: None }
        } else {
            Selection::LastEpoch
        },
        seed,
        ..Recipe::default()
    }
}
