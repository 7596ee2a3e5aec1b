//! The market's keys: made if need be, loaded from disk while a clock runs.

use super::BenchError;
use super::timing::{median, timed};
use std::path::Path;
use tally_node::process::resident_memory_kib;
use tally_prover::{InsecureOneParty, KeyCache, KeyInfo, Keys, Kind, R1cs, Statement};

/// Loaded keys and what loading them cost.
pub(super) struct Loaded {
    /// The keys.
    pub(super) keys: Keys<InsecureOneParty>,
    /// Bytes of the key files: proving key, verifying key.
    pub(super) file_bytes: [u64; 2],
    /// Median time to load them, hashes and tables included, ms.
    pub(super) load_ms: f64,
    /// Memory that the process holds more than before, MiB.
    pub(super) resident_mib: Option<u64>,
}

/// Makes the keys of `S` if they are not there. Says whether it did.
pub(super) fn make_if_missing<S: Statement>(cache: &KeyCache) -> Result<bool, BenchError> {
    let is_missing = find::<S>(cache)?.is_none();
    if is_missing {
        // Dropped at once: they are loaded while a clock runs.
        cache.load_or_create::<S>()?;
    }
    Ok(is_missing)
}

/// Loads the keys of `S` so many times, and keeps the first.
pub(super) fn load<S: Statement>(cache: &KeyCache, times: usize) -> Result<Loaded, BenchError> {
    let missing = || BenchError::NoKeys {
        statement: S::NAME,
        directory: cache.directory().display().to_string(),
    };
    let info = find::<S>(cache)?.ok_or_else(missing)?;
    let before = resident_memory_kib();
    let (keys, first) = timed(|| cache.load::<S>());
    let keys = keys?.ok_or_else(missing)?;
    let grown = before
        .zip(resident_memory_kib())
        .map(|(before, after)| after.saturating_sub(before).div_ceil(1024));
    let mut load_ms = vec![first];
    for _ in 1..times {
        let (again, took) = timed(|| cache.load::<S>());
        again?.ok_or_else(missing)?;
        load_ms.push(took);
    }
    Ok(Loaded {
        keys,
        file_bytes: [
            info.manifest.proving_key.bytes,
            info.manifest.verifying_key.bytes,
        ],
        load_ms: median(&load_ms),
        resident_mib: grown,
    })
}

/// What the cache says about the one-party keys of the present circuit of `S`; none if they have not been made.
fn find<S: Statement>(cache: &KeyCache) -> Result<Option<KeyInfo>, BenchError> {
    let digest = R1cs::of::<S>()?.digest().to_string();
    let is_it = |info: &KeyInfo| {
        info.manifest.statement == S::NAME
            && info.manifest.circuit_digest == digest
            && info.manifest.kind == Kind::InsecureOneParty.name()
            && !info.is_installed
    };
    // What else is damaged there is none of our business; of these keys loading will say it.
    Ok(cache.list()?.into_iter().flatten().find(is_it))
}

/// Opens the cache in this folder.
pub(super) fn open(directory: &Path) -> Result<KeyCache, BenchError> {
    Ok(KeyCache::open(directory)?)
}
