//! `tally replay`.

use crate::arguments::ReplayCommand;
use crate::exit::Exit;
use crate::output;
use anyhow::Context;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::fmt::Write;
use std::time::Duration;
use tally_node::replay::{
    DataDirectory, PriorSettlementSource, Progress, ReplayArguments, ReplayReport, run,
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
        run::<InsecureOneParty>(&arguments, None, &mut |progress| show(&bar, progress))?
    } else {
        // The day is looked up before keys are made or folders touched: a slip in the date costs nothing.
        tally_node::replay::ReplayDay::new(&arguments)?;
        let data = DataDirectory::open(&command.data.directory()?)?;
        let keys = keys(&data)?;
        let bar = bar();
        run(&arguments, Some((&data, &keys)), &mut |progress| {
            show(&bar, progress);
        })?
    };
    if command.json {
        output::print_json(&report)?;
    } else {
        output::print(&text(&report))?;
    }
    Ok(if report.checks.all_hold() {
        Exit::Ok
    } else {
        Exit::CheckFailed
    })
}

fn keys(data: &DataDirectory) -> anyhow::Result<Keys<InsecureOneParty>> {
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
        "{}, {} proofs made{resumed}",
        progress.stage, progress.proofs
    ));
}

/// The report for people.
fn text(report: &ReplayReport) -> String {
    let mut out = String::new();
    // Writing to a string does not fail.
    let mut line = |name: &str, value: String| {
        let _ = writeln!(out, "  {name:<22} {value}");
    };
    line(
        "market, day",
        format!(
            "{} on {} (prior settlement {})",
            report.market,
            report.day,
            prior(report)
        ),
    );
    line("flow", report.flow.to_owned());
    line(
        "keys",
        report
            .keys
            .clone()
            .unwrap_or_else(|| "none: DRY RUN, nothing was proved".to_owned()),
    );
    line(
        "traders, seed",
        format!("{}, {}", report.traders, report.seed),
    );
    line(
        "messages",
        format!(
            "{} ({} orders, {} cancels), {} rejected",
            report.messages, report.orders_posted, report.cancels, report.rejected
        ),
    );
    line(
        "traded",
        format!(
            "{} contracts, {} fills",
            report.contracts_traded, report.fills
        ),
    );
    line("settlement", settlement(report));
    line("proofs", proofs(report));
    let checks = &report.checks;
    line(
        "positions sum to zero",
        verdict(checks.positions_sum == 0, &checks.positions_sum.to_string()),
    );
    line(
        "cash conserved",
        verdict(
            checks.cash_conserved,
            "notes and funds against deposits less withdrawals",
        ),
    );
    line(
        "fills claimed once",
        verdict(checks.fills_claimed_once, "each fill in exactly one claim"),
    );
    line(
        "wallets recovered",
        verdict(
            checks.wallets_recovered == checks.wallets,
            &format!(
                "{} of {} from seed and ledger",
                checks.wallets_recovered, checks.wallets
            ),
        ),
    );
    line(
        "state reproduced",
        verdict(checks.state_reproduced, &report.final_state_hash),
    );
    let memory = report
        .peak_rss_mb
        .map_or_else(|| "unknown".to_owned(), |mib| format!("{mib} MiB"));
    line(
        "took",
        format!("{:.1} s, peak memory {memory}", report.wall_s),
    );
    out
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
    match (
        report.prove_ms_median,
        report.prove_ms_p95,
        report.verify_ms_per_proof,
    ) {
        (Some(median), Some(p95), Some(verify)) => format!(
            "{} ({} made now: median {median:.0} ms, 95% below {p95:.0} ms), verified in {verify:.2} ms each",
            report.proofs, report.proofs_made
        ),
        _ => format!("{} ({} made now)", report.proofs, report.proofs_made),
    }
}

fn verdict(holds: bool, detail: &str) -> String {
    format!("{} ({detail})", if holds { "yes" } else { "NO" })
}
