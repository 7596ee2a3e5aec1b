//! A replay that is killed goes on where it was; on anything but its own ledger it refuses to.

#![allow(clippy::unwrap_used)]

mod common;

use common::{dry, keys, ledger, outcome, proved, proved_with, smallest};
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::{Path, PathBuf};
use tally_ledger_adapter::embedded::{EmbeddedLog, StorageError};
use tally_ledger_adapter::log::{LogError, OrderedLog};
use tally_node::keys::MarketKeys;
use tally_node::replay::{
    DataDirectory, Progress, ReplayArguments, ReplayError, ReplayReport, run,
};
use tally_prover::{Act, SeededTest, seeded_test_setup};

/// The last day of an expiring month, where the real market has no price limit.
const DAY: &str = "2017-02-14";

/// What unwinds through a replay that is killed.
struct Killed;

/// Runs a replay and kills it after its `blocks`-th block; none if that comes to pass.
fn killed_after(
    arguments: &ReplayArguments,
    root: &Path,
    blocks: usize,
    seen: &mut dyn FnMut(Progress),
) -> Option<Result<ReplayReport, ReplayError>> {
    let mut left = blocks;
    let mut progress = |progress| {
        seen(progress);
        left -= 1;
        if left == 0 {
            resume_unwind(Box::new(Killed));
        }
    };
    match catch_unwind(AssertUnwindSafe(|| {
        proved_with(arguments, root, &mut progress)
    })) {
        Ok(result) => Some(result),
        Err(payload) if payload.is::<Killed>() => None,
        Err(other) => resume_unwind(other),
    }
}

/// Killed after the funding, the openings, in the middle of a key generation, of trading, of a window, before a sum is
/// opened and before the audit: no proof is made twice, and the end is that of a replay that nobody killed, which is that
/// of a dry run.
#[test]
fn killed_and_resumed() {
    let folder = tempfile::tempdir().unwrap();
    let arguments = smallest(DAY, 1);
    let mut made = 0;
    let mut blocks = 0;
    for kill_after in [1, 2, 3, 5, 9, 15, 24, 27, 30, 32, 33] {
        let mut of_this_run = 0;
        let mut resumed = 0;
        let result = killed_after(&arguments, folder.path(), kill_after, &mut |progress| {
            of_this_run = progress.proofs;
            resumed += usize::from(progress.resumed);
        });
        assert!(result.is_none(), "the replay has only {blocks} blocks");
        // What an earlier run put on the ledger was found there, and nothing else.
        assert_eq!(resumed, blocks);
        blocks = kill_after;
        made += of_this_run;
    }
    let report = proved(&arguments, folder.path()).unwrap();
    assert!(made > 0);
    assert!(report.proofs_made < report.proofs);
    assert_eq!(report.proofs, made + report.proofs_made);
    assert!(report.checks.all_hold());
    assert_eq!(outcome(&report), outcome(&dry(&arguments)));

    let replay = ledger(folder.path(), &arguments);
    let replay = replay.parent().unwrap();
    let written = fs::read(replay.join("report.json")).unwrap();
    assert!(written == report.to_json());
    assert_eq!(
        fs::read_dir(replay).unwrap().count(),
        3,
        "ledger, lock and report"
    );
}

/// A folder with the first block of a replay: the funding, which needs no proof.
fn begun(arguments: &ReplayArguments) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    assert!(killed_after(arguments, folder.path(), 1, &mut |_| ()).is_none());
    folder
}

/// A data directory without the replay, and the place of its ledger.
fn unstarted(arguments: &ReplayArguments) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    DataDirectory::open(folder.path()).unwrap();
    let path = ledger(folder.path(), arguments);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    (folder, path)
}

fn storage_error(error: &ReplayError) -> &StorageError {
    match error {
        ReplayError::Log(LogError::Storage(error)) => error,
        other => panic!("{other}"),
    }
}

#[test]
fn ledger_of_another_replay() {
    let (arguments, other) = (smallest(DAY, 1), smallest(DAY, 2));
    let (folder, path) = unstarted(&arguments);
    drop(EmbeddedLog::create(&path, &other.genesis()).unwrap());
    let error = proved(&arguments, folder.path()).unwrap_err();
    assert!(matches!(
        storage_error(&error),
        StorageError::GenesisDiffers { .. }
    ));
    assert!(
        error.to_string().contains(path.to_str().unwrap()),
        "{error}"
    );
}

#[test]
fn block_of_something_else() {
    let arguments = smallest(DAY, 1);
    let (folder, path) = unstarted(&arguments);
    let log = EmbeddedLog::create(&path, &arguments.genesis()).unwrap();
    log.commit(1, vec![b"something else".to_vec()]).unwrap();
    drop(log);
    let error = proved(&arguments, folder.path()).unwrap_err();
    assert!(matches!(error, ReplayError::ForeignBlock { height: 1, .. }));
}

