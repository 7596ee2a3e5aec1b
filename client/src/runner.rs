//! A desk at work: it takes in blocks as they come, answers whoever asks, and does what has to be done without being
//! asked. What an agent runs, and a session.
//!
//! Three threads: one waits at the node for blocks, those of the askers hand in requests, and this one owns the desk.

use crate::desk::{Desk, DeskError, Duty};
use crate::node_client::{NodeClient, NodeError};
use crate::reply::{EventLine, Notice, Reply};
use crate::request::Request;
use serde::Serialize;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, SyncSender, channel, sync_channel};
use std::thread;
use std::time::Duration;
use tally_node::api::{BlockRange, MOST_BLOCK_BYTES};

/// How long the node is asked to wait for a block.
const POLL: Duration = Duration::from_secs(10);
/// How long it is left alone after it did not answer.
const PAUSE: Duration = Duration::from_secs(1);
/// Longest time without a look at what has to be done.
const LOOK: Duration = Duration::from_millis(250);
/// Requests and ranges of blocks that may wait.
const WAITING: usize = 64;
/// Own events that are told at once.
const EVENTS_TOLD: u32 = 1_000;

/// Something that a desk at work has to tell.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "told")]
pub enum Told {
    /// A duty was done, or could not be.
    Duty(Duty),
    /// Something happened to an own order. It stands in a field of its own: an event has a number, and so has the line of
    /// a session that it is told in.
    Event {
        /// What.
        event: Box<EventLine>,
    },
    /// What became of a message that nobody waited for.
    Notice(Notice),
    /// The node does not answer.
    Lost {
        /// Why.
        error: String,
    },
    /// It answers again.
    Back {
        /// Height of the replica.
        height: u64,
    },
}

enum Incoming {
    Blocks(Result<BlockRange, NodeError>),
    Ask(Box<Request>, Sender<Reply>),
    End,
}

/// Where requests are handed in. Cloning gives another hand.
#[derive(Clone)]
pub struct Asker(SyncSender<Incoming>);

impl Asker {
    /// Asks, and waits for the answer; none if the desk has been closed.
    #[must_use]
    pub fn ask(&self, request: Request) -> Option<Reply> {
        let (sender, answer) = channel();
        self.0.send(Incoming::Ask(Box::new(request), sender)).ok()?;
        answer.recv().ok()
    }

    /// Closes the desk once everything that was asked before is answered.
    pub fn end(&self) {
        // It may be closed already.
        let _ = self.0.send(Incoming::End);
    }
}

/// A desk at work.
pub struct Runner {
    desk: Desk,
    incoming: Receiver<Incoming>,
    asker: Asker,
    is_lost: bool,
    next_event: u64,
}

impl Runner {
    /// Puts a desk to work; nothing is done before [`Runner::run`].
    #[must_use]
    pub fn new(desk: Desk) -> Self {
        let (sender, incoming) = sync_channel(WAITING);
        Self {
            next_event: crate::feed::Feed::next(desk.next_height().saturating_sub(1)),
            desk,
            incoming,
            asker: Asker(sender),
            is_lost: false,
        }
    }

    /// Where requests are handed in.
    #[must_use]
    pub fn asker(&self) -> Asker {
        self.asker.clone()
    }

    /// Works until `stop` is set or somebody ends it.
    ///
    /// # Errors
    /// [`DeskError`]: the node lies, or files can't be written. A node that does not answer is waited for.
    pub fn run(mut self, stop: &AtomicBool, tell: &mut dyn FnMut(Told)) -> Result<(), DeskError> {
        let is_over = Arc::new(AtomicBool::new(false));
        let reader = read_blocks(
            self.desk.node().clone(),
            self.desk.next_height(),
            self.asker.0.clone(),
            Arc::clone(&is_over),
        );
        let result = self.work(stop, tell);
        is_over.store(true, Ordering::Release);
        let closed = self.desk.close_down();
        // It ends when its long poll does: nobody waits for it.
        drop(reader);
        result.and(closed)
    }

    fn work(&mut self, stop: &AtomicBool, tell: &mut dyn FnMut(Told)) -> Result<(), DeskError> {
        self.look(tell)?;
        while !stop.load(Ordering::Acquire) {
            match self.incoming.recv_timeout(self.nap()) {
                Ok(Incoming::Blocks(Ok(range))) => {
                    self.desk.absorb(&range)?;
                    if std::mem::take(&mut self.is_lost) {
                        let height = self.desk.next_height() - 1;
                        tell(Told::Back { height });
                    }
                    self.look(tell)?;
                }
                Ok(Incoming::Blocks(Err(error))) => self.lost(&error, tell),
                Ok(Incoming::Ask(request, answer)) => {
                    let reply = self.desk.handle(*request);
                    // Whoever asked may be gone.
                    let _ = answer.send(reply);
                    if self.desk.is_poisoned() {
                        // The next block tells why.
                        self.desk.pump(Duration::ZERO)?;
                    }
                }
                Ok(Incoming::End) | Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => self.look(tell)?,
            }
        }
        Ok(())
    }

    /// Until the agent wants to act by itself, or a while.
    fn nap(&self) -> Duration {
        let Some(wake) = self.desk.wake() else {
            return LOOK;
        };
        let left = wake.0.saturating_sub(self.desk.now().0);
        Duration::from_micros(left / u64::from(self.desk.speed().max(1))).min(LOOK)
    }

    /// Does what has to be done, and tells what happened.
    fn look(&mut self, tell: &mut dyn FnMut(Told)) -> Result<(), DeskError> {
        if !self.is_lost {
            match self.desk.duties() {
                Ok(duties) => duties.into_iter().for_each(|duty| tell(Told::Duty(duty))),
                Err(error) if is_network(&error) => {
                    if !std::mem::replace(&mut self.is_lost, true) {
                        let error = error.to_string();
                        tell(Told::Lost { error });
                    }
                }
                Err(error) => return Err(error),
            }
        }
        for notice in self.desk.notices()? {
            tell(Told::Notice(notice));
        }
        let own = Request::Events {
            market: None,
            from: Some(self.next_event),
            limit: Some(EVENTS_TOLD),
            own: true,
        };
        if let Reply::Events { events, next } = self.desk.handle(own) {
            self.next_event = next;
            for event in events {
                tell(Told::Event {
                    event: Box::new(event),
                });
            }
        }
        Ok(())
    }

    fn lost(&mut self, error: &NodeError, tell: &mut dyn FnMut(Told)) {
        if !std::mem::replace(&mut self.is_lost, true) {
            let error = error.to_string();
            tell(Told::Lost { error });
        }
    }
}

fn is_network(error: &DeskError) -> bool {
    error.failure().kind == crate::reply::FailureKind::Network
}

/// Waits at the node for blocks.
fn read_blocks(
    node: NodeClient,
    mut from: u64,
    sender: SyncSender<Incoming>,
    is_over: Arc<AtomicBool>,
) -> thread::JoinHandle<()> {
    thread::spawn(move || {
        while !is_over.load(Ordering::Acquire) {
            let range = node.blocks(from, MOST_BLOCK_BYTES, POLL);
            let is_lost = range.is_err();
            if let Ok(range) = &range {
                from += range.blocks.len() as u64;
            }
            if sender.send(Incoming::Blocks(range)).is_err() {
                return;
            }
            if is_lost {
                thread::sleep(PAUSE);
            }
        }
    })
}
