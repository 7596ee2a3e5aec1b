//! Keys on disk: made once, found again by the circuit's digest, checked by hash at every load.
//!
//! One set of keys is one directory in the cache, whose name says what it is for:
//!
//! ```text
//! keys/
//!   .lock                                             held while keys are being made
//!   act-insecure-one-party-0123456789abcdef/          statement, kind, first half of the circuit digest
//!     manifest.json                                   what is here, in full
//!     act-0123456789abcdef-<SHA-256>.pk               proving key, named by its content
//!     act-0123456789abcdef-<SHA-256>.vk               verifying key
//!     act-0123456789abcdef.tables                     multiples of the proving key's points, made anew if not whole
//! ```
//!
//! The directory is written under a temporary name, synced, and renamed, so that it is there completely
//! or not at all. What is there is never overwritten and never silently made anew: other people may
//! depend on a verifying key. A damaged one is an error that says what to delete. After a change of the
//! circuit its digest differs, so new keys are made beside the old ones.
//!
//! The hashes guard against damage, not against somebody who can write to the directory: such a person
//! could replace keys and manifest together. What two parties agree on is the verifying key's hash.

mod error;
mod files;
mod manifest;
mod tables;

use std::fs::File;
use std::path::{Path, PathBuf};

use rand::rngs::OsRng;
use rand::{CryptoRng, RngCore};

pub use error::{CacheError, Damage};
pub use manifest::{KeyFile, KeyInfo, Manifest};
use tables::TableFile;

use crate::keys::{Keys, ProvingKey, VerifyingKey, max_encoded_len};
use crate::kind::{InsecureOneParty, KeyKind, LocalKind, SeededTest};
use crate::r1cs::R1cs;
use crate::setup::{generate, seeded_rng};
use crate::statement::Statement;

/// Held exclusively by the process that makes keys.
const LOCK_FILE: &str = ".lock";
/// Begins the names of directories that are not finished.
const UNFINISHED: &str = ".making-";

/// A directory of keys.
#[derive(Debug, Clone)]
pub struct KeyCache {
    root: PathBuf,
}

impl KeyCache {
    /// Opens the cache in `dir` and creates the directory, with those above it, if it is not there.
    ///
    /// # Errors
    /// If `dir` is not a directory or can't be created.
    pub fn open(dir: impl AsRef<Path>) -> Result<Self, CacheError> {
        let root = dir.as_ref().to_path_buf();
        std::fs::create_dir_all(&root).map_err(|e| error::io("create directory", &root, e))?;
        Ok(Self { root })
    }

    /// The directory of the cache.
    #[must_use]
    pub fn directory(&self) -> &Path {
        &self.root
    }

    /// The one-party keys of `S` for its present circuit, if they have been made.
    ///
    /// # Errors
    /// If they are there but damaged, foreign, or unreadable.
    pub fn load<S: Statement>(&self) -> Result<Option<Keys<InsecureOneParty>>, CacheError> {
        let r1cs = R1cs::of::<S>()?;
        let slot = self
            .root
            .join(manifest::directory_name::<InsecureOneParty>(&r1cs, None));
        if files::exists(&slot)? {
            return read(&slot, r1cs, None).map(Some);
        }
        Ok(None)
    }

    /// The one-party keys of `S` for its present circuit, made now with the operating system's
    /// randomness if they have not been made before. INSECURE: see [`InsecureOneParty`].
    ///
    /// Processes that call this at once wait for each other; all get the same keys.
    ///
    /// # Errors
    /// If there are keys but damaged, foreign, or unreadable; if the directory can't be written; if the
    /// statement's circuit is faulty.
    pub fn load_or_create<S: Statement>(&self) -> Result<Keys<InsecureOneParty>, CacheError> {
        self.obtain::<S, InsecureOneParty>(None, &mut OsRng)
    }

    /// The keys of `S` that [`seeded_test_setup`](crate::seeded_test_setup) makes from `seed`, kept on
    /// disk. For tests: everybody knows their trapdoor.
    ///
    /// # Errors
    /// As [`load_or_create`](Self::load_or_create).
    pub fn load_or_create_seeded<S: Statement>(
        &self,
        seed: u64,
    ) -> Result<Keys<SeededTest>, CacheError> {
        self.obtain::<S, SeededTest>(Some(seed), &mut seeded_rng(S::NAME, seed))
    }

    /// What is in the cache, in order of name: one entry for every set of keys, one error for everything
    /// that should not be there. Sizes and contents of the key files are not looked at.
    ///
    /// # Errors
    /// If the directory can't be read.
    pub fn list(&self) -> Result<Vec<Result<KeyInfo, CacheError>>, CacheError> {
        let names = files::visible_names(&self.root)?;
        Ok(names
            .into_iter()
            .map(|name| KeyInfo::read(&self.root.join(name)))
            .collect())
    }

