//! What waits for the next block: bounded in number and bytes, first come, first served.

use crate::api::Decline;
use crate::entry::Entry;
use crate::replica::Answer;
use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tally_ledger_adapter::accounts::AccountId;
use tokio::sync::oneshot;

/// How much may wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QueueLimits {
    /// Most entries.
    pub entries: usize,
    /// Most bytes of entries together.
    pub bytes: usize,
}

impl Default for QueueLimits {
    /// 4,096 entries, 16 MiB.
    fn default() -> Self {
        Self {
            entries: 4_096,
            bytes: 16 * 1024 * 1024,
        }
    }
}

/// What became of an entry.
#[derive(Clone, Debug)]
pub enum Verdict {
    /// It is in a durable block.
    Included {
        /// Height of the block.
        height: u64,
        /// Its index there.
        index: u32,
        /// What the state machine said.
        answer: Arc<Answer>,
    },
    /// It is in none.
    Declined(Decline),
}

/// What is waited with for a verdict.
pub type Waiting = oneshot::Receiver<Verdict>;

/// What is to be ordered.
#[derive(Debug)]
pub(super) enum Body {
    /// An entry, with its bytes.
    Entry(Box<Entry>, Vec<u8>),
    /// Practice cash: signed when the block is made, since credits are numbered.
    Faucet(AccountId, u64),
}

impl Body {
    fn bytes(&self) -> usize {
        match self {
            Self::Entry(_, bytes) => bytes.len(),
            Self::Faucet(..) => 128,
        }
    }
}

/// Something in the queue.
#[derive(Debug)]
pub(super) struct Queued {
    pub(super) body: Body,
    pub(super) verdict: oneshot::Sender<Verdict>,
}

impl Queued {
    /// Says what became of it. Whoever asked may be gone.
    pub(super) fn answer(self, verdict: Verdict) {
        let _ = self.verdict.send(verdict);
    }

    pub(super) fn decline(self, why: Decline) {
        self.answer(Verdict::Declined(why));
    }
}

#[derive(Debug, Default)]
struct Inner {
    waiting: VecDeque<Queued>,
    bytes: usize,
    is_closed: bool,
    /// Whoever waits is to look at the clock again.
    is_woken: bool,
}

/// The queue.
#[derive(Debug)]
pub(super) struct Queue {
    limits: QueueLimits,
    inner: Mutex<Inner>,
    changed: Condvar,
}

impl Queue {
    pub(super) fn new(limits: QueueLimits) -> Self {
        Self {
            limits,
            inner: Mutex::default(),
            changed: Condvar::new(),
        }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        // Nothing that holds it can panic half way.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether something of so many bytes could be put at the end now: cheaper to know before it is looked at closely.
    pub(super) fn check_room(&self, bytes: usize) -> Result<(), Decline> {
        self.room(&self.inner(), bytes)
    }

    fn room(&self, inner: &Inner, bytes: usize) -> Result<(), Decline> {
        if inner.is_closed {
            return Err(Decline::Stopping);
        }
        let bytes = inner.bytes.saturating_add(bytes);
        if inner.waiting.len() >= self.limits.entries || bytes > self.limits.bytes {
            return Err(Decline::Busy);
        }
        Ok(())
    }

    /// Puts something at the end.
    pub(super) fn push(&self, body: Body) -> Result<Waiting, Decline> {
        let mut inner = self.inner();
        self.room(&inner, body.bytes())?;
        let (verdict, waiting) = oneshot::channel();
        inner.bytes += body.bytes();
        inner.waiting.push_back(Queued { body, verdict });
        drop(inner);
        self.changed.notify_all();
        Ok(waiting)
    }

    /// Takes what came first, at most so many entries and bytes.
    pub(super) fn take(&self, entries: usize, bytes: usize) -> Vec<Queued> {
        let mut inner = self.inner();
        let (mut taken, mut sum) = (Vec::new(), 0);
        while taken.len() < entries {
            let Some(next) = inner.waiting.front() else {
                break;
            };
            let size = next.body.bytes();
            if sum + size > bytes {
                break;
            }
            sum += size;
            inner.bytes -= size;
            taken.extend(inner.waiting.pop_front());
        }
        taken
    }

    /// Waits until something is there, the queue is closed, or the time is over; says whether something is there.
    pub(super) fn wait(&self, time: Duration) -> bool {
        let inner = self.inner();
        let (mut inner, _) = self
            .changed
            .wait_timeout_while(inner, time, |inner| {
                inner.waiting.is_empty() && !inner.is_closed && !inner.is_woken
            })
            .unwrap_or_else(PoisonError::into_inner);
        inner.is_woken = false;
        !inner.waiting.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.inner().waiting.len()
    }

    pub(super) fn is_closed(&self) -> bool {
        self.inner().is_closed
    }

    /// Lets whoever waits look at the clock again.
    pub(super) fn wake(&self) {
        self.inner().is_woken = true;
        self.changed.notify_all();
    }

    /// Takes nothing more.
    pub(super) fn close(&self) {
        self.inner().is_closed = true;
        self.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faucet() -> Body {
        Body::Faucet(AccountId([0; 32]), 1)
    }

    #[test]
    fn it_is_bounded_and_in_order() {
        let queue = Queue::new(QueueLimits {
            entries: 2,
            bytes: 1_000,
        });
        let first = queue.push(faucet()).unwrap();
        let _second = queue.push(Body::Faucet(AccountId([0; 32]), 2)).unwrap();
        assert_eq!(queue.push(faucet()).unwrap_err(), Decline::Busy);
        let taken = queue.take(1, 1_000);
        assert!(matches!(
            taken[..],
            [Queued {
                body: Body::Faucet(_, 1),
                ..
            }]
        ));
        taken
            .into_iter()
            .for_each(|queued| queued.decline(Decline::Busy));
        let verdict = first.blocking_recv().unwrap();
        assert!(matches!(verdict, Verdict::Declined(Decline::Busy)));
        assert!(queue.wait(Duration::ZERO));
        queue.close();
        assert_eq!(queue.push(faucet()).unwrap_err(), Decline::Stopping);
        assert_eq!(queue.take(9, 1_000).len(), 1);
        assert!(!queue.wait(Duration::from_secs(9)));
    }

    #[test]
    fn a_wait_ends_when_it_is_woken() {
        let queue = Queue::new(QueueLimits::default());
        queue.wake();
        assert!(!queue.wait(Duration::from_secs(9)));
        assert!(!queue.wait(Duration::ZERO));
    }

    #[test]
    fn bytes_are_bounded_too() {
        let queue = Queue::new(QueueLimits {
            entries: 100,
            bytes: 300,
        });
        let _kept = [queue.push(faucet()).unwrap(), queue.push(faucet()).unwrap()];
        assert_eq!(queue.push(faucet()).unwrap_err(), Decline::Busy);
        assert_eq!(queue.check_room(128), Err(Decline::Busy));
        assert_eq!(queue.check_room(44), Ok(()));
        assert_eq!(queue.take(100, 200).len(), 1);
        assert!(queue.push(faucet()).is_ok());
    }
}
