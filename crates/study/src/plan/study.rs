//! A study, checked: what is trained, carried over, attacked and decided.

use serde::{Deserialize, Serialize};
use transferscope_lab::{
    attacks::{GradientAscent, Start},
    budget::Budget,
    deviate::{AttackPlan, Images, Plan, Shard},
    norm::Norm,
    objective::Objective,
    subject::Outputs,
    text::{
        VocabularyRules,
        attacks::{WordFamily, WordMethod, WordRules},
    },
};

use super::{Claim, DataPlace, Endpoint, PretrainedPlace, TransferMethod};

/// A study whose every name, number and combination makes sense; only the data can still refuse it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Study {
    /// The heading.
    pub title: String,
    /// The question, as a sentence.
    pub question: String,
    /// Which half of the paper's statement.
    pub claim: Claim,
    /// Training seeds of the sources.
    pub seeds: Vec<u64>,
    /// The primary endpoint.
    pub endpoint: Endpoint,
    /// How sentences are read; a study of images has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reading: Option<TextReading>,
    /// Networks that are found in folders.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pretrained: Vec<PretrainedPlace>,
    /// The source networks.
    pub sources: Vec<SourceNetwork>,
    /// The target data.
    pub target: DataPlace,
    /// What the target data stand in for, in a sentence; absent where they are the real thing.
    pub stand_in: Option<String>,
    /// Test images that alpha is measured on; half where nothing is said.
    pub alpha_images: Option<usize>,
    /// The target tasks.
    pub tasks: Vec<TargetTask>,
    /// The reference networks.
    pub references: Vec<Reference>,
    /// Training seeds of the references.
    pub reference_seeds: Vec<u64>,
    /// How knowledge is carried over.
    pub transfer: TransferSettings,
    /// The attack.
    pub attack: AttackSettings,
    /// Whether the published image table stands beside ours.
    pub published_image_table: bool,
}

impl Study {
    /// Every network with its width, of sources and references, each once.
    #[must_use]
    pub fn networks(&self) -> Vec<(&str, f64)> {
        let sources = self.sources.iter().map(|source| (source.network.as_str(), source.width));
        let references = self.references.iter().map(|reference| (reference.network.as_str(), reference.width));
        let mut all = Vec::new();
        for network in sources.chain(references) {
            if !all.contains(&network) {
                all.push(network);
            }
        }
        all
    }

    /// Whether a network is found in a folder.
    #[must_use]
    pub fn is_pretrained(&self, network: &str) -> bool {
        self.pretrained.iter().any(|one| one.name == network)
    }

    /// Whether a network's words are those of its own training texts, as of a text network of the zoo.
    #[must_use]
    pub fn learns_words(&self, network: &str) -> bool {
        self.reading.is_some() && !self.is_pretrained(network)
    }

    /// What the study is made of, in a word.
    #[must_use]
    pub fn samples(&self) -> &'static str {
        if self.reading.is_some() { "texts" } else { "images" }
    }
}

/// How the sentences of a study are read.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct TextReading {
    /// Words of a text that networks are fed.
    pub length: usize,
    /// Which words of its training texts a network knows.
    pub vocabulary: VocabularyRules,
}

/// A source network: one *recipe*, trained once a seed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SourceNetwork {
    /// Its name in the study.
    pub name: String,
    /// The zoo's name.
    pub network: String,
    /// The zoo's family.
    pub family: String,
    /// The multiplier of its channels.
    pub width: f64,
    /// What it is trained on.
    pub data: DataPlace,
    /// What is done to its training images.
    pub transform: Transform,
    /// Whether it is never trained.
    pub untrained: bool,
    /// Whether it is a control.
    pub control: bool,
    /// The accuracy below which it is marked under-trained.
    pub floor: Option<f64>,
    /// Where it stands on the axis of a mix.
    pub mix: Option<f64>,
    /// How it is trained.
    pub recipe: TrainingRecipe,
}

/// What is done to training images before a network learns from them.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Transform {
    /// The share that is used, as equal per class as possible.
    pub fraction: f64,
    /// The share of labels that are replaced by another class; 1 deals all labels out anew.
    pub label_noise: f64,
    /// Whether pixels are put into one fixed random order.
    pub permuted_pixels: bool,
}

/// A target task: some classes of the target data.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TargetTask {
    /// Its name in the study.
    pub name: String,
    /// The target data with these classes.
    pub data: DataPlace,
}

/// A reference network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reference {
    /// Its name in the study.
    pub name: String,
    /// The zoo's name.
    pub network: String,
    /// The zoo's family.
    pub family: String,
    /// The multiplier of its channels.
    pub width: f64,
    /// How it is trained.
    pub recipe: TrainingRecipe,
}

