//! Addresses of onion services and the words about Tor, without a network.

use crate::live::Trader;
use crate::support::tally;
use std::fs;
use tempfile::TempDir;

/// A service's address, of nobody here.
const GOOD: &str = "vww6ybal4bd7szmgncyruucpgfkqahzddi37ktceo3ah7ngmcopnpyyd.onion";

#[test]
fn what_is_no_onion_address_is_refused() {
    let data = TempDir::new().unwrap();
    let cut = &GOOD[1..];
    for address in ["x.onion", "X.ONION:80", cut, "127.0.0.1.onion", "x.onion."] {
        let ran = tally(data.path(), &["book", "--node", address]);
        ran.refused(&[address, "onion"]);
    }
    // Nothing is tried with it, and nothing is left behind.
    assert!(!data.path().join("tor").exists());
}

#[test]
fn a_configuration_that_is_none_is_named() {
    let (data, folder) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let wrong = folder.path().join("wrong.toml");
    fs::write(&wrong, "tor_network = 7\n").unwrap();
    for file in [wrong.to_str().unwrap(), "no/such/file.toml"] {
        let ran = tally(data.path(), &["book", "--node", GOOD, "--tor-config", file]);
        if cfg!(feature = "tor") {
            ran.refused(&["Tor's configuration", file]);
        } else {
            ran.refused(&["has no Tor", "--features tor", "nothing was sent"]);
        }
    }
}

#[test]
fn patience_and_delays_have_bounds() {
    let data = TempDir::new().unwrap();
    for (option, value) in [
        ("--tor-patience", "0"),
        ("--tor-patience", "3601"),
        ("--send-delay", "61"),
        ("--send-delay", "2s"),
    ] {
        tally(data.path(), &["book", option, value]).refused(&[option, value]);
    }
}

#[test]
fn a_profile_keeps_node_configuration_and_delay() {
    let trader = Trader::at("127.0.0.1:1".to_owned());
    let upper = GOOD.to_uppercase();
    let shown = trader.ok(&["config", "set", "node", &upper]);
    // A variable comes first; the file has the service's one name.
    assert_eq!(shown["node_from"], "environment");
    let ask = |words: &[&str]| {
        let mut command = trader.command(&[words, &["--json"]].concat());
        let ran: crate::support::Ran = command.env_remove("TALLY_NODE").output().unwrap().into();
        assert_eq!(ran.code, 0, "{ran:?}");
        ran.json()
    };
    assert_eq!(ask(&["config"])["node"], GOOD);
    assert_eq!(
        ask(&["config", "set", "send-delay", "2.5"])["send_delay_ms"],
        2_500
    );
    let shown = ask(&["config", "set", "tor-config", "bridges.toml"]);
    assert!(
        shown["tor_config"]
            .as_str()
            .unwrap()
            .ends_with("/bridges.toml"),
        "{shown}"
    );
    for (field, value) in [("node", "short.onion"), ("send-delay", "soon")] {
        let ran = trader.run(&["config", "set", field, value]);
        ran.refused(&[value]);
    }
    let mut command = trader.command(&["config"]);
    let ran: crate::support::Ran = command
        .env("TALLY_SEND_DELAY", "x")
        .output()
        .unwrap()
        .into();
    ran.refused(&["TALLY_SEND_DELAY", "\"x\"", "seconds"]);
}
