//! The report of `tally bench`.

mod bands;
mod batch;
mod burden;
mod epochs;
mod peers;
mod phases;
mod proof_time;
mod scaling;

use super::error::ReportError;
use super::figure::Figure;
use super::page::Page;
use super::text::{bytes, capitalised, milliseconds, plural, seconds, significant, whole};
use crate::results::{BatchCost, BenchReport, Burden, StatementCost, UnitCost};

/// The statement that a trader proves for every order.
const ACT: &str = "act";

/// All figures, in the order of the page. Each is there, drawn or not: its CSV file replaces that of an earlier run.
///
/// # Errors
/// [`ReportError::Drawing`] if one can't be drawn.
pub(super) fn figures(report: &BenchReport) -> Result<Vec<Figure>, ReportError> {
    Ok(vec![
        proof_time::figure(report)?,
        phases::figure(report)?,
        scaling::figure(report)?,
        peers::figure(report)?,
        batch::figure(report)?,
        epochs::trader(report)?,
        epochs::node(report)?,
        burden::figure(report)?,
        bands::figure(report)?,
    ])
}

/// The page.
pub(super) fn page(report: &BenchReport, figures: &[Figure]) -> String {
    let mut page = Page::new("Tally: what proofs cost");
    page.paragraph(
        "A trader of Tally pays for privacy with proving time. Here is how much of it, measured on one machine.",
    );
    page.tiles(&tiles(report));
    page.build_warning(&report.provenance);
    if report.quick {
        page.notice(
            "warning",
            "A shortened run: fewer repetitions and sizes than a full one.",
        );
    }
    page.heading("Figures");
    page.figures(figures, &report.provenance);
    if !report.statements.is_empty() {
        page.heading("The statements");
        statements(&mut page, &report.statements);
    }
    if let Some(burden) = &report.burden {
        page.heading("What the burden is computed from");
        unit_costs(&mut page, burden);
    }
    page.heading("What was measured, and how");
    how(&mut page, report);
    if !report.notes.is_empty() {
        page.heading("Notes");
        page.list(&report.notes);
    }
    page.heading("Machine, command, date");
    page.provenance(&report.provenance);
    page.finish()
}

/// The figures that most readers come for.
fn tiles(report: &BenchReport) -> Vec<(String, String)> {
    let mut tiles = Vec::new();
    let cores = plural(report.provenance.machine.cores, "core", "cores");
    if let Some(act) = report.statements.iter().find(|cost| cost.name == ACT) {
        let median = act.prove_ms_median;
        tiles.push((
            milliseconds(median),
            format!("an Act proof on {cores}, median"),
        ));
        if median > 0.0 {
            tiles.push((
                significant(1e3 / median),
                "Act proofs a second, one after the other".to_owned(),
            ));
        }
        tiles.push((
            milliseconds(act.verify_from_wire_ms),
            "one Act proof verified from wire bytes".to_owned(),
        ));
    }
    if let Some(batch) = cheapest(&report.batch_verify) {
        let size = whole(batch.size as i128);
        tiles.push((
            milliseconds(batch.ms_per_proof_from_wire),
            format!("a proof verified from wire bytes, in batches of {size}, one core"),
        ));
    }
    let others = report.peers.iter().filter(|peer| peer.name != "tally");
    for peer in others.filter(|peer| peer.statement == ACT) {
        tiles.push((
            format!("{} ×", significant(peer.ratio_median)),
            format!("{}’s time by ours, for Act", peer.name),
        ));
    }
    tiles
}

fn cheapest(batches: &[BatchCost]) -> Option<&BatchCost> {
    batches.iter().min_by(|a, b| {
        a.ms_per_proof_from_wire
            .total_cmp(&b.ms_per_proof_from_wire)
    })
}

/// A row of the statements' table: its name and its value.
type Row = (&'static str, fn(&StatementCost) -> String);

fn statements(page: &mut Page, statements: &[StatementCost]) {
    const ROWS: [Row; 17] = [
        ("Constraints", |s| whole(s.constraints as i128)),
        ("Private variables", |s| whole(s.witnesses as i128)),
        ("Public inputs", |s| whole(s.public_inputs as i128)),
        ("Non-zero matrix entries", |s| whole(s.non_zero as i128)),
        ("Proving key", |s| bytes(s.proving_key_bytes)),
        ("Verifying key", |s| bytes(s.verifying_key_bytes)),
        ("Tables in memory", |s| bytes(s.table_bytes)),
        ("Memory of the loaded keys", |s| {
            s.resident_mib
                .map_or_else(|| "–".to_owned(), |mib| format!("{mib} MiB"))
        }),
        ("Set-up", |s| milliseconds(s.setup_ms)),
        ("Loading keys and tables", |s| milliseconds(s.load_ms)),
        ("First proof after loading", |s| {
            milliseconds(s.first_prove_ms)
        }),
        ("Proof, median", |s| milliseconds(s.prove_ms_median)),
        ("Proof, 95th percentile", |s| milliseconds(s.prove_ms_p95)),
        ("Proof on one core, median", |s| {
            milliseconds(s.prove_one_core_ms_median)
        }),
        ("Proofs measured", |s| whole(s.prove_ms.len() as i128)),
        ("Verification, checked points", |s| {
            milliseconds(s.verify_ms)
        }),
        ("Verification, wire bytes", |s| {
            milliseconds(s.verify_from_wire_ms)
        }),
    ];
    let names: Vec<String> = statements.iter().map(|s| capitalised(&s.name)).collect();
    let rows: Vec<(String, Vec<String>)> = ROWS
        .iter()
        .map(|(name, value)| ((*name).to_owned(), statements.iter().map(value).collect()))
        .collect();
    page.facts(&names, &rows);
}

fn unit_costs(page: &mut Page, burden: &Burden) {
    page.paragraph(&format!(
        "The retail trader: {}.",
        burden.trader.trim_end_matches('.')
    ));
    let cost = |unit: &UnitCost| {
        let range = if unit.low_s.total_cmp(&unit.high_s).is_eq() {
            seconds(unit.low_s)
        } else {
            format!("{} to {}", seconds(unit.low_s), seconds(unit.high_s))
        };
        format!("{}: {range} ({})", capitalised(&unit.what), unit.source)
    };
    page.list(&burden.unit_costs.iter().map(cost).collect::<Vec<_>>());
}

fn how(page: &mut Page, report: &BenchReport) {
    let cores = plural(report.provenance.machine.cores, "core", "cores");
    let mut items = vec![
        format!(
            "Times are wall clock. A proof runs on {cores} unless one core is named, and is timed as a whole: witness, rows \
             of the constraint matrices, Fourier transforms, multi-scalar multiplications, the proof's elements put \
             together, and the check of the finished proof. Phases follow each other."
        ),
        "“Checked points” is a proof that was decoded and whose points were checked before; “wire bytes” includes decoding \
         and the subgroup checks. Batches are verified on one core; one bad proof is found by halving."
            .to_owned(),
        "The proving keys are INSECURE: one party made them for this measurement and could forge proofs with what it knew. \
         What a proof costs does not depend on who made its keys."
            .to_owned(),
    ];
    if !report.peers.is_empty() {
        items.push(
        "Other provers get the same constraint system and the same witness, in turns with ours within one process, so that \
         whatever else slows the machine slows all alike. The ratio is their median by ours."
            .to_owned(),
        );
    }
    if let Some(mib) = report.peak_rss_mib {
        let mib = whole(mib.into());
        items.push(format!(
            "The program's largest resident memory in the whole run was {mib} MiB."
        ));
    }
    page.list(&items);
}
