//! The measurements for people: one table a subject.

use std::fmt::Write;
use std::path::PathBuf;
use tally_bench::measure::{median, percentile};
use tally_bench::results::{
    BandChoice, BatchCost, BenchReport, Burden, EpochCost, Latency, PeerCost, ScalingPoint,
    StatementCost,
};

/// All tables, then what a reader should know, then the files that were written.
pub fn text(report: &BenchReport, files: &[PathBuf]) -> String {
    let tables = [
        sizes(&report.statements),
        times(&report.statements),
        phases(&report.statements),
        batches(&report.batch_verify),
        scaling(&report.scaling),
        latency(&report.latency),
        peers(&report.peers),
        epochs(&report.epochs),
        report.burden.as_ref().map(burden).unwrap_or_default(),
        bands(&report.bands),
    ];
    let mut out = head(report);
    for table in tables.iter().filter(|table| !table.is_empty()) {
        out.push('\n');
        out.push_str(table);
    }
    out.push('\n');
    for note in &report.notes {
        // Writing to a string does not fail.
        let _ = writeln!(out, "note: {note}");
    }
    for file in files {
        let _ = writeln!(out, "wrote {}", file.display());
    }
    out
}

fn head(report: &BenchReport) -> String {
    let provenance = &report.provenance;
    let machine = &provenance.machine;
    let memory = mebibytes_or_unknown(machine.memory_mib);
    let peak = mebibytes_or_unknown(report.peak_rss_mib);
    format!(
        "{}, {}, commit {}, {} profile\n{}, {} cores, {memory} MiB, {}, arithmetic {}; peak memory {peak} MiB\n",
        provenance.command,
        provenance.date,
        provenance.commit,
        provenance.profile,
        machine.processor,
        machine.cores,
        machine.system,
        machine.arithmetic
    )
}

fn sizes(statements: &[StatementCost]) -> String {
    let rows = statements.iter().map(|statement| {
        vec![
            statement.name.clone(),
            statement.constraints.to_string(),
            statement.witnesses.to_string(),
            statement.public_inputs.to_string(),
            statement.non_zero.to_string(),
            mebibytes(statement.proving_key_bytes),
            statement.verifying_key_bytes.to_string(),
            mebibytes(statement.table_bytes),
            mebibytes_or_unknown(statement.resident_mib),
        ]
    });
    table(
        "sizes",
        &[
            "statement",
            "constraints",
            "witnesses",
            "public",
            "non-zero",
            "key MiB",
            "verifying key B",
            "tables MiB",
            "resident MiB",
        ],
        rows,
    )
}

fn times(statements: &[StatementCost]) -> String {
    let rows = statements.iter().map(|statement| {
        vec![
            statement.name.clone(),
            number(statement.setup_ms),
            number(statement.load_ms),
            number(statement.first_prove_ms),
            number(statement.prove_ms_median),
            number(statement.prove_ms_p95),
            number(statement.prove_one_core_ms_median),
            number(statement.verify_ms),
            number(statement.verify_from_wire_ms),
        ]
    });
    table(
        "times, ms",
        &[
            "statement",
            "set-up",
            "load",
            "first proof",
            "proof, median",
            "95% below",
            "on one core",
            "verify",
            "from wire",
        ],
        rows,
    )
}

fn phases(statements: &[StatementCost]) -> String {
    let names = statements.first().map(|statement| {
        statement
            .phases
            .iter()
            .map(|phase| phase.name.as_str())
            .collect::<Vec<_>>()
    });
    let header = [vec!["statement"], names.unwrap_or_default()].concat();
    let rows = statements.iter().map(|statement| {
        let phases = statement.phases.iter();
        let times = phases.map(|phase| number(phase.ms_median));
        [statement.name.clone()].into_iter().chain(times).collect()
    });
    table("phases of a proof, medians, ms", &header, rows)
}

fn batches(costs: &[BatchCost]) -> String {
    let rows = costs.iter().map(|cost| {
        vec![
            cost.size.to_string(),
            number(cost.ms_per_proof),
            number(cost.ms_per_proof_from_wire),
            number(cost.ms_per_proof_one_bad),
        ]
    });
    table(
        "batches of Act proofs on one core, ms a proof",
        &[
            "proofs",
            "checked points",
            "from wire",
            "one bad to be found",
        ],
        rows,
    )
}

fn latency(latency: &[Latency]) -> String {
    let rows = latency.iter().flat_map(|latency| {
        let order = ["order", "cancel"];
        let times = [
            (
                latency.order_ms_median,
                latency.order_ms_p95,
                number(latency.proof_ms_median),
            ),
            (
                latency.cancel_ms_median,
                latency.cancel_ms_p95,
                "none".to_owned(),
            ),
        ];
        order
            .into_iter()
            .zip(times)
            .map(|(name, (median, most, proof))| {
                vec![
                    latency.way.clone(),
                    name.to_owned(),
                    latency.samples.to_string(),
                    number(median),
                    number(most),
                    proof,
                    latency.interval_ms.to_string(),
                ]
            })
    });
    table(
        "from sending to the receipt, through a live node, ms",
        &[
            "way",
            "message",
            "sent",
            "median",
            "95% below",
            "of it the proof",
            "block interval",
        ],
        rows,
    )
}

fn scaling(points: &[ScalingPoint]) -> String {
    let rows = points.iter().map(|point| {
        vec![
            point.circuit.clone(),
            point.constraints.to_string(),
            number(point.prove_ms_median),
            mebibytes(point.table_bytes),
        ]
    });
    table(
        "proving against constraints",
        &["circuit", "constraints", "proof, median ms", "tables MiB"],
        rows,
    )
}

