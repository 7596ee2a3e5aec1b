//! What can go wrong with the files of an embedded log.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

use crate::log::BlockDecodeError;

/// Why the files of a log could not be used. Every variant names the path and the remedy.
#[derive(Debug, Error)]
pub enum StorageError {
    /// There is no log in the directory.
    #[error("{} holds no ledger; create one there, or name the directory of an existing one", path.display())]
    Missing {
        /// The directory.
        path: PathBuf,
    },
    /// A log was to be created where one is.
    #[error("{} holds a ledger already; open it, or name another directory", path.display())]
    Exists {
        /// The directory.
        path: PathBuf,
    },
    /// A log was to be created in a directory that holds other files.
    #[error("{} holds {} but no ledger; name an empty or a new directory", path.display(), entry.display())]
    Foreign {
        /// The directory.
        path: PathBuf,
        /// One of the files in it.
        entry: PathBuf,
    },
    /// The path is something else than a directory.
    #[error("{} is not a directory; name a directory", path.display())]
    NotADirectory {
        /// The path.
        path: PathBuf,
    },
    /// Another log object, most often in another process, has the log open.
    #[error("the ledger in {} is in use by another process; stop that process, or name another directory", path.display())]
    InUse {
        /// The directory.
        path: PathBuf,
    },
    /// The directory or a file in it cannot be written.
    #[error("{} cannot be written ({source}); grant write permission, or name another directory", path.display())]
    Unwritable {
        /// The directory or file.
        path: PathBuf,
        /// The operating system's reason.
        source: io::Error,
    },
    /// The operating system refused to read or write.
    #[error("{} cannot be read or written ({source}); check the disk and its free space, and open the ledger again", path.display())]
    Io {
        /// The directory or file.
        path: PathBuf,
        /// The operating system's reason.
        source: io::Error,
    },
    /// The file was written by another version of this program.
    #[error("{} has ledger format {found}, this program reads format {supported}; use the program that made it", path.display())]
    Version {
        /// The file.
        path: PathBuf,
        /// The version found.
        found: u32,
        /// The version this program reads and writes.
        supported: u32,
    },
    /// The log was created with another genesis than the one asked for.
    #[error(
        "the ledger in {} has genesis {}, not {}; use the arguments it was created with, or name another directory",
        path.display(), hex::encode(found), hex::encode(expected)
    )]
    GenesisDiffers {
        /// The directory.
        path: PathBuf,
        /// Hash of the genesis of the log.
        found: [u8; 32],
        /// Hash of the genesis asked for.
        expected: [u8; 32],
    },
    /// A genesis longer than [`crate::log::MAX_GENESIS_BYTES`].
    #[error("the genesis for {} has {bytes} bytes, at most {} are allowed; shorten it", path.display(), crate::log::MAX_GENESIS_BYTES)]
    GenesisTooLarge {
        /// The directory.
        path: PathBuf,
        /// Its length in bytes.
        bytes: usize,
    },
    /// The file is damaged.
    #[error("{} is damaged: {damage}; restore the directory from a copy, or move it away and start a new ledger", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        damage: Damage,
    },
    /// The storage engine refused an operation on a sound file.
    #[error("the storage engine refused an operation on {} ({source}); open the ledger again", path.display())]
    Engine {
        /// The file.
        path: PathBuf,
        /// The engine's reason.
        source: redb::Error,
    },
    /// A block that another log made does not stand on the block below it.
    #[error("block {height} can't be put into {}: {misfit}; fetch the blocks again, or from another source", path.display())]
    DoesNotFollow {
        /// The file.
        path: PathBuf,
        /// The height that the block says.
        height: u64,
        /// What is wrong with it.
        misfit: Misfit,
    },
    /// Another outcome is on record for the same block.
    #[error(
        "block {height} in {} has another outcome on record; the same blocks gave different results: rebuild from the \
         genesis with one version of the program", path.display()
    )]
    OutcomeDiffers {
        /// The file.
        path: PathBuf,
        /// Height of the block.
        height: u64,
    },
    /// An outcome or a snapshot for a block that the log does not have.
    #[error("{field} names block {height}, the newest in {} is {tip}; use a height from 1 to that", path.display())]
    NoSuchBlock {
        /// The file.
        path: PathBuf,
        /// Which argument, `outcome` or `snapshot`.
        field: &'static str,
        /// The height asked for.
        height: u64,
        /// Height of the newest block.
        tip: u64,
    },
    /// An outcome or a snapshot beyond its limit.
    #[error("the {field} for {} has {bytes} bytes, at most {limit} are allowed; store less", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// Which argument, `outcome` or `snapshot`.
        field: &'static str,
        /// Its length in bytes.
        bytes: usize,
        /// The most bytes allowed.
        limit: usize,
    },
}

