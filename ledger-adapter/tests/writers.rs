//! Many submitters, many readers, and the bounds of the queue and of blocks.

// Tests fail by panicking, and narrow small numbers that they made themselves.
#![allow(
    clippy::unwrap_used,
    clippy::cast_possible_truncation,
    clippy::print_stdout
)]

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use tally_ledger_adapter::embedded::{
    EmbeddedLog, LogOptions, Sequencer, SequencerOptions, SystemTimeSource,
};
use tally_ledger_adapter::log::{
    Block, LogError, MAX_BLOCK_BYTES, MAX_BLOCK_TRANSACTIONS, MAX_TRANSACTION_BYTES, OrderedLog,
    Ticket, TicketError,
};

const LONG: Duration = Duration::from_secs(60);
const NO_WAIT: Duration = Duration::ZERO;

fn new_log() -> (tempfile::TempDir, Arc<EmbeddedLog>) {
    new_log_with(LogOptions::default())
}

fn new_log_with(options: LogOptions) -> (tempfile::TempDir, Arc<EmbeddedLog>) {
    let directory = tempfile::tempdir().unwrap();
    let log = EmbeddedLog::create_with(directory.path(), b"writers", options).unwrap();
    (directory, Arc::new(log))
}

#[test]
fn group_commit_shares_blocks_among_submitters() {
    const SUBMITTERS: u64 = 16;
    const EACH: u64 = 40;
    let (_directory, log) = new_log();
    let options = SequencerOptions {
        delay: Duration::from_millis(20),
        transactions: 64,
    };
    let sequencer = Sequencer::start(Arc::clone(&log), options, SystemTimeSource).unwrap();
    let positions = thread::scope(|scope| {
        let submitters: Vec<_> = (0..SUBMITTERS)
            .map(|submitter| {
                let log = &log;
                scope.spawn(move || {
                    // Each waits for one transaction before it submits the next.
                    let contents =
                        (0..EACH).map(|round| (submitter * EACH + round).to_le_bytes().to_vec());
                    contents
                        .map(|content| {
                            let position = log.submit(content.clone()).unwrap().wait(LONG).unwrap();
                            let block = log.block(position.height).unwrap().unwrap();
                            assert_eq!(block.transactions[position.index], content);
                            position
                        })
                        .collect::<Vec<_>>()
                })
            })
            .collect();
        submitters
            .into_iter()
            .map(|submitter| submitter.join().unwrap())
            .collect::<Vec<_>>()
    });
    sequencer.stop().unwrap();
    for own in &positions {
        assert!(
            own.is_sorted_by(|one, next| one.height < next.height),
            "not in the order of submission"
        );
    }
    let all: BTreeSet<_> = positions.into_iter().flatten().collect();
    assert_eq!(
        all.len() as u64,
        SUBMITTERS * EACH,
        "two transactions at one position"
    );
    let blocks = log.tip().height;
    // Each block would hold all sixteen if they were in step; a quarter of that is asked for.
    assert!(
        blocks <= SUBMITTERS * EACH / 4,
        "{blocks} blocks for {} transactions",
        SUBMITTERS * EACH
    );
}

#[test]
fn a_full_block_does_not_wait() {
    let (_directory, log) = new_log();
    let options = SequencerOptions {
        delay: LONG,
        transactions: 8,
    };
    let sequencer = Sequencer::start(Arc::clone(&log), options, || 1).unwrap();
    let started = Instant::now();
    let tickets: Vec<Ticket> = (0..8)
        .map(|index| log.submit(vec![index]).unwrap())
        .collect();
    for (index, ticket) in tickets.iter().enumerate() {
        let position = ticket.wait(LONG).unwrap();
        assert_eq!((position.height, position.index), (1, index));
    }
    assert!(started.elapsed() < LONG / 2, "waited for the delay");
    assert_eq!(log.tip().height, 1);
    sequencer.stop().unwrap();
}

#[test]
fn stopping_seals_what_is_queued() {
    let (_directory, log) = new_log();
    let options = SequencerOptions {
        delay: NO_WAIT,
        transactions: 3,
    };
    let tickets: Vec<Ticket> = (0..10)
        .map(|index| log.submit(vec![index]).unwrap())
        .collect();
    Sequencer::start(Arc::clone(&log), options, || 1)
        .unwrap()
        .stop()
        .unwrap();
    let heights: Vec<u64> = tickets
        .iter()
        .map(|ticket| ticket.wait(NO_WAIT).unwrap().height)
        .collect();
    assert_eq!(heights, [1, 1, 1, 2, 2, 2, 3, 3, 3, 4]);
}

