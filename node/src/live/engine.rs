//! Ledger and state machine of a live market, and the thread that makes blocks.

use super::clock::Clock;
use super::producer;
use super::queue::{Body, Queue, QueueLimits, Waiting};
use super::recent::{Recent, RecentBlock};
use super::screen::{is_proved, screen};
use super::stamps::{StampName, UsedStamps, stamp_name};
use crate::api::{Decline, MOST_FAUCET_CENTS};
use crate::entry::Entry;
use crate::genesis::{ChainGenesis, ChainGenesisError};
use crate::keys::VerifyingKeys;
use crate::replica::Replica;
use crate::stamp;
use crate::verifier::{Groth16Verifier, Recorded, VerificationCost};
use ed25519_dalek::SigningKey;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};
use tally_exchange::market::{BlockError, StateHash};
use tally_exchange::message::ChainId;
use tally_exchange::receipt::Receipt;
use tally_ledger_adapter::accounts::{AccountBook, AccountId};
use tally_ledger_adapter::embedded::{EmbeddedLog, LogOptions, Snapshot};
use tally_ledger_adapter::log::{Block, LogError, OrderedLog, Tip};
use tally_prover::InsecureOneParty;
use thiserror::Error;
use tokio::sync::watch;

/// Most accounts with cash beside which a faucet makes another, a sixteenth of what the book takes: cash that costs nothing
/// but stamps must not fill it up for those who withdraw.
const MOST_FAUCET_ACCOUNTS: usize = 1 << 16;

/// How blocks are made.
#[derive(Clone, Copy, Debug)]
pub struct EngineOptions {
    /// The least time between two blocks. Half of it is what an entry waits on average.
    pub interval: Duration,
    /// Most entries of one block.
    pub block_entries: usize,
    /// What may wait.
    pub queue: QueueLimits,
    /// Blocks between two snapshots of the state.
    pub snapshot_blocks: u64,
}

impl Default for EngineOptions {
    /// Twenty blocks a second, 1,024 entries each, and a snapshot every 5,000 blocks.
    fn default() -> Self {
        Self {
            interval: Duration::from_millis(50),
            block_entries: 1_024,
            queue: QueueLimits::default(),
            snapshot_blocks: 5_000,
        }
    }
}

/// Why an engine does not start, or has stopped.
#[derive(Debug, Error)]
pub enum EngineError {
    /// The genesis is unusable.
    #[error(transparent)]
    Genesis(Box<ChainGenesisError>),
    /// The ledger can't be read or written.
    #[error(transparent)]
    Log(#[from] LogError),
    /// A block of the ledger does not follow.
    #[error(transparent)]
    Block(#[from] BlockError),
    /// The ledger's blocks lead to another state than the one on record.
    #[error(
        "block {height} leads to state {found}, on record is {recorded}: ledger or software were changed; restore a backup, or run the version of tally that made it"
    )]
    StateDiffers {
        /// Height of the block.
        height: u64,
        /// What executing it gives.
        found: StateHash,
        /// What was recorded.
        recorded: String,
    },
    /// No thread to be had.
    #[error("no thread for block production: {0}; free some memory")]
    Thread(std::io::Error),
    /// The producer is gone.
    #[error("block production has ended before; see the log")]
    Ended,
}

impl From<ChainGenesisError> for EngineError {
    fn from(error: ChainGenesisError) -> Self {
        Self::Genesis(Box::new(error))
    }
}

/// How far the chain is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Height of the newest executed block.
    pub height: u64,
    /// Its time, microseconds.
    pub time: u64,
}

/// What an engine has done since it was started.
#[derive(Debug, Default)]
pub struct Counters {
    /// Blocks made.
    pub blocks: AtomicU64,
    /// Entries ordered.
    pub entries: AtomicU64,
    /// Of them refused by the state machine.
    pub refused: AtomicU64,
    /// Entries declined before they were ordered.
    pub declined: AtomicU64,
    /// Of them for their proof.
    pub false_proofs: AtomicU64,
}

