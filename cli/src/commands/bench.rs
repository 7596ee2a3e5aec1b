//! `tally bench`.

mod text;

use crate::arguments::DataArguments;
use crate::exit::{EXIT_CODES, Exit, UsageError};
use crate::output;
use crate::reports;
use clap::{Args, ValueEnum};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;
use tally_bench::measure::{self, BenchPlan, Part, Progress};
use tally_bench::report;
use tally_node::replay::DataDirectory;

/// Measures what proofs cost on this machine.
///
/// Sizes, keys, proving and verification of the three statements, batches, proving against the number of constraints,
/// epochs by the number of traders, and what all that comes to on a trading day. Minutes on a machine that should do
/// nothing else; with --quick about one. Keys are INSECURE: one party makes them, here.
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub struct BenchCommand {
    /// Fewer repetitions and smaller sizes.
    #[arg(long)]
    pub quick: bool,
    /// Prove the same constraint systems and witnesses with other provers too, in turn with ours.
    #[arg(long)]
    pub peers: bool,
    /// Write a report into this folder: report.html with all figures, report.json, and a CSV file for each figure.
    #[arg(long, value_name = "DIR")]
    pub report: Option<PathBuf>,
    /// Print one JSON document on stdout and nothing else there.
    #[arg(long)]
    pub json: bool,
    /// Measure these parts only. The burden of a day brings statements and epochs, which it rests on.
    #[arg(long, value_name = "PART", value_delimiter = ',')]
    pub only: Vec<PartName>,
    /// How many proofs of each kind to time. With 1, sizes are cut down and the burden is left out: a trial.
    #[arg(long, value_name = "N", value_parser = samples, allow_negative_numbers = true)]
    pub samples: Option<usize>,
    /// Measure latency over a Tor network as well, with this configuration in the form of arti.toml: for a private one (see
    /// docs/tor.md). Needs a build with the feature tor.
    #[arg(long, value_name = "FILE")]
    pub tor_config: Option<PathBuf>,
    /// Where keys are kept.
    #[command(flatten)]
    pub data: DataArguments,
}

/// A part of the measurements.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum PartName {
    /// Act, Refresh and Lapse.
    Statements,
    /// Batch verification.
    Batch,
    /// Proving against the number of constraints.
    Scaling,
    /// Other provers.
    Peers,
    /// Epochs by the number of traders.
    Epochs,
    /// From an order to its receipt, through a live node.
    Latency,
    /// What a trading day costs, and the choice of bands.
    Burden,
}

impl From<PartName> for Part {
    fn from(name: PartName) -> Self {
        match name {
            PartName::Statements => Self::Statements,
            PartName::Batch => Self::Batch,
            PartName::Scaling => Self::Scaling,
            PartName::Peers => Self::Peers,
            PartName::Epochs => Self::Epochs,
            PartName::Latency => Self::Latency,
            PartName::Burden => Self::Burden,
        }
    }
}

/// Most proofs of each kind: hours.
const MOST_SAMPLES: usize = 10_000;

fn samples(text: &str) -> Result<usize, String> {
    let count = text.parse().ok();
    let count = count.filter(|count| (1..=MOST_SAMPLES).contains(count));
    count.ok_or_else(|| format!("use a whole number from 1 to {MOST_SAMPLES}"))
}

/// Measures, writes the report if one is wanted, and prints.
pub fn run(command: &BenchCommand) -> anyhow::Result<Exit> {
    let plan = plan(command)?;
    // What would fail at the end of the run fails before it.
    reports::prepare(command.report.as_deref())?;
    let data = DataDirectory::open(&command.data.directory()?)?;
    warn(&measure::warnings());
    let bar = bar();
    let tell = &mut |progress: &Progress| show(&bar, progress);
    let measured = measure::run(&plan, &data.keys(), reports::command_line(), tell)?;
    bar.finish_and_clear();
    let files = match &command.report {
        Some(folder) => report::write_bench(folder, &measured)?,
        None => Vec::new(),
    };
    if command.json {
        output::print_json(&measured)?;
    } else {
        output::print(&text::text(&measured, &files))?;
    }
    Ok(Exit::Ok)
}

fn plan(command: &BenchCommand) -> Result<BenchPlan, UsageError> {
    let mut plan = if command.quick {
        BenchPlan::quick()
    } else {
        BenchPlan::full()
    };
    if !command.only.is_empty() {
        plan = plan.with_parts(command.only.iter().copied().map(Part::from));
    }
    if command.peers {
        plan = plan.with_peers();
    }
    if let Some(samples) = command.samples {
        plan = plan.with_samples(samples);
    }
    plan = plan.with_tor(command.tor_config.clone());
    if plan.has(Part::Peers) && !cfg!(feature = "peers") {
        return Err(UsageError::NoPeers);
    }
    Ok(plan)
}

fn warn(warnings: &[String]) {
    for warning in warnings {
        // If the terminal is gone there is nobody left to warn.
        let _ = writeln!(std::io::stderr(), "warning: {warning}");
    }
}

/// A bar on stderr; without a terminal it draws nothing.
fn bar() -> ProgressBar {
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    let template = "{elapsed_precise} {bar:30} {pos}/{len} {msg}";
    // The template is a constant: were it wrong, the default bar would do.
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    // The seconds go on, whatever takes long: few enough times that no measurement feels it.
    bar.enable_steady_tick(Duration::from_secs(1));
    bar
}

fn show(bar: &ProgressBar, progress: &Progress) {
    bar.set_length(progress.of as u64);
    bar.set_position(progress.done as u64);
    bar.set_message(progress.what.clone());
}