fn peers(costs: &[PeerCost]) -> String {
    let rows = costs.iter().map(|cost| {
        vec![
            cost.name.clone(),
            cost.statement.clone(),
            number(cost.prove_ms_median),
            number(cost.prove_ms_p10),
            number(cost.prove_ms_p90),
            format!("{:.2}", cost.ratio_median),
        ]
    });
    table(
        "provers side by side, ms",
        &[
            "prover",
            "statement",
            "median",
            "10% below",
            "90% below",
            "times ours",
        ],
        rows,
    )
}

fn epochs(costs: &[EpochCost]) -> String {
    let rows = costs.iter().map(|cost| {
        vec![
            cost.traders.to_string(),
            number(cost.refresh_ms),
            number(cost.share_ms),
            number(cost.key_generation_trader_ms),
            number(cost.discrete_log_ms),
            number(cost.node_ms),
            number(cost.key_generation_node_ms),
        ]
    });
    table(
        "an epoch, ms: each trader, somebody, the node",
        &[
            "traders",
            "Refresh",
            "share",
            "key generation",
            "opened sums",
            "node",
            "node, key generation",
        ],
        rows,
    )
}

/// The median of each arrangement over the days.
fn burden(burden: &Burden) -> String {
    let over_days = |name: &str, seconds: Vec<f64>| {
        vec![
            name.to_owned(),
            number(median(&seconds)),
            number(percentile(&seconds, 1)),
            number(percentile(&seconds, 100)),
        ]
    };
    let days = &burden.days;
    let rows = [
        over_days(
            "(a) generic MPC, at least",
            days.iter().map(|day| day.generic_mpc_low_s).collect(),
        ),
        over_days(
            "(a) generic MPC, at most",
            days.iter().map(|day| day.generic_mpc_high_s).collect(),
        ),
        over_days(
            "(b) revalidation after every event",
            days.iter()
                .map(|day| day.revalidate_every_event_s)
                .collect(),
        ),
        over_days("(c) Tally", days.iter().map(|day| day.tally_s).collect()),
        over_days(
            "(c) Tally, posting nothing",
            days.iter().map(|day| day.tally_passive_s).collect(),
        ),
    ];
    table(
        &format!("a retail trader's day over {} sessions, s", days.len()),
        &["arrangement", "median", "least", "most"],
        rows.into_iter(),
    )
}

fn bands(choices: &[BandChoice]) -> String {
    let rows = choices.iter().map(|choice| {
        vec![
            choice.half_width.to_string(),
            choice.trigger_distance.to_string(),
            choice.margin_cents.to_string(),
            choice.intraday_epochs.to_string(),
            choice.most_in_a_session.to_string(),
        ]
    });
    table(
        "bands, thousandths of a cent a pound and cents a contract",
        &[
            "half-width",
            "trigger",
            "initial margin",
            "intraday epochs",
            "most in a session",
        ],
        rows,
    )
}

/// A title and aligned columns: the first to the left, the others to the right. Nothing without rows.
fn table(title: &str, header: &[&str], rows: impl Iterator<Item = Vec<String>>) -> String {
    let header: Vec<String> = header.iter().map(ToString::to_string).collect();
    let rows: Vec<Vec<String>> = [header].into_iter().chain(rows).collect();
    if rows.len() == 1 {
        return String::new();
    }
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns)
        .map(|column| {
            let cells = rows.iter().filter_map(|row| row.get(column));
            cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
        })
        .collect();
    let mut out = format!("{title}\n");
    for row in &rows {
        let mut line = String::new();
        for (column, (cell, width)) in row.iter().zip(&widths).enumerate() {
            // Writing to a string does not fail.
            let _ = if column == 0 {
                write!(line, "  {cell:<width$}")
            } else {
                write!(line, "  {cell:>width$}")
            };
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}

/// About three significant digits, all of those before the point.
fn number(value: f64) -> String {
    let decimals = match value.abs() {
        size if size >= 100.0 => 0,
        size if size >= 10.0 => 1,
        size if size >= 1.0 => 2,
        _ => 3,
    };
    format!("{value:.decimals$}")
}

/// Bytes as MiB.
fn mebibytes(bytes: u64) -> String {
    let tenths = (u128::from(bytes) * 10).div_ceil(1 << 20);
    format!("{}.{}", tenths / 10, tenths % 10)
}

fn mebibytes_or_unknown(mib: Option<u64>) -> String {
    mib.map_or_else(|| "unknown".to_owned(), |mib| mib.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned() {
        let rows = [
            vec!["a".to_owned(), "1".to_owned()],
            vec!["bcd".to_owned(), "234567".to_owned()],
        ];
        let text = table("title", &["name", "size"], rows.into_iter());
        assert_eq!(
            text,
            "title\n  name    size\n  a          1\n  bcd   234567\n"
        );
        assert_eq!(table("title", &["name"], std::iter::empty()), "");
    }

    #[test]
    fn numbers_as_one_reads_them() {
        let numbers = [0.012_34, 0.5, 1.0, 12.34, 99.96, 123.4, 56_789.0].map(number);
        assert_eq!(
            numbers,
            ["0.012", "0.500", "1.00", "12.3", "100.0", "123", "56789"]
        );
        assert_eq!(mebibytes(0), "0.0");
        assert_eq!(mebibytes(1), "0.1");
        assert_eq!(mebibytes(3 << 19), "1.5");
    }
}
