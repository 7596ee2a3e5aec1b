//! The book over the day.

use super::time::{Clock, seconds};
use crate::report::chart::canvas::Point;
use crate::report::chart::panel::stepped;
use crate::report::chart::style::{BLACK, BLUE, ORANGE, SKY};
use crate::report::chart::{
    Align, Axis, Canvas, DrawError, Drawing, Drawn, FONT, Fill, Panel, Pen, draw,
};
use crate::report::error::ReportError;
use crate::report::figure::Figure;
use crate::report::table::Table;
use crate::report::text::{fixed, price, whole};
use tally_node::replay::{DepthSample, ReplayRecord};

/// Height of the frame of the depth, points.
const DEPTH_HEIGHT: f64 = 230.0;
/// Height of the frame of the spread, points.
const SPREAD_HEIGHT: f64 = 110.0;

/// A figure shows so many moments.
const MOMENTS: usize = 240;

/// Depth on both sides, and the spread.
pub(super) fn figure(record: &ReplayRecord) -> Result<Figure, ReportError> {
    let samples = &record.depth;
    let mut table = Table::new(&[
        ("at_s", "Seconds since the open"),
        ("best_bid_cents_per_lb", "Best bid, cents/lb"),
        ("best_ask_cents_per_lb", "Best ask, cents/lb"),
        ("bid_depth", "Bid within 10 ticks, contracts"),
        ("ask_depth", "Asked within 10 ticks, contracts"),
    ]);
    for sample in samples {
        let text = |ticks| price(ticks, record.tick_mills);
        table.row([
            seconds(sample.at_us).into(),
            sample.best_bid.map(text).into(),
            sample.best_ask.map(text).into(),
            sample.bid_depth.into(),
            sample.ask_depth.into(),
        ]);
    }
    let clock = Clock::over(samples.iter().map(|sample| sample.at_us));
    let drawing = clock.map(|clock| drawing(samples, clock));
    Figure::new(
        "depth",
        "How deep the book was",
        summary(samples),
        table,
        drawing,
    )
}

fn summary(samples: &[DepthSample]) -> String {
    if samples.is_empty() {
        return "The book was not sampled.".to_owned();
    }
    let median = |value: fn(&DepthSample) -> Option<i128>| {
        let mut values: Vec<i128> = samples.iter().filter_map(value).collect();
        values.sort_unstable();
        let middle = values.len().checked_sub(1).map(|last| values[last / 2]);
        middle.map_or_else(|| "none".to_owned(), whole)
    };
    format!(
        "Above: contracts within 10 ticks of the best price, asks upwards, bids downwards; medians of the samples {} and \
         {}. Below: the spread, median {} ticks, left out where a side was empty. Drawn are the \
         means of each moment.",
        median(|sample| Some(sample.ask_depth.into())),
        median(|sample| Some(sample.bid_depth.into())),
        median(spread),
    )
}

/// Ask less bid, ticks.
fn spread(sample: &DepthSample) -> Option<i128> {
    Some(i128::from(sample.best_ask?) - i128::from(sample.best_bid?))
}

fn drawing(samples: &[DepthSample], clock: Clock) -> Result<Drawing, DrawError> {
    let book = Book::of(samples, clock);
    let y = Axis::from_zero(
        "contracts within 10 ticks",
        book.asks.iter().chain(&book.bids).map(|point| point.1),
        6,
    );
    // Bids count downwards, but there are no negative contracts.
    let y = y.written(|value| fixed(value.abs(), 0));
    let spreads = book.spreads.iter().flatten().map(|point| point.1);
    let y_spread = Axis::from_zero("spread, ticks", spreads, 3);
    let axes = [&y, &y_spread];
    let lower_top = DEPTH_HEIGHT + Panel::AROUND_UNTITLED;
    let upper = Panel::level_with(&axes, clock.axis().untitled(), y.clone(), 0.0, DEPTH_HEIGHT);
    let lower = Panel::level_with(
        &axes,
        clock.axis(),
        y_spread.clone(),
        lower_top,
        SPREAD_HEIGHT,
    );
    draw(lower_top + SPREAD_HEIGHT + Panel::AROUND, |canvas| {
        upper.draw(canvas)?;
        lower.draw(canvas)?;
        book.draw_sides(canvas, &upper)?;
        // The line breaks where a side was empty.
        let pen = Pen::solid(BLUE, 1.25);
        let mut pieces = book.spreads.iter();
        pieces.try_for_each(|piece| lower.steps(canvas, piece, pen))
    })
}

/// The book in moments: means of the samples in each, so that a curve and no thicket is drawn.
struct Book {
    /// Contracts asked.
    asks: Vec<(f64, f64)>,
    /// Contracts bid, below zero.
    bids: Vec<(f64, f64)>,
    /// The spread in ticks, in pieces where both sides had orders.
    spreads: Vec<Vec<(f64, f64)>>,
}

impl Book {
    fn of(samples: &[DepthSample], clock: Clock) -> Self {
        let moment = samples.len().div_ceil(MOMENTS).max(1);
        let moments: Vec<&[DepthSample]> = samples.chunks(moment).collect();
        let points = |value: fn(&DepthSample) -> Option<f64>| -> Vec<Option<(f64, f64)>> {
            let point = |moment: &&[DepthSample]| {
                let first = moment.first()?;
                Some((
                    clock.at(first.at_us),
                    mean(moment.iter().filter_map(value))?,
                ))
            };
            moments.iter().map(point).collect()
        };
        let spreads = points(|sample| spread(sample).map(|ticks| ticks as f64));
        let pieces = spreads.split(Option::is_none);
        Self {
            asks: points(|s| Some(s.ask_depth as f64))
                .into_iter()
                .flatten()
                .collect(),
            bids: points(|s| Some(-(s.bid_depth as f64)))
                .into_iter()
                .flatten()
                .collect(),
            spreads: pieces
                .map(|piece| piece.iter().flatten().copied().collect())
                .collect(),
        }
    }

    fn draw_sides(&self, canvas: &Canvas<'_>, panel: &Panel) -> Drawn {
        let (left, _, right, _) = panel.frame();
        let zero = panel.y_at(0.0);
        let side = |points: &[(f64, f64)], fill: Fill| {
            let mut outline = stepped(&panel.places(points));
            let (Some(&first), Some(&last)) = (outline.first(), outline.last()) else {
                return Ok(());
            };
            // The last moment lasts until the end.
            outline.push((right, last.1));
            let ends = [(right, zero), (first.0, zero)];
            let around: Vec<Point> = outline.iter().chain(&ends).copied().collect();
            canvas.area(&around, fill)?;
            canvas.line(&outline, Pen::solid(fill.colour, 1.25))
        };
        side(&self.asks, Fill::plain(ORANGE, 0.55))?;
        side(&self.bids, Fill::plain(SKY, 0.55))?;
        canvas.line(&[(left, zero), (right, zero)], Pen::solid(BLACK, 1.0))?;
        let x = left + 10.0;
        canvas.bold_text((x, zero - 14.0), Align::Start, FONT, "asks")?;
        canvas.bold_text((x, zero + 14.0), Align::Start, FONT, "bids")
    }
}

fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, count) = values.fold((0.0, 0.0), |(sum, count), value| (sum + value, count + 1.0));
    (count > 0.0).then(|| sum / count)
}
