//! The tables of a proving key, on disk beside it.
//!
//! Tables follow from the key, and to make them takes some tenths of a second. So unlike a key they are no reason to
//! fail: tables that are missing, damaged, of another version or another key are made anew and written again, and what
//! can't be written is made again next time.
//!
//! A file holds magic and version, the SHA-256 of the proving key it belongs to, the SHA-256 of all that follows, and
//! the tables.

use std::io::Write;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::files;
use crate::engine::{ArkKey, Tables};
use crate::r1cs::R1cs;

/// First bytes of the file; the last one is the version.
const MAGIC: [u8; 8] = *b"TALLYTB\x01";
/// Bytes before the tables.
const HEADER_BYTES: usize = 8 + 32 + 32;
/// Longest file that is read or written, bytes: some ten times the tables of the largest statement.
const MOST_BYTES: usize = 1 << 30;

/// The file of one key's tables.
pub(super) struct TableFile {
    path: PathBuf,
    proving_key: [u8; 32],
}

impl TableFile {
    /// The file in the directory of a set of keys; `proving_key` is the encoded proving key.
    pub(super) fn of(slot: &Path, r1cs: &R1cs, proving_key: &[u8]) -> Self {
        let name = format!("{}-{}.tables", r1cs.statement(), r1cs.digest().prefix());
        Self {
            path: slot.join(name),
            proving_key: Sha256::digest(proving_key).into(),
        }
    }

    /// The tables of `key`, if the file is there and whole.
    pub(super) fn read(&self, key: &ArkKey) -> Option<Box<dyn Tables>> {
        if !self.path.exists() {
            return None;
        }
        let tables = files::read_bounded(&self.path, MOST_BYTES)
            .ok()
            .and_then(|bytes| {
                let (header, payload) = bytes.split_at_checked(HEADER_BYTES)?;
                let hash: [u8; 32] = Sha256::digest(payload).into();
                (header == self.header(hash)).then(|| <dyn Tables>::decode(key, payload))?
            });
        if tables.is_none() {
            tracing::warn!(file = %self.path.display(), "tables of the proving key are damaged or of another version: making them anew");
        }
        tables
    }

    /// Writes the tables, so that the file appears whole or not at all. What fails is only said.
    pub(super) fn write(&self, tables: &dyn Tables) {
        let payload = tables.encode();
        if payload.len() > MOST_BYTES - HEADER_BYTES {
            return;
        }
        let header = self.header(Sha256::digest(&payload).into());
        let write = || {
            let directory = self.path.parent().unwrap_or(Path::new("."));
            let mut file = tempfile::NamedTempFile::new_in(directory)?;
            file.write_all(&header)?;
            file.write_all(&payload)?;
            file.as_file().sync_all()?;
            file.persist(&self.path)?;
            Ok::<_, std::io::Error>(())
        };
        if let Err(error) = write() {
            tracing::warn!(file = %self.path.display(), %error, "tables of the proving key could not be kept");
        }
    }

    fn header(&self, hash: [u8; 32]) -> [u8; HEADER_BYTES] {
        let mut header = [0; HEADER_BYTES];
        header[..8].copy_from_slice(&MAGIC);
        header[8..40].copy_from_slice(&self.proving_key);
        header[40..].copy_from_slice(&hash);
        header
    }
}
