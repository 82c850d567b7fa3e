//! Wall: what must never be in a crate's dependency tree, however deep.

use anyhow::Result;

use crate::process;
use crate::report::{Broken, Place};

/// One wall.
struct Wall {
    /// The crate that is looked into.
    of: &'static str,
    /// What must not be there; `burn*` is Burn and every crate of its family.
    never: &'static [&'static str],
    rule: &'static str,
    why: &'static str,
}

const WALLS: &[Wall] = &[
    Wall {
        of: "transferscope-theory",
        never: &[
            "burn*",
            "clap*",
            "npyz",
            "image",
            "safetensors",
            "csv",
            "rayon",
            "onnx-ir",
            "pytorch-reader",
            "serde_json",
            "toml",
        ],
        rule: "theory has no Burn, no clap, no file format and no thread pool in its dependency tree",
        why: "the measures are mathematics on plain numbers: anybody can call them, check them and run them anywhere",
    },
    Wall {
        of: "transferscope-network",
        never: &["burn*", "clap*", "faer", "rayon"],
        rule: "network has no Burn, no clap, no linear algebra and no thread pool in its dependency tree",
        why: "what a network is must not depend on how it is run",
    },
    Wall {
        of: "transferscope-import",
        never: &["burn*", "clap*"],
        rule: "import has no Burn and no clap in its dependency tree",
        why: "a file becomes a graph and nothing else; how the graph is run is the engine's matter",
    },
    Wall {
        of: "transferscope-engine",
        never: &["clap*"],
        rule: "engine has no clap in its dependency tree",
        why: "only the binary knows the command line",
    },
    Wall {
        of: "transferscope-lab",
        never: &["clap*"],
        rule: "lab has no clap in its dependency tree",
        why: "only the binary knows the command line",
    },
    Wall {
        of: "transferscope-study",
        never: &["clap*"],
        rule: "study has no clap in its dependency tree",
        why: "only the binary knows the command line",
    },
];

/// True when `name` is `pattern`, or of its family where the pattern ends with `*`.
pub fn matches(pattern: &str, name: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(stem) => name.strip_prefix(stem).is_some_and(|rest| rest.is_empty() || rest.starts_with(['-', '_'])),
        None => name == pattern,
    }
}

/// Asks cargo for the tree of each crate, on every platform, without what only tests need.
///
/// # Errors
/// When cargo cannot be asked.
pub fn hold_all() -> Result<Vec<Broken>> {
    WALLS
        .iter()
        .map(|wall| {
            let tree =
                process::output(&["tree", "-p", wall.of, "-e", "normal", "--target", "all", "--prefix", "depth"])?;
            Ok(hold(wall, &tree))
        })
        .collect()
}

fn hold(wall: &Wall, tree: &str) -> Broken {
    let is_forbidden = |name: &str| wall.never.iter().any(|pattern| matches(pattern, name));
    let places = chains(tree)
        .into_iter()
        // What a forbidden crate brings along goes when it goes.
        .filter(|chain| chain.iter().position(|name| is_forbidden(name)) == Some(chain.len() - 1))
        .map(|chain| Place::new(wall.of, 0, chain.join(" → ")))
        .collect();
    Broken {
        rule: wall.rule,
        why: wall.why,
        remedy: "drop the first crate of the chain, switch off the feature that brings the last, or move the code up",
        places,
    }
}

/// Reads `cargo tree --prefix depth`; for each line, the names from the root down to it.
fn chains(tree: &str) -> Vec<Vec<&str>> {
    let mut above: Vec<&str> = Vec::new();
    let mut found = Vec::new();
    for line in tree.lines() {
        let digits = line.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(line.len());
        let (Ok(depth), Some(name)) = (line[..digits].parse::<usize>(), line[digits..].split_whitespace().next())
        else {
            continue;
        };
        above.truncate(depth);
        above.push(name);
        found.push(above.clone());
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const WALL: Wall = Wall { of: "transferscope-theory", never: &["burn*", "rayon"], rule: "", why: "" };

    #[test]
    fn a_forbidden_crate_is_found_however_deep() {
        let clean = "0transferscope-theory v0.1.0 (somewhere)\n1faer v0.24.4\n2burner v1.0.0\n1rayon-core v1.0.0\n";
        assert!(hold(&WALL, clean).places.is_empty());
        let places = hold(
            &WALL,
            "0transferscope-theory v0.1.0\n1faer v0.24.4\n2rayon v1.0.0 (*)\n3burn-std v0.22.1\n1burn-tensor v0.22.1",
        )
        .places;
        assert_eq!(places.len(), 2);
        assert_eq!(places[0].found, "transferscope-theory → faer → rayon");
        assert_eq!(places[1].found, "transferscope-theory → burn-tensor");
    }

    #[test]
    fn a_pattern_is_a_name_or_a_family() {
        assert!(matches("burn*", "burn") && matches("burn*", "burn-store") && matches("clap*", "clap_derive"));
        assert!(!matches("burn*", "burner") && !matches("rayon", "rayon-core"));
    }
}
