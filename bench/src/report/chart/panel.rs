//! A frame with two axes.

use super::axis::{Axis, Tick};
use super::canvas::{Align, Canvas, Drawn, FONT, Point, SMALL, WIDTH, text_width};
use super::style::{BLACK, FAINT, Marker, Pen};

/// Room right of a panel, points: half of the last tick's text.
const RIGHT: f64 = 18.0;
/// Height of the ticks' texts and the title below a panel, points.
const BELOW: f64 = 54.0;
/// Height of the title above a panel, points.
const ABOVE: f64 = 28.0;
/// The same where there is no title, points.
const BELOW_UNTITLED: f64 = 30.0;
/// Length of a tick, points.
const TICK: f64 = 4.0;

/// A frame with two axes.
#[derive(Clone, Debug)]
pub(crate) struct Panel {
    x: Axis,
    y: Axis,
    left: f64,
    top: f64,
    right: f64,
    bottom: f64,
}

impl Panel {
    /// Height that a panel takes besides its frame, points.
    pub(crate) const AROUND: f64 = ABOVE + BELOW;
    /// The same without a title below.
    pub(crate) const AROUND_UNTITLED: f64 = ABOVE + BELOW_UNTITLED;

    /// A panel of the canvas's width whose title begins at this height and whose frame is so high.
    pub(crate) fn new(x: Axis, y: Axis, top: f64, height: f64) -> Self {
        let mut panel = Self::level_with(&[&y], x, y.clone(), top, height);
        panel.y = y;
        panel
    }

    /// The same, leaving room for the ticks of all these axes: panels above each other have their frames in line.
    pub(crate) fn level_with(axes: &[&Axis], x: Axis, y: Axis, top: f64, height: f64) -> Self {
        let ticks = axes.iter().flat_map(|axis| axis.ticks());
        let widest = ticks
            .map(|tick| text_width(&tick.text, SMALL))
            .fold(0.0, f64::max);
        let top = top + ABOVE;
        Self {
            x,
            y,
            left: (widest + TICK + 6.0).min(WIDTH / 2.0),
            top,
            right: WIDTH - RIGHT,
            bottom: top + height,
        }
    }

    /// Where a pair of values is.
    pub(crate) fn at(&self, x: f64, y: f64) -> Point {
        (self.x_at(x), self.y_at(y))
    }

    /// How far right a value is.
    pub(crate) fn x_at(&self, x: f64) -> f64 {
        self.left + self.x.position(x) * (self.right - self.left)
    }

    /// How far down a value is.
    pub(crate) fn y_at(&self, y: f64) -> f64 {
        self.bottom - self.y.position(y) * (self.bottom - self.top)
    }

    /// The frame: left, top, right and bottom.
    pub(crate) const fn frame(&self) -> (f64, f64, f64, f64) {
        (self.left, self.top, self.right, self.bottom)
    }

    /// Grid, axes, ticks and titles. Drawn first, so that data lie over the grid.
    pub(crate) fn draw(&self, canvas: &Canvas<'_>) -> Drawn {
        self.draw_grid(canvas)?;
        let black = Pen::solid(BLACK, 1.0);
        canvas.line(
            &[
                (self.left, self.top),
                (self.left, self.bottom),
                (self.right, self.bottom),
            ],
            black,
        )?;
        canvas.text(
            (0.0, self.top - ABOVE + 9.0),
            Align::Start,
            FONT,
            &self.y.title,
        )?;
        let middle = (self.left + self.right) / 2.0;
        if self.x.title.is_empty() {
            return Ok(());
        }
        // A long title begins further left, so as not to leave the page.
        let half = text_width(&self.x.title, FONT) / 2.0;
        let middle = middle.min(WIDTH - half).max(half);
        canvas.text(
            (middle, self.bottom + BELOW - 12.0),
            Align::Middle,
            FONT,
            &self.x.title,
        )
    }

    fn draw_grid(&self, canvas: &Canvas<'_>) -> Drawn {
        let (faint, black) = (Pen::solid(FAINT, 0.75), Pen::solid(BLACK, 1.0));
        let mut above = f64::INFINITY;
        for tick in self.y.ticks() {
            let y = self.y_at(tick.value);
            canvas.line(&[(self.left, y), (self.right, y)], faint)?;
            canvas.line(&[(self.left - TICK, y), (self.left, y)], black)?;
            if above - y >= SMALL {
                canvas.text((self.left - TICK - 3.0, y), Align::End, SMALL, &tick.text)?;
                above = y;
            }
        }
        for tick in self.x.ticks() {
            let x = self.x_at(tick.value);
            canvas.line(&[(x, self.top), (x, self.bottom)], faint)?;
            canvas.line(&[(x, self.bottom), (x, self.bottom + TICK)], black)?;
        }
        let y = self.bottom + TICK + SMALL * 0.75;
        tick_texts(canvas, &self.x, y, |value| self.x_at(value))
    }

    /// A line through points of data with a marker at each; a lone point is its marker.
    pub(crate) fn series(
        &self,
        canvas: &Canvas<'_>,
        points: &[(f64, f64)],
        (pen, marker): (Pen, Option<Marker>),
    ) -> Drawn {
        let finite = points
            .iter()
            .filter(|(x, y)| x.is_finite() && y.is_finite());
        let places: Vec<Point> = finite.map(|&(x, y)| self.at(x, y)).collect();
        canvas.line(&places, pen)?;
        let Some(marker) = marker else {
            return Ok(());
        };
        places
            .iter()
            .try_for_each(|&place| canvas.marker(place, marker, 8.0, pen.colour))
    }

    /// A line that stays level until the next point.
    pub(crate) fn steps(&self, canvas: &Canvas<'_>, points: &[(f64, f64)], pen: Pen) -> Drawn {
        canvas.line(&stepped(&self.places(points)), pen)
    }

    /// The places of points of data.
    pub(crate) fn places(&self, points: &[(f64, f64)]) -> Vec<Point> {
        points.iter().map(|&(x, y)| self.at(x, y)).collect()
    }
}

/// The texts of a level axis's ticks. One that would touch the one before it or the last one is left out.
pub(crate) fn tick_texts(
    canvas: &Canvas<'_>,
    axis: &Axis,
    y: f64,
    x_at: impl Fn(f64) -> f64,
) -> Drawn {
    const GAP: f64 = 5.0;
    // Where a text begins and ends.
    let span = |tick: &Tick| {
        let half = text_width(&tick.text, SMALL) / 2.0;
        let middle = x_at(tick.value).min(WIDTH - half).max(half);
        (middle - half, middle + half)
    };
    let last = axis.ticks().len().saturating_sub(1);
    let last_begins = axis.ticks().last().map_or(0.0, |tick| span(tick).0);
    let mut free = f64::NEG_INFINITY;
    for (n, tick) in axis.ticks().iter().enumerate() {
        let (from, to) = span(tick);
        if from >= free && (n == last || to + GAP <= last_begins) {
            let middle = (from + to) / 2.0;
            canvas.text((middle, y), Align::Middle, SMALL, &tick.text)?;
            free = to + GAP;
        }
    }
    Ok(())
}

/// Points with a corner before each, so that the line stays level until then.
pub(crate) fn stepped(points: &[Point]) -> Vec<Point> {
    let mut corners: Vec<Point> = Vec::with_capacity(points.len() * 2);
    for &(x, y) in points {
        if let Some(&(_, before)) = corners.last() {
            corners.push((x, before));
        }
        corners.push((x, y));
    }
    corners
}