    fn obtain<S: Statement, K: LocalKind>(
        &self,
        seed: Option<u64>,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<Keys<K>, CacheError> {
        let r1cs = R1cs::of::<S>()?;
        let slot = self.root.join(manifest::directory_name::<K>(&r1cs, seed));
        if !files::exists(&slot)? {
            let _lock = self.lock()?;
            // Somebody else may have made them while we waited.
            if !files::exists(&slot)? {
                tracing::info!(statement = S::NAME, kind = %K::KIND, "making keys");
                let keys = generate::<S, K>(r1cs, rng)?;
                self.write(&slot, &keys, seed)?;
                return Ok(keys);
            }
        }
        read(&slot, r1cs, seed)
    }

    /// Waits for whoever else is making keys. The lock is released when the file is closed, also by the
    /// system if the process dies.
    fn lock(&self) -> Result<File, CacheError> {
        let path = self.root.join(LOCK_FILE);
        let file = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(|e| error::io("create", &path, e))?;
        file.lock().map_err(|e| error::io("lock", &path, e))?;
        Ok(file)
    }

    /// Writes a set of keys so that it appears at `slot` completely or not at all. Needs the lock.
    fn write<K: KeyKind>(
        &self,
        slot: &Path,
        keys: &Keys<K>,
        seed: Option<u64>,
    ) -> Result<(), CacheError> {
        // We hold the lock, so these were left by processes that died.
        files::remove_prefixed(&self.root, UNFINISHED)?;
        let proving = keys.proving.to_bytes().map_err(|_| CacheError::Encode)?;
        let verifying = keys.verifying.to_bytes();
        let manifest = Manifest::of(keys, seed, &proving, &verifying);
        let unfinished = tempfile::Builder::new()
            .prefix(UNFINISHED)
            .tempdir_in(&self.root)
            .map_err(|e| error::io("create a directory in", &self.root, e))?;
        let directory = unfinished.path();
        files::write_synced(&directory.join(&manifest.proving_key.file), &proving)?;
        files::write_synced(&directory.join(&manifest.verifying_key.file), &verifying)?;
        files::write_synced(&directory.join(manifest::FILE_NAME), &manifest.to_json()?)?;
        files::sync_directory(directory)?;
        std::fs::rename(directory, slot).map_err(|e| error::io("create", slot, e))?;
        // It has its final name: the guard has nothing to remove any more.
        let _ = unfinished.keep();
        TableFile::of(slot, keys.proving.r1cs(), &proving).write(keys.proving.tables());
        files::sync_directory(&self.root)
    }
}

/// Reads and checks a set of keys.
fn read<K: LocalKind>(slot: &Path, r1cs: R1cs, seed: Option<u64>) -> Result<Keys<K>, CacheError> {
    let manifest = Manifest::read(slot)?;
    manifest.check::<K>(slot, &r1cs, seed)?;
    let bytes = read_key(slot, &manifest.verifying_key, VerifyingKey::<K>::MAX_BYTES)?;
    let verifying_path = slot.join(&manifest.verifying_key.file);
    let damaged = |path: PathBuf| move |e| error::damaged(path, Damage::Key(e));
    let verifying =
        VerifyingKey::<K>::from_bytes(&bytes).map_err(damaged(verifying_path.clone()))?;

    let limit = max_encoded_len(&r1cs);
    let bytes = read_key(slot, &manifest.proving_key, limit)?;
    let proving_path = slot.join(&manifest.proving_key.file);
    let file = TableFile::of(slot, &r1cs, &bytes);
    let mut found = false;
    let keys = ProvingKey::<K>::from_hashed_bytes(&bytes, r1cs, |key| {
        let tables = file.read(key);
        found = tables.is_some();
        tables
    })
    .map_err(damaged(proving_path))?;
    if !found {
        file.write(keys.proving.tables());
    }
    if keys.verifying != verifying {
        let mismatch = Damage::Key(crate::keys::KeyDecodeError::Mismatch);
        return Err(error::damaged(verifying_path, mismatch));
    }
    Ok(keys)
}

/// Reads a key file of at most `limit` bytes and compares length and hash with the manifest's.
fn read_key(slot: &Path, file: &KeyFile, limit: usize) -> Result<Vec<u8>, CacheError> {
    let path = slot.join(&file.file);
    let bytes = files::read_bounded(&path, limit)?;
    let got = bytes.len() as u64;
    if got != file.bytes {
        let expected = file.bytes;
        return Err(error::damaged(path, Damage::Length { expected, got }));
    }
    let (expected, got) = (file.sha256.clone(), manifest::sha256_hex(&bytes));
    if expected != got {
        return Err(error::damaged(path, Damage::Hash { expected, got }));
    }
    Ok(bytes)
}
