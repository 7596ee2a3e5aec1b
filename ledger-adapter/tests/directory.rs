//! Which directories a log accepts, and what it says about the others.

// Tests fail by panicking, and narrow small numbers that they made themselves.
#![allow(
    clippy::unwrap_used,
    clippy::cast_possible_truncation,
    clippy::print_stdout
)]

use std::fs;
use std::path::Path;
use std::process::Command;

use tally_ledger_adapter::embedded::{Damage, EmbeddedLog, StorageError};
use tally_ledger_adapter::log::{
    Block, LogError, MAX_GENESIS_BYTES, OrderedLog, Tip, genesis_hash,
};

fn refusal(result: Result<EmbeddedLog, LogError>, path: &Path) -> StorageError {
    let error = match result {
        Err(LogError::Storage(error)) => *error,
        Err(other) => panic!("another error: {other}"),
        Ok(_) => panic!("no error"),
    };
    assert!(
        error.to_string().contains(path.to_str().unwrap()),
        "the error names no path: {error}"
    );
    error
}

#[test]
fn a_new_log_is_empty_and_reopens() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("made/on/the/way");
    let log = EmbeddedLog::create(&path, b"genesis").unwrap();
    let empty = Tip {
        height: 0,
        hash: genesis_hash(b"genesis"),
        time: 0,
    };
    assert_eq!((log.genesis(), log.tip()), (&b"genesis"[..], empty));
    assert_eq!(
        (
            log.block(0).unwrap(),
            log.block(1).unwrap(),
            log.block(u64::MAX).unwrap()
        ),
        (None, None, None)
    );
    drop(log);
    let log = EmbeddedLog::open(&path).unwrap();
    assert_eq!(
        (log.genesis(), log.tip(), log.verify().unwrap()),
        (&b"genesis"[..], empty, empty)
    );
}

#[test]
fn a_missing_log_is_not_opened() {
    let directory = tempfile::tempdir().unwrap();
    let nowhere = directory.path().join("nowhere");
    assert!(matches!(
        refusal(EmbeddedLog::open(&nowhere), &nowhere),
        StorageError::Missing { .. }
    ));
    assert!(!nowhere.exists(), "looking for a log made a directory");
    assert!(matches!(
        refusal(EmbeddedLog::open(directory.path()), directory.path()),
        StorageError::Missing { .. }
    ));
    assert_eq!(
        fs::read_dir(directory.path()).unwrap().count(),
        0,
        "looking for a log left a file"
    );
}

#[test]
fn an_existing_log_is_not_made_again() {
    let directory = tempfile::tempdir().unwrap();
    let log = EmbeddedLog::create(directory.path(), b"genesis").unwrap();
    log.commit(1, vec![b"kept".to_vec()]).unwrap();
    drop(log);
    let found = refusal(
        EmbeddedLog::create(directory.path(), b"genesis"),
        directory.path(),
    );
    assert!(matches!(found, StorageError::Exists { .. }), "{found}");
    assert_eq!(EmbeddedLog::open(directory.path()).unwrap().tip().height, 1);
}

#[test]
fn a_foreign_directory_is_left_alone() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("thesis.tex"), "years of work").unwrap();
    for result in [
        EmbeddedLog::create(directory.path(), b"genesis"),
        EmbeddedLog::open_or_create(directory.path(), b"genesis"),
    ] {
        let found = refusal(result, directory.path());
        assert!(
            matches!(&found, StorageError::Foreign { entry, .. } if entry == Path::new("thesis.tex")),
            "{found}"
        );
    }
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
}

#[test]
fn a_file_is_no_directory() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("file");
    fs::write(&file, "x").unwrap();
    for path in [file.clone(), file.join("below")] {
        for result in [
            EmbeddedLog::open(&path),
            EmbeddedLog::create(&path, b""),
            EmbeddedLog::open_or_create(&path, b""),
        ] {
            let found = refusal(result, &path);
            assert!(
                matches!(found, StorageError::NotADirectory { .. }),
                "{found}"
            );
        }
    }
}

#[cfg(unix)]
#[test]
fn an_unwritable_directory_is_named() {
    use std::os::unix::fs::PermissionsExt;

    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("log");
    drop(EmbeddedLog::create(&path, b"").unwrap());
    fs::remove_file(path.join("ledger.mark")).unwrap();
    let empty = directory.path().join("empty");
    fs::create_dir(&empty).unwrap();
    let set_mode =
        |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    set_mode(&path, 0o500);
    set_mode(&empty, 0o500);
    // The administrator may write anywhere; there is nothing to see then.
    if fs::write(empty.join("probe"), "").is_err() {
        for result in [
            EmbeddedLog::open(&path),
            EmbeddedLog::create(empty.join("below"), b""),
        ] {
            let found = refusal(result, directory.path());
            assert!(matches!(found, StorageError::Unwritable { .. }), "{found}");
        }
        let found = refusal(EmbeddedLog::create(&empty, b""), &empty);
        assert!(matches!(found, StorageError::Unwritable { .. }), "{found}");
    }
    set_mode(&path, 0o700);
    set_mode(&empty, 0o700);
}

#[test]
fn another_genesis_is_refused_and_both_are_named() {
    let directory = tempfile::tempdir().unwrap();
    drop(EmbeddedLog::open_or_create(directory.path(), b"first").unwrap());
    let found = refusal(
        EmbeddedLog::open_or_create(directory.path(), b"second"),
        directory.path(),
    );
    let text = found.to_string();
    assert!(
        matches!(found, StorageError::GenesisDiffers { .. }),
        "{text}"
    );
    for genesis in [b"first".as_slice(), b"second"] {
        assert!(text.contains(&hex::encode(genesis_hash(genesis))), "{text}");
    }
    assert_eq!(
        EmbeddedLog::open_or_create(directory.path(), b"first")
            .unwrap()
            .genesis(),
        b"first"
    );
}

