//! The directory of a log: which files it has, who may use it, and which blocks it acknowledged.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::StorageError;
use crate::hashing::domain_hash;

/// The storage engine's file.
const LEDGER_FILE: &str = "ledger.redb";
/// A log that is being created; it gets its name when it is complete.
const UNFINISHED_FILE: &str = "ledger.redb.new";
/// Locked while the log is open; holds the newest acknowledged block.
const MARK_FILE: &str = "ledger.mark";

const MARK_DOMAIN: &str = "tally/ledger/mark/v1";
const MARK_BYTES: usize = 8 + 32 + 32;

/// The newest acknowledged block: height and hash.
pub(super) type Mark = (u64, [u8; 32]);

/// The locked directory of a log.
///
/// The mark is written after every commit, without waiting for the disk, so it never runs ahead of the
/// blocks. A ledger file that is behind the mark has lost acknowledged blocks: the storage engine cannot
/// tell that from its two root slots alone, where one changed bit selects the older one.
#[derive(Debug)]
pub(super) struct Directory {
    path: PathBuf,
    mark: File,
}

impl Directory {
    /// Locks `path` for a log that must be there.
    pub(super) fn existing(path: &Path) -> Result<Self, StorageError> {
        if !holds_ledger(path)? {
            return Err(StorageError::Missing {
                path: path.to_owned(),
            });
        }
        let directory = Self::lock(path)?;
        sweep_unfinished(path)?;
        Ok(directory)
    }

    /// Makes `path` if need be and locks it for a log that must not be there yet.
    pub(super) fn vacant(path: &Path) -> Result<Self, StorageError> {
        fs::create_dir_all(path).map_err(|source| match source.kind() {
            ErrorKind::AlreadyExists | ErrorKind::NotADirectory => StorageError::NotADirectory {
                path: path.to_owned(),
            },
            _ => StorageError::Unwritable {
                path: path.to_owned(),
                source,
            },
        })?;
        refuse_foreign(path)?;
        let directory = Self::lock(path)?;
        // Looked at again, now that nobody else can be creating it.
        if holds_ledger(path)? {
            return Err(StorageError::Exists {
                path: path.to_owned(),
            });
        }
        sweep_unfinished(path)?;
        Ok(directory)
    }

    fn lock(path: &Path) -> Result<Self, StorageError> {
        let mark_path = path.join(MARK_FILE);
        let mark = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&mark_path)
            .map_err(|source| write_error(mark_path.clone(), source))?;
        match mark.try_lock() {
            Ok(()) => Ok(Self {
                path: path.to_owned(),
                mark,
            }),
            Err(TryLockError::WouldBlock) => Err(StorageError::InUse {
                path: path.to_owned(),
            }),
            Err(TryLockError::Error(source)) => Err(StorageError::Io {
                path: mark_path,
                source,
            }),
        }
    }

    pub(super) fn ledger_file(&self) -> PathBuf {
        self.path.join(LEDGER_FILE)
    }

    pub(super) fn unfinished_file(&self) -> PathBuf {
        self.path.join(UNFINISHED_FILE)
    }

    /// Gives a complete new log its name, durably.
    pub(super) fn finish_creation(&self) -> Result<(), StorageError> {
        let (from, to) = (self.unfinished_file(), self.ledger_file());
        self.clear_mark()
            .map_err(|source| write_error(self.mark_file(), source))?;
        fs::rename(&from, &to).map_err(|source| write_error(to, source))?;
        sync_directory(&self.path).map_err(|source| StorageError::Io {
            path: self.path.clone(),
            source,
        })
    }

    /// The newest acknowledged block, or `None` if there is no mark or it was cut short by a power failure.
    pub(super) fn read_mark(&mut self) -> Result<Option<Mark>, StorageError> {
        let mut bytes = Vec::with_capacity(MARK_BYTES);
        let read = self.mark.seek(SeekFrom::Start(0)).and_then(|_| {
            // One byte more than a mark has, to tell a longer file.
            Read::by_ref(&mut self.mark)
                .take(MARK_BYTES as u64 + 1)
                .read_to_end(&mut bytes)
        });
        read.map_err(|source| StorageError::Io {
            path: self.mark_file(),
            source,
        })?;
        let mark = decode_mark(&bytes);
        if mark.is_none() && !bytes.is_empty() {
            tracing::warn!(file = %self.mark_file().display(), "the mark of acknowledged blocks is unreadable and ignored");
        }
        Ok(mark)
    }

    /// Notes that the block is acknowledged. Survives the end of the process, not a power failure.
    pub(super) fn write_mark(&mut self, mark: Mark) -> Result<(), StorageError> {
        let write = self
            .mark
            .seek(SeekFrom::Start(0))
            .and_then(|_| self.mark.write_all(&encode_mark(mark)));
        write.map_err(|source| write_error(self.mark_file(), source))
    }

    fn clear_mark(&self) -> io::Result<()> {
        self.mark.set_len(0)
    }

    fn mark_file(&self) -> PathBuf {
        self.path.join(MARK_FILE)
    }
}

