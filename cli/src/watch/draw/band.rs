//! The band with the mark in it, and how far away the trigger and one's own limits are.

use super::super::app::App;
use super::pieces::fit;
use super::{WIDE, lines, panel};
use crate::text::decimal::millionths;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use tally_client::reply::Screen;

/// Draws the bar and what its letters mean.
pub fn draw(frame: &mut Frame<'_>, area: Rect, app: &App, screen: &Screen) {
    let [low, high] = &screen.book.band;
    let area = panel(frame, area, Line::from(format!("Band {low} to {high}")));
    let points = points(app, screen);
    let bar = bar(screen, &points, area.width);
    lines(frame, area, vec![bar, legend(app, screen, area.width)]);
}

/// A price with its letter; of two in one place the earlier is seen.
struct Point {
    letter: char,
    price: i64,
    style: Style,
}

fn points(app: &App, screen: &Screen) -> Vec<Point> {
    let point = |letter: char, price: Option<&String>, style: Style| {
        let price = millionths(price?)?;
        Some(Point {
            letter,
            price,
            style,
        })
    };
    let (book, position) = (&screen.book, &screen.position);
    let points = [
        point('M', Some(&book.mark), app.look.strong()),
        point('C', position.call_price.as_ref(), app.look.warning()),
        point('X', position.close_out_price.as_ref(), app.look.bad()),
        point('T', Some(&book.trigger[0]), Style::new()),
        point('T', Some(&book.trigger[1]), Style::new()),
        point('[', Some(&book.band[0]), Style::new()),
        point(']', Some(&book.band[1]), Style::new()),
    ];
    points.into_iter().flatten().collect()
}

/// The axis reaches over all points, but at most half the band's width beyond the band, so that the band
/// keeps its resolution; what lies further is at its end.
fn axis(screen: &Screen, points: &[Point]) -> Option<(i64, i64)> {
    let low = millionths(&screen.book.band[0])?;
    let high = millionths(&screen.book.band[1])?;
    let reach = high.checked_sub(low).filter(|width| *width > 0)? / 2;
    let least = points.iter().map(|point| point.price).min()?;
    let most = points.iter().map(|point| point.price).max()?;
    Some((
        least.clamp(low.saturating_sub(reach), low),
        most.clamp(high, high.saturating_add(reach)),
    ))
}

fn bar(screen: &Screen, points: &[Point], width: u16) -> Line<'static> {
    let Some((low, high)) = axis(screen, points) else {
        return Line::default();
    };
    let last = i64::from(width.max(2)) - 1;
    let place = |price: i64| {
        let offset = i128::from(price.clamp(low, high) - low) * i128::from(last);
        usize::try_from(offset / i128::from(high - low)).unwrap_or(0)
    };
    let edge = |letter: char| {
        let point = points.iter().find(|point| point.letter == letter);
        point.map_or(0, |point| place(point.price))
    };
    let (from, to) = (edge('['), edge(']'));
    let cell = |index: usize| {
        let point = points.iter().find(|point| place(point.price) == index);
        match point {
            Some(point) => Span::styled(point.letter.to_string(), point.style),
            None if (from..=to).contains(&index) => Span::raw("─"),
            None => Span::raw("·"),
        }
    };
    Line::from((0..usize::from(width)).map(cell).collect::<Vec<_>>())
}

/// Shorter where there is little room, so that no price is missing.
fn legend(app: &App, screen: &Screen, width: u16) -> Line<'static> {
    let (trigger, out) = if width < WIDE {
        ("T", "X out")
    } else {
        ("T trigger", "X close-out")
    };
    let own = |name: &str, price: &Option<String>| {
        let price = price.as_ref();
        price.map_or_else(String::new, |price| format!("{name} {price}"))
    };
    let (book, position) = (&screen.book, &screen.position);
    let [low, high] = &book.trigger;
    let pieces = vec![
        Span::styled(format!("M mark {}", book.mark), app.look.strong()),
        Span::raw(format!("{trigger} {low} {high}")),
        Span::raw(own("C call", &position.call_price)),
        Span::raw(own(out, &position.close_out_price)),
    ];
    fit(pieces, width)
}
