//! The list of architectures, and what can be set on each.

use super::{
    list::ARCHITECTURES,
    wanted::{Filling, Wanted},
};
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
    pub(super) builder: fn(&Wanted) -> Result<Graph, GraphError>,
    pub(super) contract: fn(usize) -> Contract,
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
        self.filled(settings, Filling::Fresh)
    }

    /// The graph with all learned weights zero: for its names, shapes and counts, and for filling in a file's weights.
    ///
    /// # Errors
    /// Where a setting is out of range.
    pub fn build_blank(&self, settings: &Settings) -> Result<Graph, ZooError> {
        self.filled(settings, Filling::Zeros)
    }

    fn filled(&self, settings: &Settings, filling: Filling) -> Result<Graph, ZooError> {
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
        Ok((self.builder)(&Wanted { settings: *settings, filling })?)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::passes::cost;

    #[test]
    fn every_architecture_keeps_its_contract() {
        for architecture in architectures() {
            let settings = Settings { width: 0.25, ..Settings::with_classes(7) };
            let graph = architecture.build_blank(&settings).expect("the settings are in range");
            architecture.contract(7).check(&graph).expect("a zoo network keeps its own contract");
        }
    }

    /// Parameter counts that the literature gives for the CIFAR forms with ten classes: He et al. 2015, table 6 (0.27 M,
    /// 0.46 M), Zagoruyko and Komodakis 2016 (36.5 M), the modules of `pytorch-cifar` (scripts/golden/zoo.py counts them).
    #[test]
    fn parameter_counts_of_cifar_forms_are_the_published_ones() {
        for (name, published) in [
            ("lenet", 62_006),
            ("resnet18", 11_173_962),
            ("resnet34", 21_282_122),
            ("resnet50", 23_520_842),
            ("resnet20-cifar", 269_722),
            ("resnet32-cifar", 464_154),
            ("vgg11-bn-cifar", 9_231_114),
            ("vgg13-bn-cifar", 9_416_010),
            ("vgg16-bn-cifar", 14_728_266),
            ("vgg19-bn-cifar", 20_040_522),
            ("densenet-cifar", 1_000_618),
            ("densenet121-cifar", 6_956_298),
            ("mobilenet-v1-cifar", 3_217_226),
            ("mobilenet-v2-cifar", 2_296_922),
            ("resnext29-2x64d-cifar", 9_128_778),
            ("preact-resnet18-cifar", 11_171_146),
            ("wide-resnet28-10-cifar", 36_479_194),
        ] {
            assert_eq!(parameters(name, 10), published, "{name}");
        }
    }

    /// The counts that torchvision publishes with its ImageNet weights (`num_params` of each).
    #[test]
    fn parameter_counts_of_imagenet_forms_are_torchvisions() {
        for (name, published) in [
            ("resnet18-imagenet", 11_689_512),
            ("resnet34-imagenet", 21_797_672),
            ("resnet50-imagenet", 25_557_032),
            ("resnext50-32x4d-imagenet", 25_028_904),
            ("wide-resnet50-2-imagenet", 68_883_240),
            ("vgg11-imagenet", 132_863_336),
            ("vgg13-imagenet", 133_047_848),
            ("vgg16-imagenet", 138_357_544),
            ("vgg19-imagenet", 143_667_240),
            ("vgg11-bn-imagenet", 132_868_840),
            ("vgg13-bn-imagenet", 133_053_736),
            ("vgg16-bn-imagenet", 138_365_992),
            ("vgg19-bn-imagenet", 143_678_248),
            ("densenet121-imagenet", 7_978_856),
            ("densenet161-imagenet", 28_681_000),
            ("densenet169-imagenet", 14_149_480),
            ("densenet201-imagenet", 20_013_928),
            ("mobilenet-v2-imagenet", 3_504_872),
            ("vit-b-16-imagenet", 86_567_656),
            ("vit-b-32-imagenet", 88_224_232),
            // Counted in the public weight files of the three.
            ("efficientnet-lite0", 4_652_008),
            ("efficientnet-lite1", 5_416_680),
            ("efficientnet-lite2", 6_092_072),
        ] {
            assert_eq!(parameters(name, 1000), published, "{name}");
        }
    }

    fn parameters(name: &str, classes: usize) -> usize {
        let graph = find(name).and_then(|found| found.build_blank(&Settings::with_classes(classes)));
        cost(&graph.expect("it is in the zoo")).expect("it is checked").parameters
    }

    /// A weight file's names must not depend on how wide the network is.
    #[test]
    fn weight_names_do_not_depend_on_the_width() {
        for architecture in architectures() {
            let names = |width: f64| {
                let settings = Settings { width, ..Settings::with_classes(3) };
                let graph = architecture.build_blank(&settings).expect("the settings are in range");
                graph.weights().map(|(_, name, _)| name.to_owned()).collect::<Vec<_>>()
            };
            assert_eq!(names(0.01), names(0.125), "{}", architecture.name);
        }
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
