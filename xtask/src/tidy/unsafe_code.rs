//! Rule: `unsafe` only in the kernels, each with its reason above it.

use super::rules::{Exception, Rule, is_excepted};
use crate::report::Place;
use crate::rust::source::Source;
use crate::tree::Tree;

/// The rule.
pub const RULE: Rule = Rule {
    rule: "`unsafe` only below crates/engine/src/cpu and where tests execute AMX, with `// SAFETY: …` directly above it",
    why: "undefined behaviour makes every number of the run worthless; the reason is what a reviewer checks",
    remedy: "write it safely; in a kernel, put `// SAFETY: …` (for an `unsafe fn`, a `# Safety` section) directly above",
    find,
};

const HOMES: &[Exception] = &[
    Exception { path: "crates/engine/src/cpu/", reason: "vector instructions are reached through unsafe functions" },
    Exception {
        path: "crates/engine/tests/software_amx/",
        reason: "a signal handler executes what the processor lacks",
    },
];

fn find(tree: &Tree) -> Vec<Place> {
    let mut places = Vec::new();
    for (file, source) in tree.rust() {
        for (index, token) in source.tokens.iter().enumerate() {
            // `unsafe fn(…)` without a name is a type, and promises nothing yet.
            let is_type = source.is(index + 1, "fn") && source.is(index + 2, "(");
            if token.text != "unsafe" || is_type {
                continue;
            }
            if !is_excepted(HOMES, &file.path) {
                places.push(Place::new(&file.path, token.line, "`unsafe` outside of the kernels"));
            } else if !has_reason(source, token.line) {
                places.push(Place::new(&file.path, token.line, "`unsafe` without its reason above"));
            }
        }
    }
    places
}

/// True when the comments and attributes directly above `line` hold a reason.
fn has_reason(source: &Source, line: usize) -> bool {
    source.lines[..line - 1]
        .iter()
        .rev()
        .map(|above| above.trim_start())
        .take_while(|above| above.starts_with("//") || above.starts_with("#["))
        .any(|above| above.starts_with("// SAFETY:") || above.starts_with("/// # Safety"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const KERNEL: &str = "crates/engine/src/cpu/kernel.rs";

    #[test]
    fn unsafe_outside_of_the_kernels_is_found() {
        let code = "// SAFETY: none.\nunsafe { a() }";
        assert_eq!(find(&Tree::of("crates/lab/src/a.rs", code)).len(), 1);
        assert!(find(&Tree::of(KERNEL, code)).is_empty());
        assert!(find(&Tree::of("crates/lab/src/a.rs", "// unsafe\nlet a = \"unsafe\";")).is_empty());
    }

    #[test]
    fn a_kernel_without_its_reason_is_found() {
        for good in [
            "/// A.\n/// # Safety\n/// B.\n#[inline]\nunsafe fn a() {}",
            "// SAFETY: a.\n// b.\nlet x = unsafe { a() };",
            "type A = unsafe fn(u8);",
        ] {
            assert!(find(&Tree::of(KERNEL, good)).is_empty(), "{good}");
        }
        for bad in [
            "unsafe { a() }",
            "// SAFETY: a.\n\nunsafe { a() }",
            "// SAFETY: a.\nb();\nunsafe { a() }",
            "// because\nunsafe fn a() {}",
        ] {
            assert_eq!(find(&Tree::of(KERNEL, bad)).len(), 1, "{bad}");
        }
    }
}
