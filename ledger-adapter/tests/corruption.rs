//! Damaged files: an error or the whole log, never a panic, and never a shorter or another log.

// Tests fail by panicking, and narrow small numbers that they made themselves.
#![allow(
    clippy::unwrap_used,
    clippy::cast_possible_truncation,
    clippy::print_stdout
)]

use std::fs;
use std::path::{Path, PathBuf};

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use redb::ReadableTable;
use tally_ledger_adapter::embedded::{Damage, EmbeddedLog, LogOptions, Snapshot, StorageError};
use tally_ledger_adapter::log::{Block, LogError, OrderedLog};

const GENESIS: &[u8] = b"corruption";

struct Sample {
    _directory: tempfile::TempDir,
    path: PathBuf,
    ledger: Vec<u8>,
    mark: Vec<u8>,
    contents: Contents,
}

/// How the process that wrote the files ended.
#[derive(Clone, Copy)]
enum Ended {
    Closed,
    Killed,
}

impl Sample {
    /// A log with blocks of all sizes, outcomes and a snapshot, and the bytes of its files.
    fn new(ended: Ended) -> Self {
        // In memory where there is such a place: a thousand openings need not wait for a disk.
        let directory = tempfile::tempdir_in("/dev/shm")
            .or_else(|_| tempfile::tempdir())
            .unwrap();
        let path = directory.path().join("log");
        let log = EmbeddedLog::create(&path, GENESIS).unwrap();
        for height in 1..=40_u64 {
            let transactions =
                (0..height % 5).map(|index| vec![index as u8; (height * 37) as usize]);
            log.commit_with_outcome(height, transactions.collect(), &height.to_le_bytes())
                .unwrap();
        }
        log.put_snapshot(20, &[7; 5000]).unwrap();
        log.commit(41, vec![vec![1; 100]]).unwrap();
        let contents = contents(&log).unwrap();
        let read = |name| fs::read(path.join(name)).unwrap();
        let files = || (read("ledger.redb"), read("ledger.mark"));
        // What is in the files while the log is open is what a killed process leaves.
        let (ledger, mark) = match ended {
            Ended::Killed => files(),
            Ended::Closed => {
                drop(log);
                files()
            }
        };
        Self {
            _directory: directory,
            path,
            ledger,
            mark,
            contents,
        }
    }

    fn write(&self, ledger: &[u8], mark: &[u8]) {
        fs::write(self.path.join("ledger.redb"), ledger).unwrap();
        fs::write(self.path.join("ledger.mark"), mark).unwrap();
    }

    /// Opens the log with these bytes: either an error that names the path, or all that was in it. Says
    /// whether it was all.
    fn whole_or_refused(&self, ledger: &[u8], what: &str) -> bool {
        self.write(ledger, &self.mark);
        match EmbeddedLog::open(&self.path).and_then(|log| contents(&log)) {
            Ok(contents) => {
                assert!(contents == self.contents, "{what}: the log has changed");
                true
            }
            Err(error) => {
                assert_names(&error, &self.path, what);
                false
            }
        }
    }

    /// Without verification on opening: reading a block gives what was written or an error.
    fn never_wrong_unverified(&self, ledger: &[u8], what: &str) {
        self.write(ledger, &self.mark);
        let options = LogOptions {
            verify_on_open: false,
            ..LogOptions::default()
        };
        let log = match EmbeddedLog::open_with(&self.path, options) {
            Ok(log) => log,
            Err(error) => return assert_names(&error, &self.path, what),
        };
        for (height, written) in (1..).zip(&self.contents.blocks) {
            match log.block(height) {
                Ok(block) => assert_eq!(block.as_ref(), Some(written), "{what}: block {height}"),
                Err(error) => assert_names(&error, &self.path, what),
            }
        }
    }
}

#[derive(PartialEq)]
struct Contents {
    blocks: Vec<Block>,
    outcomes: Vec<Option<Vec<u8>>>,
    snapshot: Option<Snapshot>,
}

fn contents(log: &EmbeddedLog) -> Result<Contents, LogError> {
    let heights = 1..=log.tip().height;
    let block = |height| Ok(log.block(height)?.unwrap());
    Ok(Contents {
        blocks: heights
            .clone()
            .map(block)
            .collect::<Result<_, LogError>>()?,
        outcomes: heights
            .map(|height| log.outcome(height))
            .collect::<Result<_, _>>()?,
        snapshot: log.latest_snapshot()?,
    })
}

fn assert_names(error: &LogError, path: &Path, what: &str) {
    let text = error.to_string();
    assert!(
        text.contains(path.to_str().unwrap()),
        "{what}: the error names no path: {text}"
    );
    assert!(matches!(error, LogError::Storage(_)), "{what}: {text}");
}

fn damage(result: Result<EmbeddedLog, LogError>) -> Damage {
    match result.map(drop) {
        Err(LogError::Storage(error)) => match *error {
            StorageError::Damaged { damage, .. } => damage,
            other => panic!("not damage: {other}"),
        },
        other => panic!("not damage: {other:?}"),
    }
}

