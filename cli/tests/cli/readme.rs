//! The commands of the README, as written: `tally` is the binary under test, and replays get small numbers.

use crate::support::{Ran, SMALL, data_with_keys, tally};

const README: &str = include_str!("../../../README.md");

/// What runs the commands of a newcomer to a live market: they need a sandbox beside them.
const NEWCOMER: &str = include_str!("../../../.ci/newcomer");

/// The same for a node over Tor.
const OVER_TOR: &str = include_str!("../../../.ci/over-tor");

/// How the README starts the binary from a fresh clone.
const FROM_SOURCE: &str = "cargo run --release -- ";

/// The commands in the README's shell blocks.
fn commands() -> Vec<&'static str> {
    let mut commands = Vec::new();
    let mut inside = false;
    for line in README.lines() {
        match line.trim() {
            "```sh" => inside = true,
            "```" => inside = false,
            command if inside && !command.is_empty() => commands.push(command),
            _ => {}
        }
    }
    assert!(!inside, "a block of the README has no end");
    commands
}

/// The words after `tally`; none for a command of another program.
fn arguments(command: &'static str) -> Option<Vec<&'static str>> {
    let rest = command
        .strip_prefix("tally ")
        .or_else(|| command.strip_prefix(FROM_SOURCE))?;
    assert!(
        !rest.contains(['"', '\'', '|', '>', '\\', '#']),
        "plain words only: {command}"
    );
    Some(rest.split_whitespace().collect())
}

/// The same words with the numbers of the smallest replay or benchmark. A dry run keeps its traders: they cost nothing, and faults need
/// honest ones beside them.
fn small(mut words: Vec<&'static str>) -> Vec<&'static str> {
    if words[0] == "replay" {
        let dry = words.contains(&"--dry-run");
        for pair in SMALL.chunks(2) {
            if dry && pair[0] == "--traders" {
                continue;
            }
            match words.iter().position(|word| *word == pair[0]) {
                Some(place) => words[place + 1] = pair[1],
                None => words.extend(pair),
            }
        }
    }
    if words[0] == "bench" {
        words.extend(["--samples", "1"]);
    }
    words
}

#[test]
fn the_two_commands_are_there() {
    assert!(commands().contains(&"cargo run --release -- replay"));
    assert!(commands().contains(&"cargo test --workspace --all-features"));
}

#[test]
fn commands_run_as_written() {
    let data = data_with_keys();
    let mut run = 0;
    for command in commands() {
        let Some(words) = arguments(command) else {
            // Of other programs there are only the tests and the benchmarks.
            assert!(
                command.starts_with("cargo test") || command.starts_with("cargo bench"),
                "{command}"
            );
            continue;
        };
        if !matches!(words[0], "replay" | "bench" | "epoch" | "keys" | "market") {
            let line = words.join(" ");
            let is_run = [NEWCOMER, OVER_TOR]
                .iter()
                .any(|script| script.contains(&line));
            assert!(is_run, "nothing runs {command}");
            continue;
        }
        let ran = tally(data.path(), &small(words.clone()));
        check(command, &words, &ran);
        run += 1;
    }
    assert!(run >= 3, "the README shows only {run} commands");
}

fn check(command: &str, words: &[&str], ran: &Ran) {
    assert_eq!(ran.code, 0, "{command}: {ran:?}");
    assert!(!ran.stdout.is_empty(), "{command}");
    let (dry, json) = (words.contains(&"--dry-run"), words.contains(&"--json"));
    if words[0] != "replay" {
        return;
    }
    if json {
        let report = ran.json();
        assert_eq!(report["dry_run"], dry, "{command}");
        // The one before it was finished, so that it started anew and made every proof itself.
        assert_eq!(report["proofs_made"], report["proofs"], "{command}");
    } else {
        let mark = if dry { "DRY RUN" } else { "INSECURE" };
        assert!(ran.stdout.contains(mark), "{command}: {ran:?}");
        assert!(
            ran.stdout.ends_with("all checks hold\n"),
            "{command}: {ran:?}"
        );
    }
}
