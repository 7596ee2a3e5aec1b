//! A replica of a node's market that believes nothing: every block is chained to the one before, every proof verified,
//! every transaction executed, and the state compared with what the node says it is.
//!
//! What was taken in is kept on the disk, so that a download that was cut off goes on where it stopped, and a node that
//! later shows another history is found out.

use crate::node_client::{NodeClient, NodeError, READ_BYTES};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tally_exchange::market::{BlockError, StateHash};
use tally_ledger_adapter::embedded::{EmbeddedLog, LogOptions};
use tally_ledger_adapter::log::{Block, BlockDecodeError, LogError, OrderedLog, genesis_hash};
use tally_node::api::{BlockRange, Welcome};
use tally_node::genesis::{ChainGenesis, ChainGenesisError};
use tally_node::keys::VerifyingKeys;
use tally_node::replica::{Outcome, Replica};
use tally_node::verifier::{BlockVerifier, Groth16Verifier, Recorded};
use tally_prover::InsecureOneParty;
use tally_trader::error::WalletError;
use thiserror::Error;

/// Blocks between two checkpoints that a replica remembers: heights at which nodes write snapshots are multiples of it.
pub const CHECKPOINT_BLOCKS: u64 = 1_000;
/// How many checkpoints are remembered.
const CHECKPOINTS_KEPT: usize = 64;
/// A replica begins to read at a multiple of this: where its last reading ended is nobody else's business, for whoever is
/// told could chain the commands of one wallet.
pub const FIRST_READ_GRID: u64 = 1_024;
/// Bytes of blocks that are asked for at once.
const RANGE_BYTES: u32 = READ_BYTES;

/// Why a replica can't go on.
#[derive(Debug, Error)]
pub enum FollowError {
    /// The node can't be reached or does not answer.
    #[error(transparent)]
    Node(#[from] NodeError),
    /// The genesis is unusable.
    #[error(transparent)]
    Genesis(#[from] Box<ChainGenesisError>),
    /// The own copy of the ledger can't be used.
    #[error("own copy of the ledger: {0}")]
    Log(#[from] LogError),
    /// The node lied.
    #[error(
        "the node lies at block {height}: {lie}. Nothing of this block was taken in; stop trading through this node, keep its answer, and compare with others who read this chain"
    )]
    Lie {
        /// The block.
        height: u64,
        /// How it is known.
        lie: Lie,
    },
    /// The own copy leads elsewhere than it did.
    #[error(
        "own copy of the ledger in {path}: block {height} leads to another state than when it was verified; remove the folder, and the ledger is read anew"
    )]
    Changed {
        /// The folder.
        path: PathBuf,
        /// The block.
        height: u64,
    },
    /// The node's snapshot is not the one that was vouched for.
    #[error(
        "the node's snapshot at height {height} does not lead to the checkpoint that was given: the node lies, or the checkpoint is another chain's; nothing was taken in"
    )]
    Checkpoint {
        /// The height.
        height: u64,
    },
    /// The wallet does not fit the ledger.
    #[error(transparent)]
    Wallet(#[from] WalletError),
    /// The own copy's blocks can't be executed.
    #[error(
        "own copy of the ledger in {path}: {source}; remove the folder, and the ledger is read anew"
    )]
    Execute {
        /// The folder.
        path: PathBuf,
        /// Why not.
        source: BlockError,
    },
}

impl From<ChainGenesisError> for FollowError {
    fn from(error: ChainGenesisError) -> Self {
        Self::Genesis(Box::new(error))
    }
}

/// A checkpoint that somebody vouches for: from `tally status` or `tally node verify` of somebody who has read and
/// verified the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StartingPoint {
    /// Its height.
    pub height: u64,
    /// What stands for state and block there: see [`Replica::checkpoint`].
    pub hash: [u8; 32],
}

/// A text that is no checkpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error(
    "a checkpoint is written HEIGHT:HASH, a number and 64 hexadecimal digits; copy it from `tally status` of somebody you trust"
)]
pub struct StartingPointError;

impl std::fmt::Display for StartingPoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.height, hex::encode(self.hash))
    }
}

impl std::str::FromStr for StartingPoint {
    type Err = StartingPointError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (height, digits) = text.split_once(':').ok_or(StartingPointError)?;
        let mut hash = [0; 32];
        hex::decode_to_slice(digits, &mut hash).map_err(|_| StartingPointError)?;
        let height = height.parse().map_err(|_| StartingPointError)?;
        Ok(Self { height, hash })
    }
}

