//! The price path with bands and revalidations drawn in.

use super::time::{Clock, seconds};
use crate::report::chart::canvas::Point;
use crate::report::chart::style::{BLACK, BLUE, FAINT, ORANGE, SKY, VERMILLION};
use crate::report::chart::{
    Align, Axis, Canvas, Dash, DrawError, Drawing, Drawn, Entry, Fill, Hatch, Marker, Panel, Pen,
    SMALL, Sample, draw, legend,
};
use crate::report::error::ReportError;
use crate::report::figure::Figure;
use crate::report::table::Table;
use crate::report::text::{plural, price};
use plotters::style::RGBColor;
use std::collections::BTreeMap;
use tally_node::replay::{BandSpan, EpochMark, ReplayRecord};

/// Height of the frame, points.
const HEIGHT: f64 = 380.0;
/// Room for the numbers of the epochs above the frame, points.
const NUMBERS: f64 = 10.0;
/// Grey that shows beside the mark and under it.
const TRADED: RGBColor = RGBColor(165, 165, 165);
/// Within the band.
const BAND: Fill = Fill::plain(SKY, 0.2);
/// Trading is halted.
const HALT: Fill = Fill {
    colour: FAINT,
    opacity: 0.8,
    hatch: Hatch::Rising,
};
const EDGE: Pen = Pen::solid(BLUE, 1.5);
const TRIGGER: Pen = Pen::dashed(ORANGE, 1.5, Dash::Short);
const TRADES: Pen = Pen::solid(TRADED, 2.0);
const MARK: Pen = Pen::solid(BLACK, 1.25);
const EPOCH: Pen = Pen::dashed(BLACK, 1.25, Dash::Long);
const REVALUED: Pen = Pen::solid(VERMILLION, 2.0);

/// Trades and mark over the day, within the bands.
pub(super) fn figure(record: &ReplayRecord) -> Result<Figure, ReportError> {
    let times = record.trades.iter().map(|trade| trade.at_us);
    let times = times.chain(record.marks.iter().map(|mark| mark.at_us));
    let clock = Clock::over(times.chain(record.depth.iter().map(|sample| sample.at_us)));
    let drawing = clock.map(|clock| drawing(record, clock));
    let summary = summary(record, clock);
    let figure = Figure::new(
        "price",
        "The price, its band and its epochs",
        summary,
        trades(record),
        drawing,
    )?;
    Ok(figure
        .and("price_marks", "The mark", marks(record))
        .and("price_bands", "Bands", bands(record))
        .and("price_epochs", "Epochs", epochs(record)))
}

fn trades(record: &ReplayRecord) -> Table {
    let mut table = Table::new(&[
        ("at_s", "Seconds since the open"),
        ("price_cents_per_lb", "Price, cents/lb"),
        ("contracts", "Contracts"),
    ]);
    for trade in &record.trades {
        table.row([
            seconds(trade.at_us).into(),
            price(trade.price, record.tick_mills).into(),
            trade.quantity.into(),
        ]);
    }
    table
}

fn marks(record: &ReplayRecord) -> Table {
    let mut table = Table::new(&[
        ("at_s", "Seconds since the open"),
        ("mark_cents_per_lb", "Mark, cents/lb"),
    ]);
    for mark in &record.marks {
        let at = seconds(mark.at_us);
        table.row([at.into(), price(mark.price, record.tick_mills).into()]);
    }
    table
}

fn bands(record: &ReplayRecord) -> Table {
    let mut table = Table::new(&[
        ("epoch", "Epoch"),
        ("from_s", "From, s"),
        ("to_s", "To, s"),
        ("lo_cents_per_lb", "Low, cents/lb"),
        ("centre_cents_per_lb", "Centre, cents/lb"),
        ("hi_cents_per_lb", "High, cents/lb"),
        ("trigger_lo_cents_per_lb", "Lower trigger, cents/lb"),
        ("trigger_hi_cents_per_lb", "Upper trigger, cents/lb"),
    ]);
    for band in &record.bands {
        let text = |ticks| price(ticks, record.tick_mills);
        table.row([
            band.epoch.into(),
            seconds(band.from_us).into(),
            seconds(band.to_us).into(),
            text(band.lo).into(),
            text(band.centre).into(),
            text(band.hi).into(),
            band.trigger_lo.map(text).into(),
            band.trigger_hi.map(text).into(),
        ]);
    }
    table
}

