//! Rule: no path of one machine in any text.

use super::rules::{Exception, Rule, is_excepted};
use crate::report::Place;
use crate::tree::Tree;

/// The rule.
pub const RULE: Rule = Rule {
    rule: "no absolute path of one machine in any text file",
    why: "it works for one person only, and tells the world about that person's disk",
    remedy: "use a path relative to the workspace, an argument, or a temporary folder asked from the system",
    find,
};

const FOLDERS: &[&str] = &["/work/", "/root/", "/tmp/", "/home/", "/Users/", ":\\Users\\"];

const EXCEPTIONS: &[Exception] =
    &[Exception { path: "xtask/src/tidy/absolute_paths.rs", reason: "has to say what it looks for" }];

fn find(tree: &Tree) -> Vec<Place> {
    let mut places = Vec::new();
    for file in tree.files.iter().filter(|file| !is_excepted(EXCEPTIONS, &file.path)) {
        for (index, line) in file.text.iter().flat_map(|text| text.lines()).enumerate() {
            if let Some(folder) = FOLDERS.iter().find(|folder| starts_somewhere(line, folder)) {
                places.push(Place::new(&file.path, index + 1, format!("a path below `{folder}`")));
            }
        }
    }
    places
}

/// True when `folder` stands in `line` and is not the middle of a longer path (`../work/`, `$HOME/work/`).
fn starts_somewhere(line: &str, folder: &str) -> bool {
    line.match_indices(folder).any(|(place, _)| {
        folder.starts_with(':')
            || !line[..place].ends_with(|before: char| before.is_alphanumeric() || "._-~})>*%".contains(before))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_of_one_machine_is_found_in_any_text() {
        for good in
            ["../work/a", "crates/work/a", "${HOME}/tmp/a", "a homework/ b", "https://host.org/home/a", "/tmpfs/a"]
        {
            assert!(find(&Tree::of("README.md", good)).is_empty(), "{good}");
        }
        for bad in ["cd /work/a", "x = \"/tmp/a\"", "/home/me/b", "file:///root/a", "C:\\Users\\me", "(/Users/me)"] {
            assert_eq!(find(&Tree::of("README.md", bad)).len(), 1, "{bad}");
        }
    }
}
