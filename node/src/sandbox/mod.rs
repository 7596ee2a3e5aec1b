//! A sandbox: a live market with simulated traders, for practice.
//!
//! It is the ordinary node on an ordinary ledger, and every proof is real: simulated traders have wallets and agents as
//! everybody has, take decryptors' seats, send a generated flow that follows a real day's prices, and three of them make
//! the market, so that whoever comes always finds somebody to trade with. Only the clock is not: it runs faster, and the
//! night passes in twenty seconds. The cashier is a faucet, the proving keys are made on the spot: there is no money in
//! it, and nothing secure.
//!
//! Everything is in one folder, that of its market ([`MarketFolder`]) with `sandbox.json` beside. Started again, it goes on
//! where its ledger ends: the wallets are rebuilt from their seeds by following the ledger.

mod creation;
mod day;
mod desk;
mod error;
mod files;
mod floor;
mod flow;
mod follower;
mod one_core;
mod options;
mod pace;
mod quotes;
mod record;
mod status;

pub use error::SandboxError;
pub use options::{
    DEFAULT_DAY, DEFAULT_MESSAGES, DEFAULT_SPEED, DEFAULT_TRADERS, LEAST_TRADERS, MOST_MESSAGES,
    MOST_SPEED, MOST_TRADERS, SandboxOptions,
};
pub use record::SandboxRecord;
pub use status::{SandboxStatus, SandboxTrader};

use crate::genesis::GENESIS_FILE;
use crate::live::directory::MarketFolder;
use crate::live::node::{Node, NodeOptions};
use floor::{Floor, Shared};
use one_core::OneCore;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{self, Receiver};
use std::thread::{self, JoinHandle};
use tokio::sync::watch;

/// How far a start is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SandboxProgress {
    /// Proving keys are loaded, or made: that takes half a minute, once.
    Keys {
        /// Whether the market is made anew.
        is_new: bool,
    },
    /// The node serves its API.
    Listening {
        /// Where.
        address: SocketAddr,
    },
    /// Wallets are rebuilt from the ledger.
    Following {
        /// Blocks taken in.
        height: u64,
        /// Blocks of the ledger.
        of: u64,
    },
    /// Simulated traders open notes and take seats.
    Traders {
        /// Those who have a note.
        notes: usize,
        /// Those who have a seat as well.
        seats: usize,
        /// All of them.
        of: usize,
    },
    /// The simulated traders are ready; the pre-open follows.
    Ready,
}

/// Why a sandbox has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SandboxEnd {
    /// It was told to, or block production has ended.
    Stopped,
    /// The last session of the calendar is over.
    CalendarOver,
}

/// A running sandbox.
pub struct Sandbox {
    node: Node,
    record: SandboxRecord,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<Result<SandboxEnd, SandboxError>>>,
    ended: watch::Receiver<bool>,
}

impl Sandbox {
    /// Starts a sandbox, or goes on with the one in the folder. Returns when its traders are ready; the pre-open follows
    /// at once.
    ///
    /// # Errors
    /// [`SandboxError`]; nothing runs any more then.
    pub fn start(
        options: &SandboxOptions,
        progress: &mut dyn FnMut(SandboxProgress),
    ) -> Result<Self, SandboxError> {
        let record = creation::record(options)?;
        let folder = MarketFolder::at(&options.folder);
        let is_new = !options.folder.join(GENESIS_FILE).exists();
        progress(SandboxProgress::Keys { is_new });
        tracing::info!(day = %record.day, is_new, "a sandbox starts; INSECURE keys, FAUCET cash");
        let made = is_new
            .then(|| creation::create(options, &record))
            .transpose()?;
        let genesis = folder
            .genesis()
            .map_err(crate::live::node::NodeError::from)?;
        let keys = match made {
            Some(keys) => keys,
            None => creation::load_keys(&options.folder, &genesis)?,
        };
        let prover = OneCore::new(keys)?;
        let node = Node::start(&folder, &node_options(options))?;
        let engine = node.engine().clone();
        // Until the traders are there.
        engine.drive_clock(1, 0);
        progress(SandboxProgress::Listening {
            address: node.address().unwrap_or(options.listen),
        });
        let shared = Arc::new(Shared::default());
        let speed = options.speed.unwrap_or(record.speed);
        let mut floor = Floor::new(
            engine,
            &genesis,
            record.clone(),
            speed,
            prover,
            Arc::clone(&shared),
        )?;
        floor.rebuild(progress)?;
        let (sender, receiver) = mpsc::channel();
        let (end, ended) = watch::channel(false);
        let thread = thread::Builder::new()
            .name("tally-sandbox".to_owned())
            .spawn(move || {
                let result = floor.run(|progress| {
                    // Nobody listens after the start.
                    let _ = sender.send(progress);
                });
                if let Err(error) = &result {
                    tracing::error!(%error, "the simulated traders stop");
                }
                end.send_replace(true);
                result
            })
            .map_err(|error| SandboxError::Threads(error.to_string()))?;
        let sandbox = Self {
            node,
            record,
            shared,
            thread: Some(thread),
            ended,
        };
        sandbox.until_ready(&receiver, progress)
    }

