//! Rule: only the engine names Burn, a backend or an instruction set.

use super::rules::Rule;
use crate::report::Place;
use crate::rust::paths::{Named, paths};
use crate::rust::source::Source;
use crate::tree::Tree;

/// The rule.
pub const RULE: Rule = Rule {
    rule: "only crates/engine names Burn, a backend, `std::arch` or a processor feature",
    why: "the door of the engine speaks plain arrays, so that how a network is run can change without anybody noticing",
    remedy: "go through the engine's door, or add what is missing to it as plain arrays",
    find,
};

const HOME: &str = "crates/engine/";
/// Burn, what Burn's backends are made of, and other ways to the same devices.
const FAMILIES: &[&str] = &["burn", "cubecl", "cubek", "wgpu", "cudarc", "tch", "ndarray"];
const PROBES: &[&str] = &["is_x86_feature_detected", "is_aarch64_feature_detected", "target_feature"];

fn find(tree: &Tree) -> Vec<Place> {
    let mut places = Vec::new();
    for (file, source) in tree.rust().filter(|(file, _)| !file.path.starts_with(HOME)) {
        for path in paths(source).iter().filter(|path| is_engine_only(path)) {
            places.push(Place::new(&file.path, path.line, format!("`{}`", path.text())));
        }
        for line in probes(source) {
            places.push(Place::new(&file.path, line, "asks for a processor feature"));
        }
    }
    places
}

fn is_engine_only(path: &Named) -> bool {
    FAMILIES.iter().any(|family| path.is_of_family(family))
        || path.is_under(&["std", "arch"])
        || path.is_under(&["core", "arch"])
}

fn probes(source: &Source) -> impl Iterator<Item = usize> {
    source.tokens.iter().filter(|token| PROBES.contains(&token.text.as_str())).map(|token| token.line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn burn_and_instruction_sets_outside_the_engine_are_found() {
        let good = "use transferscope_engine::burn; // burn::x\nlet a = Engine::Burn; let b = \"burn::x\"; burn(c);";
        assert!(find(&Tree::of("crates/lab/src/a.rs", good)).is_empty());
        for bad in [
            "use burn::tensor::Tensor;",
            "fn a() { burn::x() }",
            "use burn_flex::Flex;",
            "use std::{fs, arch::x86_64};",
            "use core::arch::asm;",
            "if is_x86_feature_detected!(\"avx2\") {}",
            "#[target_feature(enable = \"avx2\")] fn a() {}",
        ] {
            assert_eq!(find(&Tree::of("crates/lab/src/a.rs", bad)).len(), 1, "{bad}");
            assert!(find(&Tree::of("crates/engine/src/a.rs", bad)).is_empty(), "{bad}");
        }
    }
}