/// How a lie is known.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Lie {
    /// The bytes are no block.
    #[error("its bytes are no block ({0})")]
    Bytes(BlockDecodeError),
    /// Another height than was asked for.
    #[error("it has height {0}")]
    Height(u64),
    /// Another parent.
    #[error(
        "it does not follow the block that this replica has below it: the node shows two histories"
    )]
    Parent,
    /// Time runs back.
    #[error("its time is before that of the block below")]
    Time,
    /// Another state.
    #[error("executing it gives state {found}, the node says {said}")]
    State {
        /// What executing it gives.
        found: StateHash,
        /// What the node says.
        said: StateHash,
    },
    /// Fewer blocks than before.
    #[error(
        "it shows only {0} blocks, this replica has more from it: the node withholds or has lost them"
    )]
    Shorter(u64),
    /// Another block than before.
    #[error(
        "it has another hash than the block that this replica has at this height: the node shows two histories"
    )]
    Fork,
}

/// What a block did, for whoever follows along.
pub struct Followed<'a> {
    /// The block.
    pub block: &'a Block,
    /// What executing it gave.
    pub outcome: &'a Outcome,
    /// The markets after it.
    pub replica: &'a Replica,
}

/// A replica kept in step with a node.
pub struct Follower {
    folder: PathBuf,
    log: EmbeddedLog,
    genesis: ChainGenesis,
    replica: Replica,
    verifier: Groth16Verifier<InsecureOneParty>,
    checkpoints: Vec<StartingPoint>,
    downloaded: u64,
    node_tip: u64,
    /// The height that the node is asked for next; none before it was asked for any.
    next: Option<u64>,
}

impl Follower {
    /// Opens the own copy of the ledger of a chain in `folder`, or begins one, at its first block; whoever has a
    /// snapshot goes on with [`Follower::restore`].
    ///
    /// # Errors
    /// [`FollowError`].
    pub fn open(
        folder: &Path,
        genesis: ChainGenesis,
        keys: VerifyingKeys<InsecureOneParty>,
    ) -> Result<Self, FollowError> {
        let options = LogOptions {
            verify_on_open: false,
            ..LogOptions::default()
        };
        let log = EmbeddedLog::open_or_create_with(folder, &genesis.to_bytes(), options)?;
        let replica = genesis.replica()?;
        Ok(Self {
            folder: folder.to_owned(),
            log,
            replica,
            genesis,
            verifier: Groth16Verifier::new(keys),
            checkpoints: Vec::new(),
            downloaded: 0,
            node_tip: 0,
            next: None,
        })
    }

