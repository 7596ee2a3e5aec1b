//! A command for everything that an agent tells.

use crate::trader::error::TradeError;
use std::io::Write;
use std::process::{Command, Stdio};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// Events that may wait for the command.
const WAITING: usize = 256;
/// How often it is looked whether the command has ended.
const LOOK: Duration = Duration::from_millis(20);

/// Runs the command, one event at a time, beside the agent's own work.
pub struct OnEvent {
    sender: SyncSender<String>,
    worker: JoinHandle<()>,
}

impl OnEvent {
    /// Starts the thread that runs `command`.
    pub fn start(command: &str) -> Result<Self, TradeError> {
        let (sender, lines) = sync_channel(WAITING);
        let command = command.to_owned();
        let worker = thread::Builder::new()
            .name("tally-on-event".to_owned())
            .spawn(move || work(&command, &lines))
            .map_err(|source| TradeError::Machine {
                what: "no thread for --on-event",
                source,
            })?;
        Ok(Self { sender, worker })
    }

    /// Hands in a line. One that finds no room is dropped: the agent's own work does not wait.
    pub fn tell(&self, line: &str) {
        match self.sender.try_send(line.to_owned()) {
            Ok(()) => {}
            Err(TrySendError::Full(_)) => {
                tracing::warn!("--on-event is too slow: an event is dropped");
            }
            Err(TrySendError::Disconnected(_)) => tracing::warn!("--on-event has ended"),
        }
    }

    /// Waits until what was handed in is done, at most so long.
    pub fn end(self, most: Duration) {
        drop(self.sender);
        let start = Instant::now();
        while !self.worker.is_finished() && start.elapsed() < most {
            thread::sleep(LOOK);
        }
    }
}

fn work(command: &str, lines: &Receiver<String>) {
    for line in lines {
        if let Err(error) = run(command, &line) {
            tracing::warn!(%error, "--on-event can't be run");
        }
    }
}

fn run(command: &str, line: &str) -> std::io::Result<()> {
    let mut child = Command::new("sh")
        .args(["-c", command])
        .stdin(Stdio::piped())
        // The agent's stdout is for what it tells.
        .stdout(Stdio::null())
        .spawn()?;
    if let Some(mut stdin) = child.stdin.take() {
        // A command that does not read its input is free not to.
        let _ = stdin.write_all(line.as_bytes());
    }
    let status = child.wait()?;
    if !status.success() {
        tracing::warn!(%status, "--on-event has failed");
    }
    Ok(())
}
