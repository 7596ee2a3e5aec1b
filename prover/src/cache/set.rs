//! Reading a set of keys.

use std::path::{Path, PathBuf};

use super::error::{CacheError, Damage, damaged};
use super::expected::{ExpectedFile, ExpectedKeys, KeyFiles};
use super::files;
use super::manifest::{self, KeyFile, Manifest};
use super::tables::{TableBytes, TableFile};
use crate::keys::{Keys, ProvingKey, VerifyingKey, max_encoded_len};
use crate::kind::{InsecureOneParty, KeyKind, Kind, LocalKind};
use crate::r1cs::{CircuitDigest, R1cs};

/// A directory of keys whose manifest has been checked.
pub(super) struct KeySet<'a> {
    slot: &'a Path,
    manifest: Manifest,
    kind: Kind,
    circuit: CircuitDigest,
}

/// A proving key and its tables, read and hashed, not yet decoded.
pub(super) struct FetchedProving {
    bytes: Vec<u8>,
    tables: Option<TableBytes>,
}

impl<'a> KeySet<'a> {
    /// Reads and checks the manifest in `slot`.
    pub(super) fn open<K: KeyKind>(
        slot: &'a Path,
        r1cs: &R1cs,
        seed: Option<u64>,
    ) -> Result<Self, CacheError> {
        let manifest = Manifest::read(slot)?;
        manifest.check::<K>(slot, r1cs, seed)?;
        Ok(Self {
            slot,
            manifest,
            kind: K::KIND,
            circuit: r1cs.digest(),
        })
    }

    /// The same for a slot that must hold these one-party keys.
    pub(super) fn open_expected(
        slot: &'a Path,
        r1cs: &R1cs,
        expected: &ExpectedKeys,
    ) -> Result<Self, CacheError> {
        let set = Self::open::<InsecureOneParty>(slot, r1cs, None)?;
        let files = [expected.proving, expected.verifying];
        let wanted = Manifest::of::<InsecureOneParty>(r1cs, None, files, "");
        set.manifest.check_same(slot, &wanted)?;
        Ok(set)
    }

    /// The same, if the proving key is there too.
    pub(super) fn open_pair(
        slot: &'a Path,
        r1cs: &R1cs,
        expected: &ExpectedKeys,
    ) -> Result<Option<Self>, CacheError> {
        let set = Self::open_expected(slot, r1cs, expected)?;
        Ok(set.has_proving()?.then_some(set))
    }

    /// Whether the proving key is there.
    pub(super) fn has_proving(&self) -> Result<bool, CacheError> {
        files::exists(&self.proving_path())
    }

    /// Reads both files, compares their lengths and hashes, and tells about them.
    pub(super) fn files(&self) -> Result<KeyFiles, CacheError> {
        let read = |file: &KeyFile| {
            // One byte more, so that a file that is longer by any amount is one of the wrong length.
            let limit = usize::try_from(file.bytes).unwrap_or(usize::MAX - 1);
            read_key(self.slot, file, limit.saturating_add(1)).map(|bytes| ExpectedFile::of(&bytes))
        };
        Ok(KeyFiles {
            proving_path: self.proving_path(),
            verifying_path: self.verifying_path(),
            expected: ExpectedKeys {
                kind: self.kind,
                circuit_digest: self.circuit,
                proving: read(&self.manifest.proving_key)?,
                verifying: read(&self.manifest.verifying_key)?,
            },
        })
    }

    /// Reads and checks the verifying key.
    pub(super) fn verifying<K: LocalKind>(
        &self,
        r1cs: &R1cs,
    ) -> Result<VerifyingKey<K>, CacheError> {
        let file = &self.manifest.verifying_key;
        let bytes = read_key(self.slot, file, VerifyingKey::<K>::MAX_BYTES)?;
        VerifyingKey::<K>::from_bytes(&bytes)
            .and_then(|key| key.check_circuit(r1cs).map(|()| key))
            .map_err(|e| damaged(self.verifying_path(), Damage::Key(e)))
    }

    /// Reads the proving key and its tables and compares the hash of the key.
    pub(super) fn fetch_proving(&self, r1cs: &R1cs) -> Result<FetchedProving, CacheError> {
        let limit = max_encoded_len(r1cs);
        let tables = self.tables();
        let (bytes, tables) = rayon::join(
            || read_key(self.slot, &self.manifest.proving_key, limit),
            || tables.fetch(),
        );
        Ok(FetchedProving {
            bytes: bytes?,
            tables,
        })
    }

    /// Decodes the proving key, which must hold `verifying`.
    pub(super) fn proving<K: LocalKind>(
        &self,
        r1cs: R1cs,
        verifying: &VerifyingKey<K>,
        fetched: FetchedProving,
    ) -> Result<ProvingKey<K>, CacheError> {
        let sha256 = &self.manifest.proving_key.sha256;
        // The manifest's hash has been compared with the content's: it is one.
        let mut hash = [0; 32];
        let is_hash = hex::decode_to_slice(sha256, &mut hash).is_ok();
        let file = self.tables();
        let FetchedProving { bytes, tables } = fetched;
        let mut found = false;
        let decoded = ProvingKey::from_hashed_bytes(&bytes, r1cs, verifying, |key| {
            let tables = file.decode(tables, key, hash);
            found = tables.is_some();
            tables
        });
        let key = decoded.map_err(|e| damaged(self.proving_path(), Damage::Key(e)))?;
        if !found && is_hash {
            file.write(key.tables(), hash);
        }
        Ok(key)
    }

    /// Reads and checks both keys.
    pub(super) fn keys<K: LocalKind>(&self, r1cs: R1cs) -> Result<Keys<K>, CacheError> {
        let (verifying, fetched) =
            rayon::join(|| self.verifying(&r1cs), || self.fetch_proving(&r1cs));
        let verifying = verifying?;
        let proving = self.proving(r1cs, &verifying, fetched?)?;
        Ok(Keys { proving, verifying })
    }

    fn tables(&self) -> TableFile {
        TableFile::of(self.slot, &self.manifest.statement, &self.circuit)
    }

    fn proving_path(&self) -> PathBuf {
        self.slot.join(&self.manifest.proving_key.file)
    }

    fn verifying_path(&self) -> PathBuf {
        self.slot.join(&self.manifest.verifying_key.file)
    }
}

/// Reads a key file of at most `limit` bytes and compares length and hash with the manifest's.
fn read_key(slot: &Path, file: &KeyFile, limit: usize) -> Result<Vec<u8>, CacheError> {
    let path = slot.join(&file.file);
    let bytes = files::read_bounded(&path, limit)?;
    let got = bytes.len() as u64;
    if got != file.bytes {
        let expected = file.bytes;
        return Err(damaged(path, Damage::Length { expected, got }));
    }
    let (expected, got) = (file.sha256.clone(), manifest::sha256_hex(&bytes));
    if expected != got {
        return Err(damaged(path, Damage::Hash { expected, got }));
    }
    Ok(bytes)
}
