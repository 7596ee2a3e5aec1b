//! Where the time of a proof goes.

use crate::report::chart::bars::{BAR, Rows, name_letters};
use crate::report::chart::canvas::text_width;
use crate::report::chart::style::{BLACK, part};
use crate::report::chart::{
    Align, Axis, Canvas, DrawError, Drawing, Drawn, Entry, Pen, SMALL, Sample, draw, legend,
};
use crate::report::error::ReportError;
use crate::report::figure::Figure;
use crate::report::table::Table;
use crate::report::text::{capitalised, milliseconds, shortened};
use crate::results::{BenchReport, StatementCost};

/// The phases of a proof as stacked bars, statement by statement.
pub(super) fn figure(report: &BenchReport) -> Result<Figure, ReportError> {
    let statements: Vec<&StatementCost> = report
        .statements
        .iter()
        .filter(|statement| !statement.phases.is_empty())
        .collect();
    let mut table = Table::new(&[
        ("statement", "Statement"),
        ("phase", "Phase"),
        ("ms_median", "Median, ms"),
    ]);
    for statement in &statements {
        for phase in &statement.phases {
            table.row([
                (&statement.name).into(),
                (&phase.name).into(),
                phase.ms_median.into(),
            ]);
        }
    }
    let drawing = (!statements.is_empty()).then(|| drawing(&statements));
    Figure::new(
        "phases",
        "Where the time of a proof goes",
        summary(&statements),
        table,
        drawing,
    )
}

fn summary(statements: &[&StatementCost]) -> String {
    if statements.is_empty() {
        return "No phases were measured in this run.".to_owned();
    }
    let longest = statements.iter().filter_map(|statement| {
        let phases = statement.phases.iter();
        let longest = phases.max_by(|a, b| a.ms_median.total_cmp(&b.ms_median))?;
        let share = share(longest.ms_median, total(statement));
        Some(format!(
            "{}: most in “{}”, {} or {share:.0} %.",
            capitalised(&statement.name),
            longest.name,
            milliseconds(longest.ms_median),
        ))
    });
    let longest: Vec<String> = longest.collect();
    format!(
        "{} Each part is the median of its phase, in the order of the proof; a bar is their sum, the number at its right.",
        longest.join(" ")
    )
}

fn total(statement: &StatementCost) -> f64 {
    statement.phases.iter().map(|phase| phase.ms_median).sum()
}

/// The names of all phases, in the order in which they first come.
fn names<'a>(statements: &[&'a StatementCost]) -> Vec<&'a str> {
    let mut names = Vec::new();
    let phases = statements.iter().flat_map(|statement| &statement.phases);
    for phase in phases {
        if !names.contains(&phase.name.as_str()) {
            names.push(phase.name.as_str());
        }
    }
    names
}

fn drawing(statements: &[&StatementCost]) -> Result<Drawing, DrawError> {
    let names = names(statements);
    let entries: Vec<Entry> = names
        .iter()
        .enumerate()
        .map(|(n, name)| Entry::new(Sample::Area(part(n)), *name))
        .collect();
    let axis = Axis::from_zero("part of the proof, per cent", [100.0], 5);
    let top = legend::height(&entries);
    let rows = Rows {
        axis: &axis,
        top,
        count: statements.len(),
    };
    draw(top + Rows::height(statements.len()), |canvas| {
        legend::draw(canvas, 0.0, &entries)?;
        rows.draw(canvas)?;
        let mut numbered = statements.iter().enumerate();
        numbered.try_for_each(|(row, statement)| draw_row(canvas, &rows, row, statement, &names))
    })
}

fn draw_row(
    canvas: &Canvas<'_>,
    rows: &Rows<'_>,
    row: usize,
    statement: &StatementCost,
    names: &[&str],
) -> Drawn {
    let total = total(statement);
    let name = capitalised(&statement.name);
    let sum = milliseconds(total);
    let name = shortened(&name, name_letters(&sum));
    rows.name(canvas, row, &name, &sum)?;
    let (top, mut so_far) = (rows.bar_top(row), 0.0);
    for phase in &statement.phases {
        let n = names.iter().position(|name| *name == phase.name);
        let share = share(phase.ms_median, total);
        let from = (rows.x_at(so_far), top);
        so_far += share;
        let to = (rows.x_at(so_far), top + BAR);
        canvas.rectangle(from, to, part(n.unwrap_or(0)))?;
        canvas.outline(from, to, Pen::solid(BLACK, 0.5))?;
        let text = format!("{share:.0} %");
        if to.0 - from.0 >= text_width(&text, SMALL) + 8.0 {
            let middle = ((from.0 + to.0) / 2.0, top + BAR / 2.0);
            canvas.text(middle, Align::Middle, SMALL, &text)?;
        }
    }
    Ok(())
}

/// A part of the whole, per cent; of nothing, nothing.
fn share(part: f64, whole: f64) -> f64 {
    let share = part / whole * 100.0;
    if share.is_finite() {
        share.clamp(0.0, 100.0)
    } else {
        0.0
    }
}
