//! What an operator does with a market's folder while its node is stopped: copy it, put a copy back, and check it all.

use super::directory::{KEYS_FOLDER, LEDGER_FOLDER, MarketFolder, MarketFolderError};
use crate::genesis::{ChainGenesis, FAUCET_KEY_FILE, GENESIS_FILE};
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use tally_exchange::market::{BlockError, StateHash};
use tally_exchange::message::ChainId;
use tally_ledger_adapter::embedded::{EmbeddedLog, StorageError};
use tally_ledger_adapter::log::{LogError, OrderedLog};
use thiserror::Error;

mod verify;

pub use verify::{Verified, VerifyProgress, verify};

/// Deepest folder of keys that is copied, below `keys/`.
const MOST_DEPTH: usize = 3;

/// Why a folder is not copied or does not hold what it should.
#[derive(Debug, Error)]
pub enum OperateError {
    /// The folder is no market's.
    #[error(transparent)]
    Folder(#[from] MarketFolderError),
    /// A node runs on it.
    #[error(
        "the ledger in {} is in use: a node runs on it; stop the node, do this, and start it again", path.display()
    )]
    InUse {
        /// The ledger's folder.
        path: PathBuf,
    },
    /// The ledger can't be read or written.
    #[error(transparent)]
    Log(LogError),
    /// The ledger began with another genesis than the one beside it.
    #[error(
        "{} holds a ledger of chain {found}, {GENESIS_FILE} beside it is of chain {expected}; put together what belongs together, or restore a backup", path.display()
    )]
    OtherChain {
        /// The ledger's folder.
        path: PathBuf,
        /// The chain of the ledger.
        found: ChainId,
        /// The chain of the genesis.
        expected: ChainId,
    },
    /// The target of a copy holds something.
    #[error("{} is not empty; name a new or an empty folder", path.display())]
    NotEmpty {
        /// The folder.
        path: PathBuf,
    },
    /// A file can't be copied.
    #[error(
        "{} can't be copied or written ({source}); check permissions and free space, empty the target, and try again", path.display()
    )]
    Copy {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Something in the folder of keys that is neither a file nor a folder of files.
    #[error(
        "{} is neither a file nor a folder of key files; remove it, and try again", path.display()
    )]
    Foreign {
        /// What it is.
        path: PathBuf,
    },
    /// A block does not follow from those below it.
    #[error(
        "block {height} can't be executed: {source}; restore a backup, or use the version of tally that made the ledger"
    )]
    Block {
        /// Its height.
        height: u64,
        /// What is wrong.
        source: BlockError,
    },
    /// A block is not there.
    #[error("block {height} can't be found in the ledger; restore a backup")]
    NoBlock {
        /// Its height.
        height: u64,
    },
    /// A block leads to another state than the one on record.
    #[error(
        "block {height} leads to state {found} with all proofs verified, on record is {recorded}: the ledger was changed or holds a false proof; restore a backup, or use the version of tally that made it"
    )]
    StateDiffers {
        /// Height of the block.
        height: u64,
        /// What executing it gives.
        found: StateHash,
        /// What was recorded, hexadecimal.
        recorded: String,
    },
    /// A snapshot is not the state after its block.
    #[error(
        "the snapshot at block {height} is not the state that the blocks lead to: a node would go on from a wrong one; restore a backup"
    )]
    Snapshot {
        /// Height of the block.
        height: u64,
    },
}

impl OperateError {
    /// Whether the folder could be read, and what it says is not true.
    #[must_use]
    pub fn is_failed_check(&self) -> bool {
        match self {
            Self::Block { .. }
            | Self::NoBlock { .. }
            | Self::StateDiffers { .. }
            | Self::Snapshot { .. }
            | Self::OtherChain { .. } => true,
            Self::Log(LogError::Storage(error)) => {
                matches!(**error, StorageError::Damaged { .. })
            }
            Self::Folder(_)
            | Self::InUse { .. }
            | Self::Log(_)
            | Self::NotEmpty { .. }
            | Self::Copy { .. }
            | Self::Foreign { .. } => false,
        }
    }
}

impl From<LogError> for OperateError {
    fn from(error: LogError) -> Self {
        match error {
            LogError::Storage(storage) => match *storage {
                StorageError::InUse { path } => Self::InUse { path },
                other => Self::Log(other.into()),
            },
            other => Self::Log(other),
        }
    }
}

/// What was copied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Copied {
    /// The chain.
    pub chain: ChainId,
    /// Height of the newest block of the copy; 0 if there is none.
    pub height: u64,
    /// Its hash; that of the genesis if there is none.
    pub hash: [u8; 32],
}

