//! What privacy costs a retail trader a day, under three arrangements.

use crate::report::chart::style::{BLACK, BLUE, GREEN, GREY, SKY, VERMILLION};
use crate::report::chart::{
    Align, Axis, Canvas, Dash, DrawError, Drawing, Drawn, Entry, Fill, Marker, Panel, Pen, SMALL,
    Sample, draw, legend,
};
use crate::report::error::ReportError;
use crate::report::figure::Figure;
use crate::report::table::Table;
use crate::report::text::{plural, seconds};
use crate::results::{BenchReport, Burden, BurdenDay};

/// Height of the frame, points.
const HEIGHT: f64 = 340.0;
/// Seconds of a day.
const DAY_S: f64 = 86_400.0;
/// The range of published figures.
const RANGE: Fill = Fill::plain(SKY, 0.35);

/// A line: its name, its pen, its marker, its value in seconds.
type Line = (&'static str, Pen, Marker, fn(&BurdenDay) -> f64);

/// The lines, from the costliest.
const LINES: [Line; 3] = [
    (
        "everybody proves anew after every event",
        Pen::dashed(VERMILLION, 1.75, Dash::Long),
        Marker::Square,
        |day| day.revalidate_every_event_s,
    ),
    (
        "Tally, a retail trader",
        Pen::solid(BLUE, 1.75),
        Marker::Disc,
        |day| day.tally_s,
    ),
    (
        "Tally, one who posts nothing",
        Pen::dashed(GREEN, 1.75, Dash::Short),
        Marker::Triangle,
        |day| day.tally_passive_s,
    ),
];

/// Seconds a day, session by session.
pub(super) fn figure(report: &BenchReport) -> Result<Figure, ReportError> {
    let burden = report.burden.as_ref();
    let days = burden.map_or(&[][..], |burden| &burden.days);
    let mut table = Table::new(&[
        ("date", "Session"),
        ("market", "Market"),
        ("events", "Events"),
        ("epochs", "Epochs"),
        ("own_messages", "Own messages"),
        ("generic_mpc_low_s", "Generic MPC, least, s"),
        ("generic_mpc_high_s", "Generic MPC, most, s"),
        ("revalidate_every_event_s", "Proving after every event, s"),
        ("tally_s", "Tally, s"),
        ("tally_passive_s", "Tally, posting nothing, s"),
    ]);
    for day in days {
        table.row([
            (&day.date).into(),
            (&day.market).into(),
            day.events.into(),
            day.epochs.into(),
            day.own_messages.into(),
            day.generic_mpc_low_s.into(),
            day.generic_mpc_high_s.into(),
            day.revalidate_every_event_s.into(),
            day.tally_s.into(),
            day.tally_passive_s.into(),
        ]);
    }
    let drawing = (!days.is_empty()).then(|| drawing(days));
    Figure::new(
        "burden",
        "What privacy costs a retail trader a day",
        summary(burden),
        table,
        drawing,
    )
}

fn summary(burden: Option<&Burden>) -> String {
    let Some(burden) = burden.filter(|burden| !burden.days.is_empty()) else {
        return "The burden of trading days was not computed in this run.".to_owned();
    };
    let median = |value: fn(&BurdenDay) -> f64| {
        let mut values: Vec<f64> = burden.days.iter().map(value).collect();
        values.sort_by(f64::total_cmp);
        seconds(values[(values.len() - 1) / 2])
    };
    format!(
        "Median of {}: generic multi-party computation for every event {} to {}; everybody proving anew after every \
         event {}; Tally {} for a retail trader, {} for one who posts nothing. All from the same events; what each is computed \
         from is said below.",
        plural(burden.days.len(), "session", "sessions"),
        median(|day| day.generic_mpc_low_s),
        median(|day| day.generic_mpc_high_s),
        median(|day| day.revalidate_every_event_s),
        median(|day| day.tally_s),
        median(|day| day.tally_passive_s),
    )
}

fn drawing(days: &[BurdenDay]) -> Result<Drawing, DrawError> {
    let mut entries = vec![Entry::new(
        Sample::Area(RANGE),
        "generic MPC for every event (published range)",
    )];
    entries.extend(
        LINES
            .iter()
            .map(|(name, pen, marker, _)| Entry::new(Sample::Line(*pen, Some(*marker)), *name)),
    );
    let values = days.iter().flat_map(|day| {
        let range = [day.generic_mpc_low_s, day.generic_mpc_high_s];
        LINES.iter().map(|line| line.3(day)).chain(range)
    });
    let last = u32::try_from(days.len()).unwrap_or(u32::MAX);
    let title = format!("{}, by month", plural(days.len(), "session", "sessions"));
    let top = legend::height(&entries);
    let panel = Panel::new(
        Axis::linear(title, [0.0, f64::from(last)], 4)
            .cut(-0.5, f64::from(last) - 0.5)
            .ticked(months(days)),
        Axis::logarithmic("seconds a day", values),
        top,
        HEIGHT,
    );
    draw(top + HEIGHT + Panel::AROUND, |canvas| {
        legend::draw(canvas, 0.0, &entries)?;
        panel.draw(canvas)?;
        draw_range(canvas, &panel, days)?;
        draw_day(canvas, &panel)?;
        LINES
            .iter()
            .try_for_each(|line| draw_line(canvas, &panel, days, line))
    })
}

/// The first session of each month, named after it.
fn months(days: &[BurdenDay]) -> Vec<(f64, String)> {
    let mut months: Vec<(f64, String)> = Vec::new();
    for (n, day) in (0..).zip(days) {
        let month: String = day.date.chars().take(7).collect();
        if months.last().is_none_or(|(_, last)| *last != month) {
            months.push((f64::from(n), month));
        }
    }
    months
}

/// The range of published figures: an area with a dotted line at each edge.
fn draw_range(canvas: &Canvas<'_>, panel: &Panel, days: &[BurdenDay]) -> Drawn {
    let edge = |value: fn(&BurdenDay) -> f64| {
        let points = (0..).zip(days).map(|(n, day)| (f64::from(n), value(day)));
        panel.places(&points.collect::<Vec<(f64, f64)>>())
    };
    let (low, high) = (
        edge(|day| day.generic_mpc_low_s),
        edge(|day| day.generic_mpc_high_s),
    );
    let around: Vec<(f64, f64)> = low.iter().chain(high.iter().rev()).copied().collect();
    canvas.area(&around, RANGE)?;
    let pen = Pen::dashed(BLACK, 1.5, Dash::Dots);
    canvas.line(&low, pen)?;
    canvas.line(&high, pen)
}

/// A line at the length of a day: beyond it, a day's work takes longer than the day.
fn draw_day(canvas: &Canvas<'_>, panel: &Panel) -> Drawn {
    let (left, top, right, bottom) = panel.frame();
    let y = panel.y_at(DAY_S);
    if y <= top || y >= bottom {
        return Ok(());
    }
    canvas.line(&[(left, y), (right, y)], Pen::solid(GREY, 1.25))?;
    let at = (right - 4.0, y - 10.0);
    canvas.grey_text(at, Align::End, SMALL, "24 hours")
}

fn draw_line(canvas: &Canvas<'_>, panel: &Panel, days: &[BurdenDay], line: &Line) -> Drawn {
    let (_, pen, marker, value) = line;
    let points: Vec<(f64, f64)> = (0..)
        .zip(days)
        .map(|(n, day)| (f64::from(n), value(day)))
        .collect();
    panel.series(canvas, &points, (*pen, None))?;
    // A marker a session would hide the line.
    let every = points.len().div_ceil(16).max(1);
    let marked = panel.places(&points).into_iter().step_by(every);
    let mut marked = marked.map(|place| canvas.marker(place, *marker, 7.0, pen.colour));
    marked.try_for_each(|drawn| drawn)
}