#[test]
fn the_sequencer_takes_the_given_time_and_never_goes_back() {
    let (_directory, log) = new_log();
    let clock = Arc::new(AtomicU64::new(100));
    let source = Arc::clone(&clock);
    let options = SequencerOptions {
        delay: NO_WAIT,
        transactions: 1,
    };
    let sequencer = Sequencer::start(Arc::clone(&log), options, move || {
        source.load(Ordering::SeqCst)
    })
    .unwrap();
    let mut times = Vec::new();
    for now in [100, 250, 40, 251, u64::MAX, 7] {
        clock.store(now, Ordering::SeqCst);
        let position = log.submit(vec![1]).unwrap().wait(LONG).unwrap();
        times.push(log.block(position.height).unwrap().unwrap().time);
    }
    assert_eq!(times, [100, 250, 250, 251, u64::MAX, u64::MAX]);
    sequencer.stop().unwrap();
}

#[test]
fn time_never_goes_backwards() {
    let (_directory, log) = new_log();
    log.commit(10, vec![]).unwrap();
    let ticket = log.submit(vec![1]).unwrap();
    for result in [
        log.commit(9, vec![]).map(drop),
        log.seal(9).map(drop),
        log.commit(0, vec![vec![]]).map(drop),
    ] {
        assert!(
            matches!(result, Err(LogError::TimeBackwards { tip_time: 10, .. })),
            "{result:?}"
        );
    }
    assert_eq!(log.tip().height, 1);
    // The queue is as it was, and an equal time is fine.
    assert_eq!(log.seal(10).unwrap().unwrap().transactions, [[1]]);
    assert_eq!(ticket.wait(NO_WAIT).unwrap().height, 2);
    assert_eq!(log.seal(10).unwrap(), None);
}

#[test]
fn the_queue_is_bounded() {
    let options = LogOptions {
        queue_transactions: 3,
        queue_bytes: 100,
        ..LogOptions::default()
    };
    let (_directory, log) = new_log_with(options);
    log.submit(vec![0; 60]).unwrap();
    let refused = log.submit(vec![0; 41]).unwrap_err();
    assert!(
        matches!(
            refused,
            LogError::QueueFull {
                transactions: 1,
                bytes: 60,
                ..
            }
        ),
        "{refused}"
    );
    log.submit(vec![0; 40]).unwrap();
    log.submit(vec![]).unwrap();
    let refused = log.submit(vec![]).unwrap_err();
    assert!(
        matches!(
            refused,
            LogError::QueueFull {
                transactions: 3,
                bytes: 100,
                ..
            }
        ),
        "{refused}"
    );
    assert_eq!(log.seal(1).unwrap().unwrap().transactions.len(), 3);
    log.submit(vec![0; 100]).unwrap();
}

#[test]
fn oversize_transactions_and_blocks_are_refused() {
    let (_directory, log) = new_log();
    let oversize = vec![0; MAX_TRANSACTION_BYTES + 1];
    for refused in [
        log.submit(oversize.clone()).map(drop),
        log.commit(1, vec![vec![], oversize.clone()]).map(drop),
        log.commit_with_outcome(1, vec![oversize], b"").map(drop),
    ] {
        assert!(
            matches!(refused, Err(LogError::TransactionTooLarge { bytes }) if bytes == MAX_TRANSACTION_BYTES + 1)
        );
    }
    let refused = log
        .commit(1, vec![vec![]; MAX_BLOCK_TRANSACTIONS + 1])
        .unwrap_err();
    assert!(
        matches!(refused, LogError::TooManyTransactions { count } if count == MAX_BLOCK_TRANSACTIONS + 1)
    );
    let many = vec![vec![0; MAX_TRANSACTION_BYTES]; MAX_BLOCK_BYTES / MAX_TRANSACTION_BYTES];
    let refused = log.commit(1, many.clone()).unwrap_err();
    assert!(matches!(refused, LogError::BlockTooLarge { bytes } if bytes > MAX_BLOCK_BYTES));
    assert_eq!(log.tip().height, 0);
    // The largest block there can be, and then what does not fit into one block any more.
    assert_eq!(
        log.commit(1, vec![vec![]; MAX_BLOCK_TRANSACTIONS])
            .unwrap()
            .height,
        1
    );
    for transaction in &many {
        log.submit(transaction.clone()).unwrap();
    }
    let first = log.seal(1).unwrap().unwrap();
    assert_eq!(first.transactions.len(), many.len() - 1);
    assert!(first.encoded_len() <= MAX_BLOCK_BYTES);
    assert_eq!(log.seal(1).unwrap().unwrap().transactions.len(), 1);
    assert_eq!(log.block(2).unwrap(), Some(first));
    log.verify().unwrap();
}

