//! The list of architectures, and what can be set on each.

use super::{alexnet, fully_connected, lenet, resnet, resnet_option_a};
use crate::{
    contract::Contract,
    graph::{Graph, GraphError},
};

/// What can be set on every architecture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// How many classes the head has, at least 1.
    pub classes: usize,
    /// By what the numbers of channels (or hidden units) are multiplied; each is rounded and at least 1.
    pub width: f64,
    /// The seed of the initial weights.
    pub seed: u64,
}

impl Settings {
    /// Full width, seed 0.
    #[must_use]
    pub fn with_classes(classes: usize) -> Self {
        Self { classes, width: 1.0, seed: 0 }
    }

    /// A number of channels under the width multiplier.
    #[must_use]
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "channel counts are small and positive"
    )]
    pub(super) fn channels(&self, full: usize) -> usize {
        ((full as f64 * self.width).round() as usize).max(1)
    }
}

/// Why an architecture could not be built.
#[derive(Debug, thiserror::Error, PartialEq)]
pub enum ZooError {
    /// A name that is not in the zoo.
    #[error("there is no architecture named '{name}'; the zoo has {known}")]
    UnknownName {
        /// The name.
        name: String,
        /// All names there are.
        known: String,
    },
    /// A setting out of range.
    #[error("{setting} must be {expected}, but {found} was given")]
    Setting {
        /// Which setting.
        setting: &'static str,
        /// Its range.
        expected: &'static str,
        /// What was given.
        found: String,
    },
    /// The graph does not fit (a bug of the architecture).
    #[error(transparent)]
    Graph(#[from] GraphError),
}

/// An architecture of the zoo.
#[derive(Clone, Copy, Debug)]
pub struct Architecture {
    /// Its name on the command line.
    pub name: &'static str,
    /// The family it belongs to: networks of one family tend to transfer alike.
    pub family: &'static str,
    /// One line about it.
    pub about: &'static str,
    builder: fn(&Settings) -> Result<Graph, GraphError>,
    contract: fn(usize) -> Contract,
}

/// The widest multiplier: wider than eight times is a typing error, not a wish.
const WIDEST: f64 = 8.0;
/// The largest number of classes that a head may have.
const MOST_CLASSES: usize = 100_000;

impl Architecture {
    /// The graph with fresh weights (PyTorch's default initialisation, from the seed).
    ///
    /// # Errors
    /// Where a setting is out of range.
    pub fn build(&self, settings: &Settings) -> Result<Graph, ZooError> {
        if !(1..=MOST_CLASSES).contains(&settings.classes) {
            return Err(ZooError::Setting {
                setting: "classes",
                expected: "a whole number from 1 to 100000",
                found: settings.classes.to_string(),
            });
        }
        if !(settings.width > 0.0 && settings.width <= WIDEST) {
            return Err(ZooError::Setting {
                setting: "width",
                expected: "a number above 0 and at most 8",
                found: settings.width.to_string(),
            });
        }
        Ok((self.builder)(settings)?)
    }

    /// The input contract that the architecture carries.
    #[must_use]
    pub fn contract(&self, classes: usize) -> Contract {
        (self.contract)(classes)
    }
}

/// All architectures, in the order in which they are listed.
#[must_use]
pub fn architectures() -> &'static [Architecture] {
    &ARCHITECTURES
}

/// The architecture of this name.
///
/// # Errors
/// Where there is none; the error lists all.
pub fn find(name: &str) -> Result<&'static Architecture, ZooError> {
    ARCHITECTURES.iter().find(|architecture| architecture.name == name).ok_or_else(|| ZooError::UnknownName {
        name: name.to_owned(),
        known: ARCHITECTURES.iter().map(|architecture| architecture.name).collect::<Vec<_>>().join(", "),
    })
}

/// Mean and std 0.5 at 32 x 32 pixels: the paper's own networks (paper.md Q17, Q24).
fn paper_contract(classes: usize) -> Contract {
    Contract::half(32, 32, classes)
}

/// The statistics of ImageNet at 32 x 32 pixels, which the public pretrained weights of this family want.
fn option_a_contract(classes: usize) -> Contract {
    Contract::imagenet(32, 32, classes)
}

