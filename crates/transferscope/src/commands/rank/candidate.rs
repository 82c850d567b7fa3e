//! A candidate on its way from what was typed to a network that runs on the target's images.

use transferscope_lab::{data::ImageSet, fingerprint::fingerprint, subject::Subject};
use transferscope_network::passes::cost;
use transferscope_study::measurement::NetworkRecord;

use crate::{
    commands::subjects::{self, RunOptions},
    console::Console,
    exit::Failure,
};

/// A network that runs on the target's images.
pub struct Runnable {
    /// What it is called in tables.
    pub name: String,
    /// What is known of it.
    pub record: NetworkRecord,
    /// SHA-256 of its graph from the target's pixels.
    pub fingerprint: String,
    /// Multiply-add pairs for one image.
    pub multiply_adds: usize,
    /// The network.
    pub subject: Subject,
    /// Remarks made while loading.
    pub notes: Vec<String>,
}

/// Loads a network for the target's images.
///
/// # Errors
/// With the exit code and the sentence that the user sees.
pub fn runnable(typed: &str, images: &ImageSet, run: &RunOptions, console: &Console) -> Result<Runnable, Failure> {
    let loaded = subjects::network(typed, console)?;
    let graph = subjects::attached(&loaded, images)?;
    Ok(Runnable {
        name: short_name(typed),
        record: subjects::network_record(&loaded)?,
        fingerprint: fingerprint(&graph),
        multiply_adds: cost(&loaded.graph).map_err(Failure::bad_input)?.multiply_adds,
        subject: subjects::subject_of(&loaded, &graph, run)?,
        notes: loaded.notes,
    })
}

/// What was typed without the folders of its files: short enough for a table.
pub fn short_name(typed: &str) -> String {
    let (network, settings) = match typed.rsplit_once('#') {
        Some((network, settings)) if settings.contains('=') => (network, Some(settings)),
        _ => (typed, None),
    };
    let base = |path: &str| path.rsplit(['/', '\\']).next().unwrap_or(path).to_owned();
    let short = match network.split_once('@') {
        Some((name, file)) if !name.contains(['/', '\\', '.']) => format!("{name}@{}", base(file)),
        _ => base(network),
    };
    settings.map_or(short.clone(), |settings| format!("{short}#{settings}"))
}

/// Short names, or what was typed where two would be called the same.
///
/// # Errors
/// With exit code 2 where a network stands in the list twice.
pub fn names(typed: &[String]) -> Result<Vec<String>, Failure> {
    for (place, other) in typed.iter().enumerate() {
        if typed[..place].contains(other) {
            return Err(Failure::usage(anyhow::anyhow!("'{other}' is a candidate twice; name it once")));
        }
    }
    let short: Vec<String> = typed.iter().map(|typed| short_name(typed)).collect();
    let is_double = |name: &String| short.iter().filter(|other| *other == name).count() > 1;
    let unique = |(name, typed): (&String, &String)| if is_double(name) { typed.clone() } else { name.clone() };
    Ok(short.iter().zip(typed).map(unique).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lose_their_folders_unless_they_would_be_equal() {
        assert_eq!(short_name("resnet20-cifar@a/b/w.th#classes=10"), "resnet20-cifar@w.th#classes=10");
        assert_eq!(short_name("dir/net.safetensors#contract=raw"), "net.safetensors#contract=raw");
        assert_eq!(short_name("lenet@digits"), "lenet@digits");
        let list = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        assert_eq!(
            names(&list(&["a/x.onnx", "b/x.onnx", "b/y.onnx"])).ok(),
            Some(list(&["a/x.onnx", "b/x.onnx", "y.onnx"]))
        );
        assert!(names(&list(&["lenet", "lenet"])).is_err());
    }
}