#[test]
fn every_truncation_is_refused() {
    for ended in [Ended::Closed, Ended::Killed] {
        let sample = Sample::new(ended);
        let length = sample.ledger.len();
        let mut cuts: Vec<usize> = (0..64).chain((64..length).step_by(length / 150)).collect();
        cuts.extend([320, 4095, 4096, 4097, 8192, length - 4096, length - 1]);
        for cut in cuts {
            let what = format!("cut at {cut}");
            assert!(
                !sample.whole_or_refused(&sample.ledger[..cut], &what),
                "{what} was not noticed"
            );
        }
    }
}

#[test]
fn changed_bits_never_change_the_log() {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    for ended in [Ended::Closed, Ended::Killed] {
        let sample = Sample::new(ended);
        // Every byte of the header, in which single bits decide, and bytes all over the file.
        let anywhere: Vec<usize> = (0..400)
            .map(|_| rng.gen_range(0..sample.ledger.len()))
            .collect();
        let mut noticed = 0;
        for offset in (0..320).chain(anywhere) {
            let mut ledger = sample.ledger.clone();
            ledger[offset] ^= 1 << rng.gen_range(0..8);
            noticed += u32::from(!sample.whole_or_refused(&ledger, &format!("byte {offset}")));
        }
        assert!(noticed > 100, "only {noticed} changes were noticed");
    }
}

#[test]
fn the_bit_that_selects_the_newest_root_is_guarded_by_the_mark() {
    // Byte 9 of the engine's file says which of two root slots is the newer one. Turned over, the file is
    // a sound one from before the last commit, as far as the engine can tell.
    let sample = Sample::new(Ended::Killed);
    let mut ledger = sample.ledger.clone();
    ledger[9] ^= 1;
    sample.write(&ledger, &sample.mark);
    let found = damage(EmbeddedLog::open(&sample.path));
    assert!(
        matches!(
            found,
            Damage::BlocksLost {
                tip: 40,
                acknowledged: 41
            }
        ),
        "{found}"
    );
    for bit in 0..8 {
        ledger.clone_from(&sample.ledger);
        ledger[9] ^= 1 << bit;
        sample.whole_or_refused(&ledger, &format!("bit {bit} of byte 9"));
    }
}

