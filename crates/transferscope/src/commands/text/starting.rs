//! What a text network starts from when it is trained: fresh weights, or a folder with a head for the classes of the data.

use transferscope_import::text::{LoadedTextNetwork, TextZooRequest, TokenizerFile};
use transferscope_lab::{
    data::text::TextSet,
    text::{TextNetwork, Tokenizer, VocabularyRules},
};
use transferscope_network::contract::{TextContract, TokenizerKind};

use super::{loading::text_failure, train::Arguments};
use crate::exit::Failure;

/// A fresh network of the zoo with the vocabulary of the texts.
pub(super) fn fresh(
    arguments: &Arguments,
    zoo: &TextZooRequest,
    set: &TextSet,
) -> Result<(LoadedTextNetwork, Tokenizer), Failure> {
    let rules = VocabularyRules { smallest_count: arguments.min_count, most_words: arguments.words };
    let vocabulary = rules.counted(set.texts()).map_err(text_failure)?;
    let tokenizer = TokenizerFile { name: "vocab.txt".to_owned(), bytes: vocabulary.to_text().into_bytes() };
    let mut settings = zoo.settings(set.class_names().len(), vocabulary.size());
    settings.seed = zoo.seed().unwrap_or(arguments.recipe.seed);
    let graph = zoo.architecture.build(&settings).map_err(Failure::usage)?;
    let class_names = set.class_names().to_vec();
    let contract = TextContract { tokenizer: TokenizerKind::Words, length: settings.length, class_names };
    let start = LoadedTextNetwork { graph, contract, tokenizer, sha256: None, notes: Vec::new() };
    Ok((start, Tokenizer::Words(vocabulary)))
}

/// The network with the classes of the data: its own head where they are its own, else a fresh one.
pub(super) fn for_classes(
    mut loaded: LoadedTextNetwork,
    tokenizer: &Tokenizer,
    set: &TextSet,
    seed: u64,
    notes: &mut Vec<String>,
) -> Result<LoadedTextNetwork, Failure> {
    let known = &loaded.contract.class_names;
    if set.class_names().iter().all(|name| known.contains(name)) && set.class_names().len() == known.len() {
        return Ok(loaded);
    }
    notes.push(format!(
        "the network knew the classes {}; its head is fresh from seed {seed} for {}",
        known.join(", "),
        set.class_names().join(", ")
    ));
    let network = TextNetwork { graph: loaded.graph, contract: loaded.contract, tokenizer: tokenizer.clone() };
    let (fresh, _) = network.with_fresh_head(set.class_names(), seed).map_err(Failure::bad_input)?;
    (loaded.graph, loaded.contract) = (fresh.graph, fresh.contract);
    Ok(loaded)
}