#[test]
fn genesis_is_bounded() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("log");
    let found = refusal(
        EmbeddedLog::create(&path, &[0; MAX_GENESIS_BYTES + 1]),
        &path,
    );
    assert!(
        matches!(found, StorageError::GenesisTooLarge { bytes, .. } if bytes == MAX_GENESIS_BYTES + 1),
        "{found}"
    );
    assert!(!path.exists());
    drop(EmbeddedLog::create(&path, &[0; MAX_GENESIS_BYTES]).unwrap());
    assert_eq!(
        EmbeddedLog::open(&path).unwrap().genesis().len(),
        MAX_GENESIS_BYTES
    );
}

#[test]
fn two_openers_do_not_share_a_log() {
    let directory = tempfile::tempdir().unwrap();
    let log = EmbeddedLog::create(directory.path(), b"").unwrap();
    let second = [
        EmbeddedLog::open(directory.path()),
        EmbeddedLog::open_or_create(directory.path(), b""),
        EmbeddedLog::create(directory.path(), b""),
    ];
    for result in second {
        let found = refusal(result, directory.path());
        assert!(matches!(found, StorageError::InUse { .. }), "{found}");
        assert!(
            found.to_string().contains("in use by another process"),
            "{found}"
        );
    }
    // The first is none the worse, and once it is closed the log is free, subscriptions or not.
    log.commit(1, vec![]).unwrap();
    let subscription = log.subscribe(1);
    drop(log);
    assert_eq!(EmbeddedLog::open(directory.path()).unwrap().tip().height, 1);
    drop(subscription);
}

const OPENER: &str = "TALLY_TEST_OPENER_DIRECTORY";

/// Not a test of its own: the other process. Does nothing unless started by the test below.
#[test]
fn other_process() {
    let Ok(directory) = std::env::var(OPENER) else {
        return;
    };
    match EmbeddedLog::open(directory) {
        Ok(_) => println!("\nOPENED"),
        Err(error) => println!("\nREFUSED {error}"),
    }
}

#[test]
fn two_processes_do_not_share_a_log() {
    let directory = tempfile::tempdir().unwrap();
    let open_elsewhere = || {
        let output = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "other_process", "--nocapture"])
            .env(OPENER, directory.path())
            .output()
            .unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    let log = EmbeddedLog::create(directory.path(), b"").unwrap();
    let answer = open_elsewhere();
    assert!(
        answer.contains("REFUSED") && answer.contains("in use by another process"),
        "{answer}"
    );
    drop(log);
    let answer = open_elsewhere();
    assert!(answer.contains("OPENED"), "{answer}");
}

#[test]
fn an_unfinished_creation_is_swept_away() {
    let directory = tempfile::tempdir().unwrap();
    let unfinished = directory.path().join("ledger.redb.new");
    fs::write(&unfinished, "half").unwrap();
    fs::write(directory.path().join("ledger.mark"), "").unwrap();
    assert!(matches!(
        refusal(EmbeddedLog::open(directory.path()), directory.path()),
        StorageError::Missing { .. }
    ));
    let log = EmbeddedLog::open_or_create(directory.path(), b"genesis").unwrap();
    assert!(!unfinished.exists());
    assert_eq!(log.commit(5, vec![]).unwrap().height, 1);
}

#[test]
fn another_format_is_refused() {
    const META: redb::TableDefinition<&str, &[u8]> = redb::TableDefinition::new("meta");
    let directory = tempfile::tempdir().unwrap();
    drop(EmbeddedLog::create(directory.path(), b"").unwrap());
    let set = |field: &str, value: &[u8]| {
        let database = redb::Database::open(directory.path().join("ledger.redb")).unwrap();
        let transaction = database.begin_write().unwrap();
        transaction
            .open_table(META)
            .unwrap()
            .insert(field, value)
            .unwrap();
        transaction.commit().unwrap();
    };
    set("version", &2_u32.to_le_bytes());
    let found = refusal(EmbeddedLog::open(directory.path()), directory.path());
    assert!(
        matches!(
            found,
            StorageError::Version {
                found: 2,
                supported: 1,
                ..
            }
        ),
        "{found}"
    );
    set("magic", b"something else");
    let found = refusal(EmbeddedLog::open(directory.path()), directory.path());
    assert!(
        matches!(
            found,
            StorageError::Damaged {
                damage: Damage::NotALedger { field: "magic" },
                ..
            }
        ),
        "{found}"
    );
}

#[test]
fn a_changed_genesis_breaks_the_chain() {
    const META: redb::TableDefinition<&str, &[u8]> = redb::TableDefinition::new("meta");
    let directory = tempfile::tempdir().unwrap();
    let log = EmbeddedLog::create(directory.path(), b"first").unwrap();
    let block: Block = log.commit(1, vec![]).unwrap();
    assert_eq!(block.parent, genesis_hash(b"first"));
    drop(log);
    let database = redb::Database::open(directory.path().join("ledger.redb")).unwrap();
    let transaction = database.begin_write().unwrap();
    transaction
        .open_table(META)
        .unwrap()
        .insert("genesis", &b"second"[..])
        .unwrap();
    transaction.commit().unwrap();
    drop(database);
    let found = refusal(EmbeddedLog::open(directory.path()), directory.path());
    assert!(
        matches!(
            found,
            StorageError::Damaged {
                damage: Damage::Parent { height: 1 },
                ..
            }
        ),
        "{found}"
    );
}
