//! One process at a time: two that work with one wallet would spend the same note twice, and link the two messages.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use thiserror::Error;

/// What is added to the name of a wallet file to name its lock.
const SUFFIX: &str = ".lock";

/// Why a wallet can't be locked.
#[derive(Debug, Error)]
pub enum LockError {
    /// Somebody has it.
    #[error(
        "wallet file {path} is in use by another process; close that first, or wait until it ends"
    )]
    InUse {
        /// The wallet file.
        path: PathBuf,
    },
    /// The lock file can't be made or locked.
    #[error("lock file {path}: {source}; check that its folder exists and is writable")]
    Io {
        /// The lock file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
}

/// The right to work with a wallet file, held until this is dropped or the process ends, however it ends.
///
/// The lock is the operating system's, on an empty file beside the wallet file: the wallet file itself is replaced as
/// a whole when its password changes. The empty file stays; it says nothing by its presence.
#[derive(Debug)]
pub struct WalletLock {
    _file: File,
}

impl WalletLock {
    /// Takes the lock of the wallet file at `wallet`, which need not exist yet.
    ///
    /// # Errors
    /// [`LockError::InUse`] at once if somebody has it; it does not wait.
    pub fn acquire(wallet: &Path) -> Result<Self, LockError> {
        let path = lock_path(wallet);
        let io = |source| LockError::Io {
            path: path.clone(),
            source,
        };
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(&path).map_err(io)?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => Err(LockError::InUse {
                path: wallet.to_owned(),
            }),
            Err(TryLockError::Error(source)) => Err(io(source)),
        }
    }
}

fn lock_path(wallet: &Path) -> PathBuf {
    let mut name = wallet.as_os_str().to_owned();
    name.push(SUFFIX);
    PathBuf::from(name)
}
