//! Files of a wallet that nobody else can read: XChaCha20-Poly1305 under a key that derives from the seed.
//!
//! Layout: magic, version, nonce, ciphertext; magic, version and what the file is for are the associated data, so that no
//! file passes for another. A file is replaced as a whole: at every moment there is the old one or the new one.

use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305, XNonce};
use rand::{CryptoRng, RngCore};
use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use tally_trader::keys::file_key;
use tally_trader::seed::Seed;
use thiserror::Error;
use zeroize::Zeroizing;

const MAGIC: [u8; 8] = *b"TALLYSEA";
const VERSION: u8 = 1;
const NONCE_BYTES: usize = 24;
const HEADER_BYTES: usize = 8 + 1 + NONCE_BYTES;
/// Longest file that is read, 256 MiB.
const MOST_BYTES: u64 = 256 * 1024 * 1024;

/// What goes wrong with a sealed file.
#[derive(Debug, Error)]
pub enum SealedError {
    /// It can't be read or written.
    #[error("file {path}: {source}; check that its folder exists and is writable")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// Another version.
    #[error(
        "file {path} has format version {found}, this software reads version {VERSION}; use the tally that wrote it, or remove the file and let the wallet read the ledger anew"
    )]
    Version {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: u8,
    },
    /// Not one of this wallet's, or damaged.
    #[error(
        "file {path} is damaged or belongs to another wallet; remove it: what it holds is read from the ledger anew, but for client ids"
    )]
    Damaged {
        /// The file.
        path: PathBuf,
    },
}

/// A sealed file.
pub struct SealedFile {
    path: PathBuf,
    purpose: &'static str,
    key: Zeroizing<[u8; 32]>,
}

impl SealedFile {
    /// The file at `path` for `purpose`, of the wallet with this seed on this chain.
    #[must_use]
    pub fn new(path: PathBuf, purpose: &'static str, seed: &Seed, chain: &[u8; 32]) -> Self {
        let key = file_key(seed, chain, purpose);
        Self { path, purpose, key }
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Its content; none if there is no file.
    ///
    /// # Errors
    /// [`SealedError`].
    pub fn read(&self) -> Result<Option<Zeroizing<Vec<u8>>>, SealedError> {
        let file = match fs::File::open(&self.path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            file => file.map_err(|source| self.io(source))?,
        };
        let mut bytes = Vec::new();
        file.take(MOST_BYTES)
            .read_to_end(&mut bytes)
            .map_err(|source| self.io(source))?;
        let damaged = || SealedError::Damaged {
            path: self.path.clone(),
        };
        let (header, ciphertext) = bytes.split_at_checked(HEADER_BYTES).ok_or_else(damaged)?;
        if header[..8] != MAGIC {
            return Err(damaged());
        }
        if header[8] != VERSION {
            return Err(SealedError::Version {
                path: self.path.clone(),
                found: header[8],
            });
        }
        let aad = self.associated();
        let payload = Payload {
            msg: ciphertext,
            aad: &aad,
        };
        let plain = self
            .cipher()
            .decrypt(XNonce::from_slice(&header[9..]), payload)
            .map_err(|_| damaged())?;
        Ok(Some(Zeroizing::new(plain)))
    }

    /// Replaces its content, durably.
    ///
    /// # Errors
    /// [`SealedError::Io`]; the old content is there then.
    pub fn write<R: RngCore + CryptoRng>(
        &self,
        content: &[u8],
        rng: &mut R,
    ) -> Result<(), SealedError> {
        let mut nonce = [0; NONCE_BYTES];
        rng.fill_bytes(&mut nonce);
        let aad = self.associated();
        let payload = Payload {
            msg: content,
            aad: &aad,
        };
        let ciphertext = self
            .cipher()
            .encrypt(XNonce::from_slice(&nonce), payload)
            // The cipher refuses only messages of more than 2^38 bytes.
            .expect("a wallet's files are short enough to encrypt");
        let mut bytes = Vec::with_capacity(HEADER_BYTES + ciphertext.len());
        bytes.extend_from_slice(&MAGIC);
        bytes.push(VERSION);
        bytes.extend_from_slice(&nonce);
        bytes.extend_from_slice(&ciphertext);
        let folder = self.path.parent().unwrap_or(Path::new("."));
        let write = || {
            // Readable by its owner alone: `tempfile` sees to that.
            let mut file = tempfile::NamedTempFile::new_in(folder)?;
            file.write_all(&bytes)?;
            file.as_file().sync_all()?;
            file.persist(&self.path).map_err(|error| error.error)?;
            #[cfg(unix)]
            fs::File::open(folder)?.sync_all()?;
            Ok(())
        };
        write().map_err(|source| self.io(source))
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(self.key.as_slice().into())
    }

    fn associated(&self) -> Vec<u8> {
        [&MAGIC[..], &[VERSION], self.purpose.as_bytes()].concat()
    }

    fn io(&self, source: std::io::Error) -> SealedError {
        SealedError::Io {
            path: self.path.clone(),
            source,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::rngs::OsRng;

    fn seed(number: u8) -> Seed {
        Seed::from_entropy([number; 32])
    }

    #[test]
    fn only_its_wallet_chain_and_purpose_read_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        let file = SealedFile::new(path.clone(), "journal", &seed(1), &[1; 32]);
        assert!(file.read().unwrap().is_none());
        file.write(b"one", &mut OsRng).unwrap();
        file.write(b"two", &mut OsRng).unwrap();
        assert_eq!(file.read().unwrap().unwrap().as_slice(), b"two");
        let others = [
            SealedFile::new(path.clone(), "journal", &seed(2), &[1; 32]),
            SealedFile::new(path.clone(), "journal", &seed(1), &[2; 32]),
            SealedFile::new(path.clone(), "state", &seed(1), &[1; 32]),
        ];
        for other in others {
            assert!(matches!(other.read(), Err(SealedError::Damaged { .. })));
        }
    }

    #[test]
    fn damage_is_an_error_wherever_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        let file = SealedFile::new(path.clone(), "journal", &seed(1), &[1; 32]);
        file.write(b"content", &mut OsRng).unwrap();
        let whole = fs::read(&path).unwrap();
        for length in 0..whole.len() {
            fs::write(&path, &whole[..length]).unwrap();
            assert!(file.read().is_err(), "{length} bytes");
        }
        for place in 0..whole.len() {
            let mut bytes = whole.clone();
            bytes[place] ^= 1;
            fs::write(&path, &bytes).unwrap();
            assert!(file.read().is_err(), "byte {place}");
        }
    }
}
