//! A desk at work: it takes in blocks as they come, answers whoever asks, and does what has to be done without being
//! asked. What an agent runs, and a session.
//!
//! Three threads: one waits at the node for blocks, those of the askers hand in requests, and this one owns the desk. What
//! is asked of the node to read never depends on what is asked here, or sent: see [`Desk::read_on`].

use crate::desk::{Desk, DeskError, Duty, Heard};
use crate::follower::FollowError;
use crate::reply::{EventLine, Notice, Reply};
use crate::request::Request;
use serde::Serialize;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, SyncSender, channel, sync_channel};
use std::thread;
use std::time::Duration;

/// How long the node is left alone after it did not give a key.
const PAUSE: Duration = Duration::from_secs(1);
/// Longest time without a look at what has to be done.
const LOOK: Duration = Duration::from_millis(250);
/// Requests that may wait.
const WAITING: usize = 64;
/// Answers of the node that are taken in before a request has its turn.
const TAKEN_AT_ONCE: usize = 64;
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
    /// The node has answered: the desk takes it in.
    Blocks,
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
        let result = self.begin(stop, tell).and_then(|()| self.work(stop, tell));
        let closed = self.desk.close_down();
        result.and(closed)
    }

    /// Loads the proving keys, which may have to be fetched, and only then reads on: the first message is not to be seen
    /// in what is read.
    fn begin(&mut self, stop: &AtomicBool, tell: &mut dyn FnMut(Told)) -> Result<(), DeskError> {
        while !stop.load(Ordering::Acquire) {
            match self.desk.load_keys() {
                Ok(()) => break,
                Err(error) if is_network(&error) => {
                    self.lost(error.to_string(), tell);
                    thread::sleep(PAUSE);
                }
                Err(error) => return Err(error),
            }
        }
        let wake = self.asker.0.clone();
        self.desk.read_on_and(move || {
            // If it is full the desk is awake, and looks by itself.
            let _ = wake.try_send(Incoming::Blocks);
        });
        Ok(())
    }

    fn work(&mut self, stop: &AtomicBool, tell: &mut dyn FnMut(Told)) -> Result<(), DeskError> {
        self.look(tell)?;
        while !stop.load(Ordering::Acquire) {
            let incoming = self.incoming.recv_timeout(self.nap());
            let has_come = self.take_in(tell)?;
            match incoming {
                Ok(Incoming::Blocks) if !has_come => continue,
                Ok(Incoming::Ask(request, answer)) => {
                    self.answer(*request, &answer, tell)?;
                    if !has_come {
                        continue;
                    }
                }
                Ok(Incoming::End) | Err(RecvTimeoutError::Disconnected) => break,
                Ok(Incoming::Blocks) | Err(RecvTimeoutError::Timeout) => {}
            }
            self.look(tell)?;
        }
        Ok(())
    }

    fn answer(
        &mut self,
        request: Request,
        answer: &Sender<Reply>,
        tell: &mut dyn FnMut(Told),
    ) -> Result<(), DeskError> {
        let reply = self.desk.handle(request);
        // Whoever asked may be gone.
        let _ = answer.send(reply);
        self.tell_heard(tell);
        match self.desk.poison() {
            Some(poison) => Err(DeskError::Before(poison.clone())),
            None => Ok(()),
        }
    }

    /// Takes in what the reader has brought; says whether there were blocks, or an answer without any.
    fn take_in(&mut self, tell: &mut dyn FnMut(Told)) -> Result<bool, DeskError> {
        let mut has_come = false;
        for _ in 0..TAKEN_AT_ONCE {
            match self.desk.next_range(Duration::ZERO) {
                Ok(Some(_)) => has_come = true,
                // The desk has heard of it.
                Err(DeskError::Follow(FollowError::Node(_))) => {}
                Ok(None) => break,
                Err(error) => return Err(error),
            }
        }
        self.tell_heard(tell);
        Ok(has_come)
    }

    /// Tells whether the node was lost or is back, whoever has met it.
    fn tell_heard(&mut self, tell: &mut dyn FnMut(Told)) {
        let Heard { lost, answers } = self.desk.heard();
        if let Some(error) = lost {
            self.lost(error, tell);
        }
        if answers && std::mem::take(&mut self.is_lost) {
            let height = self.desk.next_height() - 1;
            tell(Told::Back { height });
        }
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
            let duties = self.desk.duties();
            self.tell_heard(tell);
            match duties {
                Ok(duties) => duties.into_iter().for_each(|duty| tell(Told::Duty(duty))),
                Err(error) if is_network(&error) => self.lost(error.to_string(), tell),
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

    fn lost(&mut self, error: String, tell: &mut dyn FnMut(Told)) {
        if !std::mem::replace(&mut self.is_lost, true) {
            tell(Told::Lost { error });
        }
    }
}

fn is_network(error: &DeskError) -> bool {
    error.failure().kind == crate::reply::FailureKind::Network
}
