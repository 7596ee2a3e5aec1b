//! `tally replay`.

use crate::arguments::ReplayCommand;
use crate::exit::{self, Exit};
use crate::output;
use anyhow::Context;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::fmt::Write;
use std::time::Duration;
use tally_node::replay::{
    Check, DataDirectory, PriorSettlementSource, Progress, ReplayArguments, ReplayReport, run,
};
use tally_prover::{Act, InsecureOneParty, KeyCache, Keys};

/// Replays a day and prints its report.
pub fn run_replay(command: &ReplayCommand) -> anyhow::Result<Exit> {
    let arguments = ReplayArguments {
        day: command.day.clone(),
        messages: (!command.full).then_some(command.messages),
        traders: command.traders,
        seed: command.seed,
    };
    arguments.check()?;
    let report = if command.dry_run {
        let bar = bar();
        let report =
            run::<InsecureOneParty>(&arguments, None, &mut |progress| show(&bar, progress))?;
        bar.finish_and_clear();
        report
    } else {
        // The day is looked up before keys are made or folders touched: a slip in the date costs nothing.
        tally_node::replay::ReplayDay::new(&arguments)?;
        let data = DataDirectory::open(&command.data.directory()?)?;
        let keys = obtain_keys(&data)?;
        let bar = bar();
        let report = run(&arguments, Some((&data, &keys)), &mut |progress| {
            show(&bar, progress);
        })?;
        bar.finish_and_clear();
        report
    };
    if command.json {
        output::print_json(&report)?;
    } else {
        output::print(&text(&report))?;
    }
    Ok(exit::report_checks(&report.checks))
}

/// The keys in the data directory, made if they are not there.
pub fn obtain_keys(data: &DataDirectory) -> anyhow::Result<Keys<InsecureOneParty>> {
    let cache = KeyCache::open(data.keys())?;
    if let Some(keys) = cache.load::<Act>()? {
        return Ok(keys);
    }
    let spinner = ProgressBar::new_spinner()
        .with_message("making proving keys, once (INSECURE one-party set-up)");
    spinner.enable_steady_tick(Duration::from_millis(100));
    let keys = cache
        .load_or_create::<Act>()
        .context("making proving keys")?;
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

/// The report for people: what was done, then the checks, then the verdict.
fn text(report: &ReplayReport) -> String {
    let failed = report.checks.failed();
    let verdict = if failed.is_empty() {
        "all checks hold".to_owned()
    } else {
        format!("CHECK FAILED: {}", failed.join(", "))
    };
    let (figures, checks) = (lines(&figures(report)), lines(&checks(report)));
    format!("{figures}\n{checks}\n{verdict}\n")
}

fn lines(lines: &[(&str, String)]) -> String {
    let line = |(name, value): &(&str, String)| format!("  {name:<22} {value}\n");
    lines.iter().map(line).collect()
}

fn figures(report: &ReplayReport) -> Vec<(&'static str, String)> {
    let day = format!(
        "{} on {} (prior settlement {})",
        report.market,
        report.day,
        prior(report)
    );
    let keys = report.keys.as_ref().map_or_else(
        || "none: DRY RUN, nothing was proved".to_owned(),
        Clone::clone,
    );
    let messages = format!(
        "{} ({} orders, {} cancels), {} rejected",
        report.messages, report.orders_posted, report.cancels, report.rejected
    );
    let traded = format!(
        "{} contracts, {} fills",
        report.contracts_traded, report.fills
    );
    let memory = report
        .peak_rss_mb
        .map_or_else(|| "unknown".to_owned(), |mib| format!("{mib} MiB"));
    vec![
        ("market, day", day),
        ("flow", report.flow.to_owned()),
        ("keys", keys),
        (
            "traders, seed",
            format!("{}, {}", report.traders, report.seed),
        ),
        ("messages", messages),
        ("traded", traded),
        ("settlement", settlement(report)),
        ("proofs", proofs(report)),
        (
            "took",
            format!("{:.1} s, peak memory {memory}", report.wall_s),
        ),
    ]
}

fn checks(report: &ReplayReport) -> [(&'static str, String); 5] {
    let checks = &report.checks;
    let recovered = format!(
        "{} of {} from seed and ledger",
        checks.wallets_recovered, checks.wallets
    );
    let line = |check: Check, detail: &str| {
        let word = if check.holds(checks) { "yes" } else { "NO" };
        (check.name(), format!("{word} ({detail})"))
    };
    [
        line(Check::Positions, &checks.positions_sum.to_string()),
        line(
            Check::Cash,
            "notes and funds against deposits less withdrawals",
        ),
        line(Check::Claims, "each fill in exactly one claim"),
        line(Check::Wallets, &recovered),
        line(Check::State, &report.final_state_hash),
    ]
}

fn prior(report: &ReplayReport) -> String {
    match report.prior_settlement_source {
        PriorSettlementSource::PreviousClose => report.prior_settlement.clone(),
        PriorSettlementSource::OwnOpen => {
            format!(
                "{}, the day's own open: the month's first session in the table",
                report.prior_settlement
            )
        }
    }
}

fn settlement(report: &ReplayReport) -> String {
    match (&report.settlement, &report.settlement_tier) {
        (Some(price), Some(tier)) => format!("{price} by {tier} (table: {})", report.table_close),
        _ => format!("none (table: {})", report.table_close),
    }
}

fn proofs(report: &ReplayReport) -> String {
    if report.dry_run {
        return "none".to_owned();
    }
    let mut text = format!("{} ({} made now", report.proofs, report.proofs_made);
    if let (Some(median), Some(p95)) = (report.prove_ms_median, report.prove_ms_p95) {
        // Writing to a string does not fail.
        let _ = write!(text, ": median {median:.0} ms, 95% below {p95:.0} ms");
    }
    text.push(')');
    if let Some(verify) = report.verify_ms_per_proof {
        let _ = write!(text, ", verified in {verify:.2} ms each");
    }
    text
}
