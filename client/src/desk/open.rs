//! Coming to a desk: which chain, whose keys, what is known already, what is new.

use super::month::{self, Month};
use super::{Desk, DeskError, Heard, Holder, NodeClock, take};
use crate::feed::Feed;
use crate::follower::{Follower, StartingPoint};
use crate::journal::Journal;
use crate::keys::ChainKeys;
use crate::known::KnownChains;
use crate::node_client::NodeClient;
use crate::sealed::SealedFile;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;
use tally_exchange::market::Market;
use tally_exchange::message::{ChainId, Symbol};
use tally_node::genesis::ChainGenesis;
use tally_trader::agent::AgentOptions;
use tally_trader::keys::account_key;
use tally_trader::seed::Seed;

/// Longest genesis that is read, bytes.
const MOST_GENESIS_BYTES: u64 = 256 * 1024;

/// Where a desk keeps what it knows, and how it works.
#[derive(Clone, Debug)]
pub struct DeskOptions {
    /// The folder of this wallet, or of a look without one: copies of ledgers, journal, state. It is this process's alone.
    pub folder: PathBuf,
    /// The folder of proving keys, shared.
    pub keys: PathBuf,
    /// What the agent is told.
    pub agent: AgentOptions,
    /// Whether this is an agent.
    pub is_agent: bool,
    /// Where a new copy of the ledger begins, in place of its first block.
    pub checkpoint: Option<StartingPoint>,
}

/// Whose desk it is.
pub enum Access {
    /// Nobody's: public data only.
    Public,
    /// A wallet's.
    Wallet(Seed),
}

/// How far a desk is in coming up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SyncProgress {
    /// What is being done, in words.
    pub stage: &'static str,
    /// How much is done: blocks, or bytes of a key.
    pub done: u64,
    /// Of how much.
    pub of: u64,
}

impl Desk {
    /// Opens a desk at a node, and comes up to its newest block.
    ///
    /// # Errors
    /// [`DeskError`]: the node does not answer, is of another chain than before, or lies; files can't be used.
    pub fn open(
        node: NodeClient,
        options: &DeskOptions,
        access: Access,
        progress: &mut dyn FnMut(SyncProgress),
    ) -> Result<Self, DeskError> {
        let welcome = node.hello()?;
        let chain = ChainId(welcome.chain);
        KnownChains::open(&options.folder)?.check(node.name(), chain)?;
        let folder = options
            .folder
            .join(format!("chain-{}", &chain.to_string()[..16]));
        fs::create_dir_all(&folder).map_err(|source| io(&folder, source))?;
        let genesis = genesis(&node, &folder, chain)?;
        let insecure_keys = genesis.is_insecure();
        let mut keys = ChainKeys::open(&options.keys, &genesis)?;
        let verifying = keys.verifying(&node, &mut |done, of| {
            progress(SyncProgress {
                stage: "fetching the market's verifying keys",
                done,
                of,
            });
        })?;
        let feed_file = folder.join("tape.json");
        let ledger = folder.join("ledger");
        let mut follower = match options.checkpoint {
            // An own copy that is there was verified from its beginning.
            Some(checkpoint) if !ledger.exists() => {
                let mut fetched = |done, of| {
                    progress(SyncProgress {
                        stage: "fetching the snapshot of the checkpoint",
                        done,
                        of,
                    });
                };
                Follower::begin_at(&ledger, genesis, verifying, &node, checkpoint, &mut fetched)?
            }
            _ => Follower::open(&ledger, genesis, verifying)?,
        };
        let mut feed = Feed::default();
        let mut holder = match access {
            Access::Public => {
                if !follower.restore_newest() && !follower.has_all() {
                    return Err(DeskError::LostBase);
                }
                None
            }
            Access::Wallet(seed) => Some(holder(&seed, &folder, chain, options, &mut follower)?),
        };
        let saved_at = follower.replica().height();
        feed.load(&feed_file, saved_at);
        let own = follower.own_height();
        follower.catch_up(&mut |followed| {
            progress(SyncProgress {
                stage: "reading the own copy of the ledger",
                done: followed.block.height,
                of: own,
            });
            take(holder.as_mut(), &mut feed, &followed)
        })?;
        follower.greet(&welcome)?;
        let mut desk = Self {
            follower,
            node,
            keys,
            holder,
            feed,
            feed_file,
            clock: NodeClock {
                said: welcome.now,
                at: Instant::now(),
                speed: welcome.speed,
            },
            saved_at,
            is_agent: options.is_agent,
            faucet: welcome.faucet,
            insecure_keys,
            reader: None,
            heard: Heard::default(),
            silent: None,
            poison: None,
            resting: BTreeMap::new(),
        };
        desk.fetch_up_to(welcome.height, &mut |follower| {
            progress(SyncProgress {
                stage: "reading and verifying the ledger",
                done: follower.replica().height(),
                of: follower.node_tip(),
            });
        })?;
        desk.settle()?;
        Ok(desk)
    }

