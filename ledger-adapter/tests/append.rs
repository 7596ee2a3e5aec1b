//! Blocks that another log made: taken up as a whole, in one durable write, or not at all.

#![allow(clippy::unwrap_used, clippy::cast_possible_truncation)] // Tests fail by panicking, with small numbers.

use std::path::Path;
use std::time::Duration;

use tally_ledger_adapter::embedded::{EmbeddedLog, MAX_OUTCOME_BYTES, Misfit, StorageError};
use tally_ledger_adapter::log::{
    Block, LogError, MAX_BLOCK_TRANSACTIONS, MAX_TRANSACTION_BYTES, OrderedLog, Tip, genesis_hash,
};

const GENESIS: &[u8] = b"append";

type Made = Vec<(Block, Vec<u8>)>;

/// Blocks of all sizes with their outcomes, and the tip of the log that made them.
fn origin(count: u64) -> (Made, Tip) {
    let directory = tempfile::tempdir().unwrap();
    let log = EmbeddedLog::create(directory.path().join("origin"), GENESIS).unwrap();
    let make = |height: u64| {
        let transactions = (0..height % 4).map(|index| vec![index as u8; (height * 13) as usize]);
        let outcome = height.to_le_bytes().to_vec();
        let block = log.commit_with_outcome(height / 2, transactions.collect(), &outcome);
        (block.unwrap(), outcome)
    };
    ((1..=count).map(make).collect(), log.tip())
}

fn replica(directory: &Path) -> EmbeddedLog {
    EmbeddedLog::open_or_create(directory.join("replica"), GENESIS).unwrap()
}

/// The refusal of a block that does not follow; the log is none the worse.
fn misfit(log: &EmbeddedLog, blocks: &[(Block, Vec<u8>)]) -> (u64, Misfit) {
    let before = log.tip();
    let error = log.append(blocks).unwrap_err();
    let text = error.to_string();
    let LogError::Storage(error) = error else {
        panic!("another error: {text}");
    };
    let StorageError::DoesNotFollow { height, misfit, .. } = *error else {
        panic!("another error: {text}");
    };
    assert!(text.contains(&format!("block {height} ")), "{text}");
    assert_eq!((log.tip(), log.verify().unwrap()), (before, before));
    assert_eq!(log.block(before.height + 1).unwrap(), None);
    assert_eq!(log.outcome(before.height + 1).unwrap(), None);
    (height, misfit)
}

#[test]
fn a_replica_has_the_origins_blocks_outcomes_and_tip() {
    let directory = tempfile::tempdir().unwrap();
    let (blocks, tip) = origin(50);
    let log = replica(directory.path());
    log.append(&[]).unwrap();
    let mut subscription = log.subscribe(1);
    for batch in blocks.chunks(20) {
        log.append(batch).unwrap();
    }
    assert_eq!((log.tip(), log.verify().unwrap()), (tip, tip));
    for (block, _) in &blocks {
        let seen = subscription.next(Duration::from_secs(1)).unwrap();
        assert_eq!(seen.as_ref(), Some(block));
    }
    drop(log);
    let log = replica(directory.path());
    for (block, outcome) in &blocks {
        assert_eq!(log.block(block.height).unwrap().as_ref(), Some(block));
        assert_eq!(log.outcome(block.height).unwrap().as_ref(), Some(outcome));
    }
    // It goes on as any log does.
    assert_eq!(log.commit(tip.time, vec![]).unwrap().parent, tip.hash);
}

#[test]
fn a_gap_a_wrong_parent_and_an_older_block_are_refused_whole() {
    let directory = tempfile::tempdir().unwrap();
    let (blocks, _) = origin(12);
    let log = replica(directory.path());
    assert_eq!(misfit(&log, &blocks[1..]), (2, Misfit::Height { below: 0 }));
    log.append(&blocks[..4]).unwrap();
    let below = log.tip();
    // What is there already, and what leaves a gap: at the beginning and in the middle.
    let repeated = misfit(&log, &blocks[3..]);
    assert_eq!(repeated, (4, Misfit::Height { below: 4 }));
    assert_eq!(misfit(&log, &blocks[5..]), (6, Misfit::Height { below: 4 }));
    let mut gap = blocks[4..].to_vec();
    gap.remove(3);
    assert_eq!(misfit(&log, &gap), (9, Misfit::Height { below: 7 }));

    let mut forged = blocks[4..].to_vec();
    forged[0].0.parent[7] ^= 1;
    let below = Misfit::Parent { below: below.hash };
    assert_eq!(misfit(&log, &forged), (5, below));
    // A changed transaction shows in the block above.
    let mut forged = blocks[4..].to_vec();
    forged[3].0.transactions.push(vec![1]);
    let (height, found) = misfit(&log, &forged);
    assert_eq!(height, 9);
    assert!(matches!(found, Misfit::Parent { .. }), "{found}");
    // The first block must stand on this log's genesis.
    let other = EmbeddedLog::create(directory.path().join("other"), b"other").unwrap();
    let genesis = Misfit::Parent {
        below: genesis_hash(b"other"),
    };
    assert_eq!(misfit(&other, &blocks), (1, genesis));

    let mut early = blocks[4..6].to_vec();
    early[0].0.time = 0;
    let below = log.tip().time;
    assert_eq!(misfit(&log, &early), (5, Misfit::Time { time: 0, below }));
    log.append(&blocks[4..]).unwrap();
    assert_eq!(log.verify().unwrap().height, 12);
}

#[test]
fn limits_are_those_of_a_commit() {
    let directory = tempfile::tempdir().unwrap();
    let log = replica(directory.path());
    let block = |transactions| Block {
        height: 1,
        time: 1,
        parent: genesis_hash(GENESIS),
        transactions,
    };
    let append = |transactions, outcome| log.append(&[(block(transactions), outcome)]);
    let long = vec![vec![0; MAX_TRANSACTION_BYTES + 1]];
    assert!(matches!(
        append(long, vec![]),
        Err(LogError::TransactionTooLarge { .. })
    ));
    let many = vec![vec![]; MAX_BLOCK_TRANSACTIONS + 1];
    assert!(matches!(
        append(many, vec![]),
        Err(LogError::TooManyTransactions { .. })
    ));
    let large = vec![vec![0; MAX_TRANSACTION_BYTES]; 33];
    assert!(matches!(
        append(large, vec![]),
        Err(LogError::BlockTooLarge { .. })
    ));
    let error = append(vec![], vec![0; MAX_OUTCOME_BYTES + 1]).unwrap_err();
    let LogError::Storage(error) = error else {
        panic!("another error: {error}");
    };
    assert!(matches!(
        *error,
        StorageError::TooLarge {
            field: "outcome",
            ..
        }
    ));
    assert_eq!(log.tip().height, 0);
    append(
        vec![vec![0; MAX_TRANSACTION_BYTES]],
        vec![0; MAX_OUTCOME_BYTES],
    )
    .unwrap();
    assert_eq!(log.tip().height, 1);
}

#[test]
fn the_queue_is_left_alone() {
    let directory = tempfile::tempdir().unwrap();
    let (blocks, _) = origin(3);
    let log = replica(directory.path());
    let ticket = log.submit(b"own".to_vec()).unwrap();
    log.append(&blocks).unwrap();
    let block = log.seal(9).unwrap().unwrap();
    assert_eq!(
        (block.height, block.transactions),
        (4, vec![b"own".to_vec()])
    );
    assert_eq!(ticket.wait(Duration::ZERO).unwrap().height, 4);
}
