//! Figures drawn with `plotters` as SVG that scales to the page.
//!
//! | module | what is in it |
//! |---|---|
//! | [`canvas`] | lines, areas and text in points of a page 520 wide |
//! | [`style`] | colours, dashes, markers and hatches: no two series differ by colour alone |
//! | [`hatch`] | the lines over a hatched area |
//! | [`axis`] | ranges and ticks, linear and logarithmic |
//! | [`panel`] | a frame with two axes, series in it |
//! | [`legend`] | what the lines and areas are |
//! | [`labels`] | names beside points, where there is room |
//! | [`bars`] | rows with a name above and a bar or a range below |

pub(super) mod axis;
pub(super) mod bars;
pub(super) mod canvas;
mod hatch;
pub(super) mod labels;
pub(super) mod legend;
pub(super) mod panel;
pub(super) mod style;

pub(super) use axis::Axis;
pub(super) use canvas::{Align, Canvas, DrawError, Drawing, Drawn, FONT, SMALL, draw};
pub(super) use labels::Labels;
pub(super) use legend::{Entry, Sample};
pub(super) use panel::Panel;
pub(super) use style::{Dash, Fill, Hatch, Marker, Pen, series};
