//! What `tally replay` prints for people.

use std::fmt::Write;
use std::path::PathBuf;
use tally_exchange::message::Symbol;
use tally_node::replay::{
    Check, DayReport, EpochReport, PriorSettlementSource, Projection, ReplayReport, Verdict,
};

/// The report for people: what was done, then the checks, then the verdict.
pub(super) fn text(report: &ReplayReport, verdict: &Verdict, files: &[PathBuf]) -> String {
    let failed = report.checks.failed();
    let outcome = if failed.is_empty() {
        "all checks hold".to_owned()
    } else {
        format!("CHECK FAILED: {}", failed.join(", "))
    };
    let (figures, checks) = (lines(&figures(report, verdict)), lines(&checks(report)));
    let (days, epochs) = (days(report), epochs(report));
    let warnings: String = report
        .warnings
        .iter()
        .map(|warning| format!("  note: {warning}\n"))
        .collect();
    let written: String = files
        .iter()
        .map(|file| format!("  {}\n", file.display()))
        .collect();
    let written = if files.is_empty() {
        written
    } else {
        format!("\nwritten:\n{written}")
    };
    format!("{figures}{days}\n{epochs}\n{checks}{warnings}\n{outcome}\n{written}")
}

fn lines(lines: &[(&str, String)]) -> String {
    let line = |(name, value): &(&str, String)| format!("  {name:<22} {value}\n");
    lines.iter().map(line).collect()
}

fn figures(report: &ReplayReport, verdict: &Verdict) -> Vec<(&'static str, String)> {
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
        ("proofs a second", rate(report)),
        ("projection", projection(report)),
        ("real time", verdict.sentence.clone()),
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

/// The cryptography, which does not grow with other people's messages, and reading the ledger, which does.
fn passive(report: &ReplayReport) -> String {
    let reading = &report.passive_trader_reading;
    let read = reading.cpu_s.map_or_else(
        || "not measured".to_owned(),
        |seconds| {
            format!(
                "{seconds:.3} s for {} transactions, {:.1} MB",
                reading.transactions,
                megabytes(reading.bytes)
            )
        },
    );
    let mut text = match (&report.passive_trader_cpu_s, &report.passive_trader_cpu) {
        (Some(total), Some(cost)) => format!(
            "{total:.2} s of processor time on the first day: {:.2} s of cryptography in {} epochs (deal {:.2}, check dealings \
             {:.2}, refresh {:.2}, share {:.2}, discrete log {:.2}), and reading the ledger, {read}",
            cost.crypto_s(),
            cost.epochs,
            cost.deal_s,
            cost.check_dealings_s,
            cost.refresh_s,
            cost.share_s,
            cost.discrete_log_s
        ),
        _ => format!("reading the first day's ledger: {read}; cryptography not measured"),
    };
    let complete = report.projected_full_day.as_ref();
    if let Some(seconds) = complete.and_then(|day| day.passive_trader_cpu_s) {
        // Writing to a string does not fail.
        let _ = write!(
            text,
            "; complete day projected {seconds:.2} s with as many epochs"
        );
    }
    text
}

fn rate(report: &ReplayReport) -> String {
    report.proofs_per_second.map_or_else(
        || "not measured".to_owned(),
        |rate| format!("{rate:.1} made on this machine, all cores"),
    )
}

/// What the model says of the run that it is checked with, and of the complete day.
fn projection(report: &ReplayReport) -> String {
    let line = |name: &str, projection: &Projection| {
        format!(
            "{name} {} messages, {} proofs, {}",
            projection.messages,
            projection.proofs,
            duration(projection.wall_s)
        )
    };
    let check = report.projected_check.as_ref();
    let parts: Vec<String> = [
        check.map(|projection| line("a run of", projection)),
        report
            .projected_full_day
            .as_ref()
            .map(|projection| line("the full day:", projection)),
    ]
    .into_iter()
    .flatten()
    .collect();
    if parts.is_empty() {
        return "none: too little was proved in this run".to_owned();
    }
    parts.join("; ")
}

/// A duration in the unit that suits it.
fn duration(seconds: f64) -> String {
    if seconds < 120.0 {
        format!("{seconds:.0} s")
    } else if seconds < 7_200.0 {
        format!("{:.1} min", seconds / 60.0)
    } else {
        format!("{:.1} h", seconds / 3_600.0)
    }
}

/// Bytes in millions; ledgers are far below 2^32 kilobytes.
fn megabytes(bytes: u64) -> f64 {
    f64::from(u32::try_from(bytes / 1_000).unwrap_or(u32::MAX)) / 1e3
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