const fn paper(
    name: &'static str,
    family: &'static str,
    about: &'static str,
    builder: fn(&Settings) -> Result<Graph, GraphError>,
) -> Architecture {
    Architecture { name, family, about, builder, contract: paper_contract }
}

const fn option_a(name: &'static str, builder: fn(&Settings) -> Result<Graph, GraphError>) -> Architecture {
    let about = "CIFAR ResNet of He et al. 2015, section 4.2, shortcut option A";
    Architecture { name, family: "resnet", about, builder, contract: option_a_contract }
}

static ARCHITECTURES: [Architecture; 12] = [
    paper("fc", "fully connected", "3072-1176-400-120-84-K with ReLU", fully_connected::graph),
    paper("lenet", "lenet", "two 5x5 convolutions, three linear layers", lenet::graph),
    paper("alexnet", "alexnet", "five convolutions (11x11 first), one linear layer", alexnet::graph),
    paper("resnet18", "resnet", "CIFAR form: 3x3 stem, stages 64-128-256-512 of basic blocks", |settings| {
        resnet::graph("resnet18", resnet::Block::Basic, [2, 2, 2, 2], settings)
    }),
    paper("resnet34", "resnet", "CIFAR form: 3x3 stem, stages 64-128-256-512 of basic blocks", |settings| {
        resnet::graph("resnet34", resnet::Block::Basic, [3, 4, 6, 3], settings)
    }),
    paper("resnet50", "resnet", "CIFAR form: 3x3 stem, stages 64-128-256-512 of bottlenecks", |settings| {
        resnet::graph("resnet50", resnet::Block::Bottleneck, [3, 4, 6, 3], settings)
    }),
    option_a("resnet8-cifar", |settings| resnet_option_a::graph("resnet8-cifar", 1, settings)),
    option_a("resnet20-cifar", |settings| resnet_option_a::graph("resnet20-cifar", 3, settings)),
    option_a("resnet32-cifar", |settings| resnet_option_a::graph("resnet32-cifar", 5, settings)),
    option_a("resnet44-cifar", |settings| resnet_option_a::graph("resnet44-cifar", 7, settings)),
    option_a("resnet56-cifar", |settings| resnet_option_a::graph("resnet56-cifar", 9, settings)),
    option_a("resnet14-cifar", |settings| resnet_option_a::graph("resnet14-cifar", 2, settings)),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::passes::cost;

    #[test]
    fn every_architecture_keeps_its_contract() {
        for architecture in architectures() {
            let settings = Settings { width: 0.25, ..Settings::with_classes(7) };
            let graph = architecture.build(&settings).expect("the settings are in range");
            architecture.contract(7).check(&graph).expect("a zoo network keeps its own contract");
        }
    }

    /// Parameter counts that the literature gives for these forms with ten classes:
    /// He et al. 2015, table 6 (0.27 M, 0.46 M), and the public CIFAR ResNet-18 and ResNet-50 (11,173,962 and 23,520,842).
    #[test]
    fn parameter_counts_are_the_published_ones() {
        let count = |name: &str| {
            let graph =
                find(name).and_then(|found| found.build(&Settings::with_classes(10))).expect("it is in the zoo");
            cost(&graph).expect("it is checked").parameters
        };
        assert_eq!(count("resnet18"), 11_173_962);
        assert_eq!(count("resnet50"), 23_520_842);
        assert_eq!(count("resnet20-cifar"), 269_722);
        assert_eq!(count("resnet32-cifar"), 464_154);
        assert_eq!(count("lenet"), 62_006);
    }

    #[test]
    fn out_of_range_settings_are_refused() {
        let lenet = find("lenet").expect("it is in the zoo");
        assert!(lenet.build(&Settings::with_classes(0)).is_err());
        for width in [0.0, -1.0, f64::NAN, 9.0] {
            assert!(lenet.build(&Settings { width, ..Settings::with_classes(10) }).is_err());
        }
        assert!(find("resnet19").expect_err("there is none").to_string().contains("resnet18"));
    }

    #[test]
    fn one_seed_gives_one_network() {
        let build = |seed| {
            let settings = Settings { seed, ..Settings::with_classes(10) };
            find("lenet").and_then(|found| found.build(&settings)).expect("it is in the zoo")
        };
        assert_eq!(build(3), build(3));
        assert_ne!(build(3), build(4));
    }
}