impl Drop for Directory {
    /// Closing the file would give up the lock as well, but only once every copy of its descriptor is
    /// closed, and a process that is just being started from another thread holds one for a moment.
    fn drop(&mut self) {
        if let Err(error) = self.mark.unlock() {
            tracing::warn!(file = %self.mark_file().display(), %error, "the ledger could not be unlocked");
        }
    }
}

/// Whether `path` is a directory with a log. An existing non-directory is an error.
pub(super) fn holds_ledger(path: &Path) -> Result<bool, StorageError> {
    match fs::metadata(path) {
        Ok(metadata) if !metadata.is_dir() => Err(StorageError::NotADirectory {
            path: path.to_owned(),
        }),
        Ok(_) => {
            let file = path.join(LEDGER_FILE);
            file.try_exists()
                .map_err(|source| StorageError::Io { path: file, source })
        }
        Err(source) if source.kind() == ErrorKind::NotFound => Ok(false),
        Err(source) if source.kind() == ErrorKind::NotADirectory => {
            Err(StorageError::NotADirectory {
                path: path.to_owned(),
            })
        }
        Err(source) => Err(StorageError::Io {
            path: path.to_owned(),
            source,
        }),
    }
}

fn refuse_foreign(path: &Path) -> Result<(), StorageError> {
    let io_error = |source| StorageError::Io {
        path: path.to_owned(),
        source,
    };
    for entry in fs::read_dir(path).map_err(io_error)? {
        let name = entry.map_err(io_error)?.file_name();
        if ![LEDGER_FILE, UNFINISHED_FILE, MARK_FILE]
            .iter()
            .any(|ours| name == *ours)
        {
            return Err(StorageError::Foreign {
                path: path.to_owned(),
                entry: name.into(),
            });
        }
    }
    Ok(())
}

/// Removes what a creation that was killed left behind.
fn sweep_unfinished(path: &Path) -> Result<(), StorageError> {
    let file = path.join(UNFINISHED_FILE);
    match fs::remove_file(&file) {
        Err(source) if source.kind() != ErrorKind::NotFound => Err(write_error(file, source)),
        _ => Ok(()),
    }
}

fn write_error(path: PathBuf, source: io::Error) -> StorageError {
    match source.kind() {
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => {
            StorageError::Unwritable { path, source }
        }
        _ => StorageError::Io { path, source },
    }
}

/// Makes a rename durable. Windows has no such call and needs none.
fn sync_directory(path: &Path) -> io::Result<()> {
    if cfg!(windows) {
        Ok(())
    } else {
        File::open(path)?.sync_all()
    }
}

fn encode_mark((height, hash): Mark) -> [u8; MARK_BYTES] {
    let mut bytes = [0; MARK_BYTES];
    bytes[..8].copy_from_slice(&height.to_le_bytes());
    bytes[8..40].copy_from_slice(&hash);
    let check = domain_hash(MARK_DOMAIN, &[&bytes[..40]]);
    bytes[40..].copy_from_slice(&check);
    bytes
}

fn decode_mark(bytes: &[u8]) -> Option<Mark> {
    let (content, check) = bytes.split_at_checked(40)?;
    if domain_hash(MARK_DOMAIN, &[content]) != check {
        return None;
    }
    let (height, hash) = content.split_at_checked(8)?;
    Some((
        u64::from_le_bytes(height.try_into().ok()?),
        hash.try_into().ok()?,
    ))
}
