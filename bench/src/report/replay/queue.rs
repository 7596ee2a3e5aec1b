//! What messages waited for their proofs.

use super::time::{Clock, seconds};
use crate::report::chart::canvas::{Point, whole};
use crate::report::chart::panel::stepped;
use crate::report::chart::style::{BLUE, ORANGE};
use crate::report::chart::{Axis, Canvas, DrawError, Drawing, Drawn, Fill, Panel, Pen, draw};
use crate::report::error::ReportError;
use crate::report::figure::Figure;
use crate::report::table::Table;
use crate::report::text::{capitalised, milliseconds};
use std::collections::BTreeMap;
use tally_node::replay::{QueuePoint, ReplayRecord};

/// Height of the frame of the delay, points.
const DELAY_HEIGHT: f64 = 220.0;
/// Height of the frame of what was waiting, points.
const WAITING_HEIGHT: f64 = 110.0;

/// Delay, and proofs waiting, over the day.
pub(super) fn figure(record: &ReplayRecord) -> Result<Figure, ReportError> {
    let points = &record.queue;
    let mut table = Table::new(&[
        ("at_s", "Seconds since the open"),
        ("delay_ms", "Delay, ms"),
        ("waiting", "Proofs waiting"),
    ]);
    for point in points {
        table.row([
            seconds(point.at_us).into(),
            point.delay_ms.into(),
            point.waiting.into(),
        ]);
    }
    let clock = Clock::over(points.iter().map(|point| point.at_us));
    let drawing = clock.map(|clock| drawing(points, clock));
    let summary = summary(record);
    Figure::new(
        "queue",
        "How long messages wait for their proofs",
        summary,
        table,
        drawing,
    )
}

fn summary(record: &ReplayRecord) -> String {
    let longest = record
        .queue
        .iter()
        .max_by(|a, b| a.delay_ms.total_cmp(&b.delay_ms));
    let Some(longest) = longest else {
        return "No message waited for a proof.".to_owned();
    };
    let waiting = record.queue.iter().map(|point| point.waiting).max();
    format!(
        "The longest delay is {}; at most {} proofs of one trader waited before the next. Each moment’s worst is drawn. {}",
        milliseconds(longest.delay_ms),
        waiting.unwrap_or(0),
        capitalised(&record.queue_basis),
    )
}

fn drawing(points: &[QueuePoint], clock: Clock) -> Result<Drawing, DrawError> {
    let longest = points.iter().map(|point| point.delay_ms);
    let longest = longest.fold(0.0, f64::max);
    let (unit_ms, title) = if longest >= 2e3 {
        (1e3, "delay, s")
    } else {
        (1.0, "delay, ms")
    };
    let delays = points.iter().map(|point| point.delay_ms / unit_ms);
    let waits = points.iter().map(|point| point.waiting as f64);
    let y = Axis::from_zero(title, delays, 5);
    let y_waiting = Axis::from_zero("proofs waiting before", waits, 3);
    let axes = [&y, &y_waiting];
    let lower_top = DELAY_HEIGHT + Panel::AROUND_UNTITLED;
    let upper = Panel::level_with(&axes, clock.axis().untitled(), y.clone(), 0.0, DELAY_HEIGHT);
    let lower = Panel::level_with(
        &axes,
        clock.axis(),
        y_waiting.clone(),
        lower_top,
        WAITING_HEIGHT,
    );
    draw(lower_top + WAITING_HEIGHT + Panel::AROUND, |canvas| {
        upper.draw(canvas)?;
        lower.draw(canvas)?;
        let delays = points
            .iter()
            .map(|p| (clock.at(p.at_us), p.delay_ms / unit_ms));
        draw_worst(canvas, &upper, delays, Fill::plain(BLUE, 0.6))?;
        let waits = points.iter().map(|p| (clock.at(p.at_us), p.waiting as f64));
        draw_worst(canvas, &lower, waits, Fill::plain(ORANGE, 0.6))
    })
}

/// The greatest value in each column two points wide, as bars from zero; nothing where there is no value.
fn draw_worst(
    canvas: &Canvas<'_>,
    panel: &Panel,
    values: impl Iterator<Item = (f64, f64)>,
    fill: Fill,
) -> Drawn {
    let mut columns: BTreeMap<usize, f64> = BTreeMap::new();
    for (x, value) in values {
        let (x, y) = panel.at(x, value);
        let top = columns.entry(whole(x / 2.0)).or_insert(y);
        *top = top.min(y);
    }
    let (_, _, _, zero) = panel.frame();
    // Neighbours are drawn as one area.
    let mut runs: Vec<Vec<(usize, f64)>> = Vec::new();
    for (column, y) in columns {
        match runs.last_mut() {
            Some(run) if run.last().is_some_and(|(last, _)| last + 1 == column) => {
                run.push((column, y));
            }
            _ => runs.push(vec![(column, y)]),
        }
    }
    let left = |column: usize| 2.0 * f64::from(u32::try_from(column).unwrap_or(0));
    for run in runs {
        let (Some(&(first, _)), Some(&(last, y_last))) = (run.first(), run.last()) else {
            continue;
        };
        let mut corners: Vec<Point> = run.iter().map(|&(column, y)| (left(column), y)).collect();
        corners.push((left(last + 1), y_last));
        let outline = stepped(&corners);
        let ends = [(left(last + 1), zero), (left(first), zero)];
        let around: Vec<Point> = outline.iter().chain(&ends).copied().collect();
        canvas.area(&around, fill)?;
        canvas.line(&outline, Pen::solid(fill.colour, 1.0))?;
    }
    Ok(())
}