    /// After coming up: lineages that were never opened are let go, and messages without an outcome are sent again.
    fn settle(&mut self) -> Result<(), DeskError> {
        if self.has_pending() {
            self.resend()?;
        }
        Ok(())
    }
}

fn holder(
    seed: &Seed,
    folder: &Path,
    chain: ChainId,
    options: &DeskOptions,
    follower: &mut Follower,
) -> Result<Holder, DeskError> {
    let file = |name: &str, purpose| SealedFile::new(folder.join(name), purpose, seed, &chain.0);
    let (journal_file, state_file) = (file("journal", "journal"), file("state", "state"));
    let journal = match journal_file.read()? {
        None => Journal::default(),
        Some(bytes) => {
            borsh::from_slice(&bytes).map_err(|_| crate::sealed::SealedError::Damaged {
                path: journal_file.path().to_owned(),
            })?
        }
    };
    let element = |symbol: Symbol| {
        let market = follower.replica().market(symbol)?;
        Some(market.market_element())
    };
    let saved = state_file
        .read()?
        .and_then(|bytes| month::decode(&bytes, seed, options.agent, &element));
    let months = match saved {
        // A state without its replica is read anew from the own copy of the ledger.
        Some((height, months)) if follower.restore(height) => months,
        _ => {
            if !follower.has_all() && !follower.restore_base() {
                return Err(DeskError::LostBase);
            }
            fresh(seed, follower, options.agent)?
        }
    };
    Ok(Holder {
        account: account_key(seed, 0),
        months,
        journal,
        journal_file,
        state_file,
    })
}

fn fresh(
    seed: &Seed,
    follower: &Follower,
    options: AgentOptions,
) -> Result<BTreeMap<Symbol, Month>, DeskError> {
    let month = |market: &Market| {
        let month = Month::new(seed.clone(), market, options);
        // From a checkpoint on, a wallet that was used before would not find its notes.
        month.wallet().check_against(market)?;
        Ok((market.symbol(), month))
    };
    follower.replica().markets().map(month).collect()
}

/// The genesis of a chain: known from before, or fetched. Its hash is the chain's name.
fn genesis(node: &NodeClient, folder: &Path, chain: ChainId) -> Result<ChainGenesis, DeskError> {
    let path = folder.join("genesis.json");
    let is_this = |bytes: &[u8]| ChainId::of_genesis(bytes) == chain;
    let known = fs::metadata(&path)
        .ok()
        .filter(|file| file.len() <= MOST_GENESIS_BYTES)
        .and_then(|_| fs::read(&path).ok())
        .filter(|bytes| is_this(bytes));
    let bytes = match known {
        Some(bytes) => bytes,
        None => {
            let bytes = node.genesis()?;
            if !is_this(&bytes) {
                return Err(DeskError::Genesis);
            }
            fs::write(&path, &bytes).map_err(|source| io(&path, source))?;
            bytes
        }
    };
    Ok(ChainGenesis::from_bytes(&bytes).map_err(crate::follower::FollowError::from)?)
}

pub(crate) fn io(path: &Path, source: std::io::Error) -> DeskError {
    DeskError::Sealed(crate::sealed::SealedError::Io {
        path: path.to_owned(),
        source,
    })
}
