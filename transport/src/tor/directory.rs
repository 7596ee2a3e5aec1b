//! What Tor keeps on disk, for one process at a time.

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use crate::TransportError;

/// How many processes with directories under one root there may be at once.
const MOST: usize = 32;

/// A directory of this process alone, as long as this is not dropped: two processes with one guard state or one cache
/// would disturb each other.
///
/// The lock is the operating system's: it ends with the process, however that ends.
#[derive(Debug)]
pub struct TorDirectory {
    path: PathBuf,
    _lock: File,
}

impl TorDirectory {
    /// Takes the directory itself. It is made, for its owner alone, if it is not there.
    ///
    /// # Errors
    /// [`TransportError::TorDirectory`] if another process has it, or it can't be made.
    pub fn take(path: &Path) -> Result<Self, TransportError> {
        Self::try_take(path)?.ok_or_else(|| TransportError::TorDirectory {
            path: path.to_owned(),
            source: io::Error::new(io::ErrorKind::WouldBlock, "another process uses it"),
        })
    }

    /// Takes the first free one of the numbered directories under `root`: what Tor has learnt of the network is there
    /// again for the next process.
    ///
    /// # Errors
    /// [`TransportError::TorDirectory`] if all are taken, or it can't be made.
    pub fn take_free(root: &Path) -> Result<Self, TransportError> {
        for number in 1..=MOST {
            if let Some(directory) = Self::try_take(&root.join(number.to_string()))? {
                return Ok(directory);
            }
        }
        Err(TransportError::TorDirectory {
            path: root.to_owned(),
            source: io::Error::new(
                io::ErrorKind::WouldBlock,
                format!("{MOST} processes use Tor already"),
            ),
        })
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn try_take(path: &Path) -> Result<Option<Self>, TransportError> {
        let failed = |source| TransportError::TorDirectory {
            path: path.to_owned(),
            source,
        };
        let mut builder = DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(path).map_err(failed)?;
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(false);
        let lock = options.open(path.join("process.lock")).map_err(failed)?;
        match lock.try_lock() {
            Ok(()) => Ok(Some(Self {
                // Tor wants to know who may write to each directory above.
                path: path.canonicalize().map_err(failed)?,
                _lock: lock,
            })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(source)) => Err(failed(source)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::TorDirectory;

    #[test]
    fn each_has_one_owner_and_is_free_again() {
        let root = std::env::temp_dir().join(format!("tally-tor-directory-{}", std::process::id()));
        let first = TorDirectory::take_free(&root).unwrap();
        let second = TorDirectory::take_free(&root).unwrap();
        assert_ne!(first.path(), second.path());
        let error = TorDirectory::take(first.path()).unwrap_err().to_string();
        assert!(error.contains("another process uses it"), "{error}");
        let path = first.path().to_owned();
        drop(first);
        assert_eq!(TorDirectory::take_free(&root).unwrap().path(), path);
        std::fs::remove_dir_all(root).unwrap();
    }
}
