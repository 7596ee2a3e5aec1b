//! The log against a plain list of blocks.

// Tests fail by panicking, and narrow small numbers that they made themselves.
#![allow(
    clippy::unwrap_used,
    clippy::cast_possible_truncation,
    clippy::print_stdout
)]

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use proptest::collection::vec;
use proptest::prelude::*;
use tally_ledger_adapter::embedded::{EmbeddedLog, SNAPSHOTS_KEPT, Snapshot, StorageError};
use tally_ledger_adapter::log::{Block, LogError, OrderedLog, Position, Ticket, Tip, genesis_hash};

const GENESIS: &[u8] = b"model";
const NO_WAIT: Duration = Duration::ZERO;

#[derive(Clone, Debug)]
enum Step {
    Submit(Vec<u8>),
    Seal {
        later: i64,
    },
    SealAtMost {
        later: i64,
        limit: usize,
    },
    Commit {
        later: i64,
        transactions: Vec<Vec<u8>>,
    },
    CommitWithOutcome {
        later: i64,
        outcome: Vec<u8>,
    },
    PutOutcome {
        below_tip: u64,
        outcome: Vec<u8>,
    },
    PutSnapshot {
        below_tip: u64,
        length: usize,
    },
    Reopen,
}

fn step() -> impl Strategy<Value = Step> {
    let transaction = || vec(any::<u8>(), 0..200);
    let later = || -3_i64..20;
    prop_oneof![
        6 => transaction().prop_map(Step::Submit),
        2 => later().prop_map(|later| Step::Seal { later }),
        1 => (later(), 0..4_usize).prop_map(|(later, limit)| Step::SealAtMost { later, limit }),
        2 => (later(), vec(transaction(), 0..5))
            .prop_map(|(later, transactions)| Step::Commit { later, transactions }),
        1 => (later(), transaction()).prop_map(|(later, outcome)| Step::CommitWithOutcome { later, outcome }),
        2 => (0..4_u64, vec(0..2_u8, 0..2))
            .prop_map(|(below_tip, outcome)| Step::PutOutcome { below_tip, outcome }),
        1 => (0..4_u64, prop_oneof![0..10_usize, 1_000_000..1_100_000_usize])
            .prop_map(|(below_tip, length)| Step::PutSnapshot { below_tip, length }),
        1 => Just(Step::Reopen),
    ]
}

#[derive(Default)]
struct Model {
    blocks: Vec<Block>,
    queue: VecDeque<(Vec<u8>, Ticket)>,
    resolved: Vec<(Ticket, Position)>,
    outcomes: BTreeMap<u64, Vec<u8>>,
    snapshots: BTreeMap<u64, usize>,
}

impl Model {
    fn tip(&self) -> Tip {
        match self.blocks.last() {
            None => Tip {
                height: 0,
                hash: genesis_hash(GENESIS),
                time: 0,
            },
            Some(block) => Tip {
                height: block.height,
                hash: block.hash(),
                time: block.time,
            },
        }
    }

    /// The block that a log makes of these transactions, or the error if its time is too early.
    fn append(&mut self, time: u64, transactions: Vec<Vec<u8>>) -> Option<Block> {
        let tip = self.tip();
        if time < tip.time {
            return None;
        }
        let block = Block {
            height: tip.height + 1,
            time,
            parent: tip.hash,
            transactions,
        };
        self.blocks.push(block.clone());
        Some(block)
    }

    fn seal(&mut self, time: u64, limit: usize) -> Option<Option<Block>> {
        if time < self.tip().time {
            return None;
        }
        let count = limit.min(self.queue.len());
        if count == 0 {
            return Some(None);
        }
        let height = self.tip().height + 1;
        let (transactions, tickets): (Vec<_>, Vec<_>) = self.queue.drain(..count).unzip();
        let positions = (0..).map(|index| Position { height, index });
        self.resolved.extend(tickets.into_iter().zip(positions));
        Some(self.append(time, transactions))
    }

    fn time(&self, later: i64) -> u64 {
        self.tip().time.saturating_add_signed(later)
    }
}

/// `None` for a block that would be older than its parent.
fn unless_backwards<T>(result: Result<T, LogError>) -> Option<T> {
    match result {
        Ok(value) => Some(value),
        Err(LogError::TimeBackwards { .. }) => None,
        Err(other) => panic!("{other}"),
    }
}