impl StorageError {
    /// Whether a write that ends like this may or may not have reached the disk. Every other error of a
    /// write comes before anything is written.
    pub(super) fn leaves_write_unknown(&self) -> bool {
        matches!(
            self,
            Self::Io { .. } | Self::Unwritable { .. } | Self::Engine { .. } | Self::Damaged { .. }
        )
    }
}

/// Why a block does not follow from the block below it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Misfit {
    /// A height was skipped or repeated.
    #[error("the block below it is {below}")]
    Height {
        /// Height of the block below; 0 if there is none.
        below: u64,
    },
    /// It names another parent.
    #[error("its parent is not the block below it, {}", hex::encode(below))]
    Parent {
        /// Hash of the block below, or of the genesis.
        below: [u8; 32],
    },
    /// It is older than its parent.
    #[error(
        "its time {time} is before that of the block below it, {below} (microseconds since 1970 UTC)"
    )]
    Time {
        /// Time of the block.
        time: u64,
        /// Time of the block below.
        below: u64,
    },
}

/// What is wrong with a damaged file.
#[derive(Debug, Error)]
pub enum Damage {
    /// The storage engine found it.
    #[error("the storage engine reports: {source}")]
    Engine {
        /// The engine's finding.
        source: redb::Error,
    },
    /// The storage engine gave up in a way that only damaged pages explain.
    #[error("the storage engine could not make sense of its pages")]
    EnginePanicked,
    /// The file is no log of this program.
    #[error("it lacks the mark of a ledger in its field {field}")]
    NotALedger {
        /// The missing or unknown field.
        field: &'static str,
    },
    /// A block is missing from the chain.
    #[error("block {height} is missing")]
    BlockMissing {
        /// Its height.
        height: u64,
    },
    /// A block has other bytes than when it was written.
    #[error("block {height} does not have the hash it was stored with")]
    BlockHash {
        /// Its height.
        height: u64,
    },
    /// A block cannot be decoded.
    #[error("block {height} cannot be decoded: {source}")]
    BlockEncoding {
        /// Its height.
        height: u64,
        /// The reason.
        source: BlockDecodeError,
    },
    /// A block says another height than the one it is stored under.
    #[error("block {height} says that its height is {found}")]
    BlockHeight {
        /// The height it is stored under.
        height: u64,
        /// The height it says.
        found: u64,
    },
    /// A block does not name the hash of the block below.
    #[error("block {height} does not follow from the block below it")]
    Parent {
        /// Its height.
        height: u64,
    },
    /// A block is older than the block below.
    #[error("block {height} is older than the block below it")]
    Time {
        /// Its height.
        height: u64,
    },
    /// Blocks that were acknowledged are not there.
    #[error("its newest block is {tip}, but block {acknowledged} was acknowledged")]
    BlocksLost {
        /// Height of the newest block that is there.
        tip: u64,
        /// Height of the newest block that was acknowledged.
        acknowledged: u64,
    },
    /// An acknowledged block was another.
    #[error("block {height} is not the one that was acknowledged")]
    BlockReplaced {
        /// Its height.
        height: u64,
    },
}