impl Counters {
    pub(super) fn count(&self, block: &RecentBlock) {
        let refused = block.answers.iter().filter(|answer| {
            matches!(
                &***answer,
                crate::replica::Answer::Market(_, Receipt::Refused(_))
                    | crate::replica::Answer::Cashier(Err(_))
                    | crate::replica::Answer::Garbage
            )
        });
        self.blocks.fetch_add(1, Ordering::Relaxed);
        self.entries
            .fetch_add(block.answers.len() as u64, Ordering::Relaxed);
        self.refused
            .fetch_add(refused.count() as u64, Ordering::Relaxed);
    }
}

/// What the engine's threads share.
pub(super) struct Shared {
    chain: ChainId,
    pub(super) options: EngineOptions,
    pub(super) log: EmbeddedLog,
    replica: RwLock<Replica>,
    pub(super) verifier: Groth16Verifier<InsecureOneParty>,
    recent: Mutex<Recent>,
    pub(super) queue: Queue,
    stamps: UsedStamps,
    snapshot: Mutex<Option<Arc<Snapshot>>>,
    pub(super) clock: Clock,
    pub(super) faucet: Option<SigningKey>,
    progress: watch::Sender<Progress>,
    pub(super) snapshot_at: AtomicU64,
    pub(super) counters: Counters,
    started: Instant,
}

impl Shared {
    pub(super) fn replica(&self) -> RwLockReadGuard<'_, Replica> {
        // A panic while a block is executed ends the producer: readers then see the state before it.
        self.replica.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn replica_mut(&self) -> RwLockWriteGuard<'_, Replica> {
        self.replica.write().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn recent(&self) -> MutexGuard<'_, Recent> {
        self.recent.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn announce(&self, height: u64, time: u64) {
        self.progress.send_replace(Progress { height, time });
    }

    /// Writes the state down, so that a restart takes seconds.
    pub(super) fn put_snapshot(&self) -> Result<(), LogError> {
        let (height, bytes) = {
            let replica = self.replica();
            (replica.height(), replica.snapshot())
        };
        if height > 0 {
            self.log.put_snapshot(height, &bytes)?;
            self.snapshot_at.store(height, Ordering::Relaxed);
        }
        Ok(())
    }
}

/// A live market. Cloning copies a pointer.
#[derive(Clone)]
pub struct Engine {
    shared: Arc<Shared>,
}

/// The engine's thread: whoever holds it ends it.
pub struct Production {
    engine: Engine,
    thread: Option<JoinHandle<Result<(), EngineError>>>,
}

impl Engine {
    /// Opens the ledger in a folder, or begins it, and goes on from its newest snapshot. Blocks above are executed anew;
    /// their proofs were checked when they were made, and each state is compared with the one on record.
    ///
    /// # Errors
    /// [`EngineError`].
    pub fn open(
        folder: &Path,
        genesis: &ChainGenesis,
        keys: VerifyingKeys<InsecureOneParty>,
        clock: impl FnOnce(Tip) -> Clock,
        faucet: Option<SigningKey>,
        options: EngineOptions,
    ) -> Result<Self, EngineError> {
        let log = EmbeddedLog::open_or_create_with(
            folder,
            &genesis.to_bytes(),
            LogOptions {
                verify_on_open: false,
                ..LogOptions::default()
            },
        )?;
        let (replica, snapshot_at) = resume(&log, genesis)?;
        let tip = log.tip();
        let (progress, _) = watch::channel(Progress {
            height: tip.height,
            time: tip.time,
        });
        let shared = Shared {
            chain: genesis.chain(),
            options,
            replica: RwLock::new(replica),
            verifier: Groth16Verifier::new(keys),
            recent: Mutex::default(),
            queue: Queue::new(options.queue),
            stamps: UsedStamps::default(),
            snapshot: Mutex::default(),
            clock: clock(tip),
            faucet,
            progress,
            snapshot_at: AtomicU64::new(snapshot_at),
            counters: Counters::default(),
            started: Instant::now(),
            log,
        };
        Ok(Self {
            shared: Arc::new(shared),
        })
    }

    /// Begins to make blocks.
    ///
    /// # Errors
    /// [`EngineError::Thread`].
    pub fn produce(&self) -> Result<Production, EngineError> {
        let shared = Arc::clone(&self.shared);
        let thread = thread::Builder::new()
            .name("tally-producer".to_owned())
            .spawn(move || {
                let ending = Ending(&shared);
                let result = producer::run(ending.0);
                if let Err(error) = &result {
                    tracing::error!(%error, "block production ends");
                }
                result
            })
            .map_err(EngineError::Thread)?;
        Ok(Production {
            engine: self.clone(),
            thread: Some(thread),
        })
    }

