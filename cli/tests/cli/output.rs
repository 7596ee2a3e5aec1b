//! What the commands print.

use crate::support::{SMALL, Tree, command, data_with_keys, tally};
use std::process::Stdio;
use tempfile::TempDir;

/// The keys that scripts rely on.
const REPORT_KEYS: [&str; 38] = [
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
    "epochs",
    "passive_trader_cpu_s",
    "drop_out_recovery_s",
    "turnstile_ok",
    "liquidated_as_left",
    "contracts",
    "days",
    "key_generations",
    "final_settlements",
    "faults",
    "proofs_per_second",
    "projected_full_day",
    "projected_check",
    "passive_trader_reading",
];

/// What is said of every epoch.
const EPOCH_KEYS: [&str; 12] = [
    "market",
    "epoch",
    "trigger",
    "band",
    "price",
    "expected",
    "refreshed",
    "extended",
    "liquidated_L",
    "shares_ok",
    "slashed",
    "halt_s",
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
    assert_eq!(report["turnstile_ok"], true);
    assert_eq!(report["passive_trader_cpu_s"], serde_json::Value::Null);
    assert_eq!(report["drop_out_recovery_s"], serde_json::Value::Null);
    let epochs = report["epochs"].as_array().unwrap();
    assert!(!epochs.is_empty());
    for epoch in epochs {
        for key in EPOCH_KEYS {
            assert!(epoch.get(key).is_some(), "{key} missing in {epoch}");
        }
        assert!(epoch["band"]["lo"].is_string() && epoch["band"]["hi"].is_string());
    }
    assert_eq!(epochs.last().unwrap()["trigger"], "settlement");
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
        "liquidated as left     yes",
        "turnstile exact        yes",
        "month  epoch  trigger",
        "HEG7       1  ",
        "faults                 none",
        "proofs a second        not measured",
        "projection             none: too little was proved",
        "real time              No proof was made",
        "passive trader         reading the first day's ledger: ",
    ] {
        assert!(text.contains(part), "{part:?} missing in:\n{text}");
    }
    assert!(text.ends_with("\nall checks hold\n"), "{text}");
    assert!(text.lines().all(|line| line == line.trim_end()), "{text}");
}

#[test]
fn faults_and_days_are_named() {
    let folder = TempDir::new().unwrap();
    let words = [
        "replay",
        "--dry-run",
        "--messages",
        "40",
        "--traders",
        "12",
        "--days",
        "2",
        "--drop-out",
        "2",
        "--no-share",
        "1",
        "--bad-dealer",
        "1",
    ];
    let text = tally(folder.path(), &words).succeeded().stdout;
    for part in [
        "--drop-out 2, --no-share 1, --bad-dealer 1",
        "2017-01-03 HEG7",
        "2017-01-04 HEG7",
        "all checks hold",
    ] {
        assert!(text.contains(part), "{part:?} missing in:\n{text}");
    }
    let json = tally(folder.path(), &[&words[..], &["--json"]].concat());
    let report = json.succeeded().json();
    assert_eq!(report["days"].as_array().unwrap().len(), 2);
    assert_eq!(report["faults"]["drop_out"], 2);
    let rounds = report["key_generations"].as_array().unwrap();
    assert_eq!(rounds[0]["slashed"][0]["offence"], "cheating-dealer");
}

#[test]
fn over_the_change_of_contract_month() {
    let folder = TempDir::new().unwrap();
    let text = tally(folder.path(), &dry(&["--day", "2017-02-14", "--days", "2"]))
        .succeeded()
        .stdout;
    for part in [
        "HEG7, then HEJ7",
        "HEG7 settled finally at",
        "key of this replay",
        "expiry",
    ] {
        assert!(text.contains(part), "{part:?} missing in:\n{text}");
    }
}

/// A replay with every proof real, and what can be seen of its epochs afterwards.
#[test]
fn epochs_of_the_last_replay() {
    let data = data_with_keys();
    let words = [&["replay", "--json"], &SMALL[..]].concat();
    let report = tally(data.path(), &words).succeeded().json();
    assert!(report["passive_trader_cpu_s"].is_null() || report["passive_trader_cpu_s"].is_number());
    let before = Tree::of(data.path());
    let text = tally(data.path(), &["epoch"]).succeeded().stdout;
    for part in [
        "2017-01-03-20-messages-3-traders-seed-1",
        "HEG7 on 2017-01-04, before-session",
        "stage",
        "open: no revalidation under way",
        "settlement at",
        "3 of 3 notes refreshed, L = 0 contracts",
        "clearing account   0 contracts, 0 cents",
        "X = 0 cents",
    ] {
        assert!(text.contains(part), "{part:?} missing in:\n{text}");
    }
    let view = tally(data.path(), &["epoch", "--json"]).succeeded().json();
    let epochs = report["epochs"].as_array().unwrap();
    let market = &view["markets"][0];
    assert_eq!(market["market"], "HEG7");
    assert_eq!(market["epoch"], epochs.len() + 1);
    assert_eq!(market["last"]["liquidated_L"], 0);
    assert_eq!(market["turnstile_X"], 0);
    assert_eq!(market["seats"], 3);
    // Looking changes nothing that counts: the ledger's file may be touched.
    assert_eq!(Tree::of(data.path()).names(), before.names());
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
    for statement in ["act: INSECURE", "refresh: INSECURE", "lapse: INSECURE"] {
        assert!(text.contains(statement), "{text}");
    }
    assert!(text.contains("forge"), "it says what that means: {text}");
    let list = tally(data.path(), &["keys", "--json"]).succeeded().json();
    let list_of = list.as_array().unwrap();
    let statements: Vec<&str> = list_of
        .iter()
        .filter_map(|key| key["statement"].as_str())
        .collect();
    assert_eq!(statements, ["act", "lapse", "refresh"]);
    for key in list_of {
        assert_eq!(key["secure"], false);
        assert!(key["kind"].as_str().unwrap().contains("INSECURE"));
    }
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
    assert_eq!(made.as_array().unwrap().len(), 3);
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
