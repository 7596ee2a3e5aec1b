//! What can go wrong with keys on disk, and what to do about it.

use std::io;
use std::path::{Path, PathBuf};

use crate::keys::KeyDecodeError;
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
    #[error("key file {path} is damaged: {damage}: delete the directory {directory} and run again to make new keys", path = path.display(), directory = directory.display())]
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
        /// Bytes according to the manifest.
        expected: u64,
        /// Bytes there are.
        got: u64,
    },
    /// Its content has changed.
    #[error("its SHA-256 is {got} instead of {expected}")]
    Hash {
        /// Hash according to the manifest, hexadecimal.
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
