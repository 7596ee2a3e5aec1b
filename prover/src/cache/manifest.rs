//! What stands in `manifest.json` beside the keys.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::error::{CacheError, Damage, damaged};
use super::files;
use crate::keys::Keys;
use crate::kind::{KeyKind, Kind};
use crate::r1cs::R1cs;

/// The manifest's name in the directory of a set of keys.
pub(super) const FILE_NAME: &str = "manifest.json";
/// The version of the layout.
const FORMAT: u32 = 1;
/// Most bytes of a manifest; a real one has under a thousand.
const MAX_BYTES: usize = 16 * 1024;

/// One key file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyFile {
    /// Its name: statement, first 16 digits of the circuit digest, SHA-256 of the content.
    pub file: String,
    /// SHA-256 of its content, hexadecimal.
    pub sha256: String,
    /// Its length in bytes.
    pub bytes: u64,
}

/// What a set of keys is for, how it was made, and what it consists of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// The version of this layout: 1.
    pub format: u32,
    /// The statement's name.
    pub statement: String,
    /// Where the keys come from: a [`Kind::name`].
    pub kind: String,
    /// The seed, for keys of kind [`Kind::SeededTest`] only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// SHA-256 of the constraint system, hexadecimal.
    pub circuit_digest: String,
    /// The number of constraints.
    pub constraints: u64,
    /// The number of public inputs, without the constant one.
    pub public_inputs: u64,
    /// The number of private variables.
    pub private_variables: u64,
    /// The proving key.
    pub proving_key: KeyFile,
    /// The verifying key. Its hash is what parties compare.
    pub verifying_key: KeyFile,
    /// Name and version of the program that made the keys.
    pub created_by: String,
}

/// An entry of [`KeyCache::list`](super::KeyCache::list).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyInfo {
    /// The directory of the set of keys.
    pub directory: PathBuf,
    /// Where the keys come from. Its `Display` says INSECURE unless it was a ceremony.
    pub kind: Kind,
    /// The rest.
    pub manifest: Manifest,
}

impl KeyInfo {
    /// Reads the manifest in `directory` and checks that it belongs there.
    pub(super) fn read(directory: &Path) -> Result<Self, CacheError> {
        let foreign = || CacheError::Foreign {
            path: directory.to_path_buf(),
        };
        if !files::exists(&directory.join(FILE_NAME)).unwrap_or(false) {
            return Err(foreign());
        }
        let manifest = Manifest::read(directory)?;
        let kind = Kind::from_name(&manifest.kind).ok_or_else(foreign)?;
        let prefix = manifest.circuit_digest.get(..16).ok_or_else(foreign)?;
        let name = slot_name(&manifest.statement, kind, prefix, manifest.seed);
        if directory.file_name().is_none_or(|found| *found != *name) {
            return Err(foreign());
        }
        Ok(Self {
            directory: directory.to_path_buf(),
            kind,
            manifest,
        })
    }
}

impl Manifest {
    /// Describes fresh keys and their encodings.
    pub(super) fn of<K: KeyKind>(
        keys: &Keys<K>,
        seed: Option<u64>,
        proving: &[u8],
        verifying: &[u8],
    ) -> Self {
        let r1cs = keys.proving.r1cs();
        Self {
            format: FORMAT,
            statement: r1cs.statement().to_owned(),
            kind: K::NAME.to_owned(),
            seed,
            circuit_digest: r1cs.digest().to_string(),
            constraints: r1cs.num_constraints() as u64,
            public_inputs: r1cs.num_public_inputs() as u64,
            private_variables: r1cs.num_witness() as u64,
            proving_key: KeyFile::of(r1cs, "pk", proving),
            verifying_key: KeyFile::of(r1cs, "vk", verifying),
            created_by: concat!("tally-prover ", env!("CARGO_PKG_VERSION")).to_owned(),
        }
    }

