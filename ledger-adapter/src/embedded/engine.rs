//! The storage engine behind a wall: its errors become ours, and its panics on damaged pages become errors.

use std::path::{Path, PathBuf};
use std::sync::{PoisonError, RwLock};

use redb::{Builder, Database, Durability, ReadTransaction, ReadableDatabase, WriteTransaction};

use super::wall::{guarded, keep_caught_panics_quiet};
use super::{Damage, StorageError};
use crate::log::LogError;

/// Memory for pages of the ledger file, in bytes (64 MiB); the engine's own default is 1 GiB.
const CACHE_BYTES: usize = 64 * 1024 * 1024;

/// Why an operation on the file failed, before the path is known.
#[derive(Debug)]
pub(super) enum Fault {
    Engine(redb::Error),
    Damage(Damage),
    Refused(StorageError),
}

impl From<Damage> for Fault {
    fn from(damage: Damage) -> Self {
        Self::Damage(damage)
    }
}

impl From<StorageError> for Fault {
    fn from(error: StorageError) -> Self {
        Self::Refused(error)
    }
}

/// The engine has an error type for each kind of call; all of them convert into its general one.
macro_rules! fault_from_engine {
    ($($error:ty),*) => {
        $(impl From<$error> for Fault {
            fn from(error: $error) -> Self {
                Self::Engine(error.into())
            }
        })*
    };
}
fault_from_engine!(
    redb::DatabaseError,
    redb::TransactionError,
    redb::TableError,
    redb::StorageError,
    redb::CommitError,
    redb::SetDurabilityError
);

/// When a write reaches the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flush {
    /// Before the write returns.
    Now,
    /// Together with the next write that is flushed.
    WithNext,
}

/// An open file of the engine.
pub(super) struct Engine {
    path: PathBuf,
    /// `None` once closed.
    database: RwLock<Option<Database>>,
}

impl Engine {
    /// Makes the file, which must not exist.
    pub(super) fn create(path: &Path) -> Result<Self, StorageError> {
        Self::start(path, || Ok(builder().create(path)?))
    }

    /// Opens the file. With `check`, every page is compared with its checksum.
    pub(super) fn open(path: &Path, check: bool) -> Result<Self, StorageError> {
        let engine = Self::start(path, || Ok(builder().open(path)?))?;
        if check {
            engine.check()?;
        }
        Ok(engine)
    }

    fn start(
        path: &Path,
        open: impl FnOnce() -> Result<Database, Fault>,
    ) -> Result<Self, StorageError> {
        keep_caught_panics_quiet();
        let database = behind_wall(open).map_err(|fault| storage_error(path, fault))?;
        Ok(Self {
            path: path.to_owned(),
            database: RwLock::new(Some(database)),
        })
    }

    /// The database stays outside the wall, so that a panic does not drop it while unwinding.
    fn check(&self) -> Result<(), StorageError> {
        let mut database = self
            .database
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        let Some(database) = database.as_mut() else {
            return Ok(());
        };
        let sound = behind_wall(|| Ok(database.check_integrity()?));
        if !sound.map_err(|fault| storage_error(&self.path, fault))? {
            tracing::warn!(file = %self.path.display(), "the ledger file was not closed properly and has been repaired");
        }
        Ok(())
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Runs `body` on one unchanging state of the file.
    pub(super) fn read<T>(
        &self,
        body: impl FnOnce(&ReadTransaction) -> Result<T, Fault>,
    ) -> Result<T, LogError> {
        self.with_database(|database| body(&database.begin_read()?))
    }

    /// Runs `body` as one change of the file, which happens as a whole or not at all.
    ///
    /// Commits in two phases, at the price of a second flush: the engine then never falls back to the
    /// state before the last commit on its own, which would silently take back acknowledged blocks, and a
    /// transaction's bytes, which others choose, cannot fool its checksums.
    pub(super) fn write<T>(
        &self,
        flush: Flush,
        body: impl FnOnce(&WriteTransaction) -> Result<T, Fault>,
    ) -> Result<T, LogError> {
        self.with_database(|database| {
            let mut transaction = database.begin_write()?;
            transaction.set_two_phase_commit(true);
            transaction.set_durability(match flush {
                Flush::Now => Durability::Immediate,
                Flush::WithNext => Durability::None,
            })?;
            let value = body(&transaction)?;
            transaction.commit()?;
            Ok(value)
        })
    }

    fn with_database<T>(
        &self,
        body: impl FnOnce(&Database) -> Result<T, Fault>,
    ) -> Result<T, LogError> {
        let database = self.database.read().unwrap_or_else(PoisonError::into_inner);
        let Some(database) = database.as_ref() else {
            return Err(LogError::Closed);
        };
        behind_wall(|| body(database)).map_err(|fault| storage_error(&self.path, fault).into())
    }

    /// Closes the file once running operations have ended. Calling it again does nothing.
    pub(super) fn close(&self) {
        let database = self
            .database
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if guarded(|| drop(database)).is_err() {
            tracing::warn!(file = %self.path.display(), "the ledger file could not be closed properly");
        }
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.close();
    }
}

fn builder() -> Builder {
    let mut builder = Builder::new();
    builder.set_cache_size(CACHE_BYTES);
    builder
}

fn behind_wall<T>(body: impl FnOnce() -> Result<T, Fault>) -> Result<T, Fault> {
    guarded(body).unwrap_or(Err(Fault::Damage(Damage::EnginePanicked)))
}

fn storage_error(path: &Path, fault: Fault) -> StorageError {
    let path = path.to_owned();
    match fault {
        Fault::Damage(damage) => StorageError::Damaged { path, damage },
        Fault::Refused(error) => error,
        Fault::Engine(redb::Error::DatabaseAlreadyOpen) => StorageError::InUse { path },
        Fault::Engine(redb::Error::Io(source)) => io_error(path, source),
        Fault::Engine(source) if reports_damage(&source) => StorageError::Damaged {
            path,
            damage: Damage::Engine { source },
        },
        Fault::Engine(source) => StorageError::Engine { path, source },
    }
}

fn io_error(path: PathBuf, source: std::io::Error) -> StorageError {
    use std::io::ErrorKind;
    match source.kind() {
        // The engine's words for a file that is not its own or that ends too early.
        ErrorKind::InvalidData | ErrorKind::UnexpectedEof | ErrorKind::InvalidInput => {
            StorageError::Damaged {
                path,
                damage: Damage::Engine {
                    source: redb::Error::Io(source),
                },
            }
        }
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => {
            StorageError::Unwritable { path, source }
        }
        _ => StorageError::Io { path, source },
    }
}

fn reports_damage(error: &redb::Error) -> bool {
    matches!(
        error,
        redb::Error::Corrupted(_)
            | redb::Error::UpgradeRequired(_)
            | redb::Error::RepairAborted
            | redb::Error::TableTypeMismatch { .. }
            | redb::Error::TableIsMultimap(_)
            | redb::Error::TableIsNotMultimap(_)
            | redb::Error::TypeDefinitionChanged { .. }
            | redb::Error::TableDoesNotExist(_)
            | redb::Error::ValueTooLarge(_)
    )
}
