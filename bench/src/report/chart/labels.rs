//! Names beside points, where there is room.

use super::canvas::{Align, Canvas, Drawn, Point, SMALL, WIDTH, text_width};

/// Names placed so far; none lies over another or over a marker.
#[derive(Default)]
pub(crate) struct Labels {
    taken: Vec<[f64; 4]>,
}

impl Labels {
    /// Keeps names off these markers.
    pub(crate) fn around(points: &[Point]) -> Self {
        let square = |&(x, y): &Point| [x - 5.0, y - 5.0, x + 5.0, y + 5.0];
        Self {
            taken: points.iter().map(square).collect(),
        }
    }

    /// Writes a name beside its point: below right, above left, above right or below left, whichever is free first;
    /// nowhere if none is. `bounds` is the frame that it has to stay in: left, top, right and bottom.
    pub(crate) fn place(
        &mut self,
        canvas: &Canvas<'_>,
        (x, y): Point,
        bounds: (f64, f64, f64, f64),
        text: &str,
    ) -> Drawn {
        let (left, top, right, bottom) = bounds;
        let width = text_width(text, SMALL);
        let sides = [(1.0, 1.0), (-1.0, -1.0), (1.0, -1.0), (-1.0, 1.0)];
        for (aside, down) in sides {
            let (edge, middle) = (x + aside * 8.0, y + down * 12.0);
            let (from, to) = if aside > 0.0 {
                (edge, edge + width)
            } else {
                (edge - width, edge)
            };
            let square = [from, middle - SMALL / 2.0, to, middle + SMALL / 2.0];
            let is_inside = from >= left + 2.0
                && to <= right.min(WIDTH)
                && square[1] >= top
                && square[3] <= bottom;
            if is_inside && !self.taken.iter().any(|other| overlap(&square, other)) {
                self.taken.push(square);
                let align = if aside > 0.0 {
                    Align::Start
                } else {
                    Align::End
                };
                return canvas.text((edge, middle), align, SMALL, text);
            }
        }
        Ok(())
    }
}

fn overlap(a: &[f64; 4], b: &[f64; 4]) -> bool {
    a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3]
}
