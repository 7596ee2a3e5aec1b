//! Batch verification.

use crate::report::chart::style::BLACK;
use crate::report::chart::{
    Axis, Canvas, Dash, DrawError, Drawing, Drawn, Entry, Panel, Pen, Sample, draw, legend, series,
};
use crate::report::error::ReportError;
use crate::report::figure::Figure;
use crate::report::table::Table;
use crate::report::text::{fixed, significant, whole};
use crate::results::{BatchCost, BenchReport};

/// Height of the frame, points.
const HEIGHT: f64 = 290.0;
/// The size of batch for which the project has set itself targets.
const TARGET_SIZE: usize = 256;
/// The target from checked points, ms a proof.
const TARGET_CHECKED_MS: f64 = 0.4;
/// The target from wire bytes, ms a proof.
const TARGET_WIRE_MS: f64 = 0.6;

/// A line: its name and its value in milliseconds a proof.
type Line = (&'static str, fn(&BatchCost) -> f64);

/// The lines, from the costliest.
const LINES: [Line; 3] = [
    ("one bad proof to be found", |b| b.ms_per_proof_one_bad),
    ("from wire bytes", |b| b.ms_per_proof_from_wire),
    ("from checked points", |b| b.ms_per_proof),
];

/// Verification time a proof by size of the batch.
pub(super) fn figure(report: &BenchReport) -> Result<Figure, ReportError> {
    let mut batches: Vec<&BatchCost> = report.batch_verify.iter().collect();
    batches.sort_by_key(|batch| batch.size);
    let mut table = Table::new(&[
        ("size", "Proofs in the batch"),
        ("ms_per_proof", "Checked points, ms a proof"),
        ("ms_per_proof_from_wire", "Wire bytes, ms a proof"),
        ("ms_per_proof_one_bad", "One bad proof found, ms a proof"),
    ]);
    for batch in &batches {
        table.row([
            batch.size.into(),
            batch.ms_per_proof.into(),
            batch.ms_per_proof_from_wire.into(),
            batch.ms_per_proof_one_bad.into(),
        ]);
    }
    let drawing = (!batches.is_empty()).then(|| drawing(&batches));
    Figure::new(
        "batch_verify",
        "Verifying batches of Act proofs on one core",
        summary(&batches),
        table,
        drawing,
    )
}

fn summary(batches: &[&BatchCost]) -> String {
    let Some(batch) = of_target_size(batches).or(batches.last()) else {
        return "Batches were not verified in this run.".to_owned();
    };
    format!(
        "In batches of {}: {} ms a proof from checked points, {} ms from wire bytes (decoding and subgroup checks \
         included), {} ms from checked points if one proof is bad and has to be found. The project's targets for {}: {} \
         and {} ms.",
        whole(batch.size as i128),
        significant(batch.ms_per_proof),
        significant(batch.ms_per_proof_from_wire),
        significant(batch.ms_per_proof_one_bad),
        TARGET_SIZE,
        fixed(TARGET_CHECKED_MS, 1),
        fixed(TARGET_WIRE_MS, 1),
    )
}

fn of_target_size<'a, 'b>(batches: &'a [&'b BatchCost]) -> Option<&'a &'b BatchCost> {
    batches.iter().find(|batch| batch.size == TARGET_SIZE)
}

fn drawing(batches: &[&BatchCost]) -> Result<Drawing, DrawError> {
    let mut entries: Vec<Entry> = LINES
        .iter()
        .enumerate()
        .map(|(n, (name, _))| {
            let (pen, marker) = series(n);
            Entry::new(Sample::Line(pen, Some(marker)), *name)
        })
        .collect();
    let has_target = of_target_size(batches).is_some();
    if has_target {
        let text = format!("targets for {TARGET_SIZE}");
        entries.push(Entry::new(Sample::Line(target_pen(), None), text));
    }
    let sizes = batches.iter().map(|batch| batch.size as f64);
    let values = LINES
        .iter()
        .flat_map(|(_, value)| batches.iter().map(|batch| value(batch)));
    let targets = if has_target {
        [TARGET_CHECKED_MS, TARGET_WIRE_MS].as_slice()
    } else {
        &[]
    };
    let values = values.chain(targets.iter().copied());
    let marks = batches.iter().map(|batch| {
        let size = batch.size;
        (size as f64, whole(size as i128))
    });
    let top = legend::height(&entries);
    let panel = Panel::new(
        Axis::logarithmic("proofs in the batch", sizes.clone())
            .cut_to(sizes)
            .ticked(marks),
        Axis::logarithmic("ms a proof", values),
        top,
        HEIGHT,
    );
    draw(top + HEIGHT + Panel::AROUND, |canvas| {
        legend::draw(canvas, 0.0, &entries)?;
        panel.draw(canvas)?;
        for (n, (_, value)) in LINES.iter().enumerate() {
            let points: Vec<(f64, f64)> = batches
                .iter()
                .map(|batch| (batch.size as f64, value(batch)))
                .collect();
            let (pen, marker) = series(n);
            panel.series(canvas, &points, (pen, Some(marker)))?;
        }
        targets
            .iter()
            .try_for_each(|target| draw_target(canvas, &panel, *target))
    })
}

fn target_pen() -> Pen {
    Pen::dashed(BLACK, 1.5, Dash::Short)
}

/// A level line around the size that the target is for.
fn draw_target(canvas: &Canvas<'_>, panel: &Panel, target: f64) -> Drawn {
    let (x, y) = panel.at(TARGET_SIZE as f64, target);
    let (left, _, right, _) = panel.frame();
    let line = [((x - 50.0).max(left), y), ((x + 50.0).min(right), y)];
    canvas.line(&line, target_pen())
}
