//! Words of a trader that need no node.

use crate::live::with_input;
use crate::support::{Ran, command, tally};
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use tally_trader::lock::WalletLock;
use tempfile::TempDir;

/// The binary without a terminal, with a password, a configuration file and a data directory below `home`.
fn trader(home: &Path, words: &[&str]) -> Command {
    fs::write(home.join("password"), "correct horse\n").unwrap();
    let mut command = command(&home.join("data"), words);
    command
        .env("TALLY_PASSWORD_FILE", home.join("password"))
        .env("TALLY_CONFIG", home.join("config.toml"))
        .stdin(Stdio::null());
    command
}

fn run(home: &Path, words: &[&str]) -> Ran {
    trader(home, words).output().unwrap().into()
}

/// Words that are understood end at the wallet that is not there.
fn understood(words: &[&str]) {
    let home = TempDir::new().unwrap();
    let ran = run(home.path(), &[words, &["-y"]].concat());
    assert_eq!(ran.code, 6, "{words:?}: {ran:?}");
    assert!(ran.stderr.contains("tally wallet new"), "{ran:?}");
    assert!(!home.path().join("data").exists(), "{words:?}");
}

/// Words that are not understood make nothing, and the error has all these parts; as JSON too.
fn refused(words: &[&str], parts: &[&str]) {
    let home = TempDir::new().unwrap();
    run(home.path(), words).refused(parts);
    assert!(!home.path().join("data").exists(), "{words:?}");
}

#[test]
fn orders_that_are_understood() {
    understood(&["buy", "2", "@", "66.150"]);
    understood(&["buy", "2@66.150"]);
    understood(&["sell", "1", "@", "mkt"]);
    understood(&["buy", "2", "@", "-1.025"]);
    understood(&["buy", "2@-1.025", "--tif", "ioc", "--market", "HEG7"]);
    understood(&["buy", "--id", "a", "2", "@", "66.15", "--post-only"]);
    understood(&["quote", "66.100x66.200", "3"]);
    understood(&["quote", "-1.025x-0.975", "3"]);
    understood(&["quote", "--id", "q", "-1.025x0.975", "3"]);
    understood(&["replace", "17", "2", "@", "66.125"]);
    understood(&["replace", "17", "@", "-66.125"]);
    understood(&["replace", "17", "2"]);
    understood(&["close"]);
    understood(&["open", "10000"]);
    understood(&["deposit", "2500.50"]);
    understood(&["withdraw", "all"]);
    understood(&["transfer", "100", "--to", "HEJ7"]);
}

