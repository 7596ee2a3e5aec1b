//! The report of `tally replay`.

mod classes;
mod day;
mod depth;
mod price;
mod queue;
mod time;

use super::error::ReportError;
use super::figure::Figure;
use super::page::Page;
use super::text::{plural, seconds, significant, whole};
use crate::results::{FORMAT, Provenance};
use serde::Serialize;
use tally_node::replay::{ReplayRecord, ReplayReport, Verdict};

/// All figures, in the order of the page. Each is there, drawn or not: its CSV file replaces that of an earlier run.
///
/// # Errors
/// [`ReportError::Drawing`] if one can't be drawn.
pub(super) fn figures(record: &ReplayRecord) -> Result<Vec<Figure>, ReportError> {
    Ok(vec![
        price::figure(record)?,
        depth::figure(record)?,
        queue::figure(record)?,
        classes::figure(record)?,
    ])
}

/// Provenance, report and record as one document.
#[derive(Serialize)]
struct Document<'a> {
    format: u32,
    #[serde(flatten)]
    provenance: &'a Provenance,
    report: &'a ReplayReport,
    record: &'a ReplayRecord,
}

/// The document as JSON.
///
/// # Errors
/// [`ReportError::Json`] if it can't be encoded.
pub(super) fn to_json(
    provenance: &Provenance,
    report: &ReplayReport,
    record: &ReplayRecord,
) -> Result<Vec<u8>, ReportError> {
    let document = Document {
        format: FORMAT,
        provenance,
        report,
        record,
    };
    Ok(serde_json::to_vec_pretty(&document)?)
}

/// The page.
pub(super) fn page(
    provenance: &Provenance,
    report: &ReplayReport,
    record: &ReplayRecord,
    figures: &[Figure],
) -> String {
    let mut page = Page::new(&format!(
        "Tally: {} on {} replayed",
        record.market, record.day
    ));
    verdict(&mut page, record);
    page.tiles(&tiles(report, record));
    page.build_warning(provenance);
    let checks = &report.checks;
    if !checks.all_hold() {
        page.notice(
            "warning",
            "Not all checks of this replay hold: see below. Its figures prove nothing until they do.",
        );
    }
    page.heading("Figures");
    page.figures(figures, provenance);
    page.heading("The day");
    day::facts(&mut page, report);
    day::epochs(&mut page, report);
    page.heading("What was measured, and how");
    page.list(&how(report, record));
    if !report.warnings.is_empty() {
        page.heading("Notes");
        page.list(&report.warnings);
    }
    page.heading("Machine, command, date");
    page.provenance(provenance);
    page.finish()
}

/// The verdict: in a mark, in words, and with the numbers that it rests on.
fn verdict(page: &mut Page, record: &ReplayRecord) {
    let Verdict {
        provable_in_real_time,
        sentence,
        basis,
        ..
    } = &record.verdict;
    let (class, mark) = match (is_measured(record), provable_in_real_time) {
        (false, _) => ("verdict open", "–"),
        (true, true) => ("verdict yes", "✓"),
        (true, false) => ("verdict no", "✗"),
    };
    page.notice(class, &format!("{mark} {sentence}"));
    page.paragraph(basis);
}

/// Whether there is a verdict: a dry run makes no proof, and a resumed one may have found all of them on its ledger.
fn is_measured(record: &ReplayRecord) -> bool {
    !record.dry_run && record.verdict.proofs_per_second > 0.0
}

fn tiles(report: &ReplayReport, record: &ReplayRecord) -> Vec<(String, String)> {
    let verdict = &record.verdict;
    let mut tiles = Vec::new();
    if is_measured(record) {
        tiles.push((
            significant(verdict.proofs_per_second),
            "proofs a second, made on this machine".to_owned(),
        ));
    }
    tiles.push((
        significant(verdict.needed_per_second_peak),
        "proofs a second, needed in the busiest minute".to_owned(),
    ));
    if let Some(hours) = verdict.projected_hours_full_day {
        tiles.push((
            format!("{} h", significant(hours)),
            "projected for all proofs of a complete day on this machine".to_owned(),
        ));
    }
    if let Some(cpu) = report.passive_trader_cpu_s {
        tiles.push((
            seconds(cpu),
            "of processor time: the day of a trader who posts nothing".to_owned(),
        ));
    }
    tiles
}

fn how(report: &ReplayReport, record: &ReplayRecord) -> Vec<String> {
    let mut items = vec![
        format!(
            "The order flow is {}: the day's prices and volume are real, its single orders are not. {} messages of {} \
             traders, seed {}.",
            report.flow,
            whole(report.messages.into()),
            whole(report.traders.into()),
            report.seed,
        ),
        "Time in the figures is the market's own: the replay's blocks carry the times of the flow, however long it takes to \
         compute them."
            .to_owned(),
        format!("Delay of proofs: {}", record.queue_basis),
    ];
    items.push(match &report.keys {
        None => "A dry run: no proof was made, no time of one measured.".to_owned(),
        Some(keys) => format!(
            "{} proofs on the ledger, {} of them made by this run, on {}. Proving keys: {keys}.{}",
            whole(report.proofs.into()),
            whole(report.proofs_made.into()),
            plural(record.threads, "core", "cores"),
            insecure(keys),
        ),
    });
    if let (Some(median), Some(p95)) = (report.prove_ms_median, report.prove_ms_p95) {
        let verified = report.verify_ms_per_proof.map_or_else(String::new, |ms| {
            format!(
                " Verification from wire bytes: {} ms a proof.",
                significant(ms)
            )
        });
        items.push(format!(
            "A proof took {} ms in the median, {} ms at the 95th percentile.{verified}",
            significant(median),
            significant(p95),
        ));
    }
    let memory = report.peak_rss_mb.map_or_else(String::new, |mib| {
        format!(
            " Its largest resident memory was {} MiB.",
            whole(mib.into())
        )
    });
    let wall = seconds(report.wall_s);
    items.push(format!("The whole replay took {wall}.{memory}"));
    items
}

/// What to know of keys that call themselves insecure.
fn insecure(keys: &str) -> &'static str {
    if keys.to_lowercase().contains("insecure") {
        " Whoever made them could forge proofs: they are for measuring and trying out. What a proof costs does not depend \
         on who made its keys."
    } else {
        ""
    }
}