    fn until_ready(
        mut self,
        receiver: &Receiver<SandboxProgress>,
        progress: &mut dyn FnMut(SandboxProgress),
    ) -> Result<Self, SandboxError> {
        while let Ok(step) = receiver.recv() {
            progress(step);
            if step == SandboxProgress::Ready {
                return Ok(self);
            }
        }
        // The thread is gone: its calendar is over, or something is wrong.
        match self.join()? {
            SandboxEnd::CalendarOver => Ok(self),
            SandboxEnd::Stopped => Err(SandboxError::Ended),
        }
    }

    /// The node.
    #[must_use]
    pub const fn node(&self) -> &Node {
        &self.node
    }

    /// What it was made with.
    #[must_use]
    pub const fn record(&self) -> &SandboxRecord {
        &self.record
    }

    /// What the simulated traders hold.
    #[must_use]
    pub fn status(&self) -> Option<SandboxStatus> {
        self.shared.status()
    }

    /// Waits until the process is told to end (interrupt or terminate), block production has failed, or the calendar is
    /// over.
    ///
    /// # Errors
    /// [`SandboxError`]: what has ended the simulated traders.
    pub fn wait(&mut self) -> Result<SandboxEnd, SandboxError> {
        self.wait_with(|| Ok(()))
    }

    /// As [`Sandbox::wait`], with something to do once signals are heard.
    ///
    /// # Errors
    /// That of `ready`, and as [`Sandbox::wait`].
    pub fn wait_with<E: From<SandboxError>>(
        &mut self,
        ready: impl FnOnce() -> Result<(), E>,
    ) -> Result<SandboxEnd, E> {
        let mut ended = self.ended.clone();
        self.node.wait_with(ready, async move {
            // An error means that the thread is gone: ended as well.
            let _ = ended.wait_for(|ended| *ended).await;
        })?;
        if *self.ended.borrow() {
            return Ok(self.join()?);
        }
        Ok(SandboxEnd::Stopped)
    }

    /// Ends the simulated traders, then the node, in order. Started again in the same folder, it goes on.
    ///
    /// # Errors
    /// [`SandboxError`]: what has ended either before, or the state can't be written.
    pub fn stop(mut self) -> Result<(), SandboxError> {
        let traders = self.join();
        self.node.stop()?;
        traders.map(drop)
    }

    fn join(&mut self) -> Result<SandboxEnd, SandboxError> {
        self.shared.is_told_to_stop.store(true, Ordering::Relaxed);
        match self.thread.take().map(JoinHandle::join) {
            None => Ok(SandboxEnd::CalendarOver),
            Some(Ok(result)) => result,
            Some(Err(_)) => Err(SandboxError::Ended),
        }
    }
}

fn node_options(options: &SandboxOptions) -> NodeOptions {
    NodeOptions {
        listen: Some(options.listen),
        onion: options.onion.clone(),
        metrics: options.metrics,
        engine: options.engine,
        limits: options.limits,
        // A sandbox is for practice.
        insecure_keys: true,
    }
}
