//! `tally replay`.

mod text;

use crate::arguments::ReplayCommand;
use crate::exit::{self, Exit};
use crate::output;
use crate::reports;
use anyhow::Context;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::time::Duration;
use tally_bench::measure::provenance;
use tally_bench::report::write_replay;
use tally_node::keys::MarketKeys;
use tally_node::replay::{
    DataDirectory, Faults, Progress, ReplayArguments, ReplayPlan, run_recorded,
};
use tally_prover::{InsecureOneParty, KeyCache};

/// Replays days and prints their report.
pub fn run_replay(command: &ReplayCommand) -> anyhow::Result<Exit> {
    let arguments = ReplayArguments {
        day: command.day.clone(),
        messages: (!command.full).then_some(command.messages),
        traders: command.traders,
        seed: command.seed,
        days: command.days,
        faults: Faults {
            drop_out: command.faults.drop_out,
            distress: command.faults.distress,
            bad_share: command.faults.bad_share,
            no_share: command.faults.no_share,
            bad_dealer: command.faults.bad_dealer,
        },
    };
    arguments.check()?;
    // The days are looked up before keys or folders are made: a slip in the date costs nothing.
    ReplayPlan::new(&arguments)?;
    reports::prepare(command.report.as_deref())?;
    let bar = bar();
    let (report, record) = if command.dry_run {
        run_recorded::<InsecureOneParty>(&arguments, None, &mut |progress| show(&bar, progress))?
    } else {
        let data = DataDirectory::open(&command.data.directory()?)?;
        let keys = obtain_keys(&data)?;
        bar.reset_elapsed();
        run_recorded(&arguments, Some((&data, &keys)), &mut |progress| {
            show(&bar, progress);
        })?
    };
    bar.finish_and_clear();
    let files = match &command.report {
        Some(folder) => {
            let provenance = provenance(reports::command_line());
            write_replay(folder, &provenance, &report, &record)?
        }
        None => Vec::new(),
    };
    if command.json {
        output::print_json(&report)?;
    } else {
        output::print(&text::text(&report, &record.verdict, &files))?;
    }
    Ok(exit::report_checks(&report.checks))
}

/// The keys of all statements in the data directory, made if they are not there.
pub fn obtain_keys(data: &DataDirectory) -> anyhow::Result<MarketKeys<InsecureOneParty>> {
    let cache = KeyCache::open(data.keys())?;
    if let Some(keys) = MarketKeys::load(&cache)? {
        return Ok(keys);
    }
    let spinner = ProgressBar::new_spinner()
        .with_message("making proving keys, once (INSECURE one-party set-up)");
    spinner.enable_steady_tick(Duration::from_millis(100));
    let keys = MarketKeys::load_or_create(&cache).context("making proving keys")?;
    spinner.finish_and_clear();
    Ok(keys)
}

/// A bar on stderr; without a terminal it draws nothing.
fn bar() -> ProgressBar {
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    let template = "{elapsed_precise} {bar:30} {pos}/{len} messages, {msg}";
    // The template is a constant: were it wrong, the default bar would do.
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar
}

fn show(bar: &ProgressBar, progress: Progress) {
    bar.set_length(progress.of as u64);
    bar.set_position(progress.messages as u64);
    let resumed = if progress.resumed {
        ", resuming from the ledger"
    } else {
        ""
    };
    bar.set_message(format!(
        "{}, {} proofs made, {} records to claim{resumed}",
        progress.stage, progress.proofs, progress.records
    ));
}
