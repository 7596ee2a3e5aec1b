//! Colours, dashes, markers and hatches.
//!
//! The colours are those of Okabe and Ito, "Color Universal Design" (2008), which people with any kind of colour
//! blindness tell apart. Every series has its own dash and marker, every stacked part its own hatch besides, so that a
//! figure also reads in grey.

use plotters::style::RGBColor;

/// Black.
pub(crate) const BLACK: RGBColor = RGBColor(0, 0, 0);
/// White.
pub(crate) const WHITE: RGBColor = RGBColor(255, 255, 255);
/// Text of less weight; its contrast on white is 7 to 1.
pub(crate) const GREY: RGBColor = RGBColor(89, 89, 89);
/// Grid lines.
pub(crate) const FAINT: RGBColor = RGBColor(217, 217, 217);
/// Okabe and Ito's blue.
pub(crate) const BLUE: RGBColor = RGBColor(0, 114, 178);
/// Okabe and Ito's vermillion.
pub(crate) const VERMILLION: RGBColor = RGBColor(213, 94, 0);
/// Okabe and Ito's bluish green.
pub(crate) const GREEN: RGBColor = RGBColor(0, 158, 115);
/// Okabe and Ito's sky blue.
pub(crate) const SKY: RGBColor = RGBColor(86, 180, 233);
/// Okabe and Ito's orange.
pub(crate) const ORANGE: RGBColor = RGBColor(230, 159, 0);
/// Okabe and Ito's reddish purple.
pub(crate) const PURPLE: RGBColor = RGBColor(204, 121, 167);
/// Okabe and Ito's yellow.
pub(crate) const YELLOW: RGBColor = RGBColor(240, 228, 66);

/// How a line is broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dash {
    /// Not at all.
    Solid,
    /// Long dashes.
    Long,
    /// Short dashes.
    Short,
    /// Dots.
    Dots,
}

/// How a line is drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Pen {
    /// Its colour.
    pub(crate) colour: RGBColor,
    /// Its width, points.
    pub(crate) width: f64,
    /// How it is broken.
    pub(crate) dash: Dash,
}

impl Pen {
    /// A solid line.
    pub(crate) const fn solid(colour: RGBColor, width: f64) -> Self {
        Self::dashed(colour, width, Dash::Solid)
    }

    /// A broken line.
    pub(crate) const fn dashed(colour: RGBColor, width: f64, dash: Dash) -> Self {
        Self {
            colour,
            width,
            dash,
        }
    }
}

/// What stands at a data point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Marker {
    /// A filled disc.
    Disc,
    /// An open circle.
    Ring,
    /// A filled square.
    Square,
    /// A filled triangle, point up.
    Triangle,
    /// A filled diamond.
    Diamond,
    /// An upright cross.
    Plus,
    /// A slanted cross.
    Cross,
    /// An open square.
    Box,
}

/// Lines over a filled area.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hatch {
    /// None.
    Plain,
    /// Rising to the right.
    Rising,
    /// Falling to the right.
    Falling,
    /// Both.
    Crossed,
    /// Upright lines.
    Upright,
    /// Level lines.
    Level,
}

/// How an area is filled.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Fill {
    /// Its colour.
    pub(crate) colour: RGBColor,
    /// From 0, invisible, to 1.
    pub(crate) opacity: f64,
    /// Lines over it.
    pub(crate) hatch: Hatch,
}

impl Fill {
    /// A plain colour.
    pub(crate) const fn plain(colour: RGBColor, opacity: f64) -> Self {
        Self {
            colour,
            opacity,
            hatch: Hatch::Plain,
        }
    }
}

/// Pen and marker of a figure's n-th series.
pub(crate) fn series(n: usize) -> (Pen, Marker) {
    const SERIES: [(RGBColor, Dash, Marker); 8] = [
        (BLUE, Dash::Solid, Marker::Disc),
        (VERMILLION, Dash::Long, Marker::Box),
        (GREEN, Dash::Short, Marker::Triangle),
        (BLACK, Dash::Dots, Marker::Diamond),
        (PURPLE, Dash::Solid, Marker::Ring),
        (ORANGE, Dash::Long, Marker::Cross),
        (SKY, Dash::Short, Marker::Plus),
        (GREY, Dash::Dots, Marker::Square),
    ];
    let (colour, dash, marker) = SERIES[n % SERIES.len()];
    (Pen::dashed(colour, 2.0, dash), marker)
}

/// Fill of a bar's n-th part: neighbours differ in brightness and hatch.
pub(crate) fn part(n: usize) -> Fill {
    const PARTS: [(RGBColor, Hatch); 8] = [
        (BLUE, Hatch::Plain),
        (ORANGE, Hatch::Rising),
        (GREEN, Hatch::Upright),
        (SKY, Hatch::Plain),
        (VERMILLION, Hatch::Falling),
        (YELLOW, Hatch::Level),
        (PURPLE, Hatch::Crossed),
        (FAINT, Hatch::Plain),
    ];
    let (colour, hatch) = PARTS[n % PARTS.len()];
    Fill {
        colour,
        opacity: 1.0,
        hatch,
    }
}
