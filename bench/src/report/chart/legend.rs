//! What the lines and areas of a figure are.

use super::canvas::{Align, Canvas, Drawn, FONT, WIDTH, text_width};
use super::style::{BLACK, Fill, Marker, Pen};

/// Height of a line of a legend, points.
const ROW: f64 = 23.0;
/// Width of a sample, points.
const SAMPLE: f64 = 34.0;
/// Room between two entries, points.
const BETWEEN: f64 = 18.0;

/// How something looks in a figure.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Sample {
    /// A line, with markers or without.
    Line(Pen, Option<Marker>),
    /// Markers alone.
    Points(Pen, Marker),
    /// A filled area.
    Area(Fill),
}

/// An entry of a legend.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    /// How it looks.
    pub(crate) sample: Sample,
    /// What it is.
    pub(crate) text: String,
}

impl Entry {
    /// An entry.
    pub(crate) fn new(sample: Sample, text: impl Into<String>) -> Self {
        Self {
            sample,
            text: text.into(),
        }
    }

    fn width(&self) -> f64 {
        SAMPLE + 6.0 + text_width(&self.text, FONT)
    }
}

/// The entries in lines that fit the page.
fn rows(entries: &[Entry]) -> Vec<Vec<&Entry>> {
    let mut rows: Vec<Vec<&Entry>> = Vec::new();
    let mut used = f64::INFINITY;
    for entry in entries {
        let width = entry.width() + BETWEEN;
        if used + width - BETWEEN > WIDTH {
            rows.push(Vec::new());
            used = 0.0;
        }
        used += width;
        if let Some(row) = rows.last_mut() {
            row.push(entry);
        }
    }
    rows
}

/// Height of a legend, points.
pub(crate) fn height(entries: &[Entry]) -> f64 {
    ROW * f64::from(u32::try_from(rows(entries).len()).unwrap_or(0)) + 8.0
}

/// Draws a legend that begins at this height.
pub(crate) fn draw(canvas: &Canvas<'_>, top: f64, entries: &[Entry]) -> Drawn {
    let mut y = top + ROW / 2.0;
    for row in rows(entries) {
        let mut x = 0.0;
        for entry in row {
            draw_sample(canvas, (x, y), entry.sample)?;
            canvas.text((x + SAMPLE + 6.0, y), Align::Start, FONT, &entry.text)?;
            x += entry.width() + BETWEEN;
        }
        y += ROW;
    }
    Ok(())
}

fn draw_sample(canvas: &Canvas<'_>, (x, y): (f64, f64), sample: Sample) -> Drawn {
    let middle = (x + SAMPLE / 2.0, y);
    match sample {
        Sample::Line(pen, marker) => {
            canvas.line(&[(x, y), (x + SAMPLE, y)], pen)?;
            marker.map_or(Ok(()), |marker| {
                canvas.marker(middle, marker, 9.0, pen.colour)
            })
        }
        Sample::Points(pen, marker) => canvas.marker(middle, marker, 9.0, pen.colour),
        Sample::Area(fill) => {
            let (from, to) = ((x, y - 7.0), (x + SAMPLE, y + 7.0));
            canvas.rectangle(from, to, fill)?;
            canvas.outline(from, to, Pen::solid(BLACK, 0.75))
        }
    }
}
