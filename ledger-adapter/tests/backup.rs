//! A copy of a log that is open is the log.

#![allow(clippy::unwrap_used, clippy::cast_possible_truncation)] // Tests fail by panicking, with small numbers.

use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use tally_ledger_adapter::embedded::{EmbeddedLog, StorageError};
use tally_ledger_adapter::log::{Block, LogError, OrderedLog};

const GENESIS: &[u8] = b"backup";

fn commit(log: &EmbeddedLog, height: u64) {
    let transactions = (0..height % 4).map(|index| vec![index as u8; 900]);
    log.commit_with_outcome(height, transactions.collect(), &height.to_le_bytes())
        .unwrap();
}

/// More blocks than one batch, to be appended with one flush.
fn chain_above(log: &EmbeddedLog, count: u64) -> Vec<(Block, Vec<u8>)> {
    let mut parent = log.tip().hash;
    let make = |height: u64| {
        let transactions = (0..height % 4).map(|index| vec![index as u8; 90]).collect();
        let block = Block {
            height,
            time: height,
            parent,
            transactions,
        };
        parent = block.hash();
        (block, height.to_le_bytes().to_vec())
    };
    (log.tip().height + 1..=count).map(make).collect()
}

#[test]
fn blocks_outcomes_and_the_newest_snapshot_are_copied() {
    let directory = tempfile::tempdir().unwrap();
    let log = EmbeddedLog::create(directory.path().join("log"), GENESIS).unwrap();
    let empty = log.backup(&directory.path().join("empty")).unwrap();
    assert_eq!(empty, log.tip());
    log.append(&chain_above(&log, 5000)).unwrap();
    // One without an outcome.
    log.commit(5001, vec![vec![9; 10]]).unwrap();
    log.put_snapshot(4000, b"older").unwrap();
    log.put_snapshot(4999, b"newer").unwrap();
    let target = directory.path().join("made/on the way");
    assert_eq!(log.backup(&target).unwrap(), log.tip());
    let copy = EmbeddedLog::open(&target).unwrap();
    assert_eq!((copy.genesis(), copy.tip()), (GENESIS, log.tip()));
    assert_eq!(
        copy.latest_snapshot().unwrap(),
        log.latest_snapshot().unwrap()
    );
    for height in (1..=5001).step_by(250) {
        assert_eq!(copy.block(height).unwrap(), log.block(height).unwrap());
        assert_eq!(copy.outcome(height).unwrap(), log.outcome(height).unwrap());
    }
    // Both go on, apart from each other.
    log.commit(5002, vec![vec![1]]).unwrap();
    copy.commit(5002, vec![vec![2]]).unwrap();
    assert_ne!(copy.tip(), log.tip());
}

#[test]
fn a_log_that_goes_on_is_copied_consistently() {
    let directory = tempfile::tempdir().unwrap();
    let log = EmbeddedLog::create(directory.path().join("log"), GENESIS).unwrap();
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        let _over = Over(&done);
        scope.spawn(|| {
            for height in (1..).take_while(|_| !done.load(Ordering::Acquire)) {
                commit(&log, height);
                if height % 3 == 0 {
                    log.put_snapshot(height, &vec![height as u8; 50_000])
                        .unwrap();
                }
            }
        });
        for round in 0..15 {
            let target = directory.path().join(round.to_string());
            let tip = log.backup(&target).unwrap();
            let copy = EmbeddedLog::open(&target).unwrap();
            assert_eq!((copy.tip(), copy.verify().unwrap()), (tip, tip));
            if let Some(newest) = log.block(tip.height).unwrap() {
                assert_eq!(newest.hash(), tip.hash);
                let outcome = tip.height.to_le_bytes().to_vec();
                assert_eq!(copy.outcome(tip.height).unwrap(), Some(outcome));
            }
            if let Some(snapshot) = copy.latest_snapshot().unwrap() {
                assert!(snapshot.height <= tip.height);
                assert_eq!(snapshot.bytes, vec![snapshot.height as u8; 50_000]);
            }
        }
    });
}

/// Ends the writer with the test, however that ends.
struct Over<'a>(&'a AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Release);
    }
}

#[test]
fn only_an_empty_directory_is_filled() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("log");
    let log = EmbeddedLog::create(&path, GENESIS).unwrap();
    commit(&log, 1);
    let refusal = |target: &std::path::Path| match log.backup(target) {
        Err(LogError::Storage(error)) => *error,
        other => panic!("no refusal: {other:?}"),
    };
    assert!(matches!(refusal(&path), StorageError::InUse { .. }));
    let full = directory.path().join("full");
    fs::create_dir(&full).unwrap();
    fs::write(full.join("thesis.tex"), "years of work").unwrap();
    assert!(matches!(refusal(&full), StorageError::Foreign { .. }));
    let copy = directory.path().join("copy");
    log.backup(&copy).unwrap();
    assert!(matches!(refusal(&copy), StorageError::Exists { .. }));
    // What a copy that was killed has left is no log and is no obstacle.
    let killed = directory.path().join("killed");
    fs::create_dir(&killed).unwrap();
    fs::write(killed.join("ledger.redb.new"), "half").unwrap();
    assert_eq!(log.backup(&killed).unwrap(), log.tip());
    assert_eq!(log.verify().unwrap(), log.tip());
}