/// The right transactions at another time, or too few or too many of them, are not this replay's block either.
#[test]
fn block_that_was_altered() {
    let arguments = smallest(DAY, 1);
    let original = begun(&arguments);
    let block = {
        let log = EmbeddedLog::open(ledger(original.path(), &arguments)).unwrap();
        log.block(1).unwrap().unwrap()
    };
    let right = block.transactions;
    let longer = [&right[..], &right[..1]].concat();
    for (time, transactions) in [
        (block.time + 1, right.clone()),
        (block.time, right[1..].to_vec()),
        (block.time, right[..2].to_vec()),
        (block.time, longer),
    ] {
        let (folder, path) = unstarted(&arguments);
        let log = EmbeddedLog::create(&path, &arguments.genesis()).unwrap();
        log.commit(time, transactions).unwrap();
        drop(log);
        let error = proved(&arguments, folder.path()).unwrap_err();
        assert!(matches!(error, ReplayError::ForeignBlock { height: 1, .. }));
    }
}

#[test]
fn state_that_was_recorded_differently() {
    let arguments = smallest(DAY, 1);
    let original = begun(&arguments);
    let block = {
        let log = EmbeddedLog::open(ledger(original.path(), &arguments)).unwrap();
        log.block(1).unwrap().unwrap()
    };
    let (folder, path) = unstarted(&arguments);
    let log = EmbeddedLog::create(&path, &arguments.genesis()).unwrap();
    log.commit_with_outcome(block.time, block.transactions, &[7; 32])
        .unwrap();
    drop(log);
    let error = proved(&arguments, folder.path()).unwrap_err();
    assert!(matches!(error, ReplayError::StateDiffers { height: 1, .. }));
    assert!(error.to_string().contains("delete"), "{error}");
}

/// Proofs made with keys that are gone don't verify under new ones: the replay can't go on.
#[test]
fn other_keys() {
    let arguments = smallest(DAY, 1);
    let folder = tempfile::tempdir().unwrap();
    assert!(killed_after(&arguments, folder.path(), 2, &mut |_| ()).is_none());
    let data = DataDirectory::open(folder.path()).unwrap();
    let other: MarketKeys<SeededTest> = MarketKeys {
        act: seeded_test_setup::<Act>(2).unwrap(),
        ..keys()
    };
    let error = run(&arguments, Some((&data, &other)), &mut |_| ()).unwrap_err();
    assert!(
        matches!(error, ReplayError::OtherKeys { height: 2, .. }),
        "{error}"
    );
    // Nothing was written: with the right keys it still goes on.
    let mut resumed = 0;
    let kill = killed_after(&arguments, folder.path(), 2, &mut |progress| {
        resumed += usize::from(progress.resumed);
    });
    assert!(kill.is_none());
    assert_eq!(resumed, 2);
}

#[test]
fn ledger_in_use() {
    let arguments = smallest(DAY, 1);
    let folder = begun(&arguments);
    let _held = EmbeddedLog::open(ledger(folder.path(), &arguments)).unwrap();
    let error = proved(&arguments, folder.path()).unwrap_err();
    assert!(matches!(storage_error(&error), StorageError::InUse { .. }));
}

/// Cut short anywhere, a ledger is an error and never a panic, and stays one when it is tried again.
#[test]
fn ledger_cut_short() {
    let arguments = smallest(DAY, 1);
    let folder = begun(&arguments);
    let file = ledger(folder.path(), &arguments).join("ledger.redb");
    let whole = fs::read(&file).unwrap();
    for keep in [0, 1, 100, whole.len() / 4, whole.len() / 2, whole.len() - 1] {
        fs::write(&file, &whole[..keep]).unwrap();
        for _ in 0..2 {
            let error = proved(&arguments, folder.path()).unwrap_err();
            assert!(
                matches!(error, ReplayError::Log(_)),
                "{keep} bytes: {error}"
            );
            assert!(error.to_string().contains("ledger"), "{error}");
        }
    }
}

/// A byte flipped anywhere is either found or lies in a part of the file that holds nothing.
#[test]
fn ledger_with_a_flipped_byte() {
    let arguments = smallest(DAY, 1);
    let folder = begun(&arguments);
    let file = ledger(folder.path(), &arguments).join("ledger.redb");
    let whole = fs::read(&file).unwrap();
    let mut found = 0;
    for step in 0..24 {
        let mut bytes = whole.clone();
        bytes[step * whole.len() / 24] ^= 0x55;
        fs::write(&file, &bytes).unwrap();
        match killed_after(&arguments, folder.path(), 1, &mut |p| assert!(p.resumed)) {
            None => {}
            Some(Err(ReplayError::Log(_))) => found += 1,
            Some(other) => panic!("{other:?}"),
        }
    }
    assert!(found > 0);
    fs::write(&file, &whole).unwrap();
    assert!(killed_after(&arguments, folder.path(), 1, &mut |_| ()).is_none());
}