/// Copies a market's folder into `target`, which is made if need be and must be empty: keys, a faucet's key, the ledger,
/// and at last the genesis, without which a folder is no market's. So a copy that was killed is none.
///
/// The ledger of the copy was opened and its chain walked when this returns; [`verify`] looks at all there is.
///
/// # Errors
/// [`OperateError::InUse`] while a node runs on the folder; else as [`OperateError`] says. The folder itself is only read.
pub fn backup(folder: &MarketFolder, target: &Path) -> Result<Copied, OperateError> {
    let genesis = folder.genesis()?;
    let log = open_ledger(folder, &genesis)?;
    make_vacant(target)?;
    let copied = match &log {
        None => nothing(&genesis),
        Some(log) => {
            let tip = log.backup(&target.join(LEDGER_FOLDER))?;
            Copied {
                chain: genesis.chain(),
                height: tip.height,
                hash: tip.hash,
            }
        }
    };
    copy_folder(
        &folder.path().join(KEYS_FOLDER),
        &target.join(KEYS_FOLDER),
        MOST_DEPTH,
    )?;
    if folder.faucet(&genesis)?.is_some() {
        copy_file(
            &folder.path().join(FAUCET_KEY_FILE),
            &target.join(FAUCET_KEY_FILE),
            true,
        )?;
    }
    write_file(&target.join(GENESIS_FILE), &genesis.to_bytes())?;
    sync_folder(target)?;
    Ok(copied)
}

/// Makes `folder` what it was when `backup` was made of it, and verifies it.
///
/// # Errors
/// As [`backup`] and [`verify`].
pub fn restore(
    backup: &MarketFolder,
    folder: &Path,
    progress: &mut dyn FnMut(VerifyProgress),
) -> Result<Verified, OperateError> {
    self::backup(backup, folder)?;
    verify(&MarketFolder::at(folder), progress)
}

/// The ledger of a folder, if a node has ever run there.
fn open_ledger(
    folder: &MarketFolder,
    genesis: &ChainGenesis,
) -> Result<Option<EmbeddedLog>, OperateError> {
    let path = folder.ledger();
    let log = match EmbeddedLog::open(&path) {
        Ok(log) => log,
        Err(LogError::Storage(error)) if matches!(*error, StorageError::Missing { .. }) => {
            return Ok(None);
        }
        Err(error) => return Err(error.into()),
    };
    let (found, expected) = (ChainId::of_genesis(log.genesis()), genesis.chain());
    if found == expected {
        return Ok(Some(log));
    }
    Err(OperateError::OtherChain {
        path,
        found,
        expected,
    })
}

fn nothing(genesis: &ChainGenesis) -> Copied {
    Copied {
        chain: genesis.chain(),
        height: 0,
        hash: tally_ledger_adapter::log::genesis_hash(&genesis.to_bytes()),
    }
}

/// Makes a folder that only its owner may read, or takes an empty one.
fn make_vacant(path: &Path) -> Result<(), OperateError> {
    let copy = |source| copy_error(path, source);
    match fs::read_dir(path) {
        Ok(mut entries) => match entries.next() {
            None => Ok(()),
            Some(_) => Err(OperateError::NotEmpty {
                path: path.to_owned(),
            }),
        },
        Err(error) if error.kind() == ErrorKind::NotFound => make_folder(path).map_err(copy),
        Err(error) => Err(copy(error)),
    }
}

fn copy_folder(from: &Path, to: &Path, depth: usize) -> Result<(), OperateError> {
    make_folder(to).map_err(|source| copy_error(to, source))?;
    let unreadable = |source| copy_error(from, source);
    for entry in fs::read_dir(from).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        // Links are not followed: a backup holds what is in the folder.
        let kind = entry.file_type().map_err(unreadable)?;
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        if kind.is_file() {
            copy_file(&from, &to, false)?;
        } else if kind.is_dir() && depth > 0 {
            copy_folder(&from, &to, depth - 1)?;
        } else {
            return Err(OperateError::Foreign { path: from });
        }
    }
    sync_folder(to)
}

fn copy_file(from: &Path, to: &Path, is_secret: bool) -> Result<(), OperateError> {
    let mut source = File::open(from).map_err(|source| copy_error(from, source))?;
    create(to, is_secret)
        .and_then(|mut target| {
            io::copy(&mut source, &mut target)?;
            target.sync_all()
        })
        .map_err(|source| copy_error(to, source))
}

fn write_file(path: &Path, bytes: &[u8]) -> Result<(), OperateError> {
    create(path, false)
        .and_then(|mut file| {
            file.write_all(bytes)?;
            file.sync_all()
        })
        .map_err(|source| copy_error(path, source))
}

/// A new file; of a secret one nobody else reads a byte at any time.
#[cfg(unix)]
fn create(path: &Path, is_secret: bool) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt;
    let mode = if is_secret { 0o600 } else { 0o644 };
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(mode)
        .open(path)
}

#[cfg(not(unix))]
fn create(path: &Path, _: bool) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).open(path)
}

#[cfg(unix)]
fn make_folder(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
}

#[cfg(not(unix))]
fn make_folder(path: &Path) -> io::Result<()> {
    fs::create_dir_all(path)
}

/// Makes the names in a folder durable. Windows has no such call and needs none.
fn sync_folder(path: &Path) -> Result<(), OperateError> {
    if cfg!(windows) {
        return Ok(());
    }
    File::open(path)
        .and_then(|folder| folder.sync_all())
        .map_err(|source| copy_error(path, source))
}

fn copy_error(path: &Path, source: io::Error) -> OperateError {
    OperateError::Copy {
        path: path.to_owned(),
        source,
    }
}
