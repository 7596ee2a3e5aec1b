//! Proving against the number of constraints.

use crate::report::chart::style::VERMILLION;
use crate::report::chart::{
    Axis, DrawError, Drawing, Entry, Labels, Marker, Panel, Pen, Sample, draw, legend, series,
};
use crate::report::error::ReportError;
use crate::report::figure::Figure;
use crate::report::table::Table;
use crate::report::text::{capitalised, fixed, milliseconds, plural, shortened, whole};
use crate::results::{BenchReport, ScalingPoint, StatementCost};

/// Height of the frame, points.
const HEIGHT: f64 = 300.0;
/// A statement's name in the figure has at most so many letters.
const NAME_LETTERS: usize = 22;

/// Proving time by size, both logarithmic.
pub(super) fn figure(report: &BenchReport) -> Result<Figure, ReportError> {
    let mut points: Vec<&ScalingPoint> = report.scaling.iter().collect();
    points.sort_by_key(|point| point.constraints);
    let mut table = Table::new(&[
        ("circuit", "Circuit"),
        ("constraints", "Constraints"),
        ("prove_ms_median", "Median, ms"),
        ("table_bytes", "Tables, bytes"),
    ]);
    for point in &points {
        table.row([
            (&point.circuit).into(),
            point.constraints.into(),
            point.prove_ms_median.into(),
            point.table_bytes.into(),
        ]);
    }
    let statements: Vec<&StatementCost> = report.statements.iter().collect();
    for statement in &statements {
        table.row([
            (&statement.name).into(),
            statement.constraints.into(),
            statement.prove_ms_median.into(),
            statement.table_bytes.into(),
        ]);
    }
    let drawing = (!points.is_empty()).then(|| drawing(&points, &statements));
    Figure::new(
        "scaling",
        "Proving against the number of constraints",
        summary(&points),
        table,
        drawing,
    )
}

fn summary(points: &[&ScalingPoint]) -> String {
    let (Some(first), Some(last)) = (points.first(), points.last()) else {
        return "No sizes were compared in this run.".to_owned();
    };
    let size = |point: &ScalingPoint| {
        format!(
            "{} with {} constraints takes {}",
            point.circuit,
            whole(point.constraints as i128),
            milliseconds(point.prove_ms_median)
        )
    };
    if points.len() == 1 {
        return format!("{}.", capitalised(&size(first)));
    }
    let growth = growth(first, last).map_or_else(String::new, |growth| {
        let growth = fixed(growth, 2);
        format!(" Between them time grows as the number of constraints to the power {growth}.")
    });
    let count = plural(points.len(), "size", "sizes");
    format!(
        "{count} of circuit: {}, {}.{growth}",
        size(first),
        size(last)
    )
}

/// The exponent with which time grows from one size to another.
fn growth(first: &ScalingPoint, last: &ScalingPoint) -> Option<f64> {
    let times = (last.prove_ms_median / first.prove_ms_median).ln();
    let sizes = (last.constraints as f64 / first.constraints as f64).ln();
    let growth = times / sizes;
    (sizes > 0.0 && growth.is_finite()).then_some(growth)
}

fn drawing(points: &[&ScalingPoint], statements: &[&StatementCost]) -> Result<Drawing, DrawError> {
    let data: Vec<(f64, f64)> = points
        .iter()
        .map(|point| (point.constraints as f64, point.prove_ms_median))
        .collect();
    let named: Vec<(f64, f64)> = statements
        .iter()
        .map(|statement| (statement.constraints as f64, statement.prove_ms_median))
        .collect();
    let ((pen, marker), own) = (series(0), Pen::solid(VERMILLION, 2.0));
    let mut entries = vec![Entry::new(
        Sample::Line(pen, Some(marker)),
        "circuits of growing size",
    )];
    if !statements.is_empty() {
        let sample = Sample::Points(own, Marker::Diamond);
        entries.push(Entry::new(sample, "the statements"));
    }
    let top = legend::height(&entries);
    let all = || data.iter().chain(&named);
    let panel = Panel::new(
        Axis::logarithmic("constraints", all().map(|point| point.0)),
        Axis::logarithmic("median of a whole proof, ms", all().map(|point| point.1)),
        top,
        HEIGHT,
    );
    draw(top + HEIGHT + Panel::AROUND, |canvas| {
        legend::draw(canvas, 0.0, &entries)?;
        panel.draw(canvas)?;
        panel.series(canvas, &data, (pen, Some(marker)))?;
        let places = panel.places(&named);
        let mut labels = Labels::around(&panel.places(&data));
        for (statement, &place) in statements.iter().zip(&places) {
            canvas.marker(place, Marker::Diamond, 9.0, own.colour)?;
            let name = shortened(&capitalised(&statement.name), NAME_LETTERS);
            labels.place(canvas, place, panel.frame(), &name)?;
        }
        Ok(())
    })
}