fn epochs(record: &ReplayRecord) -> Table {
    let mut table = Table::new(&[
        ("epoch", "Epoch that it closed"),
        ("trigger", "Trigger"),
        ("triggered_s", "Triggered, s"),
        ("closed_s", "Window closed, s"),
        ("reopened_s", "Trading again, s"),
        ("price_cents_per_lb", "P, cents/lb"),
    ]);
    for epoch in &record.epochs {
        table.row([
            epoch.epoch.into(),
            (&epoch.trigger).into(),
            seconds(epoch.triggered_us).into(),
            epoch.closed_us.map(seconds).into(),
            epoch.reopened_us.map(seconds).into(),
            epoch.price.map(|p| price(p, record.tick_mills)).into(),
        ]);
    }
    table
}

fn summary(record: &ReplayRecord, clock: Option<Clock>) -> String {
    let Some(clock) = clock else {
        return "No trade, mark or order was recorded.".to_owned();
    };
    let text = |ticks| price(ticks, record.tick_mills);
    let prices = || record.trades.iter().map(|trade| trade.price);
    let traded = match (prices().min(), prices().max()) {
        (Some(low), Some(high)) => format!(
            "Trades from {} to {} cents per pound.",
            text(low),
            text(high)
        ),
        _ => "No trades.".to_owned(),
    };
    let (inside, outside): (Vec<&EpochMark>, Vec<&EpochMark>) = record
        .epochs
        .iter()
        .partition(|epoch| clock.shows(epoch.triggered_us));
    let outside = match outside.len() {
        0 => String::new(),
        count => format!(
            " {} outside of the time that is drawn.",
            plural(count, "more is", "more are")
        ),
    };
    let epochs = plural(inside.len(), "revalidation", "revalidations");
    format!(
        "{traded} {epochs} within this time, drawn as upright lines with the number of the epoch that closed and a cross at \
         the price at which everybody was revalued.{outside} Trading is halted where the ground is hatched. Grey: lowest to \
         highest trade of each moment."
    )
}

fn drawing(record: &ReplayRecord, clock: Clock) -> Result<Drawing, DrawError> {
    let mut entries = vec![
        Entry::new(Sample::Line(TRADES, None), "trades"),
        Entry::new(Sample::Line(MARK, None), "mark"),
        Entry::new(Sample::Area(BAND), "band"),
        Entry::new(Sample::Line(TRIGGER, None), "trigger"),
    ];
    if record.epochs.iter().any(|e| clock.shows(e.triggered_us)) {
        entries.extend([
            Entry::new(Sample::Line(EPOCH, None), "epoch closes"),
            Entry::new(Sample::Points(REVALUED, Marker::Cross), "revalued at"),
            Entry::new(Sample::Area(HALT), "halt"),
        ]);
    }
    let cents = |ticks: i64| ticks as f64 * record.tick_mills as f64 / 1_000.0;
    let shown = shown_bands(record, clock);
    let prices = record.trades.iter().map(|trade| trade.price);
    let prices = prices.chain(record.marks.iter().map(|mark| mark.price));
    let prices = prices.chain(shown.iter().flat_map(|band| [band.lo, band.hi]));
    let y = Axis::linear("cents per pound", prices.map(cents), 7);
    let top = legend::height(&entries) + NUMBERS;
    let panel = Panel::new(clock.axis(), y, top, HEIGHT);
    let path = Path {
        record,
        clock,
        panel,
    };
    draw(top + HEIGHT + Panel::AROUND, |canvas| {
        legend::draw(canvas, 0.0, &entries)?;
        path.draw_grounds(canvas, &shown)?;
        path.panel.draw(canvas)?;
        path.draw_band_lines(canvas, &shown)?;
        path.draw_trades(canvas)?;
        path.draw_marks(canvas)?;
        path.draw_epochs(canvas)
    })
}