/// How a network is trained.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrainingRecipe {
    /// Passes over the images.
    pub epochs: usize,
    /// Images a step.
    pub batch: usize,
    /// The largest learning rate.
    pub rate: f64,
    /// Whether gradients become changes by AdamW (no decay of biases and normalizations), else by SGD.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub adamw: bool,
    /// What SGD keeps of the last velocity.
    pub momentum: f64,
    /// The L2 penalty of SGD, the decoupled decay of AdamW.
    pub weight_decay: f64,
    /// Whether the rate first rises (one cycle) or falls from the start (cosine).
    pub one_cycle: bool,
    /// Whether images are shifted and mirrored at random.
    pub augment: bool,
    /// The share of training images that decides which epoch is kept; 0 keeps the last.
    pub validation: f64,
    /// At most so many training images.
    pub images: Option<usize>,
}

/// How knowledge is carried over.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TransferSettings {
    /// How.
    pub method: TransferMethod,
    /// At most so many training images of the task.
    pub images: Option<usize>,
    /// How the new layer, or the whole, is trained (not used by a probe).
    pub recipe: TrainingRecipe,
}

/// The attack.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AttackSettings {
    /// The budgets as they were typed, and in pixel units (of words: the share that may change); rising.
    pub eps: Vec<(String, f64)>,
    /// The attack on words; absent for images.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_words: Option<AttackOnWords>,
    /// Steps; 1 is FGSM.
    pub steps: usize,
    /// The length of a step as a share of the budget.
    pub step_share: f64,
    /// Where it starts.
    pub start: Start,
    /// Independent starts an image.
    pub restarts: usize,
    /// The norm of the budget.
    pub norm: Norm,
    /// What it climbs.
    pub objective: Objective,
    /// Which outputs deviations are taken of.
    pub outputs: Outputs,
    /// The seed of starts and noise.
    pub seed: u64,
    /// Random pairings behind the permuted reference.
    pub permutations: usize,
}

/// An attack on words, but for its budget.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct AttackOnWords {
    /// Which.
    pub method: WordMethod,
    /// How many changed texts are followed at a time.
    pub beam: usize,
    /// How many proposals are tried on the network for each.
    pub tried: usize,
}

impl AttackSettings {
    /// The family that runs the attack on words at one of the budgets; `None` for an attack on images.
    #[must_use]
    pub fn word_family(&self, eps: usize) -> Option<(WordFamily, WordMethod)> {
        let AttackOnWords { method, beam, tried } = self.on_words?;
        let rules = WordRules { most_share: self.eps.get(eps)?.1, beam, tried };
        Some((WordFamily { objective: self.objective, rules }, method))
    }

    /// The plan at one of the budgets.
    ///
    /// # Errors
    /// Where the budget is out of range, which a checked study's is not.
    pub fn plan(&self, eps: usize, threads: usize) -> Result<Plan, transferscope_lab::budget::BudgetError> {
        let size = self.eps.get(eps).map_or(0.0, |(_, size)| *size);
        Ok(Plan {
            attack: AttackPlan::Ascent {
                ascent: GradientAscent { steps: self.steps, step_size: self.step_share * size },
                budget: Budget::new(self.norm, size)?,
                start: self.start,
                restarts: self.restarts,
            },
            objective: self.objective,
            outputs: self.outputs,
            images: Images::All,
            seed: self.seed,
            moments: false,
            keep_images: true,
            shard: Shard::whole(),
            threads,
        })
    }

    /// Its name: `fgsm`, `pgd`, `hotflip` or `t3`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self.on_words {
            Some(words) => words.method.attack().name(),
            None if self.steps == 1 => "fgsm",
            None => "pgd",
        }
    }

    /// The attack in a sentence.
    #[must_use]
    pub fn words(&self) -> String {
        if let Some(AttackOnWords { beam, tried, .. }) = self.on_words {
            return format!(
                "{} on words: stop words stay, no place changes twice, {beam} changed {} followed at a time, {tried} \
                 proposals tried for each, climbing {}, judged on the text read anew, seen in {}, seed {}",
                self.name(),
                if beam == 1 { "text" } else { "texts" },
                self.objective.name(),
                self.outputs.name(),
                self.seed
            );
        }
        format!(
            "{} in {}, {} {} of {} of the budget, {}, {} {} an image, climbing {}, seen in {}, seed {}",
            self.name(),
            self.norm.name(),
            self.steps,
            if self.steps == 1 { "step" } else { "steps" },
            self.step_share,
            match self.start {
                Start::None => "starting at the image",
                Start::Random => "starting at a random point of the budget",
            },
            self.restarts,
            if self.restarts == 1 { "start" } else { "starts" },
            self.objective.name(),
            self.outputs.name(),
            self.seed
        )
    }
}
