//! A client whose Tor is configured and down, seen from outside: every system call that has to do with the network.

use super::Market;
use super::private_tor::say;
use crate::live::Trader;
use std::process::{Command, Stdio};

/// Runs commands under `strace` while there is no relay: they try the relays of the configuration, in vain, and nothing
/// else: no other address, no name, no datagram.
pub fn nothing_leaves(market: &Market, trader: &Trader) {
    let strace = Command::new("strace")
        .arg("-V")
        .stdout(Stdio::null())
        .status();
    if !strace.is_ok_and(|status| status.success()) {
        say(
            "SKIPPED: there is no `strace` on this machine, so it was not observed that nothing leaves without Tor; install Debian's package strace",
        );
        return;
    }
    let relays = market.tor.addresses();
    for words in [
        ["book"].as_slice(),
        &["open", "1000", "-y"],
        &["account", "fund", "1000"],
    ] {
        let trace = trace(trader, &[words, &["--tor-patience", "4"]].concat());
        let mut tried = 0;
        for line in trace.lines() {
            tried += usize::from(is_allowed(line, &relays));
        }
        assert!(tried > 0, "{words:?} tried no relay: {trace}");
    }
}

/// The calls of a command that fails for want of Tor.
fn trace(trader: &Trader, words: &[&str]) -> String {
    let file = trader.data().join("trace");
    let traced = trader.command(words);
    let mut command = Command::new("strace");
    command
        .args(["-f", "-qq", "-e", "trace=network", "-o"])
        .arg(&file);
    command
        .arg(traced.get_program())
        .args(traced.get_args())
        .stdin(Stdio::null());
    for (name, value) in traced.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    let ran = command.output().unwrap();
    assert_eq!(
        ran.status.code(),
        Some(5),
        "{words:?}: {}",
        String::from_utf8_lossy(&ran.stderr)
    );
    std::fs::read_to_string(file).unwrap()
}

/// Panics at a call that must not be; says whether it is an attempt at a relay.
fn is_allowed(line: &str, relays: &[String]) -> bool {
    // The agent's socket is looked for; who answers for names would be asked through another one.
    if line.contains("AF_UNIX") {
        assert!(
            !line.contains("nscd") && !line.contains("resolve"),
            "{line}"
        );
        return false;
    }
    assert!(!line.contains("AF_INET6"), "{line}");
    if line.contains("socket(AF_INET") {
        assert!(line.contains("SOCK_STREAM"), "a datagram: {line}");
    }
    for call in [
        "sendto(",
        "sendmsg(",
        "sendmmsg(",
        "bind(",
        "listen(",
        "AF_NETLINK",
    ] {
        assert!(!line.contains(call), "{line}");
    }
    if !line.contains("connect(") || !line.contains("AF_INET") {
        return false;
    }
    let between = |from: &str, to: &str| Some(line.split_once(from)?.1.split_once(to)?.0);
    let port = between("sin_port=htons(", ")").unwrap();
    let host = between("inet_addr(\"", "\")").unwrap();
    assert!(relays.contains(&format!("{host}:{port}")), "{line}");
    true
}