#[test]
fn orders_that_are_not() {
    let yes = |words: &[&'static str]| [words, &["-y"]].concat();
    refused(&yes(&["buy", "2"]), &["2", "has no price", "2 @ 66.150"]);
    refused(&yes(&["buy", "0", "@", "66"]), &["quantity", "0"]);
    refused(&yes(&["buy", "two@66"]), &["quantity", "two"]);
    refused(&yes(&["sell", "1", "@", "1e3"]), &["price", "1e3"]);
    refused(&yes(&["quote", "66.1-66.2", "3"]), &["66.1-66.2", "x"]);
    refused(&yes(&["quote", "66.1xmkt", "3"]), &["66.1xmkt"]);
    refused(&yes(&["replace", "17", "@", "mkt"]), &["mkt", "limit"]);
    refused(&yes(&["replace", "x", "2"]), &["tally orders"]);
    refused(&yes(&["buy", "1@66", "--tif", "gtc"]), &["--tif", "gtc"]);
    refused(&yes(&["buy", "1@66", "--market", "heg7"]), &["heg7"]);
    refused(&["cancel"], &["--all"]);
    refused(&["cancel", "7", "--side", "buy"], &["--all"]);
    refused(&["margin", "hold", "2@66"], &["hold", "buy 2 @ 66.150"]);
    for amount in ["1.005", "-5", "1,000", "0", "ten", "184467440737095516.16"] {
        for verb in ["open", "deposit", "withdraw"] {
            refused(
                &yes(&[verb]).into_iter().chain([amount]).collect::<Vec<_>>(),
                &[amount],
            );
        }
    }
}

/// What is a usage error is one as JSON too: one document on stdout, the words on stderr.
#[test]
fn failures_as_json() {
    let home = TempDir::new().unwrap();
    let ran = run(home.path(), &["buy", "2", "-y", "--json"]);
    assert_eq!(ran.code, 2, "{ran:?}");
    let document = ran.json();
    assert_eq!(
        (&document["reply"], &document["kind"]),
        (&"failed".into(), &"usage".into())
    );
    assert!(ran.stderr.contains(document["error"].as_str().unwrap()));
}

#[test]
fn without_a_terminal_somebody_must_have_said_yes() {
    for words in [
        &["buy", "2", "@", "66.150"][..],
        &["quote", "66.1x66.2", "1"],
        &["open", "10000"],
        &["withdraw", "all"],
        &["close"],
        &["seat", "take"],
    ] {
        refused(words, &["no terminal", "-y"]);
    }
}

#[test]
fn nodes_that_are_none() {
    let home = TempDir::new().unwrap();
    let ran = run(home.path(), &["book", "--node", "127.0.0.1:1"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (5, ""), "{ran:?}");
    assert!(ran.stderr.contains("127.0.0.1:1"), "{ran:?}");
    assert!(!home.path().join("data").exists());
    refused(&["book", "--node", "example.com:7227"], &["example.com"]);
    refused(
        &["epoch", "--node", "8.8.8.8:7227"],
        &["8.8.8.8:7227", "private"],
    );
    refused(&["market", "list", "--node", "nowhere"], &["nowhere"]);
    let embedded = run(home.path(), &["book", "--node", "embedded:/nonexistent"]);
    embedded.refused(&["/nonexistent", "tally market new"]);
}

#[test]
fn passwords_are_asked_for_or_read() {
    let home = TempDir::new().unwrap();
    let mut without = trader(home.path(), &["wallet", "new"]);
    let ran: Ran = without
        .env_remove("TALLY_PASSWORD_FILE")
        .output()
        .unwrap()
        .into();
    ran.refused(&["TALLY_PASSWORD_FILE", "no terminal"]);
    let mut missing = trader(home.path(), &["wallet", "new"]);
    let ran: Ran = missing
        .env("TALLY_PASSWORD_FILE", "/nonexistent")
        .output()
        .unwrap()
        .into();
    ran.refused(&["TALLY_PASSWORD_FILE", "/nonexistent"]);
    let empty = home.path().join("empty");
    fs::write(&empty, "\n").unwrap();
    let mut blank = trader(home.path(), &["wallet", "new"]);
    let ran: Ran = blank
        .env("TALLY_PASSWORD_FILE", &empty)
        .output()
        .unwrap()
        .into();
    ran.refused(&["first line is empty"]);
    assert!(!home.path().join("data").exists());
}

#[test]
fn a_wallet_from_its_words_and_with_another_password() {
    let home = TempDir::new().unwrap();
    let made = run(home.path(), &["wallet", "new", "--json", "--show-phrase"]);
    assert_eq!(made.code, 0, "{made:?}");
    let made = made.json();
    let phrase = made["phrase"].as_str().unwrap();
    assert_eq!(phrase.split(' ').count(), 24);
    let wallet = made["wallet"].as_str().unwrap();
    // Never twice at one place, and never the words unasked.
    let again = run(home.path(), &["wallet", "new"]);
    assert_eq!(again.code, 6, "{again:?}");
    let shown = run(home.path(), &["wallet", "show", "--json"]).json();
    assert_eq!(shown["account"], made["account"]);
    assert_eq!(shown.get("phrase"), None);
    run(home.path(), &["wallet", "show", "--phrase"]).refused(&["no terminal"]);
    let shown = run(home.path(), &["wallet", "show", "--phrase", "-y", "--json"]).json();
    assert_eq!(shown["phrase"], made["phrase"]);
    // Its owner alone reads it.
    #[cfg(unix)]
    {
        let mode =
            std::os::unix::fs::PermissionsExt::mode(&fs::metadata(wallet).unwrap().permissions());
        assert_eq!(mode & 0o777, 0o600);
    }

    let other = home.path().join("other.wallet");
    let words = [
        "wallet",
        "recover",
        "--stdin",
        "--json",
        "--wallet",
        other.to_str().unwrap(),
    ];
    let recovered = with_input(trader(home.path(), &words), &format!("  {phrase}\n"));
    assert_eq!(recovered.json()["account"], made["account"]);
    let third = home.path().join("third.wallet");
    let words = [
        "wallet",
        "recover",
        "--stdin",
        "--wallet",
        third.to_str().unwrap(),
    ];
    let wrong = phrase.replacen(phrase.split(' ').next().unwrap(), "tally", 1);
    let ran = with_input(trader(home.path(), &words), &wrong);
    assert_eq!(ran.code, 6, "{ran:?}");
    assert!(!ran.stderr.contains(&wrong) && !third.exists(), "{ran:?}");

    let new = home.path().join("new-password");
    fs::write(&new, "battery staple\n").unwrap();
    let mut change = trader(home.path(), &["wallet", "password"]);
    let ran: Ran = change
        .env("TALLY_NEW_PASSWORD_FILE", &new)
        .output()
        .unwrap()
        .into();
    assert_eq!(ran.code, 0, "{ran:?}");
    let ran = run(home.path(), &["wallet", "show"]);
    assert_eq!(ran.code, 6, "{ran:?}");
    assert!(ran.stderr.contains("wrong password"), "{ran:?}");
    let mut show = trader(home.path(), &["wallet", "show", "--json"]);
    let ran: Ran = show
        .env("TALLY_PASSWORD_FILE", &new)
        .output()
        .unwrap()
        .into();
    assert_eq!(ran.json()["account"], made["account"]);
}

#[test]
fn a_second_owner_is_refused() {
    let home = TempDir::new().unwrap();
    let made = run(home.path(), &["account", "new", "--json"]).json();
    let wallet = made["wallet"].as_str().unwrap();
    let lock = WalletLock::acquire(Path::new(wallet)).unwrap();
    for words in [
        &["orders"][..],
        &["agent"],
        &["session"],
        &["wallet", "password"],
    ] {
        let ran = run(home.path(), words);
        assert_eq!(ran.code, 6, "{words:?}: {ran:?}");
        assert!(ran.stderr.contains("in use"), "{words:?}: {ran:?}");
    }
    drop(lock);
    // Now it is the node that is missing.
    let ran = run(home.path(), &["orders", "--node", "127.0.0.1:1"]);
    assert_eq!(ran.code, 5, "{ran:?}");
    let ran = run(home.path(), &["agent", "stop"]);
    assert_eq!(ran.code, 6, "{ran:?}");
    assert!(ran.stderr.contains("no agent runs"), "{ran:?}");
}

#[test]
fn configuration_there_and_back() {
    let home = TempDir::new().unwrap();
    let config = |words: &[&str]| {
        let ran = run(home.path(), &[&["config"], words, &["--json"]].concat());
        assert_eq!(ran.code, 0, "{words:?}: {ran:?}");
        ran.json()
    };
    let before = config(&[]);
    assert_eq!(before["node"], "127.0.0.1:7227");
    assert_eq!(before["node_from"], "default");
    assert!(!home.path().join("config.toml").exists());
    config(&["set", "node", "127.0.0.1:7000"]);
    config(&["set", "node", "10.0.0.1:7001", "--profile", "pit"]);
    config(&["set", "wallet", "/tmp/pit.wallet", "--profile", "pit"]);
    let after = config(&[]);
    assert_eq!(
        (&after["node"], &after["node_from"]),
        (&"127.0.0.1:7000".into(), &"profile".into())
    );
    assert_eq!(after["profiles"], serde_json::json!(["default", "pit"]));
    let pit = config(&["--profile", "pit"]);
    assert_eq!(
        (&pit["node"], &pit["wallet"]),
        (&"10.0.0.1:7001".into(), &"/tmp/pit.wallet".into())
    );
    config(&["set", "profile", "pit"]);
    assert_eq!(config(&[])["node"], "10.0.0.1:7001");
    // Option before variable before profile.
    let mut shown = trader(home.path(), &["config", "--json"]);
    let ran: Ran = shown
        .env("TALLY_NODE", "127.0.0.1:9")
        .output()
        .unwrap()
        .into();
    assert_eq!(ran.json()["node_from"], "environment");
    assert_eq!(config(&["--node", "127.0.0.1:8"])["node_from"], "option");

    run(home.path(), &["config", "set", "profile", "none"]).refused(&["none", "default, pit"]);
    run(home.path(), &["config", "set", "node", "example.com:1"]).refused(&["example.com"]);
    run(home.path(), &["orders", "--profile", "none"]).refused(&["profile", "none"]);
    fs::write(home.path().join("config.toml"), "wrong = 1\n").unwrap();
    run(home.path(), &["orders"]).refused(&["config.toml", "wrong"]);
    assert_eq!(config_forget(home.path())["forgotten"], false);
}

fn config_forget(home: &Path) -> serde_json::Value {
    fs::remove_file(home.join("config.toml")).unwrap();
    run(home, &["config", "forget", "127.0.0.1:7000", "--json"]).json()
}

#[test]
fn completions_and_help() {
    let folder = TempDir::new().unwrap();
    for shell in ["bash", "zsh", "fish"] {
        let script = tally(folder.path(), &["completions", shell]).succeeded();
        assert!(script.stdout.contains("tally"), "{shell}");
    }
    let help = tally(folder.path(), &["--help"]).succeeded().stdout;
    for name in [
        "NO_COLOR",
        "TALLY_NODE",
        "TALLY_WALLET",
        "TALLY_PASSWORD_FILE",
        "TALLY_DATA_DIR",
        "TALLY_CONFIG",
    ] {
        assert!(help.contains(name), "{name} missing in:\n{help}");
    }
    for command in ["buy", "quote", "agent", "status", "statement"] {
        let help = tally(folder.path(), &[command, "--help"])
            .succeeded()
            .stdout;
        assert!(help.contains("--json"), "{command}");
    }
}
