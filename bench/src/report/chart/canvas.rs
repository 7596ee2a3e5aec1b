//! A drawing in points of a page 520 wide.
//!
//! `plotters` places everything on whole units; there are four to a point, so that curves stay smooth. The drawing has a
//! `viewBox` and no size of its own: on a phone 360 pixels wide its 17-point text is 11 pixels high.

use super::hatch;
use super::style::{BLACK, Dash, Fill, GREY, Hatch, Marker, Pen, WHITE};
use crate::report::text::is_printable;
use plotters::backend::SVGBackend;
use plotters::coord::Shift;
use plotters::drawing::{DrawingArea, DrawingAreaErrorKind, IntoDrawingArea};
use plotters::element::{Circle, DashedPathElement, PathElement, Polygon, Rectangle, Text};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, FontStyle, IntoFont, RGBAColor, RGBColor, ShapeStyle, TextStyle};

/// Width of every drawing, points.
pub(crate) const WIDTH: f64 = 520.0;
/// Size of text, points.
pub(crate) const FONT: f64 = 18.0;
/// Size of what may be smaller, points.
pub(crate) const SMALL: f64 = 17.0;

/// Units of the drawing to a point.
const UNITS: f64 = 4.0;
/// What the SVG backend divides font sizes by.
const BACKEND_FONT_RATIO: f64 = 1.24;
/// Width of a letter by the size of its font: a little more than the mean of common sans-serif fonts.
const LETTER_WIDTH: f64 = 0.61;

/// Why something can't be drawn.
pub(crate) type DrawError = DrawingAreaErrorKind<std::io::Error>;
/// Drawn or not.
pub(crate) type Drawn = Result<(), DrawError>;
/// A place, points from the upper left corner.
pub(crate) type Point = (f64, f64);

/// A finished drawing.
#[derive(Clone, Debug)]
pub(crate) struct Drawing {
    /// Width and height, units.
    pub(crate) size: (u32, u32),
    /// The elements, without the `svg` element around them.
    pub(crate) body: String,
}

/// How text stands at its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Align {
    /// It begins there.
    Start,
    /// Its middle is there.
    Middle,
    /// It ends there.
    End,
}

/// Where one draws.
pub(crate) struct Canvas<'a> {
    area: DrawingArea<SVGBackend<'a>, Shift>,
}

