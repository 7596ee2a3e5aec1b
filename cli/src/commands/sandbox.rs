//! `tally sandbox`.

use crate::arguments::sandbox::SandboxCommand;
use crate::exit::Exit;
use crate::output;
use crate::trader::through_tor;
use indicatif::{ProgressBar, ProgressDrawTarget};
use serde::Serialize;
use std::io::Write;
use std::time::{Duration, Instant};
use tally_node::replay::DataDirectory;
use tally_node::sandbox::{Sandbox, SandboxEnd, SandboxOptions, SandboxProgress};

/// What is said when the market can be traded.
#[derive(Serialize)]
struct Started {
    address: String,
    onion: Option<String>,
    chain: String,
    day: String,
    speed: u32,
    height: u64,
    insecure_keys: bool,
    faucet: bool,
    seconds_to_start: u64,
}

/// Runs a sandbox until it is told to end, or its calendar is over.
pub fn run(command: &SandboxCommand) -> anyhow::Result<Exit> {
    let root = command.data.directory()?;
    let data = DataDirectory::open(&root)?;
    let folder = command.folder.clone();
    let folder = folder.unwrap_or_else(|| root.join("sandbox"));
    let onion = match command.onion {
        true => Some(through_tor::of_node(&folder, &command.tor)?),
        false => None,
    };
    let options = SandboxOptions {
        day: command.day.clone(),
        speed: command.speed,
        traders: command.traders,
        messages: command.messages,
        seed: command.seed,
        listen: command.listen,
        onion,
        metrics: command.metrics,
        keys: Some(data.keys()),
        ..SandboxOptions::at(&folder)
    };
    let start = Instant::now();
    let spinner = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    spinner.enable_steady_tick(Duration::from_millis(100));
    let mut sandbox = Sandbox::start(&options, &mut |step| spinner.set_message(words(step)))?;
    spinner.finish_and_clear();
    let record = sandbox.record();
    let started = Started {
        address: sandbox
            .node()
            .address()
            .unwrap_or(command.listen)
            .to_string(),
        onion: sandbox.node().onion().map(ToString::to_string),
        chain: sandbox.node().engine().replica().chain().to_string(),
        day: record.day.clone(),
        speed: options.speed.unwrap_or(record.speed),
        height: sandbox.node().engine().tip().height,
        insecure_keys: true,
        faucet: true,
        seconds_to_start: start.elapsed().as_secs(),
    };
    if command.onion {
        super::node::publish(sandbox.node());
    }
    let end = sandbox.wait_with(|| started.print(command.json))?;
    sandbox.stop()?;
    // If the terminal is gone there is nobody left to tell.
    let _ = writeln!(
        std::io::stderr(),
        "{}",
        match end {
            SandboxEnd::Stopped => "sandbox stopped; the same command goes on with it",
            SandboxEnd::CalendarOver =>
                "sandbox over: the last session of its calendar is done; start another with --folder",
        }
    );
    Ok(Exit::Ok)
}

impl Started {
    fn print(&self, json: bool) -> anyhow::Result<()> {
        if json {
            return output::print(&format!("{}\n", serde_json::to_string(self)?));
        }
        let onion = self.onion.as_ref();
        output::print(&format!(
            "sandbox {}{}: session of {} at {} times the speed, up in {} s; INSECURE proving keys and a FAUCET: for practice\n\
             next, in another terminal: tally wallet new; tally account fund 10000; tally open 10000; tally buy 1 @ mkt\n",
            self.address,
            onion.map_or_else(String::new, |onion| format!(" and {onion}")),
            self.day,
            self.speed,
            self.seconds_to_start
        ))
    }
}

fn words(step: SandboxProgress) -> String {
    match step {
        SandboxProgress::Keys { is_new: true } => {
            "proving keys: loaded, or made once (INSECURE one-party set-up)".to_owned()
        }
        SandboxProgress::Keys { is_new: false } => "loading proving keys".to_owned(),
        SandboxProgress::Listening { address } => format!("node at {address}"),
        SandboxProgress::Following { height, of } => {
            format!("rebuilding the simulated traders: block {height} of {of}")
        }
        SandboxProgress::Traders { notes, seats, of } => {
            format!("simulated traders: {notes} notes and {seats} seats of {of}")
        }
        SandboxProgress::Ready => "the pre-open begins".to_owned(),
    }
}
