//! `transferscope text attack`: words changed until a network's answer changes, side by side with what stood there.

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;
use transferscope_lab::text::{
    ChangedText, EncodedTexts, TextAttackPlan, attack_texts,
    attacks::{WordMethod, WordRules},
};
use transferscope_study::{
    measurement::{DataRecord, NetworkRecord},
    record,
};

use super::{
    loading::{data_record, network, reading_notes, sentences, text_failure},
    measure::{TextAttackOptions, WordAccounts, account},
};
use crate::{commands::subjects::RunOptions, console::Console, exit::Failure, show};

/// What can be typed.
#[derive(Args)]
pub struct Arguments {
    /// The network to attack: a folder that `text train` wrote, or one with Hugging Face's config.json, tokenizer and
    /// model.safetensors or model.onnx (add #length=L for the tokens).
    #[arg(value_name = "FOLDER")]
    network: String,
    /// The sentences: text:PATH#key=value&... (lines of `LABEL text`, .tsv, .csv or .parquet; `data list` has the settings).
    #[arg(long, value_name = "DATA")]
    data: String,
    #[command(flatten)]
    attack: TextAttackOptions,
    /// Attack the first N texts that are left after the data's own settings.
    #[arg(long)]
    limit: Option<usize>,
    /// Write every text as a line of `LABEL text`: the changed ones that fooled the network, to be read as text:FILE.
    #[arg(long, value_name = "FILE.txt")]
    out: Option<PathBuf>,
    #[command(flatten)]
    run: RunOptions,
    /// Print the account, with every text, as one JSON document.
    #[arg(long)]
    json: bool,
}

/// The account of an attack on words.
#[derive(Serialize)]
pub struct TextAttackRecord {
    /// The network.
    pub network: NetworkRecord,
    /// The sentences.
    pub data: DataRecord,
    /// The attack.
    pub attack: WordMethod,
    /// Its rules.
    pub rules: WordRules,
    /// What it gave.
    #[serde(flatten)]
    pub words: WordAccounts,
    /// The names of the classes.
    pub class_names: Vec<String>,
    /// The file that was written.
    pub out: Option<String>,
    /// What a reader should know.
    pub notes: Vec<String>,
}

/// Attacks.
///
/// # Errors
/// With the exit code and the sentence that the user sees.
pub fn run(arguments: &Arguments, console: &Console) -> Result<(), Failure> {
    if let Some(path) = &arguments.out {
        record::check_writable(path).map_err(Failure::bad_input)?;
    }
    let mut set = sentences(&arguments.data)?;
    if let Some(limit) = arguments.limit {
        set = set.first(limit.max(1));
    }
    let ready = network(&arguments.network, &arguments.run)?;
    let attack = arguments.attack.checked(&ready.subject)?;
    let TextAttackPlan::Words(family, method) = attack else {
        return Err(Failure::usage(anyhow::anyhow!(
            "attacks on embeddings make no text that could be shown; `transferscope text measure` measures them"
        )));
    };
    let texts =
        attack_texts(&ready.subject, &set, &family, method, arguments.run.threads(), &console.progress("texts"))
            .map_err(text_failure)?;
    let encoded = EncodedTexts::new(&set, ready.subject.tokenizer(), ready.subject.length());
    let notes: Vec<String> = ready.loaded.notes.iter().cloned().chain(reading_notes(&set, &encoded)).collect();
    if let Some(path) = &arguments.out {
        let label = |text: &ChangedText| &ready.loaded.contract.class_names[text.prediction_before];
        let line = |text: &ChangedText| format!("{} {}\n", label(text).replace(char::is_whitespace, "_"), text.after);
        let lines: String = texts.iter().filter(|text| text.fooled).map(line).collect();
        record::write_text(path, &lines).map_err(Failure::bad_input)?;
    }
    let record = TextAttackRecord {
        network: ready.record,
        data: data_record(&arguments.data, &set, ready.subject.length()),
        attack: method,
        rules: family.rules,
        words: account(texts, arguments.json)?,
        class_names: ready.loaded.contract.class_names,
        out: arguments.out.as_ref().map(|path| path.display().to_string()),
        notes,
    };
    if arguments.json {
        console.json(&record)
    } else {
        console.answer(&show::text_attacked(&record));
        Ok(())
    }
}
