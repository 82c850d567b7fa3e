//! A study as it is typed: every key of the file, none of them understood yet.

use std::{collections::BTreeMap, path::Path};

use serde::{Deserialize, Serialize};

/// A study file. Unknown keys are refused.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StudyFile {
    /// What the page is headed with.
    pub title: String,
    /// The question, as a sentence.
    pub question: String,
    /// `adversarial-to-knowledge`, `knowledge-to-adversarial` or `both`.
    pub claim: String,
    /// Training seeds of the sources.
    pub seeds: Vec<u64>,
    /// What is decided, and by which number.
    pub endpoint: EndpointFile,
    /// Where data lie.
    #[serde(default)]
    pub data: DataFile,
    /// How sentences are read: the table makes the study one of sentences.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<TextFile>,
    /// The networks whose knowledge is carried over.
    pub source: SourceFile,
    /// The task they are carried to.
    pub target: TargetFile,
    /// How networks are trained, where they say nothing else.
    #[serde(default)]
    pub training: RecipeFile,
    /// How knowledge is carried over.
    #[serde(default)]
    pub transfer: TransferFile,
    /// The attack.
    pub attack: AttackFile,
    /// Published rows to stand beside ours: `image-table` (paper.md §10.1), or nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub published: Option<String>,
    /// Named sets of other values: `[profile.quick]` with `"a.b" = c`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub profile: BTreeMap<String, BTreeMap<String, toml::Value>>,
}

impl StudyFile {
    /// The same without where data and networks lie on this machine, which is not part of the study: of a folder its name is left.
    #[must_use]
    pub fn without_places(&self) -> Self {
        let mut file = self.clone();
        file.data.root = here();
        for found in file.text.iter_mut().flat_map(|text| &mut text.pretrained) {
            let name = Path::new(&found.folder).file_name().and_then(|name| name.to_str());
            found.folder = name.unwrap_or(&found.name).to_owned();
        }
        file
    }
}

/// `[text]`: how sentences are read.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TextFile {
    /// Words of a text that networks are fed; longer ones are cut at the end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub length: Option<usize>,
    /// Words that come up less often in a network's training texts have no number of their own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_count: Option<usize>,
    /// At most so many words have one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub words: Option<usize>,
    /// Networks that are found in folders, which sources and references can go on from.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pretrained: Vec<PretrainedFile>,
}

/// One of `[[text.pretrained]]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PretrainedFile {
    /// What it is called in this study; `network = "NAME"` means it.
    pub name: String,
    /// Its folder, below `data.root` where it is relative.
    pub folder: String,
}

/// `[endpoint]`: the one primary endpoint.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EndpointFile {
    /// `correlation` or `crossover`.
    pub statistic: String,
    /// Which measure: `alpha1`, `alpha1-envelope`, `alpha2`, `alpha2-centred`, `combined`, …
    pub measure: String,
    /// `t-to-s` or `s-to-t`.
    pub direction: String,
    /// At which budget; one of the attack's.
    pub eps: SizeFile,
    /// `pearson`, `spearman` or `kendall`.
    #[serde(default = "pearson")]
    pub kind: String,
}

fn pearson() -> String {
    "pearson".to_owned()
}

/// A size in pixel units: a number, or a text such as `8/255`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum SizeFile {
    /// `0.1`
    Number(f64),
    /// `"8/255"`
    Text(String),
}

/// `[data]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DataFile {
    /// The folder that relative paths of this study start from.
    #[serde(default = "here")]
    pub root: String,
}

fn here() -> String {
    ".".to_owned()
}

impl Default for DataFile {
    fn default() -> Self {
        Self { root: here() }
    }
}

/// `[source]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourceFile {
    /// DATA without a split; the study adds `split=train` and `split=test`.
    pub data: String,
    /// DATA of the test images, where they are no split of `data`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub test_data: Option<String>,
    /// Side of the images after resizing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<usize>,
    /// The networks.
    pub networks: Vec<NetworkFile>,
}

/// One of `[[source.networks]]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NetworkFile {
    /// What it is called in this study.
    pub name: String,
    /// A zoo name, or one of `text.pretrained`.
    pub network: String,
    /// By what the zoo's numbers of channels are multiplied.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub width: Option<f64>,
    /// Other data than `source.data`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<String>,
    /// Other test data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub test_data: Option<String>,
    /// Only these classes, by name; `a|b` is whichever of them the data have.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub classes: Vec<String>,
    /// What share of the training images is used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fraction: Option<f64>,
    /// What share of the training labels is replaced by another class; 1 deals all labels out anew.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label_noise: Option<f64>,
    /// Whether the pixels of all its images are put into one fixed random order.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub permuted_pixels: bool,
    /// Whether it is left as it was initialised (normalization calibrated).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub untrained: bool,
    /// Whether it is a control: measured and shown, never in the headline.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub control: bool,
    /// The accuracy on its own test images below which it is marked under-trained.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub floor: Option<f64>,
    /// Where it stands on the axis of a mix, from 0 to 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mix: Option<f64>,
    /// Other training settings than `[training]`.
    #[serde(default, skip_serializing_if = "RecipeFile::is_empty")]
    pub training: RecipeFile,
}