#[test]
fn subscriptions_see_every_block_once_in_order() {
    const WRITERS: u8 = 3;
    const END: &[u8] = b"end";
    let (_directory, log) = new_log();
    for time in 1..=10 {
        log.commit(time, vec![vec![0]]).unwrap();
    }
    thread::scope(|scope| {
        let read_to_end = |from: u64| {
            let mut subscription = log.subscribe(from);
            move || {
                let mut blocks: Vec<Block> = Vec::new();
                while blocks
                    .last()
                    .is_none_or(|block| block.transactions != [END])
                {
                    blocks.push(subscription.next(LONG).unwrap().unwrap());
                }
                (from, subscription, blocks)
            }
        };
        let readers = [0, 1, 5, 10, 11, 60].map(|from| scope.spawn(read_to_end(from)));
        let writers: Vec<_> = (0..WRITERS)
            .map(|writer| {
                let log = &log;
                scope.spawn(move || {
                    for _ in 0..20 {
                        log.commit(20, vec![vec![writer]]).unwrap();
                        let ticket = log.submit(vec![writer; 3]).unwrap();
                        // Whoever seals takes along what the others have queued.
                        log.seal(20).unwrap();
                        ticket.wait(LONG).unwrap();
                    }
                })
            })
            .collect();
        for writer in writers {
            writer.join().unwrap();
        }
        let last = log.commit(20, vec![END.to_vec()]).unwrap().height;
        for reader in readers {
            let (from, mut subscription, blocks) = reader.join().unwrap();
            let heights: Vec<u64> = blocks.iter().map(|block| block.height).collect();
            assert_eq!(heights, (u64::max(from, 1)..=last).collect::<Vec<_>>());
            assert!(blocks.is_sorted_by(|one, next| next.parent == one.hash()));
            assert_eq!(
                log.block(blocks[0].height).unwrap().as_ref(),
                Some(&blocks[0])
            );
            assert_eq!(subscription.next(NO_WAIT).unwrap(), None);
        }
    });
    let own_blocks = 10 + u64::from(WRITERS) * 20 + 1;
    assert!(
        log.verify().unwrap().height > own_blocks,
        "nothing was sealed"
    );
}

#[test]
fn a_subscription_waits_no_longer_than_asked() {
    let (_directory, log) = new_log();
    let mut subscription = log.subscribe(1);
    let started = Instant::now();
    assert_eq!(subscription.next(Duration::from_millis(30)).unwrap(), None);
    assert!(started.elapsed() >= Duration::from_millis(30));
    // A wait without end is woken by the block.
    let waiting = thread::spawn(move || subscription.next(Duration::MAX).unwrap().unwrap().height);
    log.commit(1, vec![]).unwrap();
    assert_eq!(waiting.join().unwrap(), 1);
}

#[test]
fn closing_ends_subscriptions_and_tickets() {
    let (_directory, log) = new_log();
    log.commit(1, vec![]).unwrap();
    let ticket = log.submit(vec![1]).unwrap();
    assert!(matches!(
        ticket.wait(Duration::from_millis(5)),
        Err(TicketError::Timeout { .. })
    ));
    let mut subscription = log.subscribe(2);
    let waiting = thread::spawn(move || subscription.next(Duration::MAX));
    let waiting_for_ticket = {
        let ticket = ticket.clone();
        thread::spawn(move || ticket.wait(Duration::MAX))
    };
    thread::sleep(Duration::from_millis(20));
    drop(log);
    assert!(matches!(waiting.join().unwrap(), Err(LogError::Closed)));
    assert_eq!(
        waiting_for_ticket.join().unwrap(),
        Err(TicketError::Abandoned)
    );
    assert_eq!(ticket.wait(NO_WAIT), Err(TicketError::Abandoned));
}
