//! What stands in `manifest.json` beside the keys.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::error::{CacheError, Damage, damaged};
use super::expected::{ExpectedFile, ExpectedKeys};
use super::files;
use crate::kind::{KeyKind, Kind};
use crate::r1cs::{CircuitDigest, R1cs};

/// The manifest's name in the directory of a set of keys.
pub(super) const FILE_NAME: &str = "manifest.json";
/// [`Manifest::created_by`] of keys that were made here.
pub(super) const MADE_BY: &str = concat!("tally-prover ", env!("CARGO_PKG_VERSION"));
/// [`Manifest::created_by`] of keys that were taken up.
pub(super) const INSTALLED_BY: &str =
    concat!("installed by tally-prover ", env!("CARGO_PKG_VERSION"));
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
    /// Name and version of the program that made the keys, or took them up from outside.
    pub created_by: String,
}

/// An entry of [`KeyCache::list`](super::KeyCache::list).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyInfo {
    /// The directory of the set of keys.
    pub directory: PathBuf,
    /// Where the keys come from. Its `Display` says INSECURE unless it was a ceremony.
    pub kind: Kind,
    /// Whether the keys were taken up from outside. Then the proving key need not be there (yet).
    pub is_installed: bool,
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
        let own = slot_name(&manifest.statement, kind, prefix, manifest.seed);
        let found = directory.file_name();
        let is_named = |name: &str| found.is_some_and(|found| *found == *name);
        let is_installed = installed_name_of(&manifest, &own).is_some_and(|name| is_named(&name));
        if !is_installed && !is_named(&own) {
            return Err(foreign());
        }
        Ok(Self {
            directory: directory.to_path_buf(),
            kind,
            is_installed,
            manifest,
        })
    }
}

impl Manifest {
    /// Describes the keys of kind `K` for this circuit whose proving and verifying key have this content.
    pub(super) fn of<K: KeyKind>(
        r1cs: &R1cs,
        seed: Option<u64>,
        [proving, verifying]: [ExpectedFile; 2],
        created_by: &str,
    ) -> Self {
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
            created_by: created_by.to_owned(),
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
        let content = [
            self.proving_key.content(slot)?,
            self.verifying_key.content(slot)?,
        ];
        self.check_same(slot, &Self::of::<K>(r1cs, seed, content, ""))
    }

    /// Compares every field but [`created_by`](Self::created_by) with those of `wanted`.
    pub(super) fn check_same(&self, slot: &Path, wanted: &Self) -> Result<(), CacheError> {
        let [found, expected] = [self.fields(), wanted.fields()];
        let differs = found.into_iter().zip(expected).find(|(a, b)| a != b);
        let Some(((field, found), (_, expected))) = differs else {
            return Ok(());
        };
        Err(wrong_field(slot, field, expected, found))
    }

    /// Names and values of what [`check_same`](Self::check_same) compares.
    fn fields(&self) -> [(&'static str, String); 14] {
        let seed = self.seed.map_or("none".to_owned(), |seed| seed.to_string());
        let (proving, verifying) = (&self.proving_key, &self.verifying_key);
        [
            ("format", self.format.to_string()),
            ("statement", self.statement.clone()),
            ("kind", self.kind.clone()),
            ("seed", seed),
            ("circuit_digest", self.circuit_digest.clone()),
            ("constraints", self.constraints.to_string()),
            ("public_inputs", self.public_inputs.to_string()),
            ("private_variables", self.private_variables.to_string()),
            ("proving_key.file", proving.file.clone()),
            ("proving_key.sha256", proving.sha256.clone()),
            ("proving_key.bytes", proving.bytes.to_string()),
            ("verifying_key.file", verifying.file.clone()),
            ("verifying_key.sha256", verifying.sha256.clone()),
            ("verifying_key.bytes", verifying.bytes.to_string()),
        ]
    }
}

impl KeyFile {
    fn of(r1cs: &R1cs, suffix: &str, content: ExpectedFile) -> Self {
        let sha256 = hex::encode(content.sha256);
        let file = format!(
            "{}-{}-{sha256}.{suffix}",
            r1cs.statement(),
            r1cs.digest().prefix()
        );
        let bytes = content.bytes;
        Self {
            file,
            sha256,
            bytes,
        }
    }

    /// Length and hash; an error about the manifest in `slot` if the hash is none.
    fn content(&self, slot: &Path) -> Result<ExpectedFile, CacheError> {
        let mut sha256 = [0; 32];
        // One hash has one spelling.
        let is_hash = hex::decode_to_slice(&self.sha256, &mut sha256).is_ok()
            && hex::encode(sha256) == self.sha256;
        if !is_hash {
            let expected = "64 hexadecimal digits".to_owned();
            return Err(wrong_field(slot, "sha256", expected, self.sha256.clone()));
        }
        let bytes = self.bytes;
        Ok(ExpectedFile { sha256, bytes })
    }
}

fn wrong_field(slot: &Path, field: &'static str, expected: String, found: String) -> CacheError {
    let damage = Damage::Field {
        field,
        expected,
        found,
    };
    damaged(slot.join(FILE_NAME), damage)
}

/// SHA-256 in hexadecimal.
pub(super) fn sha256_hex(content: &[u8]) -> String {
    hex::encode(Sha256::digest(content))
}

/// The name of the directory for the keys of a circuit that are made here.
pub(super) fn own_name<K: KeyKind>(
    statement: &str,
    circuit: &CircuitDigest,
    seed: Option<u64>,
) -> String {
    slot_name(statement, K::KIND, &circuit.prefix(), seed)
}

/// The name of the directory for keys that are taken up. Both hashes are in it: before a proving key is there, nothing says
/// that it belongs to the verifying key.
pub(super) fn installed_name(statement: &str, expected: &ExpectedKeys) -> String {
    let circuit = expected.circuit_digest.prefix();
    let own = slot_name(statement, expected.kind, &circuit, None);
    let [verifying, proving] =
        [expected.verifying, expected.proving].map(|file| hex::encode(&file.sha256[..8]));
    format!("{own}-{verifying}-{proving}")
}

/// The same, from a manifest; none if its hashes are too short.
fn installed_name_of(manifest: &Manifest, own: &str) -> Option<String> {
    let verifying = manifest.verifying_key.sha256.get(..16)?;
    let proving = manifest.proving_key.sha256.get(..16)?;
    Some(format!("{own}-{verifying}-{proving}"))
}

fn slot_name(statement: &str, kind: Kind, digest: &str, seed: Option<u64>) -> String {
    let seed = seed.map_or(String::new(), |seed| format!("-seed{seed}"));
    format!("{statement}-{}{seed}-{digest}", kind.name())
}
