//! Text networks: what is typed for one, and the folders they live in.
//!
//! A folder of ours holds `network.json` (the contract), `model.safetensors` (weights and graph) and `vocab.txt` or
//! `tokenizer.json`. A folder of Hugging Face's BERT family holds `config.json`, `model.safetensors` and a tokenizer; one
//! of Optimum's holds `model.onnx` in place of the weights.

mod bert_folder;
mod config;
mod folder;
mod onnx_folder;
mod published;
mod request;
mod tokenizer_file;

pub use folder::{LoadedTextNetwork, is_trained_here, load_text_network, write_text_network};
pub use published::{PublishedTextNetwork, published_text_networks};
pub use request::{TextRequest, TextZooRequest};
pub use tokenizer_file::TokenizerFile;
