//! Rows that have a name above and something drawn to scale below: fit for a phone, since names need no column.

use super::axis::Axis;
use super::canvas::{Align, Canvas, Drawn, FONT, WIDTH, text_width};
use super::panel::tick_texts;
use super::style::{BLACK, FAINT, Pen};

/// Height of a row's name, points.
const NAME: f64 = 24.0;
/// Height of what is drawn to scale, points.
pub(crate) const BAR: f64 = 24.0;
/// Room below a row, points.
const BETWEEN: f64 = 12.0;
/// Height of ticks, points.
const TICKS: f64 = 26.0;
/// Height of a title below ticks, points.
const TITLE: f64 = 24.0;
/// Room left and right of the scale, points: half a tick's text.
const SIDE: f64 = 12.0;

/// How far right a value of an axis is, on a canvas without a column of names.
pub(crate) fn x_at(axis: &Axis, value: f64) -> f64 {
    SIDE + axis.position(value) * (WIDTH - 2.0 * SIDE)
}

/// A row's name, and at its right end what it comes to, at this height.
pub(crate) fn name(canvas: &Canvas<'_>, y: f64, name: &str, value: &str) -> Drawn {
    canvas.text((SIDE, y), Align::Start, FONT, name)?;
    canvas.bold_text((WIDTH - SIDE, y), Align::End, FONT, value)
}

/// How many letters of a name fit beside what is at the row's right end.
pub(crate) fn name_letters(value: &str) -> usize {
    let room = WIDTH - 2.0 * SIDE - text_width(value, FONT) * 1.1 - 12.0;
    super::canvas::whole(room / text_width("m", FONT))
}

/// A line at this height with the axis's ticks and their texts.
fn scale(canvas: &Canvas<'_>, axis: &Axis, y: f64) -> Drawn {
    let black = Pen::solid(BLACK, 1.0);
    canvas.line(&[(SIDE, y), (WIDTH - SIDE, y)], black)?;
    for tick in axis.ticks() {
        let x = x_at(axis, tick.value);
        canvas.line(&[(x, y), (x, y + 4.0)], black)?;
    }
    tick_texts(canvas, axis, y + 15.0, |value| x_at(axis, value))
}

fn title(canvas: &Canvas<'_>, axis: &Axis, y: f64) -> Drawn {
    let place = (WIDTH / 2.0, y + TITLE / 2.0);
    canvas.text(place, Align::Middle, FONT, &axis.title)
}

fn times(count: usize, height: f64) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(0)) * height
}

/// Rows over a common scale.
pub(crate) struct Rows<'a> {
    /// The scale.
    pub(crate) axis: &'a Axis,
    /// Where the first row begins, points from the top.
    pub(crate) top: f64,
    /// How many rows there are.
    pub(crate) count: usize,
}

impl Rows<'_> {
    /// Height of so many rows with their axis, points.
    pub(crate) fn height(count: usize) -> f64 {
        times(count, NAME + BAR + BETWEEN) + TICKS + TITLE
    }

    /// How far right a value is.
    pub(crate) fn x_at(&self, value: f64) -> f64 {
        x_at(self.axis, value)
    }

    /// Top of what a row draws to scale.
    pub(crate) fn bar_top(&self, row: usize) -> f64 {
        self.top + times(row, NAME + BAR + BETWEEN) + NAME
    }

    /// Grid, ticks and title of the scale.
    pub(crate) fn draw(&self, canvas: &Canvas<'_>) -> Drawn {
        for tick in self.axis.ticks() {
            let x = self.x_at(tick.value);
            for row in 0..self.count {
                // Names stand between the grid's lines, not on them.
                let top = self.bar_top(row);
                canvas.line(&[(x, top), (x, top + BAR)], Pen::solid(FAINT, 0.75))?;
            }
        }
        let bottom = self.top + times(self.count, NAME + BAR + BETWEEN);
        scale(canvas, self.axis, bottom)?;
        title(canvas, self.axis, bottom + TICKS)
    }

    /// A row's name, and at its right end what it comes to.
    pub(crate) fn name(&self, canvas: &Canvas<'_>, row: usize, text: &str, value: &str) -> Drawn {
        name(canvas, self.bar_top(row) - NAME / 2.0, text, value)
    }
}

/// Rows that have a scale each: for what is alike in kind and not in size.
pub(crate) struct ScaledRow<'a> {
    /// The row's own scale.
    pub(crate) axis: &'a Axis,
    /// Where the row begins, points from the top.
    pub(crate) top: f64,
}

impl ScaledRow<'_> {
    /// Height of what is drawn to scale, points.
    pub(crate) const BAR: f64 = 46.0;
    /// Height of a row, points.
    pub(crate) const HEIGHT: f64 = NAME + Self::BAR + 6.0 + TICKS + 8.0;
    /// Height of the title below the last row, points.
    pub(crate) const TITLE: f64 = TITLE;

    /// Top of what is drawn to scale.
    pub(crate) fn bar_top(&self) -> f64 {
        self.top + NAME
    }

    /// Name, grid and ticks.
    pub(crate) fn draw(&self, canvas: &Canvas<'_>, text: &str, value: &str) -> Drawn {
        name(canvas, self.top + NAME / 2.0, text, value)?;
        let (top, bottom) = (self.bar_top(), self.bar_top() + Self::BAR + 6.0);
        for tick in self.axis.ticks() {
            let x = x_at(self.axis, tick.value);
            canvas.line(&[(x, top), (x, bottom)], Pen::solid(FAINT, 0.75))?;
        }
        scale(canvas, self.axis, bottom)
    }

    /// The common title of all rows, below the last one.
    pub(crate) fn title(&self, canvas: &Canvas<'_>) -> Drawn {
        title(canvas, self.axis, self.top + Self::HEIGHT)
    }
}
