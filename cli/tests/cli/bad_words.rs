//! Words that don't fit: an error that names field, value and remedy, exit code 2, nothing on stdout, nothing made.

use crate::support::{Tree, tally};
use tempfile::TempDir;

/// Runs `tally` with a data directory that does not exist yet, and checks that it still does not.
fn refused(words: &[&str], parts: &[&str]) {
    let folder = TempDir::new().unwrap();
    let data = folder.path().join("data");
    tally(&data, words).refused(parts);
    assert!(!data.exists(), "{words:?} made {:?}", Tree::of(&data));
}

fn replay_refused(words: &[&str], parts: &[&str]) {
    for more in [&[][..], &["--dry-run"], &["--json"]] {
        refused(&[&["replay"], words, more].concat(), parts);
    }
}

#[test]
fn days_without_a_session() {
    let remedy = "choose a trading day";
    replay_refused(
        &["--day", "2017-01-02"],
        &["--day", "2017-01-02", "New Year's Day", remedy],
    );
    replay_refused(
        &["--day", "2017-02-20"],
        &["--day", "2017-02-20", "Presidents' Day", remedy],
    );
    replay_refused(
        &["--day", "2017-01-07"],
        &["--day", "2017-01-07", "weekend", remedy],
    );
    let range = ["2017-01-03", "2017-03-31"];
    for outside in ["2016-12-30", "2017-04-03", "9999-12-31", "1970-01-01"] {
        replay_refused(
            &["--day", outside],
            &[&["--day", outside, remedy], &range[..]].concat(),
        );
    }
}

#[test]
fn words_that_are_no_days() {
    for word in [
        "yesterday",
        "2017-02-30",
        "2017-13-01",
        "2017-1-3",
        "03.01.2017",
        "",
        "2017-01-03 ",
    ] {
        replay_refused(&["--day", word], &["--day", word, "write"]);
    }
}

#[test]
fn numbers_that_make_no_sense() {
    for count in ["0", "-5", "19", "many", "4294967296", "1e3", ""] {
        let parts = ["--messages", count, "whole number", "at least 20"];
        replay_refused(&["--messages", count], &parts);
    }
    for count in ["0", "-1", "2", "1001", "three", "99999999999999999999"] {
        replay_refused(
            &["--traders", count],
            &["--traders", count, "from 3 to 1000"],
        );
    }
    for seed in ["-1", "18446744073709551616", "one"] {
        replay_refused(&["--seed", seed], &["--seed", seed, "whole number from 0"]);
    }
    // More than the day has.
    replay_refused(
        &["--messages", "4000000"],
        &["messages", "4000000", "157976"],
    );
}

#[test]
fn days_that_are_not_there() {
    for count in ["0", "-1", "63", "two", ""] {
        replay_refused(&["--days", count], &["--days", count, "from 1 to 62"]);
    }
    let words = ["--day", "2017-03-30", "--days", "3"];
    replay_refused(
        &words,
        &["--days is 3", "2017-03-30", "has 2", "earlier --day"],
    );
}

#[test]
fn faults_beyond_the_traders() {
    let faults = [
        "--drop-out",
        "--distress",
        "--bad-share",
        "--no-share",
        "--bad-dealer",
    ];
    for fault in faults {
        for count in ["-1", "some", "", "4294967296"] {
            replay_refused(&[fault, count], &[fault, count, "whole number"]);
        }
        let words = ["--traders", "5", fault, "3"];
        replay_refused(&words, &[fault, "of 5 traders at most 2", "more --traders"]);
    }
    let words = ["--traders", "9", "--drop-out", "3", "--no-share", "4"];
    replay_refused(&words, &["--drop-out 3, --no-share 4 is 7", "at most 6"]);
}

#[test]
fn no_replay_to_look_at() {
    refused(&["epoch"], &["no replay in", "tally replay"]);
    refused(&["epoch", "--json"], &["no replay in"]);
    refused(&["epoch", "7"], &["7"]);
}

#[test]
fn words_that_exclude_each_other() {
    refused(
        &["replay", "--full", "--messages", "100"],
        &["--full", "--messages"],
    );
    refused(
        &["replay", "--messages", "100", "--messages", "200"],
        &["--messages"],
    );
}

#[test]
fn unknown_words() {
    refused(&["repaly"], &["repaly", "replay"]);
    refused(&["replay", "--trader", "5"], &["--trader", "--traders"]);
    refused(&["replay", "2017-01-03"], &["2017-01-03"]);
}

#[test]
fn unknown_markets() {
    for symbol in ["HEZ9", "heg7", "", "LE"] {
        for more in [&[][..], &["--json"]] {
            let words = [&["market", "show", symbol], more].concat();
            refused(&words, &["market", symbol, "choose one of HEG7, HEJ7"]);
        }
    }
}

#[test]
fn no_data_directory_at_all() {
    let mut command = crate::support::command("".as_ref(), &["keys"]);
    let ran: crate::support::Ran = command.output().unwrap().into();
    ran.refused(&["TALLY_DATA_DIR", "--data-dir"]);
}

/// Without a command there is nothing to do: the help, and the exit code of a wrong call.
#[test]
fn no_command() {
    let folder = TempDir::new().unwrap();
    for words in [&[][..], &["market"]] {
        let ran = tally(folder.path(), words);
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""));
        assert!(ran.stderr.contains("Usage: tally"));
    }
}
