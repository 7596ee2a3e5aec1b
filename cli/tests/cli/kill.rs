//! Killed with no chance to clean up, the same command goes on.

use crate::support::{Ran, SMALL, command, data_with_keys, tally};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::Stdio;

fn words(more: &[&'static str]) -> Vec<&'static str> {
    [&["replay"], &SMALL[..], more].concat()
}

/// Starts the smallest replay and kills it as soon as it has made a block of at least this height itself; gives what
/// was there if it ended first.
pub fn killed_at(data: &Path, height: u64) -> Option<Ran> {
    let mut child = command(data, &words(&["--json", "--verbose"]))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let log = BufReader::new(child.stderr.take().unwrap());
    for line in log.lines() {
        if made(&line.unwrap()).is_some_and(|made| made >= height) {
            // SIGKILL where there are signals.
            child.kill().unwrap();
            child.wait().unwrap();
            return None;
        }
    }
    Some(child.wait_with_output().unwrap().into())
}

/// The height of the block that this line of the log says was made.
fn made(line: &str) -> Option<u64> {
    if !line.contains("block executed") || !line.contains("resumed=false") {
        return None;
    }
    let (_, rest) = line.split_once("height=")?;
    rest.split_whitespace().next()?.parse().ok()
}

#[test]
fn killed_and_resumed() {
    let data = data_with_keys();
    // While notes are opened, in the middle of the day, and later; the next block is under way each time.
    for height in [1, 2, 5, 9, 14] {
        let ended = killed_at(data.path(), height);
        assert!(ended.is_none(), "over before block {height}: {ended:?}");
    }
    let resumed = tally(data.path(), &words(&["--json"])).succeeded().json();
    let undisturbed = tally(data.path(), &words(&["--json", "--dry-run"]));
    let undisturbed = undisturbed.succeeded().json();
    for key in [
        "final_state_hash",
        "fills",
        "messages",
        "settlement",
        "wallets_recovered",
    ] {
        assert_eq!(resumed[key], undisturbed[key], "{key}");
    }
    let count = |key: &str| resumed[key].as_u64().unwrap();
    assert!(count("proofs_made") > 0);
    // The openings and the first orders at least were found on the ledger.
    assert!(count("proofs_made") + 6 <= count("proofs"), "{resumed}");
}
