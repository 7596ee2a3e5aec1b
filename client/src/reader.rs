//! Blocks that come by themselves: a thread that waits at the node for the next ones, always, and a bounded queue from
//! which a desk takes them.
//!
//! A node sees when a client reads. A client that reads because it has just sent something says which message is its own,
//! though every message goes on a connection of its own. So the requests of this thread follow from the node's answers
//! alone: one long poll after the other, whatever the desk does. What remains to be seen is that a machine which is busy
//! proving asks for the next blocks some milliseconds later, and that the thread waits once the queue is full, which takes
//! [`MOST_RANGES`] answers that nobody has looked at, or [`MOST_BYTES`] of blocks.

use crate::node_client::{NodeClient, NodeError, READ_BYTES};
use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;
use tally_node::api::{BlockRange, MOST_BLOCK_BYTES};

/// How long the node is asked to wait for a block.
pub const POLL: Duration = Duration::from_secs(10);
/// How long it is left alone after it did not answer.
const PAUSE: Duration = Duration::from_secs(1);
/// The same after [`PATIENCE`] answers that did not come: each try takes circuits, where there is Tor.
const LONG_PAUSE: Duration = Duration::from_secs(5);
/// So many tries are made at the short pause.
const PATIENCE: u32 = 20;
/// Most answers that wait to be looked at: a minute of a node's fastest blocks, far longer than a proof takes.
const MOST_RANGES: usize = 1_200;
/// Most bytes of blocks that wait; a first range is taken in any case.
const MOST_BYTES: usize = 4 * MOST_BLOCK_BYTES as usize;

/// What the node answered, or why not.
pub(crate) type Brought = Result<BlockRange, NodeError>;

#[derive(Default)]
struct Inner {
    waiting: VecDeque<Brought>,
    bytes: usize,
    is_over: bool,
}

/// Answers that wait to be looked at.
struct Queue {
    most_ranges: usize,
    most_bytes: usize,
    inner: Mutex<Inner>,
    changed: Condvar,
}

impl Queue {
    fn new(most_ranges: usize, most_bytes: usize) -> Self {
        Self {
            most_ranges,
            most_bytes,
            inner: Mutex::default(),
            changed: Condvar::new(),
        }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        // Nothing that holds it can panic half way.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_full(&self, inner: &Inner, bytes: usize) -> bool {
        let is_room = inner.waiting.len() < self.most_ranges
            && inner.bytes.saturating_add(bytes) <= self.most_bytes;
        !inner.waiting.is_empty() && !is_room
    }

    /// Puts an answer at the end, waiting for room; false once nobody takes any more.
    fn push(&self, brought: Brought) -> bool {
        let bytes = size(&brought);
        let mut inner = self
            .changed
            .wait_while(self.inner(), |inner| {
                !inner.is_over && self.is_full(inner, bytes)
            })
            .unwrap_or_else(PoisonError::into_inner);
        if inner.is_over {
            return false;
        }
        inner.bytes += bytes;
        inner.waiting.push_back(brought);
        drop(inner);
        self.changed.notify_all();
        true
    }

    /// Takes the oldest answer, waiting for one; also whether it is the only one.
    fn take(&self, wait: Duration) -> Option<(Brought, bool)> {
        let (mut inner, _) = self
            .changed
            .wait_timeout_while(self.inner(), wait, |inner| inner.waiting.is_empty())
            .unwrap_or_else(PoisonError::into_inner);
        let brought = inner.waiting.pop_front()?;
        inner.bytes -= size(&brought);
        let is_last = inner.waiting.is_empty();
        drop(inner);
        self.changed.notify_all();
        Some((brought, is_last))
    }

    fn is_over(&self) -> bool {
        self.inner().is_over
    }

    fn end(&self) {
        self.inner().is_over = true;
        self.changed.notify_all();
    }
}

fn size(brought: &Brought) -> usize {
    let blocks = brought.iter().flat_map(|range| &range.blocks);
    blocks.map(|block| block.bytes.len()).sum()
}

/// A thread that reads on, as long as this lives. It ends when its long poll does: nobody waits for it.
pub(crate) struct Reader {
    queue: Arc<Queue>,
}

impl Reader {
    /// Reads blocks from a height on, and calls `wake` whenever something is there to be taken.
    pub(crate) fn start(node: NodeClient, from: u64, wake: impl Fn() + Send + 'static) -> Self {
        let queue = Arc::new(Queue::new(MOST_RANGES, MOST_BYTES));
        let to_fill = Arc::clone(&queue);
        thread::spawn(move || read(&node, from, &to_fill, &wake));
        Self { queue }
    }

    /// What was answered next, waiting for it; also whether nothing newer is there.
    pub(crate) fn take(&self, wait: Duration) -> Option<(Brought, bool)> {
        self.queue.take(wait)
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        self.queue.end();
    }
}

fn read(node: &NodeClient, mut from: u64, queue: &Queue, wake: &dyn Fn()) {
    let mut lost: u32 = 0;
    while !queue.is_over() {
        let range = node.blocks(from, READ_BYTES, POLL);
        lost = if range.is_err() {
            lost.saturating_add(1)
        } else {
            0
        };
        if let Ok(range) = &range {
            from += range.blocks.len() as u64;
        }
        if !queue.push(range) {
            return;
        }
        wake();
        match lost {
            0 => {}
            1..=PATIENCE => thread::sleep(PAUSE),
            _ => thread::sleep(LONG_PAUSE),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tally_node::api::WireBlock;

    fn range(tip: u64, bytes: usize) -> Brought {
        Ok(BlockRange {
            tip,
            now: 0,
            speed: 1,
            blocks: vec![WireBlock {
                bytes: vec![0; bytes],
                state: [0; 32],
            }],
        })
    }

    fn tip(queue: &Queue, wait: Duration) -> Option<(u64, bool)> {
        let (brought, is_last) = queue.take(wait)?;
        Some((brought.unwrap().tip, is_last))
    }

    /// The reader goes on while nobody looks, up to a bound, and then waits.
    #[test]
    fn it_is_bounded_in_answers_and_bytes_and_in_order() {
        for (ranges, bytes) in [(3, 1_000), (100, 30)] {
            let queue = Arc::new(Queue::new(ranges, bytes));
            for number in 1..=3 {
                assert!(queue.push(range(number, 10)));
            }
            let full = Arc::clone(&queue);
            let waits = thread::spawn(move || full.push(range(4, 10)));
            thread::sleep(Duration::from_millis(50));
            assert!(!waits.is_finished());
            assert_eq!(tip(&queue, Duration::ZERO), Some((1, false)));
            assert!(waits.join().unwrap());
            for number in 2..=4 {
                assert_eq!(tip(&queue, Duration::ZERO), Some((number, number == 4)));
            }
            assert_eq!(tip(&queue, Duration::from_millis(10)), None);
            // Whatever a node gives at once fits an empty queue.
            assert!(queue.push(range(5, 10_000)));
        }
    }

    #[test]
    fn whoever_waits_is_let_go_at_the_end() {
        let queue = Arc::new(Queue::new(1, 1_000));
        assert!(queue.push(range(1, 1)));
        let full = Arc::clone(&queue);
        let waits = thread::spawn(move || full.push(range(2, 1)));
        queue.end();
        assert!(!waits.join().unwrap());
        assert!(!queue.push(range(3, 1)));
    }
}
