//! `tally node`.

use crate::arguments::node::{
    NodeBackupCommand, NodeCommand, NodeRestoreCommand, NodeRunArguments, NodeSubcommand,
    NodeVerifyCommand,
};
use crate::exit::{Exit, UsageError};
use crate::output;
use crate::trader::through_tor;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;
use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::Ordering;
use std::time::Duration;
use tally_node::live::directory::MarketFolder;
use tally_node::live::engine::EngineOptions;
use tally_node::live::node::{DEFAULT_PORT, Node, NodeOptions};
use tally_node::live::operate::{self, Verified, VerifyProgress};
use tally_transport::server::ServerLimits;

/// How long it is waited for an onion service to be there for all.
const PUBLISH_PATIENCE: Duration = Duration::from_secs(120);

/// Runs a node, or looks after its folder.
pub fn run(command: &NodeCommand) -> anyhow::Result<Exit> {
    match &command.command {
        None => run_node(&command.run),
        Some(NodeSubcommand::Backup(command)) => run_backup(command),
        Some(NodeSubcommand::Restore(command)) => run_restore(command),
        Some(NodeSubcommand::Verify(command)) => run_verify(command),
    }
}

/// What is said when a node runs.
#[derive(Serialize)]
struct Started {
    address: Option<String>,
    onion: Option<String>,
    metrics: Option<String>,
    chain: String,
    height: u64,
    insecure_keys: bool,
}

impl Started {
    fn of(node: &Node, insecure_keys: bool) -> Self {
        Self {
            address: node.address().map(|address| address.to_string()),
            onion: node.onion().map(ToString::to_string),
            metrics: node.metrics_address().map(|address| address.to_string()),
            chain: node.engine().replica().chain().to_string(),
            height: node.engine().tip().height,
            insecure_keys,
        }
    }

    /// One line either way, for whoever waits for it.
    fn print(&self, json: bool) -> anyhow::Result<()> {
        if json {
            return output::print(&format!("{}\n", serde_json::to_string(self)?));
        }
        let metrics = self.metrics.as_ref();
        let ways = [&self.onion, &self.address];
        let ways: Vec<&str> = ways.into_iter().flatten().map(String::as_str).collect();
        output::print(&format!(
            "node {}: chain {}, block {}{}{}\n",
            ways.join(" and "),
            self.chain,
            self.height,
            metrics.map_or_else(String::new, |address| format!(", metrics {address}")),
            if self.insecure_keys {
                "; INSECURE proving keys: for trials, not for money"
            } else {
                ""
            }
        ))
    }
}

fn run_node(arguments: &NodeRunArguments) -> anyhow::Result<Exit> {
    // The parser has seen to it.
    let root = arguments.data_dir.as_ref();
    let folder = MarketFolder::at(root.ok_or(UsageError::NoDataDirectory)?);
    let insecure_keys = folder.genesis()?.is_insecure();
    let default =
        (!arguments.onion).then_some(SocketAddr::from((Ipv4Addr::LOCALHOST, DEFAULT_PORT)));
    let onion = match (arguments.onion, insecure_keys && !arguments.insecure_keys) {
        // Who is refused anyway is not kept waiting.
        (true, false) => Some(through_tor::of_node(folder.path(), &arguments.tor)?),
        _ => None,
    };
    let options = NodeOptions {
        listen: arguments.listen.or(default),
        onion,
        metrics: arguments.metrics,
        engine: EngineOptions {
            interval: Duration::from_millis(arguments.interval_ms),
            ..EngineOptions::default()
        },
        limits: ServerLimits {
            connections: arguments.connections,
            ..ServerLimits::default()
        },
        insecure_keys: arguments.insecure_keys,
    };
    let node = Node::start(&folder, &options)?;
    if arguments.onion {
        publish(&node);
    }
    let started = Started::of(&node, insecure_keys);
    node.wait_with(|| started.print(arguments.json), std::future::pending())?;
    let engine = node.engine().clone();
    node.stop()?;
    let blocks = engine.counters().blocks.load(Ordering::Relaxed);
    let height = engine.tip().height;
    // If the terminal is gone there is nobody left to tell.
    let _ = writeln!(
        std::io::stderr(),
        "node stopped: {blocks} blocks made, the newest is block {height}"
    );
    Ok(Exit::Ok)
}

