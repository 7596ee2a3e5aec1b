//! `tally replay`.

use crate::arguments::ReplayCommand;
use crate::exit::{self, Exit};
use crate::output;
use anyhow::Context;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::fmt::Write;
use std::time::Duration;
use tally_exchange::message::Symbol;
use tally_node::keys::MarketKeys;
use tally_node::replay::{
    Check, DataDirectory, DayReport, EpochReport, Faults, PriorSettlementSource, Progress,
    ReplayArguments, ReplayPlan, ReplayReport, run,
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
    let report = if command.dry_run {
        let bar = bar();
        let report =
            run::<InsecureOneParty>(&arguments, None, &mut |progress| show(&bar, progress))?;
        bar.finish_and_clear();
        report
    } else {
        // The days are looked up before keys are made or folders touched: a slip in the date costs nothing.
        ReplayPlan::new(&arguments)?;
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

/// The report for people: what was done, then the checks, then the verdict.
fn text(report: &ReplayReport) -> String {
    let failed = report.checks.failed();
    let verdict = if failed.is_empty() {
        "all checks hold".to_owned()
    } else {
        format!("CHECK FAILED: {}", failed.join(", "))
    };
    let (figures, checks) = (lines(&figures(report)), lines(&checks(report)));
    let (days, epochs) = (days(report), epochs(report));
    let warnings: String = report
        .warnings
        .iter()
        .map(|warning| format!("  note: {warning}\n"))
        .collect();
    format!("{figures}{days}\n{epochs}\n{checks}{warnings}\n{verdict}\n")
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
        ("contract months", months(report)),
        ("messages", messages),
        ("traded", traded),
        ("settlement", settlement(report)),
        ("proofs", proofs(report)),
        ("faults", report.faults.to_string()),
        ("passive trader", passive(report)),
        ("way back", way_back(report)),
        (
            "took",
            format!("{:.1} s, peak memory {memory}", report.wall_s),
        ),
    ]
}

fn checks(report: &ReplayReport) -> [(&'static str, String); 7] {
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
            "notes, funds and bonds against deposits less withdrawals",
        ),
        line(Check::Claims, "each fill in exactly one claim"),
        line(Check::Wallets, &recovered),
        line(Check::State, &report.final_state_hash),
        line(Check::Liquidated, "L against the traders' own notes"),
        line(Check::Turnstile, "X against what is owed and haircuts"),
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

fn months(report: &ReplayReport) -> String {
    let names: Vec<&str> = report.contracts.iter().map(Symbol::as_str).collect();
    let mut text = names.join(", then ");
    for settled in &report.final_settlements {
        // Writing to a string does not fail.
        let _ = write!(
            text,
            "; {} settled finally at {}, signed by {}",
            settled.market, settled.price, settled.signed_by
        );
    }
    text
}

/// Days that did not settle where the table did, and why; all days if there are several.
fn days(report: &ReplayReport) -> String {
    let is_one = report.days.len() == 1;
    let worth_a_line = |day: &&DayReport| !is_one || day.difference.is_some();
    let mut out = String::new();
    for day in report.days.iter().filter(worth_a_line) {
        let settlement = day.settlement.as_deref().unwrap_or("none");
        // Writing to a string does not fail.
        let _ = writeln!(
            out,
            "  {} {:<11} settled at {settlement} (table: {}), {} halts",
            day.day, day.market, day.table_close, day.halts
        );
        if let Some(difference) = &day.difference {
            let _ = writeln!(out, "  {:<22} why: {difference}", "");
        }
    }
    out
}

/// The epochs as a table.
fn epochs(report: &ReplayReport) -> String {
    let mut out = format!(
        "  {:<6} {:>5}  {:<10} {:>8}  {:<17} {:>9} {:>5} {:>7} {:>8} {:>7}\n",
        "month", "epoch", "trigger", "P", "band", "refreshed", "L", "shares", "slashed", "halt s"
    );
    for epoch in &report.epochs {
        out.push_str(&epoch_line(epoch));
    }
    out
}

fn epoch_line(epoch: &EpochReport) -> String {
    let trigger = crate::output::word(&epoch.trigger);
    let band = format!("{}..{}", epoch.band.lo, epoch.band.hi);
    let refreshed = format!("{} of {}", epoch.refreshed, epoch.expected);
    let liquidated = epoch
        .liquidated
        .map_or_else(|| "none".to_owned(), |contracts| contracts.to_string());
    format!(
        "  {:<6} {:>5}  {trigger:<10} {:>8}  {band:<17} {refreshed:>9} {liquidated:>5} {:>7} {:>8} {:>7.0}\n",
        epoch.market.as_str(),
        epoch.epoch,
        epoch.price,
        epoch.shares_ok,
        epoch.slashed.len(),
        epoch.halt_s
    )
}

fn passive(report: &ReplayReport) -> String {
    match (&report.passive_trader_cpu_s, &report.passive_trader_cpu) {
        (Some(total), Some(cost)) => format!(
            "{total:.2} s of processor time on the first day, {} epochs (deal {:.2}, check dealings {:.2}, refresh {:.2}, \
             share {:.2}, discrete log {:.2})",
            cost.epochs,
            cost.deal_s,
            cost.check_dealings_s,
            cost.refresh_s,
            cost.share_s,
            cost.discrete_log_s
        ),
        _ => "not measured".to_owned(),
    }
}

fn way_back(report: &ReplayReport) -> String {
    report.drop_out_recovery_s.map_or_else(
        || "not measured".to_owned(),
        |seconds| format!("{seconds:.1} s at most for a trader who had dropped out"),
    )
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
