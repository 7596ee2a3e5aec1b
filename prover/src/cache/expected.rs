//! Which keys a market asks for, and whether bytes are those.

use std::path::PathBuf;

use sha2::{Digest, Sha256};

use super::error::{CacheError, Damage, KeyPart};
use super::manifest::Manifest;
use crate::keys::{VerifyingKey, max_encoded_len};
use crate::kind::{InsecureOneParty, Kind};
use crate::r1cs::{CircuitDigest, R1cs};
use crate::statement::Statement;

/// The content of one key file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExpectedFile {
    /// SHA-256 of the content.
    pub sha256: [u8; 32],
    /// Its length, bytes.
    pub bytes: u64,
}

/// The keys of one statement on which a market runs: what stands in its genesis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExpectedKeys {
    /// Where they come from.
    pub kind: Kind,
    /// The circuit they were made for.
    pub circuit_digest: CircuitDigest,
    /// The encoded proving key.
    pub proving: ExpectedFile,
    /// The encoded verifying key.
    pub verifying: ExpectedFile,
}

/// The key files of one statement in a cache, for a node that serves them and for a genesis that names them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyFiles {
    /// Where the proving key is.
    pub proving_path: PathBuf,
    /// Where the verifying key is.
    pub verifying_path: PathBuf,
    /// Kind, circuit, hashes and lengths: what others pass to [`KeyCache::install`](super::KeyCache::install).
    pub expected: ExpectedKeys,
}

impl ExpectedFile {
    /// What describes this content.
    #[must_use]
    pub fn of(content: &[u8]) -> Self {
        Self {
            sha256: Sha256::digest(content).into(),
            bytes: content.len() as u64,
        }
    }

    /// Compares length and hash, in this order.
    pub(super) fn check(&self, content: &[u8]) -> Result<(), Damage> {
        let got = content.len() as u64;
        if got != self.bytes {
            let expected = self.bytes;
            return Err(Damage::Length { expected, got });
        }
        let found = Self::of(content);
        if found.sha256 != self.sha256 {
            return Err(Damage::Hash {
                expected: hex::encode(self.sha256),
                got: hex::encode(found.sha256),
            });
        }
        Ok(())
    }
}

impl ExpectedKeys {
    /// Whether this software can use such keys for `S`: to be asked before they are fetched.
    ///
    /// # Errors
    /// [`CacheError::UnknownKind`] if they are not one-party keys; [`CacheError::OtherCircuit`] if the market runs another
    /// version of the circuit; [`CacheError::Unusable`] if they are longer than keys of this circuit can be.
    pub fn check<S: Statement>(&self) -> Result<(), CacheError> {
        self.circuit::<S>().map(drop)
    }

    /// As [`check`](Self::check), with the constraint system that it took to find out.
    pub(super) fn circuit<S: Statement>(&self) -> Result<R1cs, CacheError> {
        let statement = S::NAME;
        if self.kind != Kind::InsecureOneParty {
            let kind = self.kind;
            return Err(CacheError::UnknownKind { statement, kind });
        }
        let r1cs = R1cs::of::<S>()?;
        if self.circuit_digest != r1cs.digest() {
            return Err(CacheError::OtherCircuit {
                statement,
                market: self.circuit_digest,
                ours: r1cs.digest(),
            });
        }
        let limits = [
            (
                KeyPart::Verifying,
                self.verifying.bytes,
                VerifyingKey::<InsecureOneParty>::MAX_BYTES,
            ),
            (KeyPart::Proving, self.proving.bytes, max_encoded_len(&r1cs)),
        ];
        for (part, bytes, limit) in limits {
            if bytes > limit as u64 {
                return Err(CacheError::Unusable {
                    statement,
                    part,
                    damage: Damage::TooLong { limit },
                });
            }
        }
        Ok(r1cs)
    }

    /// Whether a manifest describes these keys, as far as the hashes tell.
    pub(super) fn are_of(&self, manifest: &Manifest) -> bool {
        let same = |expected: &ExpectedFile, sha256: &str, bytes: u64| {
            hex::encode(expected.sha256) == sha256 && expected.bytes == bytes
        };
        let (proving, verifying) = (&manifest.proving_key, &manifest.verifying_key);
        same(&self.proving, &proving.sha256, proving.bytes)
            && same(&self.verifying, &verifying.sha256, verifying.bytes)
    }
}