    /// Queues an entry that came over the API, if its stamp is good and the market would take it.
    ///
    /// # Errors
    /// [`Decline`]: it is queued nowhere then.
    pub fn submit_stamped(&self, bytes: Vec<u8>, stamp: u64) -> Result<Waiting, Decline> {
        let chain = self.chain();
        self.counted((|| {
            // Before anything is parsed: the cheapest stamp that any entry has.
            check_stamp(&chain, &bytes, stamp, stamp::OTHER_BITS)?;
            let entry = read(&bytes)?;
            if is_proved(&entry) {
                check_stamp(&chain, &bytes, stamp, stamp::PROOF_BITS)?;
            }
            // A stamp that is good for more than one try must not buy more than this.
            self.shared.queue.check_room(bytes.len())?;
            self.with_stamp(stamp_name(&bytes, stamp), || self.queue(entry, bytes))
        })())
    }

    /// Queues an entry of this process, which needs no stamp.
    ///
    /// # Errors
    /// [`Decline`]: it is queued nowhere then.
    pub fn submit(&self, entry: Entry) -> Result<Waiting, Decline> {
        let bytes = entry.to_bytes();
        self.counted(self.queue(entry, bytes))
    }

    /// Queues practice cash. It looks at the state: whoever calls must not hold [`Engine::replica`].
    ///
    /// # Errors
    /// [`Decline`]: the cashier is no faucet, it is too much, or there are too many accounts.
    pub fn faucet(&self, account: AccountId, amount: u64) -> Result<Waiting, Decline> {
        self.counted(self.queue_credit(account, amount))
    }

    fn queue_credit(&self, account: AccountId, amount: u64) -> Result<Waiting, Decline> {
        if self.shared.faucet.is_none() {
            return Err(Decline::NoFaucet);
        }
        if !(1..=MOST_FAUCET_CENTS).contains(&amount) {
            return Err(Decline::FaucetAmount);
        }
        account
            .check()
            .map_err(|fault| Decline::Cashier(format!("account {account}: {fault}")))?;
        // What is queued already is not counted: the bound may be passed by as much as a queue holds.
        check_faucet_room(
            self.shared.replica().accounts(),
            &account,
            MOST_FAUCET_ACCOUNTS,
        )?;
        self.shared.queue.push(Body::Faucet(account, amount))
    }

    /// As [`Engine::faucet`], over the API.
    ///
    /// # Errors
    /// [`Decline`].
    pub fn faucet_stamped(
        &self,
        account: [u8; 32],
        amount: u64,
        stamp: u64,
    ) -> Result<Waiting, Decline> {
        let bytes = crate::api::faucet_bytes(&account, amount);
        self.counted((|| {
            check_stamp(&self.chain(), &bytes, stamp, stamp::OTHER_BITS)?;
            self.with_stamp(stamp_name(&bytes, stamp), || {
                self.queue_credit(AccountId(account), amount)
            })
        })())
    }

    /// Queues something with a stamp, which is used by that; but for what had no room, which may come again as it is.
    fn with_stamp(
        &self,
        stamp: StampName,
        queue: impl FnOnce() -> Result<Waiting, Decline>,
    ) -> Result<Waiting, Decline> {
        if !self.shared.stamps.take(stamp) {
            return Err(Decline::UsedStamp);
        }
        let queued = queue();
        if matches!(queued, Err(Decline::Busy)) {
            self.shared.stamps.give_back(stamp);
        }
        queued
    }

    fn queue(&self, entry: Entry, bytes: Vec<u8>) -> Result<Waiting, Decline> {
        screen(&self.shared.replica(), &entry)?;
        self.shared.queue.push(Body::Entry(Box::new(entry), bytes))
    }

    fn counted<T>(&self, result: Result<T, Decline>) -> Result<T, Decline> {
        if result.is_err() {
            let declined = &self.shared.counters.declined;
            declined.fetch_add(1, Ordering::Relaxed);
        }
        result
    }

    /// The chain.
    #[must_use]
    pub fn chain(&self) -> [u8; 32] {
        self.shared.chain.0
    }