fn take_step(log: &EmbeddedLog, model: &mut Model, step: Step) {
    match step {
        Step::Submit(transaction) => {
            let ticket = log.submit(transaction.clone()).unwrap();
            model.queue.push_back((transaction, ticket));
        }
        Step::Seal { later } => {
            let time = model.time(later);
            assert_eq!(
                unless_backwards(log.seal(time)),
                model.seal(time, usize::MAX)
            );
        }
        Step::SealAtMost { later, limit } => {
            let time = model.time(later);
            assert_eq!(
                unless_backwards(log.seal_at_most(time, limit)),
                model.seal(time, limit)
            );
        }
        Step::Commit {
            later,
            transactions,
        } => {
            let time = model.time(later);
            let made = unless_backwards(log.commit(time, transactions.clone()));
            assert_eq!(made, model.append(time, transactions));
        }
        Step::CommitWithOutcome { later, outcome } => {
            let time = model.time(later);
            let made = unless_backwards(log.commit_with_outcome(time, vec![], &outcome));
            let expected = model.append(time, vec![]);
            if let Some(block) = &expected {
                model.outcomes.insert(block.height, outcome);
            }
            assert_eq!(made, expected);
        }
        Step::PutOutcome { below_tip, outcome } => put_outcome(log, model, below_tip, outcome),
        Step::PutSnapshot { below_tip, length } => put_snapshot(log, model, below_tip, length),
        Step::Reopen => unreachable!("the caller reopens"),
    }
}

fn put_outcome(log: &EmbeddedLog, model: &mut Model, below_tip: u64, outcome: Vec<u8>) {
    // One above the tip is tried as well.
    let height = (model.tip().height + 1).saturating_sub(below_tip);
    let result = log.put_outcome(height, &outcome);
    if height == 0 || height > model.tip().height {
        assert!(
            is_storage(&result, |error| matches!(
                error,
                StorageError::NoSuchBlock { .. }
            )),
            "{result:?}"
        );
    } else if model
        .outcomes
        .get(&height)
        .is_some_and(|before| *before != outcome)
    {
        assert!(
            is_storage(&result, |error| matches!(
                error,
                StorageError::OutcomeDiffers { .. }
            )),
            "{result:?}"
        );
    } else {
        result.unwrap();
        model.outcomes.insert(height, outcome);
    }
}

fn put_snapshot(log: &EmbeddedLog, model: &mut Model, below_tip: u64, length: usize) {
    let height = (model.tip().height + 1).saturating_sub(below_tip);
    let result = log.put_snapshot(height, &vec![height as u8; length]);
    if height == 0 || height > model.tip().height {
        assert!(
            is_storage(&result, |error| matches!(
                error,
                StorageError::NoSuchBlock { .. }
            )),
            "{result:?}"
        );
        return;
    }
    result.unwrap();
    model.snapshots.insert(height, length);
    while model.snapshots.len() > SNAPSHOTS_KEPT {
        model.snapshots.pop_first();
    }
}

fn is_storage(result: &Result<(), LogError>, wanted: impl Fn(&StorageError) -> bool) -> bool {
    matches!(result, Err(LogError::Storage(error)) if wanted(error))
}

fn compare(log: &EmbeddedLog, model: &Model) {
    assert_eq!(log.tip(), model.tip());
    assert_eq!(log.verify().unwrap(), model.tip());
    for (height, block) in (1..).zip(&model.blocks) {
        assert_eq!(log.block(height).unwrap().as_ref(), Some(block));
        assert_eq!(
            log.outcome(height).unwrap(),
            model.outcomes.get(&height).cloned()
        );
    }
    assert_eq!(log.block(model.tip().height + 1).unwrap(), None);
    let newest = model.snapshots.last_key_value();
    let newest = newest.map(|(height, length)| Snapshot {
        height: *height,
        bytes: vec![*height as u8; *length],
    });
    assert!(log.latest_snapshot().unwrap() == newest, "another snapshot");
    for (ticket, position) in &model.resolved {
        assert_eq!(ticket.wait(NO_WAIT), Ok(*position));
    }
    for (_, ticket) in &model.queue {
        assert!(
            ticket.wait(NO_WAIT).is_err(),
            "acknowledged before it is in a block"
        );
    }
    assert_eq!(log.wait_queued(0, NO_WAIT), model.queue.len());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn the_log_is_a_list_of_blocks(steps in vec(step(), 1..40), from in 0..10_u64) {
        let directory = tempfile::tempdir().unwrap();
        let mut log = EmbeddedLog::create(directory.path(), GENESIS).unwrap();
        let mut model = Model::default();
        for step in steps {
            if matches!(step, Step::Reopen) {
                drop(log);
                // What was queued is gone, and its submitters know.
                for (_, ticket) in model.queue.drain(..) {
                    prop_assert_eq!(ticket.wait(NO_WAIT), Err(tally_ledger_adapter::log::TicketError::Abandoned));
                }
                log = EmbeddedLog::open(directory.path()).unwrap();
                compare(&log, &model);
            } else {
                take_step(&log, &mut model, step);
            }
        }
        compare(&log, &model);
        let mut subscription = log.subscribe(from);
        for block in model.blocks.iter().skip(from.saturating_sub(1) as usize) {
            let next = subscription.next(NO_WAIT).unwrap();
            prop_assert_eq!(next.as_ref(), Some(block));
        }
        prop_assert_eq!(subscription.next(NO_WAIT).unwrap(), None);
    }
}
