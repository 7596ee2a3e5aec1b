//! The lines over a hatched rectangle.

use super::canvas::{Point, whole};
use super::style::Hatch;

/// Room between two lines, points.
const GAP: f64 = 6.0;

/// The lines of a hatch, cut at the rectangle's sides. `from` is its upper left corner.
pub(crate) fn lines((x0, y0): Point, (x1, y1): Point, hatch: Hatch) -> Vec<[Point; 2]> {
    let steps = |from: f64, to: f64| {
        let count = ((to - from) / GAP).clamp(0.0, 500.0);
        let places = (1..).map(move |n| from + f64::from(n) * GAP);
        places.take(whole(count))
    };
    let level = |y: f64| [(x0, y), (x1, y)];
    let upright = |x: f64| [(x, y0), (x, y1)];
    // A slanted line goes through (c, bottom) or (c, top) at 45 degrees.
    let cut = |c: f64| (c.max(x0), (c + y1 - y0).min(x1));
    let rising = |c: f64| {
        let (left, right) = cut(c);
        [(left, y1 - (left - c)), (right, y1 - (right - c))]
    };
    let falling = |c: f64| {
        let (left, right) = cut(c);
        [(left, y0 + (left - c)), (right, y0 + (right - c))]
    };
    let slanted = || steps(x0 - (y1 - y0), x1);
    match hatch {
        Hatch::Plain => Vec::new(),
        Hatch::Level => steps(y0, y1).map(level).collect(),
        Hatch::Upright => steps(x0, x1).map(upright).collect(),
        Hatch::Rising => slanted().map(rising).collect(),
        Hatch::Falling => slanted().map(falling).collect(),
        Hatch::Crossed => slanted().flat_map(|c| [rising(c), falling(c)]).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn lines_stay_within_their_rectangle(
            (x, y) in (0.0..500.0, 0.0..300.0),
            (width, height) in (0.0..400.0, 0.0..200.0),
        ) {
            use Hatch::{Crossed, Falling, Level, Rising, Upright};
            for hatch in [Crossed, Falling, Level, Rising, Upright] {
                let lines = lines((x, y), (x + width, y + height), hatch);
                for (at, down) in lines.into_iter().flatten() {
                    prop_assert!((x - 1e-6..=x + width + 1e-6).contains(&at), "{:?}", hatch);
                    prop_assert!((y - 1e-6..=y + height + 1e-6).contains(&down), "{:?}", hatch);
                }
            }
        }
    }

    #[test]
    fn every_hatch_but_none_has_lines() {
        use Hatch::{Crossed, Falling, Level, Plain, Rising, Upright};
        let count = |hatch| lines((10.0, 10.0), (50.0, 34.0), hatch).len();
        assert_eq!(count(Plain), 0);
        let counts = [Level, Upright, Rising, Falling, Crossed].map(count);
        assert_eq!(counts, [4, 6, 10, 10, 20]);
    }
}