/// `[target]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TargetFile {
    /// DATA without a split.
    pub data: String,
    /// DATA of the test images, where they are no split of `data`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub test_data: Option<String>,
    /// Side of the images after resizing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<usize>,
    /// For which set the data stand in, as a kind of DATA (`stl10`): said wherever the data are shown, unless they are of
    /// that kind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stands_in_for: Option<String>,
    /// What the stand-in is, in a sentence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stand_in_note: Option<String>,
    /// Test images that alpha is measured on; the others score the outcome. Half where nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alpha_images: Option<usize>,
    /// Training seeds of the references.
    pub reference_seeds: Vec<u64>,
    /// Training settings of the references, where they differ from `[training]`.
    #[serde(default, skip_serializing_if = "RecipeFile::is_empty")]
    pub training: RecipeFile,
    /// The reference networks, trained on the target data.
    pub references: Vec<ReferenceFile>,
    /// Parts of the classes that are tasks of their own; one task of all classes where none is listed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tasks: Vec<TaskFile>,
}

/// One of `[[target.references]]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReferenceFile {
    /// What it is called in this study.
    pub name: String,
    /// A zoo name.
    pub network: String,
    /// By what the zoo's numbers of channels are multiplied.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub width: Option<f64>,
    /// Other training settings.
    #[serde(default, skip_serializing_if = "RecipeFile::is_empty")]
    pub training: RecipeFile,
}

/// One of `[[target.tasks]]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TaskFile {
    /// What it is called in this study.
    pub name: String,
    /// Its classes, by name; `a|b` is whichever of them the data have. All where none is listed, which needs data of its own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub classes: Vec<String>,
    /// Other data than `target.data`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<String>,
    /// Its test data, where they are no split of its data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub test_data: Option<String>,
}

/// `[training]`: how networks are trained. What is absent comes from the level above, at last from the defaults.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecipeFile {
    /// Passes over the images.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub epochs: Option<usize>,
    /// Images a step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub batch: Option<usize>,
    /// The largest learning rate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate: Option<f64>,
    /// `sgd`, or `adamw` (no decay of biases and normalizations); images: sgd, sentences: always adamw.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub optimizer: Option<String>,
    /// What sgd keeps of the last velocity.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub momentum: Option<f64>,
    /// The L2 penalty of sgd, the decoupled decay of adamw.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weight_decay: Option<f64>,
    /// `cosine` or `one-cycle`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schedule: Option<String>,
    /// Whether images are shifted by up to 4 pixels and mirrored at random.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub augment: Option<bool>,
    /// What share of the training images decides which epoch is kept; 0 keeps the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub validation: Option<f64>,
    /// At most so many training images (as equal per class as possible).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub images: Option<usize>,
}

impl RecipeFile {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// These settings, and where they are silent, those of `below`.
    #[must_use]
    pub fn over(&self, below: &Self) -> Self {
        Self {
            epochs: self.epochs.or(below.epochs),
            batch: self.batch.or(below.batch),
            rate: self.rate.or(below.rate),
            optimizer: self.optimizer.clone().or_else(|| below.optimizer.clone()),
            momentum: self.momentum.or(below.momentum),
            weight_decay: self.weight_decay.or(below.weight_decay),
            schedule: self.schedule.clone().or_else(|| below.schedule.clone()),
            augment: self.augment.or(below.augment),
            validation: self.validation.or(below.validation),
            images: self.images.or(below.images),
        }
    }
}

/// `[transfer]`: how knowledge is carried over.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TransferFile {
    /// `probe`, `last-layer` or `full`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// Training images of the target task.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub images: Option<usize>,
    /// Settings of the training of `last-layer` and `full`.
    #[serde(default, skip_serializing_if = "RecipeFile::is_empty")]
    pub training: RecipeFile,
}

/// `[attack]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AttackFile {
    /// `fgsm` or `pgd` on images, `hotflip` or `t3` on words.
    pub kind: String,
    /// The budgets: alpha is measured at each. Of words: the share of a text's open words that may change.
    pub eps: Vec<SizeFile>,
    /// How many changed texts `hotflip` follows at a time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub beam: Option<usize>,
    /// How many flips are tried on the network for each.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tried: Option<usize>,
    /// Steps of `pgd` and `t3`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub steps: Option<usize>,
    /// The length of a step as a share of the budget.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step_share: Option<f64>,
    /// `none` or `random`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<String>,
    /// Independent starts an image.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub restarts: Option<usize>,
    /// `linf` or `l2`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub norm: Option<String>,
    /// `cross-entropy`, `margin` or `output-distance`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub objective: Option<String>,
    /// `logits`, `centred` or `features`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outputs: Option<String>,
    /// The seed of starts and noise.
    #[serde(default)]
    pub seed: u64,
    /// Random pairings behind the permuted reference.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub permutations: Option<usize>,
}