#[test]
fn overwritten_stretches_never_change_the_log() {
    let mut rng = ChaCha8Rng::seed_from_u64(2);
    for ended in [Ended::Closed, Ended::Killed] {
        let sample = Sample::new(ended);
        for _ in 0..200 {
            let mut ledger = sample.ledger.clone();
            let start = rng.gen_range(0..ledger.len() - 4096);
            let length = rng.gen_range(1..4096);
            let fill = [0, 0xff, rng.r#gen()][rng.gen_range(0..3)];
            ledger[start..start + length]
                .iter_mut()
                .for_each(|byte| *byte = fill);
            sample.whole_or_refused(&ledger, &format!("{length} bytes from {start}"));
        }
    }
}

#[test]
fn unverified_reads_are_right_or_refused() {
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    let sample = Sample::new(Ended::Closed);
    // Where the blocks are: the rest of the file is empty space.
    let used = sample.ledger.iter().rposition(|byte| *byte != 0).unwrap();
    for _ in 0..400 {
        let mut ledger = sample.ledger.clone();
        let offset = rng.gen_range(0..used);
        ledger[offset] ^= 1 << rng.gen_range(0..8);
        sample.never_wrong_unverified(&ledger, &format!("byte {offset}"));
    }
}

#[test]
fn files_of_other_kinds_are_refused() {
    let sample = Sample::new(Ended::Closed);
    for content in [&b""[..], b"hello", &[0; 100_000], &[0xa5; 4096]] {
        assert!(!sample.whole_or_refused(content, "another file"));
    }
    // A sound file of the engine that is no ledger.
    let file = sample.path.join("ledger.redb");
    fs::remove_file(&file).unwrap();
    drop(redb::Database::create(&file).unwrap());
    assert!(matches!(
        damage(EmbeddedLog::open(&sample.path)),
        Damage::NotALedger { .. }
    ));
}

#[test]
fn an_older_file_under_a_newer_mark_is_refused() {
    let sample = Sample::new(Ended::Closed);
    sample.write(&sample.ledger, &sample.mark);
    let log = EmbeddedLog::open(&sample.path).unwrap();
    log.commit(50, vec![]).unwrap();
    drop(log);
    let newer = fs::read(sample.path.join("ledger.mark")).unwrap();
    sample.write(&sample.ledger, &newer);
    let found = damage(EmbeddedLog::open(&sample.path));
    assert!(
        matches!(
            found,
            Damage::BlocksLost {
                tip: 41,
                acknowledged: 42
            }
        ),
        "{found}"
    );
    // Nothing was changed by looking: with its own mark it opens.
    sample.write(&sample.ledger, &sample.mark);
    assert_eq!(EmbeddedLog::open(&sample.path).unwrap().tip().height, 41);
}

#[test]
fn another_chain_under_the_mark_is_refused() {
    let sample = Sample::new(Ended::Closed);
    let other = tempfile::tempdir().unwrap();
    let log = EmbeddedLog::create(other.path(), GENESIS).unwrap();
    for height in 1..=45 {
        log.commit(height, vec![b"other".to_vec()]).unwrap();
    }
    drop(log);
    sample.write(
        &fs::read(other.path().join("ledger.redb")).unwrap(),
        &sample.mark,
    );
    let found = damage(EmbeddedLog::open(&sample.path));
    assert!(
        matches!(found, Damage::BlockReplaced { height: 41 }),
        "{found}"
    );
}

#[test]
fn an_unreadable_or_missing_mark_is_no_obstacle() {
    let sample = Sample::new(Ended::Closed);
    for mark in [&b""[..], b"short", &[1; 72], &[1; 500]] {
        sample.write(&sample.ledger, mark);
        assert_eq!(EmbeddedLog::open(&sample.path).unwrap().tip().height, 41);
    }
    fs::remove_file(sample.path.join("ledger.mark")).unwrap();
    assert_eq!(EmbeddedLog::open(&sample.path).unwrap().tip().height, 41);
}

const BLOCKS: redb::TableDefinition<u64, &[u8]> = redb::TableDefinition::new("blocks");

/// Changes the table of blocks behind the log's back, checksums of the engine included.
fn edit(sample: &Sample, change: impl FnOnce(&mut redb::Table<u64, &[u8]>)) -> Damage {
    sample.write(&sample.ledger, b"");
    let database = redb::Database::open(sample.path.join("ledger.redb")).unwrap();
    let transaction = database.begin_write().unwrap();
    change(&mut transaction.open_table(BLOCKS).unwrap());
    transaction.commit().unwrap();
    drop(database);
    damage(EmbeddedLog::open(&sample.path))
}

fn stored(block: &Block) -> Vec<u8> {
    [&block.hash()[..], &block.encode()].concat()
}

#[test]
fn the_chain_is_verified_block_by_block() {
    let sample = Sample::new(Ended::Closed);
    let found = edit(&sample, |blocks| {
        blocks.remove(7).unwrap();
    });
    assert!(
        matches!(found, Damage::BlockMissing { height: 7 }),
        "{found}"
    );

    let mut block = sample.contents.blocks[8].clone();
    block.transactions.push(vec![1]);
    let found = edit(&sample, |blocks| {
        blocks.insert(9, &stored(&block)[..]).unwrap();
    });
    assert!(matches!(found, Damage::Parent { height: 10 }), "{found}");

    let mut wrong_hash = stored(&sample.contents.blocks[8]);
    wrong_hash[40] ^= 1;
    let found = edit(&sample, |blocks| {
        blocks.insert(9, &wrong_hash[..]).unwrap();
    });
    assert!(matches!(found, Damage::BlockHash { height: 9 }), "{found}");

    let found = edit(&sample, |blocks| {
        blocks.insert(9, &b"short"[..]).unwrap();
    });
    assert!(matches!(found, Damage::BlockHash { height: 9 }), "{found}");

    let last = &sample.contents.blocks[40];
    let older = Block {
        time: 39,
        ..last.clone()
    };
    let found = edit(&sample, |blocks| {
        blocks.insert(41, &stored(&older)[..]).unwrap();
    });
    assert!(matches!(found, Damage::Time { height: 41 }), "{found}");

    let renumbered = Block {
        height: 40,
        ..last.clone()
    };
    let found = edit(&sample, |blocks| {
        blocks.insert(41, &stored(&renumbered)[..]).unwrap();
    });
    assert!(
        matches!(
            found,
            Damage::BlockHeight {
                height: 41,
                found: 40
            }
        ),
        "{found}"
    );

    let found = edit(&sample, |blocks| {
        blocks.insert(u64::MAX, &stored(last)[..]).unwrap();
    });
    assert!(
        matches!(found, Damage::BlockMissing { height: 42 }),
        "{found}"
    );
}

#[test]
fn a_damaged_snapshot_is_passed_over() {
    const SNAPSHOTS: redb::TableDefinition<u64, &[u8; 72]> =
        redb::TableDefinition::new("snapshots");
    let sample = Sample::new(Ended::Closed);
    sample.write(&sample.ledger, &sample.mark);
    let log = EmbeddedLog::open(&sample.path).unwrap();
    log.put_snapshot(30, b"newer").unwrap();
    assert_eq!(log.latest_snapshot().unwrap().unwrap().height, 30);
    drop(log);
    let intact = fs::read(sample.path.join("ledger.redb")).unwrap();
    for byte in [0, 8, 39, 40, 71] {
        sample.write(&intact, &sample.mark);
        let database = redb::Database::open(sample.path.join("ledger.redb")).unwrap();
        let transaction = database.begin_write().unwrap();
        let mut table = transaction.open_table(SNAPSHOTS).unwrap();
        let mut header = *table.get(30).unwrap().unwrap().value();
        header[byte] ^= 1;
        table.insert(30, &header).unwrap();
        drop(table);
        transaction.commit().unwrap();
        drop(database);
        let log = EmbeddedLog::open(&sample.path).unwrap();
        assert_eq!(
            log.latest_snapshot().unwrap(),
            sample.contents.snapshot,
            "byte {byte}"
        );
    }
}