    /// Begins an own copy at a checkpoint that somebody vouches for, in place of the first block: the node's snapshot of
    /// that height is taken up if it leads to that checkpoint, whatever the node is.
    ///
    /// # Errors
    /// [`FollowError::Checkpoint`] if it does not.
    pub fn begin_at(
        folder: &Path,
        genesis: ChainGenesis,
        keys: VerifyingKeys<InsecureOneParty>,
        node: &NodeClient,
        checkpoint: StartingPoint,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<Self, FollowError> {
        let StartingPoint { height, hash } = checkpoint;
        let wrong = || FollowError::Checkpoint { height };
        let (found, bytes) = node.snapshot(Some(height), progress)?;
        let replica = genesis.restore(&bytes, None).map_err(|_| wrong())?;
        let range = node.blocks(height, 1, Duration::ZERO)?;
        let block = range.blocks.first().map(|wire| Block::decode(&wire.bytes));
        let Some(Ok(block)) = block else {
            return Err(wrong());
        };
        let leads_there = found == height
            && replica.height() == height
            && block.height == height
            && replica.checkpoint(&block.hash()) == hash;
        if !leads_there {
            return Err(wrong());
        }
        let options = LogOptions {
            verify_on_open: false,
            ..LogOptions::default()
        };
        let log = EmbeddedLog::create_from(folder, &genesis.to_bytes(), &block, options)?;
        log.put_outcome(height, &replica.state_hash().0)?;
        log.put_snapshot(height, &bytes)?;
        Ok(Self {
            folder: folder.to_owned(),
            log,
            replica,
            genesis,
            verifier: Groth16Verifier::new(keys),
            checkpoints: vec![checkpoint],
            downloaded: bytes.len() as u64,
            node_tip: range.tip,
            next: None,
        })
    }

    /// Whether this replica has read the ledger from its first block.
    #[must_use]
    pub fn has_all(&self) -> bool {
        self.log.base() <= 1
    }

    /// Takes up a state that this replica wrote down itself, at `height`; false if there is none, or it is damaged.
    pub fn restore(&mut self, height: u64) -> bool {
        let Ok(Some(snapshot)) = self.log.snapshot_at(height) else {
            return false;
        };
        let recorded = self.log.outcome(height).ok().flatten();
        let expected = recorded.and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
        let Some(expected) = expected else {
            return false;
        };
        match self
            .genesis
            .restore(&snapshot.bytes, Some(StateHash(expected)))
        {
            Ok(replica) => {
                self.replica = replica;
                true
            }
            Err(error) => {
                tracing::warn!(%error, height, "a snapshot is passed over");
                false
            }
        }
    }

    /// As [`Follower::restore`], with the newest state that there is.
    pub fn restore_newest(&mut self) -> bool {
        match self.log.latest_snapshot() {
            Ok(Some(snapshot)) => self.restore(snapshot.height),
            _ => false,
        }
    }

    /// Takes up the state at which a copy begins that has not everything.
    pub fn restore_base(&mut self) -> bool {
        self.replica.height() == self.log.base() || self.restore(self.log.base())
    }

    /// Height of the own copy of the ledger.
    #[must_use]
    pub fn own_height(&self) -> u64 {
        self.log.tip().height
    }

    /// Executes what the own copy holds above the replica. Proofs were verified when it was downloaded; states are
    /// compared with those on record.
    ///
    /// # Errors
    /// [`FollowError::Changed`] if the copy is not what it was.
    pub fn catch_up(
        &mut self,
        each: &mut dyn FnMut(Followed<'_>) -> Result<(), FollowError>,
    ) -> Result<(), FollowError> {
        for height in self.replica.height() + 1..=self.log.tip().height {
            let Some(block) = self.log.block(height)? else {
                break;
            };
            let outcome = self
                .replica
                .execute(&block, &Recorded::own_copy())
                .map_err(|source| FollowError::Execute {
                    path: self.folder.clone(),
                    source,
                })?;
            let recorded = self.log.outcome(height)?;
            if recorded.is_some_and(|recorded| recorded != outcome.state_hash.0) {
                return Err(FollowError::Changed {
                    path: self.folder.clone(),
                    height,
                });
            }
            self.remember(height, &block.hash());
            each(Followed {
                block: &block,
                outcome: &outcome,
                replica: &self.replica,
            })?;
        }
        Ok(())
    }

    /// Compares what a node says of itself with what this replica has from this chain.
    ///
    /// # Errors
    /// [`FollowError::Lie`].
    pub fn greet(&mut self, welcome: &Welcome) -> Result<(), FollowError> {
        let tip = self.log.tip();
        self.node_tip = welcome.height;
        if welcome.height < tip.height {
            return Err(self.lie(welcome.height, Lie::Shorter(welcome.height)));
        }
        if welcome.height == tip.height && welcome.hash != tip.hash {
            return Err(self.lie(welcome.height, Lie::Fork));
        }
        Ok(())
    }

    /// The height from which the node is asked next: a coarse boundary at or below the own height at first, which says
    /// little of how far this replica is, and then what follows.
    #[must_use]
    pub fn next_read(&self) -> u64 {
        let own = self.log.tip().height;
        self.next
            .unwrap_or_else(|| (own - own % FIRST_READ_GRID).max(1))
    }

    /// Fetches what is to be read next, waiting for it up to `wait`.
    ///
    /// # Errors
    /// [`FollowError`].
    pub fn fetch(&self, node: &NodeClient, wait: Duration) -> Result<BlockRange, FollowError> {
        Ok(node.blocks(self.next_read(), RANGE_BYTES, wait)?)
    }

    /// Takes in blocks that a node gave from [`Follower::next_read`] on: chained, verified, executed, compared, and written
    /// down. Those that this replica has are compared with its own and passed over; below the block at which its copy
    /// begins it has none, and believes nothing of them either.
    ///
    /// # Errors
    /// [`FollowError::Lie`] names the first block that is wrong; those before it are taken in.
    pub fn take(
        &mut self,
        range: &BlockRange,
        each: &mut dyn FnMut(Followed<'_>) -> Result<(), FollowError>,
    ) -> Result<u64, FollowError> {
        self.node_tip = self.node_tip.max(range.tip);
        let known = self.pass_over(range)?;
        let mut taken = Vec::with_capacity(range.blocks.len() - known);
        let mut parent = self.log.tip();
        let mut result = Ok(());
        for wire in &range.blocks[known..] {
            let height = parent.height + 1;
            let block = match check(&wire.bytes, height, parent.hash, parent.time) {
                Ok(block) => block,
                Err(lie) => {
                    result = Err(self.lie(height, lie));
                    break;
                }
            };
            self.downloaded += wire.bytes.len() as u64;
            let outcome = match self.replica.execute(&block, &self.verifier) {
                Ok(outcome) => outcome,
                // It follows, as was checked: only a market of another height could refuse it.
                Err(source) => {
                    result = Err(FollowError::Execute {
                        path: self.folder.clone(),
                        source,
                    });
                    break;
                }
            };
            let said = StateHash(wire.state);
            if outcome.state_hash != said {
                let found = outcome.state_hash;
                result = Err(self.lie(height, Lie::State { found, said }));
                break;
            }
            parent.height = height;
            parent.hash = block.hash();
            parent.time = block.time;
            self.remember(height, &parent.hash);
            let followed = each(Followed {
                block: &block,
                outcome: &outcome,
                replica: &self.replica,
            });
            taken.push((block, outcome.state_hash.0.to_vec()));
            if let Err(error) = followed {
                result = Err(error);
                break;
            }
        }
        if !taken.is_empty() {
            self.log.append(&taken)?;
            self.next = Some(parent.height + 1);
        }
        result.map(|()| taken.len() as u64)
    }

    /// Compares the blocks at the beginning of a range that this replica has with its own; returns how many they are.
    fn pass_over(&mut self, range: &BlockRange) -> Result<usize, FollowError> {
        let (first, own) = (self.next_read(), self.log.tip().height);
        let mut known = 0;
        for (height, wire) in (first..=own).zip(&range.blocks) {
            if let Some(given) = first_word(&wire.bytes).filter(|given| *given != height) {
                return Err(self.lie(height, Lie::Height(given)));
            }
            // An encoding is canonical: the same bytes are the same hash.
            let is_other = |own: Block| own.encode() != wire.bytes;
            if self.log.block(height)?.is_some_and(is_other) {
                return Err(self.lie(height, Lie::Fork));
            }
            self.downloaded += wire.bytes.len() as u64;
            known += 1;
        }
        if known > 0 {
            self.next = Some(first + known as u64);
        }
        Ok(known)
    }

    /// Writes the state down, so that the next start need not execute everything again.
    ///
    /// # Errors
    /// [`FollowError::Log`].
    pub fn save(&self) -> Result<u64, FollowError> {
        let height = self.replica.height();
        if height > 0 {
            self.log.put_snapshot(height, &self.replica.snapshot())?;
        }
        Ok(height)
    }

    /// The markets and accounts.
    #[must_use]
    pub const fn replica(&self) -> &Replica {
        &self.replica
    }

    /// What the chain starts from.
    #[must_use]
    pub const fn genesis(&self) -> &ChainGenesis {
        &self.genesis
    }

    /// Hash of the genesis, as the first block names it.
    #[must_use]
    pub fn genesis_hash(&self) -> [u8; 32] {
        genesis_hash(self.log.genesis())
    }

    /// Bytes of blocks downloaded by this process.
    #[must_use]
    pub const fn downloaded(&self) -> u64 {
        self.downloaded
    }

    /// Proofs verified by this process.
    #[must_use]
    pub fn proofs_verified(&self) -> u64 {
        self.verifier.cost().proofs
    }

    /// Height that the node last said it has.
    #[must_use]
    pub const fn node_tip(&self) -> u64 {
        self.node_tip
    }

    /// The checkpoint of the newest block.
    #[must_use]
    pub fn checkpoint_at_tip(&self) -> StartingPoint {
        let tip = self.log.tip();
        StartingPoint {
            height: tip.height,
            hash: self.replica.checkpoint(&tip.hash),
        }
    }

    /// The last checkpoint that this replica came through: a height and what stands for the whole state there. Whoever
    /// trusts this replica can begin from it.
    #[must_use]
    pub fn checkpoint(&self) -> Option<StartingPoint> {
        self.checkpoints.last().copied()
    }

    fn remember(&mut self, height: u64, block: &[u8; 32]) {
        if height.is_multiple_of(CHECKPOINT_BLOCKS) {
            self.checkpoints.push(StartingPoint {
                height,
                hash: self.replica.checkpoint(block),
            });
            let surplus = self.checkpoints.len().saturating_sub(CHECKPOINTS_KEPT);
            self.checkpoints.drain(..surplus);
        }
    }

    #[allow(clippy::unused_self, reason = "reads as what it says")]
    fn lie(&self, height: u64, lie: Lie) -> FollowError {
        FollowError::Lie { height, lie }
    }
}

/// The height that a block's encoding begins with.
fn first_word(bytes: &[u8]) -> Option<u64> {
    bytes.first_chunk().map(|word| u64::from_le_bytes(*word))
}

/// Whether bytes are the block that follows.
fn check(bytes: &[u8], height: u64, parent: [u8; 32], time: u64) -> Result<Block, Lie> {
    let block = Block::decode(bytes).map_err(Lie::Bytes)?;
    if block.height != height {
        return Err(Lie::Height(block.height));
    }
    if block.parent != parent {
        return Err(Lie::Parent);
    }
    if block.time < time {
        return Err(Lie::Time);
    }
    Ok(block)
}
