//! What the commands print.

use crate::support::{SMALL, Tree, command, data_with_keys, tally};
use std::process::Stdio;
use tempfile::TempDir;

/// The keys that scripts rely on.
const REPORT_KEYS: [&str; 24] = [
    "day",
    "seed",
    "traders",
    "messages",
    "orders_posted",
    "cancels",
    "fills",
    "contracts_traded",
    "settlement",
    "settlement_tier",
    "proofs",
    "prove_ms_median",
    "prove_ms_p95",
    "verify_ms_per_proof",
    "rejected",
    "positions_sum",
    "cash_conserved",
    "wallets_recovered",
    "final_state_hash",
    "wall_s",
    "peak_rss_mb",
    "dry_run",
    "keys",
    "fills_claimed_once",
];

fn dry(more: &[&'static str]) -> Vec<&'static str> {
    [&["replay", "--dry-run"], &SMALL[..], more].concat()
}

#[test]
fn replay_as_json() {
    let folder = TempDir::new().unwrap();
    let report = tally(folder.path(), &dry(&["--json"])).succeeded().json();
    let fields = report.as_object().unwrap();
    for key in REPORT_KEYS {
        assert!(fields.contains_key(key), "{key} missing in {report}");
    }
    assert_eq!(report["day"], "2017-01-03");
    assert_eq!(report["traders"], 3);
    assert_eq!(report["dry_run"], true);
    assert_eq!(report["keys"], serde_json::Value::Null);
    assert_eq!(report["positions_sum"], 0);
    assert_eq!(report["cash_conserved"], true);
    assert_eq!(report["final_state_hash"].as_str().unwrap().len(), 64);
    // A dry run needs no data directory and leaves nothing in it.
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn replay_as_text() {
    let folder = TempDir::new().unwrap();
    let text = tally(folder.path(), &dry(&[])).succeeded().stdout;
    for part in [
        "HEG7 on 2017-01-03",
        "synthetic flow conditioned on real prices and volume",
        "DRY RUN",
        "positions sum to zero  yes",
        "cash conserved         yes",
        "fills claimed once     yes",
        "wallets recovered      yes (3 of 3",
        "state reproduced       yes",
    ] {
        assert!(text.contains(part), "{part:?} missing in:\n{text}");
    }
    assert!(text.ends_with("\nall checks hold\n"), "{text}");
    assert!(text.lines().all(|line| line == line.trim_end()), "{text}");
}

#[test]
fn first_day_of_a_month_says_so() {
    let folder = TempDir::new().unwrap();
    let text = tally(folder.path(), &dry(&["--day", "2017-02-15"]))
        .succeeded()
        .stdout;
    assert!(text.contains("HEJ7 on 2017-02-15"), "{text}");
    assert!(text.contains("own open"), "{text}");
}

#[test]
fn keys_that_are_there() {
    let data = data_with_keys();
    let before = Tree::of(data.path());
    let text = tally(data.path(), &["keys"]).succeeded().stdout;
    assert!(text.contains("act: INSECURE"), "{text}");
    assert!(text.contains("forge"), "it says what that means: {text}");
    let list = tally(data.path(), &["keys", "--json"]).succeeded().json();
    assert_eq!(list.as_array().unwrap().len(), 1);
    assert_eq!(list[0]["statement"], "act");
    assert_eq!(list[0]["secure"], false);
    assert!(list[0]["kind"].as_str().unwrap().contains("INSECURE"));
    // There is nothing to make.
    let made = tally(data.path(), &["keys", "--make", "--json"])
        .succeeded()
        .json();
    assert_eq!(made, list);
    assert_eq!(Tree::of(data.path()), before);
}

/// Looking makes nothing, not even the folder.
#[test]
fn keys_that_are_not_there() {
    let folder = TempDir::new().unwrap();
    let absent = folder.path().join("absent");
    let text = tally(&absent, &["keys"]).succeeded().stdout;
    assert!(text.contains("no proving keys"), "{text}");
    assert!(text.contains(absent.to_str().unwrap()), "{text}");
    assert!(text.contains("tally keys --make"), "{text}");
    assert_eq!(
        tally(&absent, &["keys", "--json"]).succeeded().json(),
        serde_json::json!([])
    );
    assert!(!absent.exists());
}

#[test]
fn keys_are_made() {
    let folder = TempDir::new().unwrap();
    let data = folder.path().join("new");
    let made = tally(&data, &["keys", "--make", "--json"])
        .succeeded()
        .json();
    assert_eq!(made.as_array().unwrap().len(), 1);
    assert_eq!(tally(&data, &["keys", "--json"]).succeeded().json(), made);
}

#[test]
fn market_numbers() {
    let folder = TempDir::new().unwrap();
    let shown = tally(folder.path(), &["market", "show", "--json"])
        .succeeded()
        .json();
    assert_eq!(shown["symbol"], "HE");
    assert_eq!(shown["sessions"].as_array().unwrap().len(), 0);
    let text = tally(folder.path(), &["market", "show"]).succeeded().stdout;
    let parameters = shown["parameters"].as_array().unwrap();
    let chosen = [
        "fee",
        "opening_fee",
        "minimum_deposit",
        "decryptor_bond",
        "reward_cap",
        "trigger_spacing",
        "pre_open",
    ];
    for name in chosen {
        let entry = parameters.iter().find(|entry| entry["name"] == name);
        let entry = entry.unwrap_or_else(|| panic!("{name} is not shown"));
        assert_eq!(entry["source"], "chosen", "{name}");
        assert!(entry["why"].as_str().unwrap().len() > 20, "{name}");
        let line = text
            .lines()
            .find(|line| line.starts_with(&format!("{name} ")));
        assert!(
            line.is_some_and(|line| line.contains("[chosen]")),
            "{name}: {text}"
        );
    }
}

#[test]
fn market_sessions() {
    let folder = TempDir::new().unwrap();
    let mut sessions = 0;
    for (symbol, first) in [("HEG7", "2017-01-03"), ("HEJ7", "2017-02-15")] {
        let shown = tally(folder.path(), &["market", "show", symbol, "--json"]);
        let shown = shown.succeeded().json();
        let list = shown["sessions"].as_array().unwrap();
        assert_eq!(list[0]["date"], first);
        assert!(list.iter().all(|session| session["market"] == symbol));
        sessions += list.len();
        let text = tally(folder.path(), &["market", "show", symbol])
            .succeeded()
            .stdout;
        assert!(
            list.iter()
                .all(|session| text.contains(session["date"].as_str().unwrap()))
        );
    }
    assert_eq!(sessions, 62);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn help_and_version() {
    let folder = TempDir::new().unwrap();
    let absent = folder.path().join("absent");
    for words in [
        &["--help"][..],
        &["help", "replay"],
        &["replay", "-h"],
        &["market", "show", "--help"],
    ] {
        let help = tally(&absent, words).succeeded().stdout;
        assert!(help.contains("Usage: tally"), "{help}");
    }
    let help = tally(&absent, &["--help"]).stdout;
    for code in [
        "0 ok",
        "1 internal",
        "2 usage",
        "3 rejected",
        "4 margin",
        "5 network",
        "6 wallet",
        "7 check",
        "8 halted",
        "9 unknown",
    ] {
        assert!(help.contains(code), "{code} missing in:\n{help}");
    }
    let version = tally(&absent, &["--version"]).succeeded().stdout;
    assert_eq!(version, format!("tally {}\n", env!("CARGO_PKG_VERSION")));
    assert!(!absent.exists());
}

/// Whoever reads has seen enough: no panic, no error.
#[test]
fn closed_pipe() {
    let folder = TempDir::new().unwrap();
    for words in [
        vec!["market", "show", "HEG7"],
        vec!["--help"],
        dry(&["--json"]),
    ] {
        let mut child = command(folder.path(), &words)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(0), "{words:?}: {stderr}");
        assert_eq!(stderr, "", "{words:?}");
    }
}
