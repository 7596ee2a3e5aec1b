//! An agent in the background: this program once more, with its output in a log.

use super::process;
use crate::arguments::trade::AgentCommand;
use crate::exit::Exit;
use crate::output;
use crate::trader::error::TradeError;
use crate::trader::password::Secret;
use crate::trader::places::{NodePlace, Places, make_private};
use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;
use tally_client::agent::AgentClient;

/// How often it is looked whether the agent answers.
const LOOK: Duration = Duration::from_millis(50);
/// Lines of the log that are shown of an agent that did not come up.
const LAST_LINES: usize = 5;

/// Starts it, waits until it answers, and prints the number of its process.
pub fn start(command: &AgentCommand, places: &Places, password: &Secret) -> anyhow::Result<Exit> {
    // Where no node is found is said here, not in a log.
    let node = places.node()?;
    places.make_data()?;
    make_private(&places.desk())?;
    let mut child = spawn(command, places, &node)?;
    hand_over(&mut child, password)?;
    let pid = wait(child, places)?;
    if command.access.json {
        output::print_json(&serde_json::json!({ "pid": pid, "log": process::log(places) }))?;
    } else {
        output::print(&format!("agent runs: process {pid}\n"))?;
    }
    Ok(Exit::Ok)
}

fn spawn(command: &AgentCommand, places: &Places, node: &NodePlace) -> Result<Child, TradeError> {
    let log = open_log(&process::log(places))?;
    let program = std::env::current_exe().map_err(machine)?;
    let mut child = Command::new(program);
    child
        .args(words(command, places, node))
        .stdin(Stdio::piped())
        .stdout(log.try_clone().map_err(machine)?)
        .stderr(log);
    // A group of its own: an interrupt at the terminal is not meant for it.
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut child, 0);
    child.spawn().map_err(machine)
}

/// The words of the new process: everything is named, so that nothing depends on where it runs.
fn words(command: &AgentCommand, places: &Places, node: &NodePlace) -> Vec<OsString> {
    let mut words: Vec<OsString> = ["agent", "--password-from-stdin", "--node"]
        .map(OsString::from)
        .to_vec();
    words.push(node.name().into());
    words.push("--wallet".into());
    words.push(places.wallet.clone().into());
    words.push("--data-dir".into());
    words.push(places.data.clone().into());
    let mut option = |name: &str, value: &Option<String>| {
        if let Some(value) = value {
            words.push(format!("{name}={value}").into());
        }
    };
    option("--auto-topup", &command.auto_topup);
    option("--on-event", &command.on_event);
    let (tor, patience) = (places.tor_config.as_ref(), places.tor_patience);
    let tor = tor.map(|file| file.to_string_lossy().into_owned());
    option("--tor-config", &tor);
    option(
        "--tor-patience",
        &patience.map(|time| time.as_secs().to_string()),
    );
    let delay = places.send_delay.most().as_millis();
    let delay = (delay > 0).then(|| format!("{}.{:03}", delay / 1_000, delay % 1_000));
    option("--send-delay", &delay);
    let checkpoint = command.access.checkpoint.as_ref();
    option("--checkpoint", &checkpoint.map(ToString::to_string));
    for (name, is_given) in [
        ("--insecure-keys", command.access.insecure_keys),
        ("--json", command.access.json),
    ] {
        if is_given {
            words.push(name.into());
        }
    }
    words
}

/// The password goes through a pipe: no argument, no variable, no file.
fn hand_over(child: &mut Child, password: &Secret) -> Result<(), TradeError> {
    if let Some(mut stdin) = child.stdin.take() {
        // A process that has ended already is found out in a moment.
        let _ = stdin.write_all(password.as_bytes());
    }
    Ok(())
}

fn wait(mut child: Child, places: &Places) -> Result<u32, TradeError> {
    loop {
        if let Ok(Some(_)) = AgentClient::connect(&places.wallet) {
            return Ok(child.id());
        }
        if child.try_wait().map_err(machine)?.is_some() {
            let log = process::log(places);
            let last = last_lines(&log);
            return Err(TradeError::AgentEnded { log, last });
        }
        thread::sleep(LOOK);
    }
}

fn open_log(path: &Path) -> Result<File, TradeError> {
    let mut options = OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map_err(|source| TradeError::File {
        path: path.to_owned(),
        source,
    })
}

fn last_lines(log: &Path) -> String {
    let text = fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    let from = lines.len().saturating_sub(LAST_LINES);
    lines[from..].join("\n")
}

fn machine(source: std::io::Error) -> TradeError {
    TradeError::Machine {
        what: "the agent can't be started",
        source,
    }
}
