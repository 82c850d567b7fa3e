//! `transferscope text run`: what a text network says of sentences, as arrays.

use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;
use transferscope_lab::{
    data::{Compression, DataError, NpzWriter, text::TextSet},
    deviate::Silent,
    objective::prediction,
    text::{EncodedTexts, TextOutputs, text_outputs},
};
use transferscope_study::measurement::{DataRecord, NetworkRecord};
use transferscope_theory::statistics::{Estimate, proportion};

use super::loading::{data_record, network, reading_notes, sentences, text_failure};
use crate::{
    commands::subjects::{RunOptions, data_failure},
    console::Console,
    exit::Failure,
    show,
};

/// What can be typed.
#[derive(Args)]
pub struct Arguments {
    /// The network: a folder that `text train` wrote, or one with Hugging Face's config.json, tokenizer and
    /// model.safetensors or model.onnx (add #length=L for the tokens).
    #[arg(value_name = "FOLDER")]
    network: String,
    /// The sentences: text:PATH#key=value&... (lines of `LABEL text`, .tsv, .csv or .parquet; `data list` has the settings).
    #[arg(long, value_name = "DATA")]
    data: String,
    /// Ask of the first N texts that are left after the data's own settings.
    #[arg(long)]
    limit: Option<usize>,
    /// Write the arrays tokens, logits, features (the sentence's vector, which the head reads), labels and line as npz.
    #[arg(long, value_name = "FILE.npz")]
    out: Option<PathBuf>,
    #[command(flatten)]
    run: RunOptions,
    /// Print the account as one JSON document.
    #[arg(long)]
    json: bool,
}

/// The account of a run.
#[derive(Serialize)]
pub struct TextRunRecord {
    /// The network.
    pub network: NetworkRecord,
    /// The sentences.
    pub data: DataRecord,
    /// The share that is right, where the labels are the network's.
    pub accuracy: Option<Estimate>,
    /// The file that was written.
    pub out: Option<String>,
    /// What a reader should know.
    pub notes: Vec<String>,
}

/// Runs.
///
/// # Errors
/// With the exit code and the sentence that the user sees.
pub fn run(arguments: &Arguments, console: &Console) -> Result<(), Failure> {
    let mut set = sentences(&arguments.data)?;
    if let Some(limit) = arguments.limit {
        set = set.first(limit.max(1));
    }
    let ready = network(&arguments.network, &arguments.run)?;
    let known = set.clone().with_classes(&ready.loaded.contract.class_names);
    let encoded = EncodedTexts::new(&set, ready.subject.tokenizer(), ready.subject.length());
    let mut notes: Vec<String> = ready.loaded.notes.iter().cloned().chain(reading_notes(&set, &encoded)).collect();
    notes.extend(ready.subject.subject().network().remark().map(str::to_owned));
    let outputs = text_outputs(&ready.subject, &encoded, arguments.run.threads(), &Silent).map_err(text_failure)?;
    let accuracy = match &known {
        Err(error) => {
            notes.push(format!("no accuracy: {error}"));
            None
        }
        Ok(known) => {
            let said = (0..known.len()).map(|row| prediction(outputs.logits.row(row)));
            let right = said.zip(known.labels()).filter(|(said, label)| *said == **label as usize).count();
            proportion(right, known.len()).map_err(Failure::not_possible)?
        }
    };
    if let Some(path) = &arguments.out {
        write(path, &encoded, &outputs, known.as_ref().unwrap_or(&set)).map_err(data_failure)?;
    }
    let record = TextRunRecord {
        data: data_record(&arguments.data, &set, ready.subject.length()),
        network: ready.record,
        accuracy,
        out: arguments.out.as_ref().map(|path| path.display().to_string()),
        notes,
    };
    if arguments.json {
        console.json(&record)
    } else {
        console.answer(&show::text_run(&record));
        Ok(())
    }
}

fn write(path: &Path, encoded: &EncodedTexts, outputs: &TextOutputs, set: &TextSet) -> Result<(), DataError> {
    let mut file = NpzWriter::create(path, Compression::Stored)?;
    file.array("tokens", encoded.tokens().shape(), encoded.tokens().data())?;
    file.array("logits", outputs.logits.shape(), outputs.logits.data())?;
    file.array("features", outputs.features.shape(), outputs.features.data())?;
    let labels: Vec<i64> = set.labels().iter().copied().map(i64::from).collect();
    file.array("labels", &[labels.len()], labels.as_slice())?;
    file.array("line", &[set.len()], set.ids())?;
    file.finish()
}