/// Draws on a fresh canvas of this height.
///
/// # Errors
/// What the drawing crate refuses.
pub(crate) fn draw(
    height: f64,
    paint: impl FnOnce(&Canvas<'_>) -> Drawn,
) -> Result<Drawing, DrawError> {
    let size = (units(WIDTH).unsigned_abs(), units(height).unsigned_abs());
    let mut svg = String::new();
    let canvas = Canvas {
        area: SVGBackend::with_string(&mut svg, size).into_drawing_area(),
    };
    paint(&canvas)?;
    canvas.area.present()?;
    drop(canvas);
    // Only the elements are kept; quotes in text are escaped, so that this is an attribute wherever it stands.
    let start = svg.find('>').map_or(0, |end| end + 1);
    let end = svg.rfind("</svg>").unwrap_or(svg.len());
    let body = svg[start..end].replace(" opacity=\"1\"", "");
    Ok(Drawing { size, body })
}

impl Canvas<'_> {
    /// A line through the points.
    pub(crate) fn line(&self, points: &[Point], pen: Pen) -> Drawn {
        let mut points: Vec<(i32, i32)> = points.iter().map(|&point| place(point)).collect();
        points.dedup();
        let style = ShapeStyle {
            color: pen.colour.to_rgba(),
            filled: false,
            stroke_width: units(pen.width).unsigned_abs().max(1),
        };
        let (dash, gap) = match pen.dash {
            _ if points.len() < 2 => return Ok(()),
            Dash::Solid => return self.area.draw(&PathElement::new(points, style)),
            Dash::Long => (10.0, 4.0),
            Dash::Short => (4.0, 3.0),
            Dash::Dots => (1.5, 3.0),
        };
        let (dash, gap) = (units(dash), units(gap));
        self.area
            .draw(&DashedPathElement::new(points, dash, gap, style))
    }

    /// The area within the points, not hatched.
    pub(crate) fn area(&self, points: &[Point], fill: Fill) -> Drawn {
        let points: Vec<(i32, i32)> = points.iter().map(|&point| place(point)).collect();
        let colour = fill.colour.mix(fill.opacity);
        self.area.draw(&Polygon::new(points, colour))
    }

    /// A filled rectangle between two corners, the upper left one first.
    pub(crate) fn rectangle(&self, from: Point, to: Point, fill: Fill) -> Drawn {
        let style = ShapeStyle {
            color: fill.colour.mix(fill.opacity),
            filled: true,
            stroke_width: 0,
        };
        self.area
            .draw(&Rectangle::new([place(from), place(to)], style))?;
        self.hatch(from, to, fill.hatch)
    }

    /// The outline of a rectangle.
    pub(crate) fn outline(&self, from: Point, to: Point, pen: Pen) -> Drawn {
        let corners = [from, (to.0, from.1), to, (from.0, to.1), from];
        self.line(&corners, pen)
    }

    fn hatch(&self, from: Point, to: Point, hatch: Hatch) -> Drawn {
        let pen = Pen::solid(BLACK, 0.75);
        let lines = hatch::lines(from, to, hatch);
        lines.iter().try_for_each(|line| self.line(line, pen))
    }

    /// A marker of this size across, points.
    pub(crate) fn marker(
        &self,
        (x, y): Point,
        marker: Marker,
        size: f64,
        colour: RGBColor,
    ) -> Drawn {
        let half = size / 2.0;
        let pen = Pen::solid(colour, 2.0);
        let fill = Fill::plain(colour, 1.0);
        match marker {
            Marker::Disc => self.disc((x, y), half, colour, true),
            Marker::Ring => {
                self.disc((x, y), half, WHITE, true)?;
                self.disc((x, y), half, colour, false)
            }
            Marker::Square => {
                let half = half * 0.9;
                self.rectangle((x - half, y - half), (x + half, y + half), fill)
            }
            Marker::Box => {
                let (from, to) = ((x - half, y - half), (x + half, y + half));
                self.rectangle(from, to, Fill::plain(WHITE, 1.0))?;
                self.outline(from, to, pen)
            }
            Marker::Triangle => self.area(
                &[
                    (x, y - half * 1.2),
                    (x + half * 1.1, y + half),
                    (x - half * 1.1, y + half),
                ],
                fill,
            ),
            Marker::Diamond => {
                let half = half * 1.25;
                self.area(
                    &[(x, y - half), (x + half, y), (x, y + half), (x - half, y)],
                    fill,
                )
            }
            Marker::Plus => {
                self.line(&[(x - half, y), (x + half, y)], pen)?;
                self.line(&[(x, y - half), (x, y + half)], pen)
            }
            Marker::Cross => {
                self.line(&[(x - half, y - half), (x + half, y + half)], pen)?;
                self.line(&[(x - half, y + half), (x + half, y - half)], pen)
            }
        }
    }

    fn disc(&self, centre: Point, radius: f64, colour: RGBColor, filled: bool) -> Drawn {
        let style = ShapeStyle {
            color: colour.to_rgba(),
            filled,
            stroke_width: units(1.75).unsigned_abs(),
        };
        self.area
            .draw(&Circle::new(place(centre), units(radius), style))
    }

    /// Text whose middle line is at the place's height.
    pub(crate) fn text(&self, at: Point, align: Align, size: f64, text: &str) -> Drawn {
        self.styled(at, align, size, FontStyle::Normal, BLACK.to_rgba(), text)
    }

    /// The same in grey.
    pub(crate) fn grey_text(&self, at: Point, align: Align, size: f64, text: &str) -> Drawn {
        self.styled(at, align, size, FontStyle::Normal, GREY.to_rgba(), text)
    }

    /// The same in bold letters.
    pub(crate) fn bold_text(&self, at: Point, align: Align, size: f64, text: &str) -> Drawn {
        self.styled(at, align, size, FontStyle::Bold, BLACK.to_rgba(), text)
    }

    fn styled(
        &self,
        at: Point,
        align: Align,
        size: f64,
        font: FontStyle,
        colour: RGBAColor,
        text: &str,
    ) -> Drawn {
        let text: String = text.chars().filter(|&c| is_printable(c)).collect();
        let align = match align {
            Align::Start => HPos::Left,
            Align::Middle => HPos::Center,
            Align::End => HPos::Right,
        };
        let font = ("sans-serif", size * UNITS * BACKEND_FONT_RATIO)
            .into_font()
            .style(font);
        let style = TextStyle::from(font)
            .color(&colour)
            .pos(Pos::new(align, VPos::Center));
        self.area.draw(&Text::new(text, place(at), style))
    }
}

/// How wide a text is about, points.
pub(crate) fn text_width(text: &str, size: f64) -> f64 {
    let letters = u32::try_from(text.chars().count()).unwrap_or(u32::MAX);
    f64::from(letters) * size * LETTER_WIDTH
}

fn place((x, y): Point) -> (i32, i32) {
    (units(x), units(y))
}

/// Points in whole units; far outside of any page there is nothing to tell apart.
#[allow(
    clippy::cast_possible_truncation,
    reason = "clamped far within 32 bits; what is no number becomes 0"
)]
fn units(points: f64) -> i32 {
    (points * UNITS).round().clamp(-1e6, 1e6) as i32
}

/// A count from a number that is none.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped to what a page can hold; what is no number becomes 0"
)]
pub(crate) fn whole(count: f64) -> usize {
    count.clamp(0.0, 1e6) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_escaped_and_the_drawing_has_no_size() {
        let drawing = draw(100.0, |canvas| {
            canvas.text((10.0, 10.0), Align::Start, FONT, "<b>&\"\u{1}")
        })
        .unwrap();
        assert_eq!(drawing.size, (2_080, 400));
        assert!(drawing.body.contains("&lt;b&gt;&amp;&quot;\n"));
        assert!(!drawing.body.contains("<svg") && !drawing.body.contains("</svg"));
        assert!(
            drawing.body.contains("font-size=\"72\""),
            "{}",
            drawing.body
        );
    }

    #[test]
    fn numbers_that_are_none_are_drawn_somewhere() {
        for value in [f64::NAN, f64::INFINITY, -1e300] {
            let drawn = draw(50.0, |canvas| {
                let points = [(value, 0.0), (1.0, value), (5.0, 5.0)];
                canvas.line(&points, Pen::dashed(BLACK, 1.0, Dash::Solid))?;
                canvas.rectangle((value, value), (1.0, 1.0), Fill::plain(BLACK, 1.0))
            });
            assert!(drawn.is_ok());
        }
        assert_eq!(
            (whole(f64::NAN), whole(-1.0), whole(1e30)),
            (0, 0, 1_000_000)
        );
    }
}
