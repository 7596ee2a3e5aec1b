//! What can go wrong with keys on disk, and what to do about it.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use crate::keys::KeyDecodeError;
use crate::kind::Kind;
use crate::r1cs::CircuitDigest;
use crate::r1cs::R1csError;
use crate::setup::SetupError;

/// Why keys can't be had from the cache. Nothing on disk was changed.
#[derive(Debug, thiserror::Error)]
pub enum CacheError {
    /// The operating system refused.
    #[error("can't {action} {path}: {source}: check its permissions and free space, or choose another key directory", path = path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// Where.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A file of a set of keys is not what was written.
    #[error("key file {path} is damaged: {damage}: delete the directory {directory} and run again to make new keys, or to fetch the market's", path = path.display(), directory = directory.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The directory of the set of keys: what to delete.
        directory: PathBuf,
        /// What is wrong.
        damage: Damage,
    },
    /// Something in the key directory is not a set of keys.
    #[error("{path} is not a set of keys: move it out of the key directory", path = path.display())]
    Foreign {
        /// The file or directory.
        path: PathBuf,
    },
    /// The market's keys are of a kind that this software does not take up.
    #[error(
        "the market's keys for statement {statement} are of kind \"{kind}\", and this software takes up none but \"{}\": use the version of the software that the market runs",
        Kind::InsecureOneParty
    )]
    UnknownKind {
        /// The statement.
        statement: &'static str,
        /// The kind in the market's genesis.
        kind: Kind,
    },
    /// The market runs another version of the circuit.
    #[error(
        "the market runs another version of the circuit of statement {statement}: its keys are for circuit {market}, this software has circuit {ours}: use the version of the software that the market runs"
    )]
    OtherCircuit {
        /// The statement.
        statement: &'static str,
        /// The digest in the market's genesis.
        market: CircuitDigest,
        /// This software's.
        ours: CircuitDigest,
    },
    /// Bytes from outside are not those of the expected key. Whoever sent them is at fault, or the line.
    #[error(
        "the {part} key for statement {statement} that was received is not the market's: {damage}: fetch it again, or from another node"
    )]
    Refused {
        /// The statement.
        statement: &'static str,
        /// Which key.
        part: KeyPart,
        /// What differs: length or hash.
        damage: Damage,
    },
    /// The expected key itself is no key of the statement. Whoever wrote the market's genesis is at fault.
    #[error(
        "the {part} key for statement {statement} that the market's genesis names can't be used: {damage}: do not trade on this market"
    )]
    Unusable {
        /// The statement.
        statement: &'static str,
        /// Which key.
        part: KeyPart,
        /// What is wrong.
        damage: Damage,
    },
    /// A proving key was asked for that does not belong to the verifying key in use.
    #[error(
        "the verifying key in use for statement {statement} is {found}, the market's is {expected}: load the market's verifying key first"
    )]
    OtherVerifyingKey {
        /// The statement.
        statement: &'static str,
        /// SHA-256 of the market's, hexadecimal.
        expected: String,
        /// SHA-256 of the one in use, hexadecimal.
        found: String,
    },
    /// The statement's circuit is faulty.
    #[error(transparent)]
    R1cs(#[from] R1csError),
    /// Making keys failed.
    #[error(transparent)]
    Setup(#[from] SetupError),
    /// Fresh keys could not be encoded.
    #[error("the keys just made can't be encoded: this is a fault of the program")]
    Encode,
}

/// One of the two keys of a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyPart {
    /// What makes proofs.
    Proving,
    /// What checks them.
    Verifying,
}

impl fmt::Display for KeyPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Proving => "proving",
            Self::Verifying => "verifying",
        })
    }
}

/// What is wrong with a file.
#[derive(Debug, thiserror::Error)]
pub enum Damage {
    /// It is not there.
    #[error("it is missing")]
    Missing,
    /// It is longer than any such file.
    #[error("it is longer than {limit} bytes")]
    TooLong {
        /// The most there can be.
        limit: usize,
    },
    /// It was cut off or something was added.
    #[error("it has {got} bytes instead of {expected}")]
    Length {
        /// Bytes according to the manifest or the market.
        expected: u64,
        /// Bytes there are.
        got: u64,
    },
    /// Its content has changed.
    #[error("its SHA-256 is {got} instead of {expected}")]
    Hash {
        /// Hash according to the manifest or the market, hexadecimal.
        expected: String,
        /// Hash of what is there.
        got: String,
    },
    /// The manifest is not valid JSON of the expected form.
    #[error("not a key manifest: {0}")]
    Manifest(serde_json::Error),
    /// A field of the manifest does not agree with the circuit or the directory.
    #[error("field {field} is {found} instead of {expected}")]
    Field {
        /// The field.
        field: &'static str,
        /// What it must be.
        expected: String,
        /// What it is.
        found: String,
    },
    /// The content has the right hash but is not the wanted key.
    #[error(transparent)]
    Key(KeyDecodeError),
}

/// An error about `path`.
pub(super) fn io(action: &'static str, path: &Path, source: io::Error) -> CacheError {
    let path = path.to_path_buf();
    CacheError::Io {
        action,
        path,
        source,
    }
}

/// An error about the file `path` in the directory of a set of keys.
pub(super) fn damaged(path: PathBuf, damage: Damage) -> CacheError {
    // Every such path was joined to its directory.
    let directory = path.parent().unwrap_or(&path).to_path_buf();
    CacheError::Damaged {
        path,
        directory,
        damage,
    }
}
