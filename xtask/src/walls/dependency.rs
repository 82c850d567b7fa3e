//! What the manifests say: every direct dependency of every crate of the workspace.

use anyhow::{Context, Result};
use serde_json::Value;

use crate::process;

/// One line of a manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dependency {
    /// The package that depends.
    pub of: String,
    /// The package it depends on, under its real name.
    pub on: String,
    /// The version that is asked for, as cargo writes it.
    pub version: String,
    /// True for a crate of this workspace.
    pub is_ours: bool,
    /// True when only tests, examples and benchmarks need it.
    pub is_for_tests: bool,
}

impl Dependency {
    /// The manifest that holds it.
    pub fn manifest(&self) -> String {
        match self.of.strip_prefix("transferscope-") {
            Some(folder) => format!("crates/{folder}/Cargo.toml"),
            None if self.of == "transferscope" => "crates/transferscope/Cargo.toml".to_owned(),
            None => format!("{}/Cargo.toml", self.of),
        }
    }
}

/// Asks `cargo metadata`.
///
/// # Errors
/// When cargo fails or answers something unexpected.
pub fn read() -> Result<Vec<Dependency>> {
    parse(&process::output(&["metadata", "--no-deps", "--format-version", "1"])?)
}

fn parse(metadata: &str) -> Result<Vec<Dependency>> {
    let metadata: Value = serde_json::from_str(metadata).context("`cargo metadata` did not print JSON")?;
    let mut found = Vec::new();
    for package in list(&metadata, "packages")? {
        let of = text(package, "name")?;
        for dependency in list(package, "dependencies")? {
            found.push(Dependency {
                of: of.clone(),
                on: text(dependency, "name")?,
                version: text(dependency, "req")?,
                is_ours: dependency["path"].is_string(),
                is_for_tests: dependency["kind"] == "dev",
            });
        }
    }
    Ok(found)
}

fn list<'a>(value: &'a Value, key: &str) -> Result<&'a Vec<Value>> {
    value[key].as_array().with_context(|| format!("`cargo metadata` has no list `{key}`"))
}

fn text(value: &Value, key: &str) -> Result<String> {
    Ok(value[key].as_str().with_context(|| format!("`cargo metadata` has no text `{key}`"))?.to_owned())
}

#[cfg(test)]
impl Dependency {
    /// A dependency of the kind a wall's test needs: ours where the name says so.
    pub fn between(of: &str, on: &str, is_for_tests: bool) -> Self {
        let is_ours = on.starts_with("transferscope");
        Self { of: of.to_owned(), on: on.to_owned(), version: "=1.0.0".to_owned(), is_ours, is_for_tests }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metadata_becomes_dependencies() -> Result<()> {
        let json = r#"{"packages":[{"name":"transferscope-lab","dependencies":[
            {"name":"transferscope-engine","req":"*","kind":null,"path":"x"},
            {"name":"insta","req":"=1.49.0","kind":"dev","path":null}]}]}"#;
        let found = parse(json)?;
        assert_eq!(found.len(), 2);
        assert!(found[0].is_ours && !found[0].is_for_tests);
        assert!(!found[1].is_ours && found[1].is_for_tests);
        assert_eq!((found[1].version.as_str(), found[1].manifest().as_str()), ("=1.49.0", "crates/lab/Cargo.toml"));
        assert!(parse("{}").is_err());
        Ok(())
    }
}