    /// Reads the manifest of the set of keys in `slot`.
    pub(super) fn read(slot: &Path) -> Result<Self, CacheError> {
        let path = slot.join(FILE_NAME);
        let bytes = files::read_bounded(&path, MAX_BYTES)?;
        serde_json::from_slice(&bytes).map_err(|e| damaged(path, Damage::Manifest(e)))
    }

    /// Indented JSON with a final newline.
    pub(super) fn to_json(&self) -> Result<Vec<u8>, CacheError> {
        let mut bytes = serde_json::to_vec_pretty(self).map_err(|_| CacheError::Encode)?;
        bytes.push(b'\n');
        Ok(bytes)
    }

    /// Compares every field that is known beforehand. In particular the file names are the ones that
    /// follow from circuit and hash, so a manifest can't point outside its directory.
    pub(super) fn check<K: KeyKind>(
        &self,
        slot: &Path,
        r1cs: &R1cs,
        seed: Option<u64>,
    ) -> Result<(), CacheError> {
        let check = |field: &'static str, expected: &dyn ToString, found: &dyn ToString| {
            let (expected, found) = (expected.to_string(), found.to_string());
            if expected == found {
                return Ok(());
            }
            let damage = Damage::Field {
                field,
                expected,
                found,
            };
            Err(damaged(slot.join(FILE_NAME), damage))
        };
        let text = |seed: Option<u64>| seed.map_or("none".to_owned(), |seed| seed.to_string());
        check("format", &FORMAT, &self.format)?;
        check("statement", &r1cs.statement(), &self.statement)?;
        check("kind", &K::NAME, &self.kind)?;
        check("seed", &text(seed), &text(self.seed))?;
        check("circuit_digest", &r1cs.digest(), &self.circuit_digest)?;
        check("constraints", &r1cs.num_constraints(), &self.constraints)?;
        check(
            "public_inputs",
            &r1cs.num_public_inputs(),
            &self.public_inputs,
        )?;
        check(
            "private_variables",
            &r1cs.num_witness(),
            &self.private_variables,
        )?;
        let files = [
            ("proving_key.file", "pk", &self.proving_key),
            ("verifying_key.file", "vk", &self.verifying_key),
        ];
        for (field, suffix, key) in files {
            if !is_sha256_hex(&key.sha256) {
                check("sha256", &"64 hexadecimal digits", &key.sha256)?;
            }
            let expected = key_file_name(r1cs, &key.sha256, suffix);
            check(field, &expected, &key.file)?;
        }
        Ok(())
    }
}

impl KeyFile {
    fn of(r1cs: &R1cs, suffix: &str, content: &[u8]) -> Self {
        let sha256 = sha256_hex(content);
        Self {
            file: key_file_name(r1cs, &sha256, suffix),
            sha256,
            bytes: content.len() as u64,
        }
    }
}

/// SHA-256 in hexadecimal.
pub(super) fn sha256_hex(content: &[u8]) -> String {
    hex::encode(Sha256::digest(content))
}

/// Whether this could have come from [`sha256_hex`].
fn is_sha256_hex(text: &str) -> bool {
    text.len() == 64
        && text
            .bytes()
            .all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}

/// The name of the directory for the keys of this circuit.
pub(super) fn directory_name<K: KeyKind>(r1cs: &R1cs, seed: Option<u64>) -> String {
    slot_name(r1cs.statement(), K::KIND, &r1cs.digest().prefix(), seed)
}

fn slot_name(statement: &str, kind: Kind, digest: &str, seed: Option<u64>) -> String {
    let seed = seed.map_or(String::new(), |seed| format!("-seed{seed}"));
    format!("{statement}-{}{seed}-{digest}", kind.name())
}

fn key_file_name(r1cs: &R1cs, sha256: &str, suffix: &str) -> String {
    format!(
        "{}-{}-{sha256}.{suffix}",
        r1cs.statement(),
        r1cs.digest().prefix()
    )
}
