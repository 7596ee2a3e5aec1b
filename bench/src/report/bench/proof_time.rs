//! How long every single proof took.

use crate::report::chart::bars::{ScaledRow, name_letters, x_at};
use crate::report::chart::style::{BLACK, BLUE, ORANGE, SKY};
use crate::report::chart::{
    Axis, Canvas, Dash, DrawError, Drawing, Drawn, Entry, Fill, Marker, Pen, Sample, draw, legend,
};
use crate::report::error::ReportError;
use crate::report::figure::Figure;
use crate::report::table::Table;
use crate::report::text::{capitalised, milliseconds, plural, shortened, significant};
use crate::results::{BenchReport, StatementCost};

/// From the first to the third quartile.
const HALF: Fill = Fill::plain(SKY, 0.5);
const MEDIAN: Pen = Pen::solid(BLACK, 3.0);
const P95: Pen = Pen::dashed(ORANGE, 3.0, Dash::Short);

/// The distribution of proof times, statement by statement.
pub(super) fn figure(report: &BenchReport) -> Result<Figure, ReportError> {
    let statements = &report.statements;
    let mut table = Table::new(&[
        ("statement", "Statement"),
        ("cores", "Cores"),
        ("proof", "Proof"),
        ("prove_ms", "Time, ms"),
    ]);
    for statement in statements {
        let all = report.provenance.machine.cores;
        for (cores, times) in [
            (all, &statement.prove_ms),
            (1, &statement.prove_one_core_ms),
        ] {
            for (n, ms) in times.iter().enumerate() {
                let name = (&statement.name).into();
                table.row([name, cores.into(), (n + 1).into(), (*ms).into()]);
            }
        }
    }
    let drawing = (!statements.is_empty()).then(|| drawing(statements));
    Figure::new(
        "proof_time",
        "How long a proof takes",
        summary(report),
        table,
        drawing,
    )
}

fn summary(report: &BenchReport) -> String {
    let statements = &report.statements;
    if statements.is_empty() {
        return "No statement was proved in this run.".to_owned();
    }
    let sentence = |statement: &StatementCost| {
        format!(
            "{}: median {}, 95th percentile {}, of {}.",
            capitalised(&statement.name),
            milliseconds(statement.prove_ms_median),
            milliseconds(statement.prove_ms_p95),
            plural(statement.prove_ms.len(), "proof", "proofs"),
        )
    };
    let sentences: Vec<String> = statements.iter().map(sentence).collect();
    format!(
        "On {}. {} A proof is timed from the witness to the check of the finished proof. Each statement has its own scale, which \
         does not begin at zero.",
        plural(report.provenance.machine.cores, "core", "cores"),
        sentences.join(" ")
    )
}

fn drawing(statements: &[StatementCost]) -> Result<Drawing, DrawError> {
    let entries = [
        Entry::new(
            Sample::Points(Pen::solid(BLUE, 1.0), Marker::Ring),
            "one proof",
        ),
        Entry::new(Sample::Area(HALF), "middle half"),
        Entry::new(Sample::Line(MEDIAN, None), "median"),
        Entry::new(Sample::Line(P95, None), "95th percentile"),
    ];
    let top = legend::height(&entries);
    let count = f64::from(u32::try_from(statements.len()).unwrap_or(0));
    let height = top + count * ScaledRow::HEIGHT + ScaledRow::TITLE;
    draw(height, |canvas| {
        legend::draw(canvas, 0.0, &entries)?;
        let mut top = top;
        for (n, statement) in statements.iter().enumerate() {
            let summaries = [statement.prove_ms_median, statement.prove_ms_p95];
            let times = statement.prove_ms.iter().copied().chain(summaries);
            let axis = Axis::linear("time of a whole proof, ms", times, 5);
            let row = ScaledRow { axis: &axis, top };
            draw_row(canvas, &row, statement)?;
            if n + 1 == statements.len() {
                row.title(canvas)?;
            }
            top += ScaledRow::HEIGHT;
        }
        Ok(())
    })
}

fn draw_row(canvas: &Canvas<'_>, row: &ScaledRow<'_>, cost: &StatementCost) -> Drawn {
    let value = format!("median {} ms", significant(cost.prove_ms_median));
    let name = shortened(&capitalised(&cost.name), name_letters(&value));
    row.draw(canvas, &name, &value)?;
    let (top, bottom) = (row.bar_top(), row.bar_top() + ScaledRow::BAR);
    let x = |value| x_at(row.axis, value);
    if let Some((low, high)) = middle_half(&cost.prove_ms) {
        canvas.rectangle((x(low), top), (x(high), bottom), HALF)?;
    }
    for (n, &ms) in (0..).zip(&cost.prove_ms) {
        // Spread over the row's height by the golden ratio: neighbours in time are apart, and the same data are drawn
        // the same.
        let spread = (f64::from(n) * 0.618_034).fract();
        let y = top + ScaledRow::BAR * (0.1 + 0.8 * spread);
        canvas.marker((x(ms), y), Marker::Ring, 5.5, BLUE)?;
    }
    let upright = |value| [(x(value), top), (x(value), bottom + 6.0)];
    canvas.line(&upright(cost.prove_ms_p95), P95)?;
    canvas.line(&upright(cost.prove_ms_median), MEDIAN)
}

/// The quartiles, by nearest rank; none of fewer than four.
fn middle_half(times: &[f64]) -> Option<(f64, f64)> {
    let mut sorted: Vec<f64> = times.iter().copied().filter(|ms| ms.is_finite()).collect();
    sorted.sort_by(f64::total_cmp);
    let rank = |quarter: usize| (sorted.len() * quarter).div_ceil(4) - 1;
    (sorted.len() >= 4).then(|| (sorted[rank(1)], sorted[rank(3)]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quartiles_are_ranks() {
        assert_eq!(middle_half(&[4.0, 1.0, 3.0, 2.0]), Some((1.0, 3.0)));
        assert_eq!(middle_half(&[1.0, 2.0, 3.0]), None);
        let times: Vec<f64> = (1..=100).map(f64::from).collect();
        assert_eq!(middle_half(&times), Some((25.0, 75.0)));
    }
}
