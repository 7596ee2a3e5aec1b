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
//!   act-insecure-one-party-0123456789abcdef-<16 digits>-<16 digits>/
//!                                                     the same for keys that a market's genesis names: with the
//!                                                     first digits of the hashes of verifying and proving key
//! ```
//!
//! The directory is written under a temporary name, synced, and renamed, so that it is there completely
//! or not at all. What is there is never overwritten and never silently made anew: other people may
//! depend on a verifying key. A damaged one is an error that says what to delete. After a change of the
//! circuit its digest differs, so new keys are made beside the old ones.
//!
//! **Keys from outside.** A market's genesis says which keys the market runs on ([`ExpectedKeys`]): [`KeyCache::install`] takes them up
//! from whoever has them, after comparing hashes and checking every point. Markets have different keys for one
//! circuit; theirs lie beside each other and beside our own, of which [`KeyCache::load`] knows only the latter and
//! [`KeyCache::load_expected`] all. In such a set the proving key may be missing: who only follows a market needs the
//! verifying key alone ([`KeyCache::install_verifying`], [`KeyCache::load_verifying`]), and
//! [`KeyCache::load_proving`] finds the other later.
//!
//! The hashes guard against damage, not against somebody who can write to the directory: such a person
//! could replace keys and manifest together. What two parties agree on is the verifying key's hash.

mod error;
mod expected;
mod files;
mod install;
mod manifest;
mod set;
mod tables;

use std::fs::File;
use std::path::{Path, PathBuf};

use rand::rngs::OsRng;
use rand::{CryptoRng, RngCore};

pub use error::{CacheError, Damage, KeyPart};
pub use expected::{ExpectedFile, ExpectedKeys, KeyFiles};
pub use manifest::{KeyFile, KeyInfo, Manifest};
use set::KeySet;
use tables::TableFile;

use crate::keys::Keys;
use crate::kind::{InsecureOneParty, KeyKind, LocalKind, SeededTest};
use crate::r1cs::{CircuitDigest, R1cs};
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

    /// The one-party keys of `S` for its present circuit, if they have been made in this cache.
    ///
    /// # Errors
    /// If they are there but damaged, foreign, or unreadable.
    pub fn load<S: Statement>(&self) -> Result<Option<Keys<InsecureOneParty>>, CacheError> {
        let r1cs = R1cs::of::<S>()?;
        let slot = self.own::<S, InsecureOneParty>(&r1cs.digest(), None);
        if !files::exists(&slot)? {
            return Ok(None);
        }
        KeySet::open::<InsecureOneParty>(&slot, &r1cs, None)?
            .keys(r1cs)
            .map(Some)
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
        let slot = self.own::<S, K>(&r1cs.digest(), seed);
        if !files::exists(&slot)? {
            let _lock = self.lock()?;
            // Somebody else may have made them while we waited.
            if !files::exists(&slot)? {
                return self.make::<S, K>(&slot, r1cs, seed, rng);
            }
        }
        KeySet::open::<K>(&slot, &r1cs, seed)?.keys(r1cs)
    }

    /// The directory of the keys of a circuit that are made here.
    fn own<S: Statement, K: KeyKind>(&self, circuit: &CircuitDigest, seed: Option<u64>) -> PathBuf {
        self.root
            .join(manifest::own_name::<K>(S::NAME, circuit, seed))
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

    /// Makes keys and writes them. Needs the lock.
    fn make<S: Statement, K: LocalKind>(
        &self,
        slot: &Path,
        r1cs: R1cs,
        seed: Option<u64>,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<Keys<K>, CacheError> {
        tracing::info!(statement = S::NAME, kind = %K::KIND, "making keys");
        let keys = generate::<S, K>(r1cs, rng)?;
        let proving = keys.proving.to_bytes().map_err(|_| CacheError::Encode)?;
        let verifying = keys.verifying.to_bytes();
        let r1cs = keys.proving.r1cs();
        let content = [ExpectedFile::of(&proving), ExpectedFile::of(&verifying)];
        let manifest = Manifest::of::<K>(r1cs, seed, content, manifest::MADE_BY);
        let files: [(&KeyFile, &[u8]); 2] = [
            (&manifest.proving_key, &proving),
            (&manifest.verifying_key, &verifying),
        ];
        self.write(slot, &manifest, &files)?;
        TableFile::of(slot, S::NAME, &r1cs.digest())
            .write(keys.proving.tables(), content[0].sha256);
        Ok(keys)
    }

    /// Writes a manifest and key files so that they appear at `slot` completely or not at all. Needs the lock.
    fn write(
        &self,
        slot: &Path,
        manifest: &Manifest,
        content: &[(&KeyFile, &[u8])],
    ) -> Result<(), CacheError> {
        // We hold the lock, so these were left by processes that died.
        files::remove_prefixed(&self.root, UNFINISHED)?;
        let unfinished = tempfile::Builder::new()
            .prefix(UNFINISHED)
            .tempdir_in(&self.root)
            .map_err(|e| error::io("create a directory in", &self.root, e))?;
        let directory = unfinished.path();
        for (file, bytes) in content {
            files::write_synced(&directory.join(&file.file), bytes)?;
        }
        files::write_synced(&directory.join(manifest::FILE_NAME), &manifest.to_json()?)?;
        files::sync_directory(directory)?;
        std::fs::rename(directory, slot).map_err(|e| error::io("create", slot, e))?;
        // It has its final name: the guard has nothing to remove any more.
        let _ = unfinished.keep();
        files::sync_directory(&self.root)
    }
}