    /// The state after the newest block. Blocks wait as long as it is held.
    pub fn replica(&self) -> RwLockReadGuard<'_, Replica> {
        self.shared.replica()
    }

    /// The clock.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.shared.clock
    }

    /// Drives a sandbox's clock: its speed, and the instant in microseconds at which it stands still until it is driven
    /// on. Any other clock is left alone.
    pub fn drive_clock(&self, speed: u32, limit: u64) {
        let Clock::Sandbox(clock) = &self.shared.clock else {
            return;
        };
        clock.set_limit(limit);
        if speed != self.shared.clock.speed() {
            clock.set_speed(speed);
            // The producer sleeps by the speed that was.
            self.shared.queue.wake();
        }
    }

    /// How far the chain is, and when it goes on.
    #[must_use]
    pub fn progress(&self) -> watch::Receiver<Progress> {
        self.shared.progress.subscribe()
    }

    /// The ledger.
    #[must_use]
    pub fn log(&self) -> &EmbeddedLog {
        &self.shared.log
    }

    /// The newest durable block.
    #[must_use]
    pub fn tip(&self) -> Tip {
        self.shared.log.tip()
    }

    /// A block of late, with receipts and events.
    #[must_use]
    pub fn recent(&self, height: u64) -> Option<RecentBlock> {
        self.shared.recent().block(height).cloned()
    }

    /// Up to `most` blocks of late from a height on.
    #[must_use]
    pub fn recent_from(&self, height: u64, most: usize) -> Vec<RecentBlock> {
        self.shared.recent().from(height, most).cloned().collect()
    }

    /// Height of the newest snapshot; 0 if there is none.
    #[must_use]
    pub fn snapshot_height(&self) -> u64 {
        self.shared.snapshot_at.load(Ordering::Relaxed)
    }

    /// The snapshot at a height, or the newest. The last one that was asked for stays in memory: it is fetched piece by
    /// piece, often by several at once.
    ///
    /// # Errors
    /// [`LogError`] if it can't be read.
    pub fn snapshot(&self, height: Option<u64>) -> Result<Option<Arc<Snapshot>>, LogError> {
        let newest = Some(self.snapshot_height()).filter(|height| *height > 0);
        let Some(height) = height.or(newest) else {
            return Ok(None);
        };
        // Held while it is read: however many ask, it is in memory once.
        let mut held = self
            .shared
            .snapshot
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(snapshot) = held.as_ref().filter(|held| held.height == height) {
            return Ok(Some(Arc::clone(snapshot)));
        }
        let found = self.shared.log.snapshot_at(height)?.map(Arc::new);
        if found.is_some() {
            held.clone_from(&found);
        }
        Ok(found)
    }

    /// What it has done.
    #[must_use]
    pub fn counters(&self) -> &Counters {
        &self.shared.counters
    }

    /// Entries that wait.
    #[must_use]
    pub fn queued(&self) -> usize {
        self.shared.queue.len()
    }

    /// Proofs checked, and the time that took.
    #[must_use]
    pub fn verification(&self) -> VerificationCost {
        producer::verification(&self.shared)
    }

    /// How long it runs.
    #[must_use]
    pub fn uptime(&self) -> Duration {
        self.shared.started.elapsed()
    }

    /// How blocks are made.
    #[must_use]
    pub fn options(&self) -> &EngineOptions {
        &self.shared.options
    }

    /// Whether blocks are still made.
    #[must_use]
    pub fn is_producing(&self) -> bool {
        !self.shared.queue.is_closed()
    }

    /// Whether there is a faucet.
    #[must_use]
    pub fn has_faucet(&self) -> bool {
        self.shared.faucet.is_some()
    }
}

impl Production {
    /// Orders what is queued, writes the state down, and ends.
    ///
    /// # Errors
    /// What ended it before, or [`EngineError::Log`] if the state can't be written.
    pub fn stop(mut self) -> Result<(), EngineError> {
        self.join()?;
        self.engine.shared.put_snapshot()?;
        Ok(())
    }

    fn join(&mut self) -> Result<(), EngineError> {
        self.engine.shared.queue.close();
        match self.thread.take().map(JoinHandle::join) {
            None => Ok(()),
            Some(Ok(result)) => result,
            Some(Err(_)) => Err(EngineError::Ended),
        }
    }
}