/// Waits until the onion service can be reached, with a word on the terminal.
pub fn publish(node: &Node) {
    let spinner = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    spinner.set_message("publishing the onion service");
    spinner.enable_steady_tick(Duration::from_millis(200));
    let is_published = node.wait_for_onion(PUBLISH_PATIENCE);
    spinner.finish_and_clear();
    if !is_published {
        let seconds = PUBLISH_PATIENCE.as_secs();
        tracing::warn!("the onion service can't be reached yet after {seconds} s; it is tried on");
    }
}

#[derive(Serialize)]
struct Copy {
    chain: String,
    height: u64,
    hash: String,
    target: String,
}

fn run_backup(command: &NodeBackupCommand) -> anyhow::Result<Exit> {
    let copied = operate::backup(&MarketFolder::at(&command.folder), &command.target)?;
    let copy = Copy {
        chain: copied.chain.to_string(),
        height: copied.height,
        hash: hex::encode(copied.hash),
        target: command.target.display().to_string(),
    };
    if command.json {
        output::print_json(&copy)?;
    } else {
        output::print(&format!(
            "backup in {}: chain {}, block {} ({})\n",
            copy.target, copy.chain, copy.height, copy.hash
        ))?;
    }
    Ok(Exit::Ok)
}

fn run_restore(command: &NodeRestoreCommand) -> anyhow::Result<Exit> {
    let (backup, bar) = (MarketFolder::at(&command.backup), bar());
    let verified = operate::restore(&backup, &command.folder, &mut |at| show(&bar, at));
    bar.finish_and_clear();
    report(&verified?, command.json)
}

fn run_verify(command: &NodeVerifyCommand) -> anyhow::Result<Exit> {
    let (folder, bar) = (MarketFolder::at(&command.folder), bar());
    let verified = operate::verify(&folder, &mut |at| show(&bar, at));
    bar.finish_and_clear();
    report(&verified?, command.json)
}

#[derive(Serialize)]
struct VerifiedLine {
    chain: String,
    height: u64,
    hash: String,
    time: u64,
    state: String,
    checkpoint: String,
    entries: u64,
    refused: u64,
    proofs: u64,
    verifying_ms: u128,
    took_ms: u128,
    unrecorded: u64,
    snapshots: u64,
    insecure_keys: bool,
}

fn report(verified: &Verified, json: bool) -> anyhow::Result<Exit> {
    let line = VerifiedLine {
        chain: verified.chain.to_string(),
        height: verified.height,
        hash: hex::encode(verified.hash),
        time: verified.time,
        state: verified.state.to_string(),
        checkpoint: verified.checkpoint_text(),
        entries: verified.entries,
        refused: verified.refused,
        proofs: verified.proofs,
        verifying_ms: verified.verifying.as_millis(),
        took_ms: verified.took.as_millis(),
        unrecorded: verified.unrecorded,
        snapshots: verified.snapshots,
        insecure_keys: verified.insecure_keys,
    };
    if json {
        output::print_json(&line)?;
    } else {
        output::print(&text(&line))?;
    }
    Ok(Exit::Ok)
}

fn text(line: &VerifiedLine) -> String {
    let lines = [
        ("chain", line.chain.clone()),
        ("block", format!("{} ({})", line.height, line.hash)),
        ("state", format!("{}, as on record", line.state)),
        (
            "entries",
            format!("{}, {} of them refused", line.entries, line.refused),
        ),
        (
            "proofs",
            format!("{} verified in {} ms", line.proofs, line.verifying_ms),
        ),
        ("snapshots", format!("{} compared", line.snapshots)),
        ("took", format!("{} ms", line.took_ms)),
        ("checkpoint", line.checkpoint.clone()),
        (
            "keys",
            if line.insecure_keys {
                "INSECURE: whoever made them can forge proofs".to_owned()
            } else {
                "of a ceremony".to_owned()
            },
        ),
    ];
    let lines = lines.map(|(name, value)| format!("{name:<11}{value}\n"));
    format!("all in order\n{}", lines.concat())
}

/// A bar on stderr; without a terminal it draws nothing.
fn bar() -> ProgressBar {
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    let template = "{elapsed_precise} {bar:30} block {pos} of {len}, {msg}";
    // The template is a constant: were it wrong, the default bar would do.
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar
}

fn show(bar: &ProgressBar, at: VerifyProgress) {
    bar.set_length(at.of);
    bar.set_position(at.height);
    bar.set_message(format!("{} proofs verified", at.proofs));
}
