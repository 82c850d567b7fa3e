//! Wall: a foreign crate is pinned, and its reason is written down.

use super::dependency::Dependency;
use crate::report::{Broken, Place};

/// The page that gives the reasons.
pub const TABLE: &str = "docs/design/dependencies.md";

/// Every foreign crate without an exact version.
pub fn hold_versions(dependencies: &[Dependency]) -> Broken {
    let places = dependencies
        .iter()
        .filter(|one| !one.is_ours && !one.version.starts_with('='))
        .map(|one| Place::new(&one.manifest(), 0, format!("{} asks for {} {}", one.of, one.on, one.version)))
        .collect();
    Broken {
        rule: "every foreign crate is asked for by an exact version (`=1.2.3`)",
        why: "numbers must come out the same next year, and a release of somebody else must not change them",
        remedy: "declare it once in the root Cargo.toml, pinned with `=`, and write `NAME.workspace = true` in the crate",
        places,
    }
}

/// Every foreign crate that the page does not name with the version that is asked for.
pub fn hold_table(dependencies: &[Dependency], table: &str) -> Broken {
    let mut missing: Vec<(&str, &str)> = dependencies
        .iter()
        .filter(|one| !one.is_ours)
        .map(|one| (one.on.as_str(), one.version.trim_start_matches('=')))
        .filter(|(name, version)| !table.lines().any(|line| is_row(line, name, version)))
        .collect();
    missing.sort_unstable();
    missing.dedup();
    Broken {
        rule: "docs/design/dependencies.md has a row for every foreign crate, with its version",
        why: "each crate that is kept is work that need not be done and trust that is given; both deserve a reason",
        remedy: "add or update the row `| name | version | used by | why |`",
        places: missing
            .into_iter()
            .map(|(name, version)| Place::new(TABLE, 0, format!("no row for {name} {version}")))
            .collect(),
    }
}

fn is_row(line: &str, name: &str, version: &str) -> bool {
    let cells: Vec<&str> = line.split('|').map(|cell| cell.trim().trim_matches('`').trim_start_matches('=')).collect();
    cells.len() > 4 && cells[1] == name && cells[2] == version && !cells[4].is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_open_version_is_found() {
        let mut open = Dependency::between("transferscope-lab", "rayon", false);
        assert!(hold_versions(std::slice::from_ref(&open)).places.is_empty());
        open.version = "^1.0.0".to_owned();
        assert_eq!(hold_versions(&[open]).places.len(), 1);
    }

    #[test]
    fn a_crate_without_its_row_is_found() {
        let used = [Dependency::between("transferscope-lab", "rayon", false)];
        assert!(hold_table(&used, "| crate | version |\n| `rayon` | 1.0.0 | lab | threads |").places.is_empty());
        for table in
            ["", "| rayon | 0.9.0 | lab | threads |", "| rayon-core | 1.0.0 | lab | x |", "| rayon | 1.0.0 | lab | |"]
        {
            assert_eq!(hold_table(&used, table).places.len(), 1, "{table}");
        }
    }
}