/// The end of block production, a panic included: nothing more is queued, and whoever still waits is told that nothing
/// comes.
struct Ending<'a>(&'a Shared);

impl Drop for Ending<'_> {
    fn drop(&mut self) {
        self.0.queue.close();
        for queued in self.0.queue.take(usize::MAX, usize::MAX) {
            queued.decline(Decline::Stopping);
        }
    }
}

impl Drop for Production {
    fn drop(&mut self) {
        if let Err(error) = self.join() {
            tracing::error!(%error, "block production has failed");
        }
    }
}

/// Whether a faucet gives to an account: to those with cash always, to another while there are not too many.
fn check_faucet_room(
    accounts: &AccountBook,
    account: &AccountId,
    most: usize,
) -> Result<(), Decline> {
    if accounts.balance(account) > 0 || accounts.balances().len() < most {
        return Ok(());
    }
    Err(Decline::Cashier(format!(
        "account {account} has no cash, and the faucet makes no new account beside {most}; fund one that has cash, or ask again once others have moved theirs into notes"
    )))
}

fn read(bytes: &[u8]) -> Result<Entry, Decline> {
    Entry::from_bytes(bytes).map_err(|error| Decline::Garbage(error.to_string()))
}

fn check_stamp(chain: &[u8; 32], bytes: &[u8], stamp: u64, bits: u8) -> Result<(), Decline> {
    if stamp::is_stamped(chain, bytes, stamp, bits) {
        Ok(())
    } else {
        Err(Decline::Stamp { needed: bits })
    }
}

/// The state at the end of a ledger, from its newest snapshot on; also that snapshot's height.
pub(crate) fn resume(
    log: &EmbeddedLog,
    genesis: &ChainGenesis,
) -> Result<(Replica, u64), EngineError> {
    let restored = log.latest_snapshot()?.and_then(|snapshot| {
        // Its own outcome is what it must lead to; one that is damaged costs time and nothing else.
        let recorded = log.outcome(snapshot.height).ok().flatten();
        let expected = recorded.and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
        let restored = genesis.restore(&snapshot.bytes, expected.map(StateHash));
        restored
            .inspect_err(|error| tracing::warn!(%error, "a snapshot is passed over"))
            .ok()
    });
    let mut replica = match restored {
        Some(replica) => replica,
        None => genesis.replica()?,
    };
    let from = replica.height();
    for height in from + 1..=log.tip().height {
        let Some(block) = log.block(height)? else {
            break;
        };
        execute_recorded(log, &mut replica, &block)?;
    }
    Ok((replica, from))
}

/// Executes a block whose proofs were checked before, beside the state on record.
pub(crate) fn execute_recorded(
    log: &EmbeddedLog,
    replica: &mut Replica,
    block: &Block,
) -> Result<crate::replica::Outcome, EngineError> {
    let outcome = replica.execute(block, &Recorded::own_copy())?;
    match log.outcome(block.height)? {
        // Killed between block and outcome.
        None => log.put_outcome(block.height, &outcome.state_hash.0)?,
        Some(recorded) if recorded == outcome.state_hash.0 => {}
        Some(recorded) => {
            return Err(EngineError::StateDiffers {
                height: block.height,
                found: outcome.state_hash,
                recorded: hex::encode(recorded),
            });
        }
    }
    Ok(outcome)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tally_ledger_adapter::accounts::Credit;

    #[test]
    fn a_faucet_makes_so_many_accounts_and_no_more() {
        let (cashier, chain) = (SigningKey::from_bytes(&[1; 32]), [2; 32]);
        let mut book = AccountBook::new(AccountId::of(&cashier)).unwrap();
        let account = |name: u8| AccountId::of(&SigningKey::from_bytes(&[name; 32]));
        for sequence in 1..=2 {
            assert_eq!(check_faucet_room(&book, &account(9), 2), Ok(()));
            let to = account(u8::try_from(sequence).unwrap());
            let credit = Credit::sign(&cashier, &chain, to, 5, sequence);
            book.credit(&credit, &chain).unwrap();
        }
        let declined = check_faucet_room(&book, &account(9), 2).unwrap_err();
        assert!(declined.to_string().contains("no new account beside 2"));
        // Whoever has cash gets more.
        assert_eq!(check_faucet_room(&book, &account(1), 2), Ok(()));
    }
}