/// The bands that were in force within what is drawn, cut to it.
fn shown_bands(record: &ReplayRecord, clock: Clock) -> Vec<BandSpan> {
    let cut = |band: &BandSpan| BandSpan {
        from_us: band.from_us.max(clock.start_us()),
        to_us: band.to_us.min(clock.end_us()),
        ..*band
    };
    let bands = record.bands.iter().map(cut);
    bands.filter(|band| band.from_us <= band.to_us).collect()
}

/// What the figure is drawn from.
struct Path<'a> {
    record: &'a ReplayRecord,
    clock: Clock,
    panel: Panel,
}

impl Path<'_> {
    fn at(&self, us: i64, ticks: i64) -> Point {
        let cents = ticks as f64 * self.record.tick_mills as f64 / 1_000.0;
        self.panel.at(self.clock.at(us), cents)
    }

    /// Bands and halts: what lies under the grid.
    fn draw_grounds(&self, canvas: &Canvas<'_>, bands: &[BandSpan]) -> Drawn {
        for band in bands {
            let from = self.at(band.from_us, band.hi);
            canvas.rectangle(from, self.at(band.to_us, band.lo), BAND)?;
        }
        let (_, top, _, bottom) = self.panel.frame();
        for epoch in self.shown_epochs() {
            let until = epoch.reopened_us.unwrap_or(self.clock.end_us());
            let x = |us| self.panel.x_at(self.clock.at(us));
            let (from, to) = (x(epoch.triggered_us), x(until));
            canvas.rectangle((from, top), (to.max(from), bottom), HALT)?;
        }
        Ok(())
    }

    fn draw_band_lines(&self, canvas: &Canvas<'_>, bands: &[BandSpan]) -> Drawn {
        for band in bands {
            let level = |ticks| [self.at(band.from_us, ticks), self.at(band.to_us, ticks)];
            canvas.line(&level(band.lo), EDGE)?;
            canvas.line(&level(band.hi), EDGE)?;
            for trigger in [band.trigger_lo, band.trigger_hi].into_iter().flatten() {
                canvas.line(&level(trigger), TRIGGER)?;
            }
        }
        Ok(())
    }

    /// Lowest to highest trade in each column a point wide.
    fn draw_trades(&self, canvas: &Canvas<'_>) -> Drawn {
        let mut columns: BTreeMap<usize, (f64, f64)> = BTreeMap::new();
        for trade in &self.record.trades {
            let (x, y) = self.at(trade.at_us, trade.price);
            let column = crate::report::chart::canvas::whole(x);
            let range = columns.entry(column).or_insert((y, y));
            *range = (range.0.min(y), range.1.max(y));
        }
        for (column, (high, low)) in columns {
            let x = f64::from(u32::try_from(column).unwrap_or(0)) + 0.5;
            canvas.line(&[(x, high - 2.0), (x, low + 2.0)], TRADES)?;
        }
        Ok(())
    }

    fn draw_marks(&self, canvas: &Canvas<'_>) -> Drawn {
        let marks = self.record.marks.iter();
        let mut points: Vec<Point> = marks.map(|mark| self.at(mark.at_us, mark.price)).collect();
        if let Some(&(_, y)) = points.last() {
            // The last mark holds until the end.
            points.push((self.panel.x_at(self.clock.at(self.clock.end_us())), y));
        }
        canvas.line(&crate::report::chart::panel::stepped(&points), MARK)
    }

    fn draw_epochs(&self, canvas: &Canvas<'_>) -> Drawn {
        let (_, top, _, bottom) = self.panel.frame();
        let mut free = f64::NEG_INFINITY;
        for epoch in self.shown_epochs() {
            let x = self.panel.x_at(self.clock.at(epoch.triggered_us));
            canvas.line(&[(x, top), (x, bottom)], EPOCH)?;
            if let Some(price) = epoch.price {
                let place = self.at(epoch.triggered_us, price);
                canvas.marker(place, Marker::Cross, 10.0, REVALUED.colour)?;
            }
            if x >= free {
                let number = epoch.epoch.to_string();
                canvas.bold_text((x, top - 9.0), Align::Middle, SMALL, &number)?;
                free = x + 24.0;
            }
        }
        Ok(())
    }

    fn shown_epochs(&self) -> impl Iterator<Item = &EpochMark> {
        let epochs = self.record.epochs.iter();
        epochs.filter(|epoch| self.clock.shows(epoch.triggered_us))
    }
}
