//! What an epoch costs a trader and the node.

use crate::report::chart::{Axis, DrawError, Drawing, Entry, Panel, Sample, draw, legend, series};
use crate::report::error::ReportError;
use crate::report::figure::Figure;
use crate::report::table::Table;
use crate::report::text::{milliseconds, whole};
use crate::results::{BenchReport, EpochCost};

/// Height of the frame, points.
const HEIGHT: f64 = 270.0;

/// A part of an epoch: its column, its heading, its name in the figure, its value in milliseconds.
type Part = (
    &'static str,
    &'static str,
    &'static str,
    fn(&EpochCost) -> f64,
);

/// What one passive trader computes.
const TRADER: [Part; 4] = [
    (
        "key_generation_trader_ms",
        "Key generation, ms",
        "key generation of the day",
        |epoch| epoch.key_generation_trader_ms,
    ),
    ("trader_ms", "Epoch in all, ms", "epoch in all", |epoch| {
        epoch.trader_ms
    }),
    (
        "refresh_ms",
        "Refresh proof, ms",
        "its Refresh proof",
        |epoch| epoch.refresh_ms,
    ),
    (
        "share_ms",
        "Decryption share, ms",
        "its decryption share",
        |epoch| epoch.share_ms,
    ),
];

/// What the node computes.
const NODE: [Part; 3] = [
    (
        "key_generation_node_ms",
        "Key generation, ms",
        "key generation of the day",
        |epoch| epoch.key_generation_node_ms,
    ),
    ("node_ms", "Epoch in all, ms", "epoch in all", |epoch| {
        epoch.node_ms
    }),
    (
        "discrete_log_ms",
        "Finding the sums, ms",
        "finding the opened sums",
        |epoch| epoch.discrete_log_ms,
    ),
];

/// Processor time of one passive trader.
pub(super) fn trader(report: &BenchReport) -> Result<Figure, ReportError> {
    part(
        report,
        "epoch_trader",
        "An epoch for a trader who posts nothing",
        "processor time, ms",
        &TRADER,
    )
}

/// Wall time of the node.
pub(super) fn node(report: &BenchReport) -> Result<Figure, ReportError> {
    part(
        report,
        "epoch_node",
        "An epoch for the node",
        "wall time, ms",
        &NODE,
    )
}

fn part(
    report: &BenchReport,
    name: &'static str,
    title: &'static str,
    unit: &'static str,
    parts: &'static [Part],
) -> Result<Figure, ReportError> {
    let mut epochs: Vec<&EpochCost> = report.epochs.iter().collect();
    epochs.sort_by_key(|epoch| epoch.traders);
    let mut columns = vec![("traders", "Traders")];
    columns.extend(parts.iter().map(|part| (part.0, part.1)));
    let mut table = Table::new(&columns);
    for epoch in &epochs {
        let mut cells = vec![epoch.traders.into()];
        cells.extend(parts.iter().map(|part| part.3(epoch).into()));
        table.cells(cells);
    }
    let drawing = (!epochs.is_empty()).then(|| drawing(&epochs, unit, parts));
    Figure::new(name, title, summary(&epochs, parts), table, drawing)
}

fn summary(epochs: &[&EpochCost], parts: &[Part]) -> String {
    let Some(largest) = epochs.last() else {
        return "Epochs were not measured in this run.".to_owned();
    };
    let parts: Vec<String> = parts
        .iter()
        .map(|(_, _, name, value)| format!("{name} {}", milliseconds(value(largest))))
        .collect();
    format!(
        "With {} traders, each with one decryptor's seat: {}.",
        whole(largest.traders.into()),
        parts.join(", ")
    )
}

fn drawing(
    epochs: &[&EpochCost],
    unit: &'static str,
    parts: &'static [Part],
) -> Result<Drawing, DrawError> {
    let entries: Vec<Entry> = parts
        .iter()
        .enumerate()
        .map(|(n, part)| {
            let (pen, marker) = series(n);
            Entry::new(Sample::Line(pen, Some(marker)), part.2)
        })
        .collect();
    let traders = epochs.iter().map(|epoch| f64::from(epoch.traders));
    let values = parts
        .iter()
        .flat_map(|part| epochs.iter().map(|epoch| part.3(epoch)));
    let marks = epochs.iter().map(|epoch| {
        let traders = epoch.traders;
        (f64::from(traders), whole(traders.into()))
    });
    let top = legend::height(&entries);
    let panel = Panel::new(
        Axis::logarithmic("traders", traders.clone())
            .cut_to(traders)
            .ticked(marks),
        Axis::logarithmic(unit, values),
        top,
        HEIGHT,
    );
    draw(top + HEIGHT + Panel::AROUND, |canvas| {
        legend::draw(canvas, 0.0, &entries)?;
        panel.draw(canvas)?;
        for (n, part) in parts.iter().enumerate() {
            let points: Vec<(f64, f64)> = epochs
                .iter()
                .map(|epoch| (f64::from(epoch.traders), part.3(epoch)))
                .filter(|point| point.1 > 0.0)
                .collect();
            let (pen, marker) = series(n);
            panel.series(canvas, &points, (pen, Some(marker)))?;
        }
        Ok(())
    })
}
