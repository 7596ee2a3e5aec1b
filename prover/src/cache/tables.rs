//! The tables of a proving key, on disk beside it.
//!
//! Tables follow from the key, and to make them takes some tenths of a second. So unlike a key they are no reason to
//! fail: tables that are missing, damaged, of another version or another key are made anew and written again, and what
//! can't be written is made again next time.
//!
//! A file holds magic and version, the SHA-256 of the proving key it belongs to, the hash of all that follows, and the
//! tables. That hash is the SHA-256 over the SHA-256 of every mebibyte, which all cores can compute together.
//!
//! Tables are only ever written and read by this module. They are not taken from anybody, nor given away: they would have
//! to be made anew to be checked.

use std::path::{Path, PathBuf};

use rayon::prelude::*;
use sha2::{Digest, Sha256};

use super::files;
use crate::engine::{ArkKey, Tables};
use crate::r1cs::CircuitDigest;

/// First bytes of the file; the last one is the version.
const MAGIC: [u8; 8] = *b"TALLYTB\x02";
/// Bytes before the tables.
const HEADER_BYTES: usize = 8 + 32 + 32;
/// Longest file that is read or written, bytes: some ten times the tables of the largest statement.
const MOST_BYTES: usize = 1 << 30;
/// Bytes that are hashed in one go.
const PIECE_BYTES: usize = 1 << 20;

/// The file of one key's tables.
pub(super) struct TableFile {
    path: PathBuf,
}

/// Bytes of a file of tables, not yet looked at: they can be read before the key is there.
pub(super) struct TableBytes {
    bytes: Vec<u8>,
    /// Hash of what follows the header.
    hash: [u8; 32],
}

impl TableFile {
    /// The file in the directory of a set of keys.
    pub(super) fn of(slot: &Path, statement: &str, digest: &CircuitDigest) -> Self {
        let name = format!("{statement}-{}.tables", digest.prefix());
        Self {
            path: slot.join(name),
        }
    }

    /// What is in the file, if it is there, and its hash.
    pub(super) fn fetch(&self) -> Option<TableBytes> {
        if !self.path.exists() {
            return None;
        }
        let bytes = files::read_bounded(&self.path, MOST_BYTES).unwrap_or_default();
        let hash = hash(bytes.get(HEADER_BYTES..).unwrap_or_default());
        Some(TableBytes { bytes, hash })
    }

    /// The tables of `key`, whose encoding has the hash `proving_key`; none if these are damaged or another key's.
    pub(super) fn decode(
        &self,
        fetched: Option<TableBytes>,
        key: &ArkKey,
        proving_key: [u8; 32],
    ) -> Option<Box<dyn Tables>> {
        let TableBytes { bytes, hash } = fetched?;
        let tables = bytes
            .split_at_checked(HEADER_BYTES)
            .filter(|(found, _)| *found == header(proving_key, hash))
            .and_then(|(_, payload)| <dyn Tables>::decode(key, payload));
        if tables.is_none() {
            tracing::warn!(file = %self.path.display(), "tables of the proving key are damaged or of another version: making them anew");
        }
        tables
    }

    /// Writes the tables, so that the file appears whole or not at all. What fails is only said.
    pub(super) fn write(&self, tables: &dyn Tables, proving_key: [u8; 32]) {
        let payload = tables.encode();
        if payload.len() > MOST_BYTES - HEADER_BYTES {
            return;
        }
        let header = header(proving_key, hash(&payload));
        if let Err(error) = files::write_whole(&self.path, &[&header, &payload]) {
            tracing::warn!(%error, "tables of the proving key could not be kept");
        }
    }
}

/// Magic, the hash of the proving key, the hash of the tables.
fn header(proving_key: [u8; 32], hash: [u8; 32]) -> [u8; HEADER_BYTES] {
    let mut header = [0; HEADER_BYTES];
    header[..8].copy_from_slice(&MAGIC);
    header[8..40].copy_from_slice(&proving_key);
    header[40..].copy_from_slice(&hash);
    header
}

/// The hash of tables: see the module.
fn hash(payload: &[u8]) -> [u8; 32] {
    let pieces: Vec<[u8; 32]> = payload
        .par_chunks(PIECE_BYTES)
        .map(|piece| Sha256::digest(piece).into())
        .collect();
    Sha256::digest(pieces.as_flattened()).into()
}
